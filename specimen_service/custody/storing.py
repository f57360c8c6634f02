"""Storing what events made of specimens: their columns, their open questions, and their labels and links."""

from collections.abc import Collection, Iterable
from datetime import datetime
from operator import itemgetter

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from specimen_service.custody.chains import insert_events, move_sender_chain
from specimen_service.custody.desk import Desk
from specimen_service.custody.fact_queries import histories_of
from specimen_service.custody.facts import Fact
from specimen_service.custody.model import CustodyEvent, Reason
from specimen_service.custody.questions import ask_about, store_questions
from specimen_service.custody.works import Work, remembered, stored_state, work_on
from specimen_service.kernel.language import say
from specimen_service.specimens.actions import Policy, Standing, register_identifier, store_standings
from specimen_service.specimens.model import LINK, Identifier, Label, LabelState, Specimen
from specimen_service.specimens.queries import tubes_of


def store(session: Session, now: datetime, desk: Desk, policy: Policy) -> bool:
    """Store what the desk made; False, with nothing stored, if another server took one of the scan ids first."""
    rows = sorted(desk.rows, key=itemgetter("scan_id"))  # one order on every server: no two wait for each other
    if not rows:
        return True
    if not insert_events(session, rows):
        return False
    store_works(session, now, desk.works.values(), policy)
    if desk.unplaced:
        store_questions(session, now, (), [(one.scan_id, one.reason) for one in desk.unplaced])
    if desk.around.sender_chain is not None:
        move_sender_chain(session, desk.around.sender_chain)
    for link in desk.links:
        session.flush()
        claim(session, now, policy, link.specimen_id, system=LINK, kind="lis", value=link.value, at=link.at)
    for code in sorted({one.code for one in desk.unplaced if one.reason is Reason.AMBIGUOUS}):
        if session.scalar(select(exists().where(Identifier.value == code, Identifier.system == LINK))):
            _settle(session, now, policy, code)
    return True


def store_works(session: Session, now: datetime, works: Collection[Work], policy: Policy, by: str = "") -> None:
    """Store where specimens stand after their events were inserted; `by` is who closes the questions closed now."""
    store_standings(session, [_standing(work) for work in works], policy)
    store_questions(session, now, works, by=by)
    for work in works:
        if work.state.voided or work.tube.remembered:
            _store_voided(session, now, work)


def refold(
    session: Session, now: datetime, policy: Policy, specimen_ids: Iterable[int], by: str = ""
) -> dict[int, list[Fact]]:
    """Fold specimens anew from all that is recorded, store what comes out, and return their facts."""
    ids = sorted(set(specimen_ids))
    if not ids:
        return {}
    tubes = tubes_of(session, [], ids)
    histories = histories_of(session, [tube.id for tube in tubes])
    works = [work_on(tube, histories[tube.id]) for tube in tubes]
    for work in works:
        work.fold(histories[work.tube.id])
    store_works(session, now, works, policy, by)
    for tube in tubes:
        forget(session, tube.id)
    return histories


def claim(
    session: Session,
    now: datetime,
    policy: Policy,
    specimen_id: int,
    *,
    system: str,
    kind: str,
    value: str,
    at: datetime | None = None,
) -> None:
    """Register another system's number of a specimen; scans of it that named nothing until now become the specimen's."""
    register_identifier(session, at or now, specimen_id, system=system, kind=kind, value=value)
    if session.scalar(select(or_(exists().where(CustodyEvent.about == value), _may_be_anothers(specimen_id, value)))):
        _settle(session, now, policy, value)


def unlink(session: Session, now: datetime, policy: Policy, specimen_id: int, value: str) -> None:
    """Let a number that a `link` stuck on a specimen name it no longer; scans that came by it are asked about again."""
    same = Identifier.specimen_id == specimen_id, Identifier.system == LINK, Identifier.value == value
    session.execute(delete(Identifier).where(*same))
    refold(session, now, policy, [specimen_id])
    _settle(session, now, policy, value)


def _may_be_anothers(specimen_id: int, value: str) -> ColumnElement[bool]:
    """Tell whether another specimen carries a number, and scans of it may stand in the chain of one that does."""
    carrying = select(Identifier.specimen_id).where(Identifier.value == value)
    is_anothers = exists().where(Identifier.value == value, Identifier.specimen_id != specimen_id)
    scanned = exists().where(CustodyEvent.specimen_id.in_(carrying), CustodyEvent.scan_id.is_not(None))
    return and_(is_anothers, scanned)


def _settle(session: Session, now: datetime, policy: Policy, value: str) -> None:
    """Give the scans of a number to those who carry it now, and ask a person about those that are nobody's."""
    carrying = set(session.scalars(select(Identifier.specimen_id).where(Identifier.value == value)))
    histories = refold(session, now, policy, carrying)
    placed = {fact.id for facts in histories.values() for fact in facts}
    ask_about(session, now, value, carrying, placed)


def forget(session: Session, specimen_id: int) -> None:
    """Have an object that the session holds read again: its columns were written past the session."""
    loaded = session.identity_map.get(session.identity_key(Specimen, specimen_id))
    if loaded is not None:
        session.expire(loaded)


def _standing(work: Work) -> Standing:
    state = work.state
    return Standing(
        specimen_id=work.tube.id,
        urgency=work.tube.urgency,
        status=state.status,
        since=state.since,
        place=state.place,
        holder=state.holder,
        verified=state.verified,
        last_seen_at=state.last_seen_at,
        last_seen_location_id=state.last_seen_place_id,
        last_seen_by=state.last_seen_by,
        legs=state.legs,
        inside=state.inside or None,
        open_exceptions=work.open_exceptions,
        remembered=remembered(state),
        folded_until=work.folded_until,
        chain_length=work.chain.length,
        chain_head=work.chain.head,
    )


def _store_voided(session: Session, now: datetime, work: Work) -> None:
    """Kill the labels that scans voided, and bring back those whose voiding was taken back."""
    before, after = stored_state(work.tube).voided, work.state.voided
    if after - before:
        killed = update(Label).where(Label.number.in_(after - before), Label.state == LabelState.CURRENT)
        session.execute(killed.values(state=LabelState.VOIDED, retired_at=now, reason=say("Voided by a scan.")))
    if before - after:
        back = update(Label).where(
            Label.number.in_(before - after), Label.number == work.tube.number, Label.replaced_by_id.is_(None)
        )
        session.execute(back.values(state=LabelState.CURRENT, retired_at=None, reason=""))
