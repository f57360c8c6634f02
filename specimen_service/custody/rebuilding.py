"""Comparing what is stored of specimens with what their events say, and storing it anew.

Everything that the fold stores can be lost and made again: where specimens stand, which questions are open, and what
was taken out of bags.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from specimen_service.custody.contested_queries import contested_by_links, scans_of
from specimen_service.custody.fact_queries import histories_of
from specimen_service.custody.facts import State
from specimen_service.custody.model import Closing, CustodyEvent, CustodyException, Event, Outcome, Reason, Unpacking
from specimen_service.custody.storing import refold
from specimen_service.custody.works import Work, stored_state, work_on
from specimen_service.kernel.codes import clean, is_number
from specimen_service.kernel.numbers import Kind
from specimen_service.specimens.actions import Policy, due_at, is_pending
from specimen_service.specimens.model import Specimen, Status
from specimen_service.specimens.queries import Place, tubes_of

BATCH = 200
"""Specimens compared in one transaction."""


@dataclass(frozen=True)
class Difference:
    """One thing that is stored otherwise than the events say."""

    of: str
    """The number of the specimen, or `event 7` for a question about an event of no specimen."""
    what: str
    stored: str
    folded: str


@dataclass
class Compared:
    """What one batch came to."""

    last_id: int | None
    """The last specimen looked at; None: there are no more."""
    differences: list[Difference]
    claimed: set[int]
    """Events in the chains of senders that belong to these specimens by now."""


def compare(session: Session, now: datetime, policy: Policy, after: int, *, apply: bool) -> Compared:
    """Compare the specimens behind an id, and with `apply` store what their events say."""
    wanted = select(Specimen.id).where(Specimen.id > after, Specimen.chain_length > 0).order_by(Specimen.id)
    ids = list(session.scalars(wanted.limit(BATCH)))
    if not ids:
        return Compared(None, [], set())
    histories = histories_of(session, ids)
    stored = _questions(session, ids)
    differences, wrong = [], []
    for tube in tubes_of(session, [], ids):
        work = work_on(tube, histories[tube.id])
        work.fold(histories[tube.id])
        found = list(_differences(session, work, policy, stored.get(tube.id, set())))
        differences += found
        if found:
            wrong.append(tube.id)
    if apply:
        refold(session, now, policy, wrong)
    claimed = {fact.id for facts in histories.values() for fact in facts if fact.claimed}
    return Compared(ids[-1], differences, claimed)


def compare_unplaced(session: Session, now: datetime, claimed: Collection[int], *, apply: bool) -> list[Difference]:
    """Compare the questions about events of no specimen; `claimed` are those that are a specimen's by now."""
    events = select(*_OF_EVENT).where(CustodyEvent.specimen_id.is_(None), CustodyEvent.outcome == Outcome.PARKED)
    # What came while its number was one specimen's, and is nobody's by now, stands in that specimen's chain.
    shared = scans_of(session, contested_by_links(session), select(*_OF_EVENT))
    answered = _answered(session)
    nobodys = [row for row in (*session.execute(events), *shared) if row.id not in claimed]
    asked = {row.id: row for row in nobodys if row.hash not in answered}
    open_ = set(
        session.scalars(
            select(CustodyException.event_id).where(
                CustodyException.specimen_id.is_(None), CustodyException.closed_how.is_(None)
            )
        )
    )
    missing, extra = sorted(asked.keys() - open_), sorted(open_ - asked.keys())
    if apply:
        _ask(session, now, [asked[one] for one in missing])
        closed = update(CustodyException).where(
            CustodyException.event_id.in_(extra), CustodyException.specimen_id.is_(None)
        )
        session.execute(closed.values(closed_at=now, closed_how=Closing.EXPLAINED))
    return [
        *(Difference(f"event {one}", "question", "none", _why(asked[one])) for one in missing),
        *(Difference(f"event {one}", "question", "open", "none") for one in extra),
    ]


