"""Keeping the table of open questions as the fold has them: opened, closed, opened again, in the events' transaction."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import RowMapping, Table, and_, bindparam, false, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from specimen_service.custody.fold import Decided
from specimen_service.custody.model import Closing, CustodyEvent, CustodyException, Reason
from specimen_service.custody.works import Work
from specimen_service.kernel.codes import clean


def store_questions(
    session: Session, now: datetime, works: Iterable[Work], unplaced: Sequence[tuple[str, Reason]] = (), by: str = ""
) -> None:
    """Store what waits for a person, of the specimens worked on and of scans that belong to none.

    `unplaced` are scan ids and reasons; `by` is who closes what is closed now, empty where it closes itself.
    """
    asked: list[dict[str, Any]] = [
        {"scan": scan_id, "specimen": None, "why": reason, "now": now} for scan_id, reason in unplaced
    ]
    for work in works:
        if work.folded is None:
            asked += [
                {"scan": fact.scan_id, "specimen": work.tube.id, "why": reason, "now": now}
                for fact, reason in work.asked
            ]
        elif _may_differ(work):
            _reconcile(session, now, work, by)
    if asked:
        session.connection().execute(_ASK, asked)


def ask_about(session: Session, now: datetime, number: str, carrying: Collection[int], placed: Collection[int]) -> None:
    """Make the questions about scans of a number that is not ours those of the scans that are nobody's.

    `carrying` are the specimens that carry it, `placed` the ids of the events that are theirs.
    """
    somewhere = or_(_E.c.about == number, _E.c.specimen_id.in_(sorted(carrying)) if len(carrying) > 1 else false())
    found = select(_E.c.id, _E.c.code, _E.c.effective_at).where(somewhere, _E.c.scan_id.is_not(None))
    scans = {row.id: row for row in session.execute(found) if clean(row.code) == number}
    asked = {row.event_id: row for row in session.execute(_UNPLACED, {"events": list(scans)}).mappings()}
    reason = Reason.AMBIGUOUS if carrying else Reason.UNKNOWN_NUMBER
    for event_id, row in asked.items():
        if event_id in placed:
            if row["closed_how"] is None:
                _update(session, row, closed_at=now, closed_how=Closing.REGISTERED)
        elif row["closed_how"] in {None, Closing.REGISTERED}:
            _update(session, row, reason=reason, closed_at=None, closed_how=None)
    new = [row for event_id, row in scans.items() if event_id not in placed and event_id not in asked]
    rows = [
        {"event_id": row.id, "reason": reason, "effective_at": row.effective_at, "opened_at": now, "closed_by": ""}
        for row in new
    ]
    if rows:
        session.execute(insert(CustodyException), rows)


def _may_differ(work: Work) -> bool:
    folded = work.folded
    return folded is not None and (
        bool(work.tube.open_exceptions) or any(one.open or one.closing or one.fact.claimed for one in folded.decided)
    )


def _reconcile(session: Session, now: datetime, work: Work, by: str) -> None:
    """Make the stored questions of one specimen those of its fold."""
    decided = _by_event(session, work.folded.decided if work.folded else ())
    claimed = [event_id for event_id, one in decided.items() if one.fact.claimed]
    known = session.execute(_KNOWN, {"specimen": work.tube.id, "claimed": claimed}).mappings().all()
    kept = set()
    for row in known:
        one = decided.get(row["event_id"])
        if row["specimen_id"] is not None and one is not None and one.open:
            kept.add(row["event_id"])
            if row["closed_how"] is not None or row["reason"] is not one.open:
                _update(session, row, reason=one.open, closed_at=None, closed_how=None, closed_by="")
        elif row["closed_how"] is None:
            how = _how(row, one)
            person = by if how not in {Closing.EXPLAINED, Closing.REPEATED, Closing.REGISTERED} else ""
            _update(session, row, closed_at=now, closed_how=how, closed_by=person)
    new = [(event_id, one) for event_id, one in decided.items() if one.open and event_id not in kept]
    if new:
        rows = [
            {
                "event_id": event_id,
                "specimen_id": work.tube.id,
                "reason": one.open,
                "effective_at": one.fact.effective_at,
                "opened_at": now,
                "closed_by": "",
            }
            for event_id, one in new
        ]
        session.execute(insert(CustodyException), rows)


def _by_event(session: Session, decided: Iterable[Decided]) -> dict[int, Decided]:
    """Return what became of the facts, by the ids of their rows; those just recorded are asked for by their scan id."""
    found = {one.fact.id: one for one in decided if one.fact.id}
    new = {one.fact.scan_id: one for one in decided if not one.fact.id and one.fact.scan_id}
    if new:
        rows = session.execute(select(_E.c.id, _E.c.scan_id).where(_E.c.scan_id.in_(new)))
        found |= {row.id: new[row.scan_id] for row in rows}
    return found


def _how(row: RowMapping, one: Decided | None) -> Closing:
    if row["specimen_id"] is None:
        return Closing.REGISTERED
    if one is None or one.closing is None:
        return Closing.AMENDED if one and one.amended else Closing.EXPLAINED
    return one.closing


def _update(session: Session, row: RowMapping, **values: object) -> None:
    session.execute(update(CustodyException).where(CustodyException.id == row["id"]).values(**values))


_E, _X = cast("Table", CustodyEvent.__table__), cast("Table", CustodyException.__table__)
_KNOWN = select(_X.c.id, _X.c.event_id, _X.c.specimen_id, _X.c.reason, _X.c.closed_how).where(
    or_(
        _X.c.specimen_id == bindparam("specimen"),
        and_(_X.c.specimen_id.is_(None), _X.c.event_id.in_(bindparam("claimed", expanding=True))),
    )
)
_UNPLACED = select(_X.c.id, _X.c.event_id, _X.c.closed_how).where(
    _X.c.specimen_id.is_(None), _X.c.event_id.in_(bindparam("events", expanding=True))
)
_ASK = insert(_X).from_select(
    ["event_id", "specimen_id", "reason", "effective_at", "opened_at", "closed_by"],
    select(
        _E.c.id,
        bindparam("specimen", type_=_X.c.specimen_id.type),
        bindparam("why", type_=_X.c.reason.type),
        _E.c.effective_at,
        bindparam("now", type_=_X.c.opened_at.type),
        literal(""),
    ).where(_E.c.scan_id == bindparam("scan")),
)
