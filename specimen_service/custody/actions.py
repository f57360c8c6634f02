"""Recording what happened to specimens: scans from any device, and the events of the service itself.

Everything is appended, nothing is changed: an event to its chain, its specimen's columns to what the fold then says. The
order of locks is fixed (bags, specimens by id, then the sender's chain), so that two servers cannot wait for each other.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.custody import messages
from specimen_service.custody.chain import set_apart
from specimen_service.custody.chains import insert_events, new_salt, sender_of
from specimen_service.custody.correction_actions import Amendment, correct_event, resolve_exception
from specimen_service.custody.desk import Desk, Result, result_of, written
from specimen_service.custody.fact_queries import histories_of
from specimen_service.custody.facts import Fact, How, Parked
from specimen_service.custody.lookups import look_up
from specimen_service.custody.model import Carrier, CarrierKind, Event, Outcome, ScanAside, Unpacking
from specimen_service.custody.queries import Stored, person_name, place_of, stored_scans
from specimen_service.custody.scans import Malformed, Read, kept_id, read_scan, written_note
from specimen_service.custody.storing import claim, forget, refold, store, store_works
from specimen_service.custody.works import Row, event_row, name_of, work_on
from specimen_service.kernel.codes import is_number
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from specimen_service.kernel.language import say
from specimen_service.kernel.numbers import PREFIXES, Kind
from specimen_service.kernel.serials import issue_number
from specimen_service.specimens.actions import Policy
from specimen_service.specimens.model import Status, status_words
from specimen_service.specimens.queries import tube_of

__all__ = [
    "Amendment",
    "How",
    "append_event",
    "claim",
    "correct_event",
    "hold",
    "new_carrier",
    "record_scans",
    "refold",
    "release",
    "resolve_exception",
    "review_aside",
    "when_first_read",
]

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
    known = {} if len(reads) == 1 else _recorded(session, reads)
    anew: set[int] = set()
    while True:
        desk, results, asides = _judged(session, now, actor, reads, skew, policy, known, anew)
        if desk.lacking_history():
            anew |= desk.lacking_history()
        elif store(session, now, desk, policy):
            break
        else:
            # Recorded before, perhaps by another server a moment ago: now it is found, and answered as a repetition.
            known = _recorded(session, reads)
    if asides:
        session.execute(insert(ScanAside), asides)
    _note_unpacked(session, reads, desk)
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
    work = work_on(tube, histories_of(session, [specimen_id])[specimen_id])
    work.expect(fact)
    decision = work.decide(fact)
    if isinstance(decision, Parked):
        raise Conflict(
            say(
                "Specimen %(number)s is %(status)s: that does not fit any more. Look at it again.",
                number=tube.number,
                status=status_words(tube.status),
            )
        )
    row = event_row(actor, now, fact)
    row.update(
        occurred_at=effective_at, person_id=person_id or row["person_id"], code=code, content=json.dumps(detail or {})
    )
    if note:
        row.update(set_apart(written_note(note), new_salt()))
    insert_events(session, [work.chain.append(row)])
    store_works(session, now, [work], policy)
    forget(session, specimen_id)


def hold(session: Session, now: datetime, actor: Actor, policy: Policy, *, specimen_id: int, reason: str) -> None:
    """Put a specimen on hold: where it is goes on being recorded, what is done with it waits.

    Raises `InvalidInput` without a reason, `Conflict` where it is on hold already or nothing is left to hold.
    """
    _hold_or_release(session, now, actor, policy, specimen_id, Event.HELD, reason)


def release(session: Session, now: datetime, actor: Actor, policy: Policy, *, specimen_id: int, reason: str) -> None:
    """Let a specimen go on from where its hold interrupted it; raises as `hold` does."""
    _hold_or_release(session, now, actor, policy, specimen_id, Event.RELEASED, reason)


def new_carrier(session: Session, now: datetime, kind: CarrierKind) -> Carrier:
    """Make a bag, box or rack under a new number, in the caller's transaction; raises `NumbersExhausted`."""
    carrier = Carrier(number=issue_number(session, PREFIXES[Kind.SHIPMENT]), kind=kind, created_at=now)
    session.add(carrier)
    session.flush()
    return carrier