def compare_unpacked(session: Session, *, apply: bool) -> list[Difference]:
    """Compare the index of what was taken out of bags with what the scans say; rows of it are only ever added."""
    named = select(CustodyEvent.scan_id, CustodyEvent.content).where(
        CustodyEvent.content.contains('"out_of":'),
        CustodyEvent.scan_id.is_not(None),
        CustodyEvent.scan_id.not_in(select(Unpacking.scan_id)),
    )
    said = ((scan_id, clean(json.loads(content)["out_of"])) for scan_id, content in session.execute(named))
    missing = [(scan_id, number) for scan_id, number in said if is_number(number, Kind.SHIPMENT)]
    if apply and missing:
        session.execute(insert(Unpacking), [{"scan_id": scan_id, "carrier": number} for scan_id, number in missing])
    return [Difference(f"scan {scan_id}", "out of", "none", number) for scan_id, number in missing]


def _differences(session: Session, work: Work, policy: Policy, stored: set[tuple[int, str]]) -> Iterator[Difference]:
    if work.folded is None:
        return
    tube, before = work.tube, stored_state(work.tube)
    pairs: dict[str, tuple[Any, Any]] = {
        field.name: (getattr(before, field.name), getattr(work.state, field.name)) for field in fields(State)
    }
    pairs["folded_until"] = (tube.folded_until, work.folded_until)
    pairs["open_exceptions"] = (tube.open_exceptions, work.open_exceptions)
    pairs["questions"] = (stored, {(one.fact.id, str(one.open)) for one in work.folded.decided if one.open})
    row = session.execute(select(Specimen.pending, Specimen.due_at).where(Specimen.id == tube.id)).one()
    pairs["due_at"] = (row.due_at, due_at(work.state.legs, tube.urgency, policy))
    if work.state.status is not Status.REJECTED:  # that may wait for a new collection, which is no matter of custody
        pairs["pending"] = (row.pending, is_pending(work.state.status, work.state.place))
    for name, (was, is_) in pairs.items():
        if was != is_:
            yield Difference(tube.number, name, _said(was), _said(is_))


def _questions(session: Session, ids: Sequence[int]) -> dict[int, set[tuple[int, str]]]:
    open_ = select(CustodyException.specimen_id, CustodyException.event_id, CustodyException.reason).where(
        CustodyException.specimen_id.in_(ids), CustodyException.closed_how.is_(None)
    )
    found: dict[int, set[tuple[int, str]]] = {}
    for specimen_id, event_id, reason in session.execute(open_):
        if specimen_id is not None:
            found.setdefault(specimen_id, set()).add((event_id, str(reason)))
    return found


def _answered(session: Session) -> set[str]:
    """Return the hashes of the events of no specimen that a person has answered."""
    words = select(CustodyEvent.content).where(
        CustodyEvent.event == Event.CORRECTED, CustodyEvent.specimen_id.is_(None)
    )
    return {json.loads(content)["corrects"] for content in session.scalars(words)}


def _ask(session: Session, now: datetime, events: Iterable[Any]) -> None:
    rows = [
        {"event_id": one.id, "reason": _why(one), "effective_at": one.effective_at, "opened_at": now, "closed_by": ""}
        for one in events
    ]
    known = set(
        session.scalars(
            select(CustodyException.event_id).where(
                CustodyException.event_id.in_([row["event_id"] for row in rows]), CustodyException.specimen_id.is_(None)
            )
        )
    )
    reopened = update(CustodyException).where(
        CustodyException.event_id.in_(known), CustodyException.specimen_id.is_(None)
    )
    session.execute(reopened.values(closed_at=None, closed_how=None, closed_by=""))
    new = [row for row in rows if row["event_id"] not in known]
    if new:
        session.execute(insert(CustodyException), new)


def _why(event: Row[Any]) -> Reason:
    return Reason(event.reason) if event.reason else Reason.AMBIGUOUS


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_said(one)}" for name, one in sorted(value.items())) or "none"
    if isinstance(value, (set, frozenset, tuple)):
        return ", ".join(sorted(_said(one) for one in value)) or "none"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Place):
        return value.name
    return "none" if value is None or value == "" else str(value)


_OF_EVENT = (CustodyEvent.id, CustodyEvent.hash, CustodyEvent.code, CustodyEvent.reason, CustodyEvent.effective_at)
