"""Recording what happened to specimens: scans from any device, and the events of the service itself.

Everything is appended, nothing is changed: an event to its chain, its specimen's columns to what the fold then says. The
order of locks is fixed (specimens by id, then the sender's chain), so that two servers cannot wait for each other.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from specimen_service.audit.model import Actor
from specimen_service.custody import messages
from specimen_service.custody.chain import SALT_BYTES, set_apart
from specimen_service.custody.desk import NOT_SUPPORTED, Desk, Result, Surroundings, effective_at, result_of, tube_named
from specimen_service.custody.facts import Fact, Parked
from specimen_service.custody.model import CustodyEvent, DeviceChain, Event, Outcome, ScanAside
from specimen_service.custody.queries import (
    Stored,
    histories_of,
    named_around,
    person_name,
    place_of,
    stored_scans,
)
from specimen_service.custody.scans import EVENTS, Malformed, Read, kept_id, read_scan, written_note
from specimen_service.custody.works import Chain, Row, Work, event_row, name_of, work_on
from specimen_service.kernel.errors import Conflict, Fault
from specimen_service.kernel.prepared import Prepared
from specimen_service.specimens.actions import Policy, Standing, store_standings
from specimen_service.specimens.model import Specimen
from specimen_service.specimens.queries import Tube, tube_of, tubes_of

Listener = Callable[[Session, datetime, Sequence[str]], None]
_listeners: list[Listener] = []


def when_first_read(listener: Listener) -> Listener:
    """Register who is told, in the scan's transaction, which label numbers were just read from tubes not yet verified.

    Each of those labels has come out of its printer. A decorator, for slices above this one.
    """
    _listeners.append(listener)
    return listener


def record_scans(
    session: Session,
    now: datetime,
    actor: Actor,
    raw_scans: Sequence[object],
    sent_at: datetime | None,
    policy: Policy,
) -> list[Result]:
    """Record scans as they came and return one result each, in their order; never raises for what a scan says.

    A scan id seen before is answered with the stored verdict, or is a conflict if its content differs. What is no scan is
    `invalid`, kept aside, and does not use up its id. All others become events, accepted or parked.
    """
    reads = [read_scan(raw) for raw in raw_scans]
    skew = now - sent_at if sent_at is not None else timedelta()
    # A single scan is nearly always new, and the index notices if it is not: the rest look for repetitions at once.
    known = {} if len(reads) == 1 and _is_built(reads[0]) else _recorded(session, reads)
    while True:
        desk, results, asides = _judged(session, now, actor, reads, skew, policy, known)
        if _store(session, desk, policy):
            break
        # Recorded before, perhaps by another server a moment ago: now it is found, and answered as a repetition.
        known = _recorded(session, reads)
    if asides:
        session.execute(insert(ScanAside), asides)
    for listener in _listeners if desk.first_reads else ():
        listener(session, now, desk.first_reads)
    return results


def append_event(
    session: Session,
    now: datetime,
    actor: Actor,
    policy: Policy,
    *,
    specimen_id: int,
    event: Event,
    effective_at: datetime,
    code: str,
    person_id: int | None = None,
    location_id: int | None = None,
    detail: dict[str, object] | None = None,
    note: str | None = None,
) -> None:
    """Append an event of the service itself (collected, issued, re-identified, voided ...) and move the specimen.

    `code` is the label number it concerns; `note` is free text, which can be erased one day. Raises `Conflict` where the
    event does not fit the specimen's state.
    """
    session.flush()
    tube = tube_of(session, specimen_id)
    fact = Fact(
        event=event,
        effective_at=min(effective_at, now),
        place=place_of(session, location_id),
        by=person_name(session, person_id) or name_of(actor),
        seq=tube.chain_length + 1,
    )
    work = work_on(tube, histories_of(session, [specimen_id])[specimen_id] if tube.chain_length else None)
    decision = work.decide(fact)
    if isinstance(decision, Parked):
        raise Conflict(f"Specimen {tube.number} is {tube.status}: {event} does not fit. Look at it again.")
    row = event_row(actor, now, fact)
    row.update(
        occurred_at=effective_at, person_id=person_id or row["person_id"], code=code, content=json.dumps(detail or {})
    )
    if note:
        row.update(set_apart(written_note(note), _salt()))
    _insert(session, [work.chain.append(row)])
    store_standings(session, [_standing(work)], policy)
    _forget(session, specimen_id)


def _recorded(session: Session, reads: Sequence[Read | Malformed]) -> dict[str, Stored]:
    return stored_scans(session, [read.scan.scan_id for read in reads if isinstance(read, Read)])


def _judged(
    session: Session,
    now: datetime,
    actor: Actor,
    reads: Sequence[Read | Malformed],
    skew: timedelta,
    policy: Policy,
    known: Mapping[str, Stored],
) -> tuple[Desk, list[Result], list[Row]]:
    # Repetitions come first: what was answered once is answered so for ever, whatever the rules say by now.
    answered = dict(known)
    fresh = [read for read in reads if isinstance(read, Read) and read.scan.scan_id not in answered and _is_built(read)]
    desk = Desk(actor, now, skew, policy.zone, _look_up(session, now, actor, fresh, skew), _salt)
    results, asides = [], []
    for read in reads:
        earlier = answered.get(read.scan.scan_id) if isinstance(read, Read) else None
        if isinstance(read, Malformed):
            result = _invalid(read.scan_id, None, messages.MALFORMED, read.faults)
        elif earlier is not None:
            result = _answered_again(read, earlier)
        elif not _is_built(read):
            result = _invalid(read.scan.scan_id, NOT_SUPPORTED, messages.NOT_BUILT, [_NOT_BUILT])
        else:
            result = desk.take(read)
            answered[read.scan.scan_id] = Stored(read.content, desk.rows[-1]["verdict"], read.private, erased=False)
        results.append(result)
        if result["outcome"] in _ASIDE:
            asides.append(_aside(read, result, actor, now))
    return desk, results, asides


def _look_up(session: Session, now: datetime, actor: Actor, reads: Sequence[Read], skew: timedelta) -> Surroundings:
    tubes: dict[str, list[Tube]] = defaultdict(list)
    for tube in tubes_of(session, _distinct(read.code for read in reads)) if reads else ():
        tubes[tube.code].append(tube)
    named = [(tube_named(read.code, tubes), effective_at(read.scan, now, skew)) for read in reads]
    places, operators = named_around(
        session, _distinct(read.location for read in reads), _distinct(read.operator for read in reads)
    )
    return Surroundings(
        tubes=tubes,
        places=places,
        operators=operators,
        histories=histories_of(session, _out_of_order((tube, at) for tube, at in named if tube)),
        sender_chain=_sender_chain(session, actor) if any(tube is None for tube, _at in named) else None,
    )


def _distinct(codes: Iterable[str]) -> list[str]:
    return [code for code in set(codes) if code]


def _out_of_order(moves: Iterable[tuple[Tube, datetime]]) -> list[int]:
    """Return the specimens that cannot be moved step by step: an event is not later than all before it."""
    latest: dict[int, datetime | None] = {}
    late = set()
    for tube, at in moves:
        before = latest.get(tube.id, tube.folded_until)
        if before is not None and at <= before:
            late.add(tube.id)
        latest[tube.id] = at
    return sorted(late)


def _sender_chain(session: Session, actor: Actor) -> Chain:
    sender, connection = _sender(actor), session.connection()
    found = connection.execute(_SENDER_CHAIN, {"sender": sender}).one_or_none()
    if found is None:
        connection.execute(_OPENS[connection.dialect.name], {"sender": sender, "length": 0, "head": ""})
        found = connection.execute(_SENDER_CHAIN, {"sender": sender}).one()
    return Chain({"specimen_id": None, "chain_device_id": found.id}, found.length, found.head)


def _store(session: Session, desk: Desk, policy: Policy) -> bool:
    """Store what the desk made; False, with nothing stored, if another server took one of the scan ids first."""
    rows = sorted(desk.rows, key=itemgetter("scan_id"))  # one order on every server: no two wait for each other
    if not rows:
        return True
    if not _insert_all(session, rows):
        return False
    store_standings(session, [_standing(work) for work in desk.works.values()], policy)
    chain = desk.around.sender_chain
    if chain is not None:
        end = {"key": chain.owner["chain_device_id"], "length": chain.length, "head": chain.head}
        session.connection().execute(_MOVE_SENDER_CHAIN, end)
    return True


def _insert_all(session: Session, rows: list[Row]) -> bool:
    if len(rows) == 1:
        return _insert(session, rows) == 1  # nothing to undo
    with session.begin_nested() as savepoint:
        whole = _insert(session, rows) == len(rows)
        if not whole:
            savepoint.rollback()
    return whole


def _insert(session: Session, rows: list[Row]) -> int:
    connection = session.connection()
    return _INSERTS[connection.dialect.name].run(connection, rows)


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
        folded_until=work.folded_until,
        chain_length=work.chain.length,
        chain_head=work.chain.head,
    )


def _is_built(read: Read | Malformed) -> bool:
    return isinstance(read, Read) and read.scan.action in EVENTS


def _answered_again(read: Read, earlier: Stored) -> Result:
    if not earlier.is_sent_again(read.content, read.private):
        return result_of(read.scan.scan_id, Outcome.CONFLICT, messages.CONFLICT)
    return {**json.loads(earlier.verdict), "replayed": True}


def _invalid(scan_id: str | None, reason: str | None, message: str, faults: Sequence[Fault]) -> Result:
    errors = [{"pointer": fault.pointer, "message": fault.message} for fault in faults]
    return {**result_of(scan_id, Outcome.INVALID, message, reason=reason), "errors": errors}


def _aside(read: Read | Malformed, result: Result, actor: Actor, now: datetime) -> Row:
    return {
        "outcome": Outcome(result["outcome"]),
        "scan_id": read.scan.scan_id if isinstance(read, Read) else kept_id(read.scan_id),
        "sender": _sender(actor),
        "received_at": now,
        "content": read.raw if isinstance(read, Read) else read.content,
        "faults": json.dumps(result.get("errors", [])),
    }


def _sender(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"


def _salt() -> str:
    return secrets.token_hex(SALT_BYTES)


def _forget(session: Session, specimen_id: int) -> None:
    # The columns were written past the session: an object it holds must be read again.
    loaded = session.identity_map.get(session.identity_key(Specimen, specimen_id))
    if loaded is not None:
        session.expire(loaded)


_NOT_BUILT = Fault(
    "/action", "This version carries out verify, pick_up, drop_off, receive, store, retrieve, dispose and see."
)
_ASIDE = {Outcome.INVALID, Outcome.CONFLICT}
_EVENTS, _CHAINS = cast("Table", CustodyEvent.__table__), cast("Table", DeviceChain.__table__)
_COLUMNS = [column.name for column in _EVENTS.c if column.name != "id"]
_INSERTS = {
    "sqlite": Prepared(sqlite.insert(_EVENTS).on_conflict_do_nothing(index_elements=["scan_id"]).inline(), _COLUMNS),
    "postgresql": Prepared(
        postgresql.insert(_EVENTS).on_conflict_do_nothing(index_elements=["scan_id"]).inline(), _COLUMNS
    ),
}
_OPENS = {
    "sqlite": sqlite.insert(_CHAINS).on_conflict_do_nothing(index_elements=["sender"]),
    "postgresql": postgresql.insert(_CHAINS).on_conflict_do_nothing(index_elements=["sender"]),
}
_SENDER_CHAIN = (
    select(_CHAINS.c.id, _CHAINS.c.length, _CHAINS.c.head)
    .where(_CHAINS.c.sender == bindparam("sender"))
    .with_for_update()
)
_MOVE_SENDER_CHAIN = update(_CHAINS).where(_CHAINS.c.id == bindparam("key"))