def review_aside(session: Session, now: datetime, actor: Actor, *, aside_id: int, finding: str) -> None:
    """Note what a person found about a scan kept aside.

    Raises `InvalidInput` without a finding, `NotFound`, and `Conflict` where somebody did so before.
    """
    if not finding.strip():
        raise InvalidInput([Fault("/finding", say("Say what you found."))])
    aside = session.get(ScanAside, aside_id, with_for_update=True)
    if aside is None:
        raise NotFound("scan kept aside", aside_id)
    if aside.seen_at is not None:
        raise Conflict(say("Somebody has looked into this already. Look at the list again."), code="already-closed")
    aside.seen_at, aside.seen_by, aside.finding = now, actor.name, finding.strip()[:200]
    record(session, now, actor, "scan_aside.reviewed", subject=str(aside_id))
    session.flush()


def _hold_or_release(
    session: Session, now: datetime, actor: Actor, policy: Policy, specimen_id: int, event: Event, reason: str
) -> None:
    if not reason.strip():
        raise InvalidInput([Fault("/reason", say("Say why."))])
    tube = tube_of(session, specimen_id)
    if event is Event.HELD and tube.status is Status.ON_HOLD:
        raise Conflict(say("Specimen %(number)s is on hold already.", number=tube.number))
    append_event(
        session,
        now,
        actor,
        policy,
        specimen_id=specimen_id,
        event=event,
        effective_at=now,
        code=tube.number,
        note=reason.strip(),
    )


def _note_unpacked(session: Session, reads: Sequence[Read | Malformed], desk: Desk) -> None:
    named = {read.scan.scan_id: read.out_of for read in reads if isinstance(read, Read) and read.out_of}
    if not named:
        return
    new = [row["scan_id"] for row in desk.rows if is_number(named.get(row["scan_id"], ""), Kind.SHIPMENT)]
    if new:
        session.execute(insert(Unpacking), [{"scan_id": one, "carrier": named[one]} for one in new])


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
    anew: Collection[int],
) -> tuple[Desk, list[Result], list[Row]]:
    # Repetitions come first: what was answered once is answered so for ever, whatever the rules say by now.
    fresh: dict[str, Read] = {}
    for read in reads:
        if isinstance(read, Read) and read.scan.scan_id not in known:
            fresh.setdefault(read.scan.scan_id, read)
    desk = Desk(actor, now, skew, policy.zone, look_up(session, now, actor, [*fresh.values()], skew, anew), new_salt)
    taken = dict(zip(fresh, desk.take(fresh.values()), strict=True))
    results, asides = [], []
    for read in reads:
        result = (
            _invalid(read.scan_id, read.faults) if isinstance(read, Malformed) else _answer(read, known, fresh, taken)
        )
        results.append(result)
        if result["outcome"] in _ASIDE:
            asides.append(_aside(read, result, actor, now))
    return desk, results, asides


def _answer(read: Read, known: Mapping[str, Stored], fresh: Mapping[str, Read], taken: Mapping[str, Result]) -> Result:
    scan_id = read.scan.scan_id
    if scan_id in known:
        return _answered_again(read, known[scan_id])
    first = fresh[scan_id]
    if read is first:
        return taken[scan_id]
    return _answered_again(read, Stored(first.content, written(taken[scan_id]), first.private, erased=False))


def _answered_again(read: Read, earlier: Stored) -> Result:
    if not earlier.is_sent_again(read.content, read.private):
        return result_of(read.scan.scan_id, Outcome.CONFLICT, say(messages.CONFLICT))
    return {**json.loads(earlier.verdict), "replayed": True}


def _invalid(scan_id: str | None, faults: Sequence[Fault]) -> Result:
    errors = [{"pointer": fault.pointer, "message": fault.message} for fault in faults]
    return {**result_of(scan_id, Outcome.INVALID, say(messages.MALFORMED)), "errors": errors}


def _aside(read: Read | Malformed, result: Result, actor: Actor, now: datetime) -> Row:
    return {
        "outcome": Outcome(result["outcome"]),
        "scan_id": read.scan.scan_id if isinstance(read, Read) else kept_id(read.scan_id),
        "sender": sender_of(actor),
        "received_at": now,
        "content": read.raw if isinstance(read, Read) else read.content,
        "faults": json.dumps(result.get("errors", [])),
    }


_ASIDE = {Outcome.INVALID, Outcome.CONFLICT}
