"""Deciding what one fact does to a specimen: pure, and the only place that knows the legal moves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from specimen_service.custody.facts import Accepted, Decision, Fact, Parked, State
from specimen_service.custody.model import Event, Reason
from specimen_service.custody.standing import handled, moved, seen_by
from specimen_service.specimens.model import Status

_UNBORN = frozenset({Status.TO_COLLECT})
_AT_CLINIC = frozenset({Status.ISSUED, Status.COLLECTED, Status.VERIFIED})
_AT_LABORATORY = frozenset({Status.RECEIVED, Status.ACCEPTED, Status.RETRIEVED})
_LIVE = _AT_CLINIC | _AT_LABORATORY | {Status.IN_TRANSIT, Status.ARRIVED, Status.STORED}
_WHEREABOUTS = frozenset({Event.DEPARTED, Event.ARRIVED, Event.RECEIVED, Event.ARCHIVED, Event.RETRIEVED})
"""Events that say where a tube is: they go on beneath a hold, which stops what is done with it."""
_TURNS_UP = frozenset({Event.DEPARTED, Event.ARRIVED, Event.RECEIVED, Event.ARCHIVED})
"""Who does one of these to a lost tube has it in hand."""
_RECEIVED = frozenset({Status.RECEIVED, Status.ACCEPTED, Status.STORED, Status.SENT_OUT})
"""Where a tube stands after its receipt, as long as nobody has taken it away again."""
_OF_RECORDS = frozenset({Event.PREPARED, Event.VOIDED, Event.RE_IDENTIFIED, Event.CORRECTED})
"""Events of records and labels: no state of the tube bars them."""

RECEIVED_INSIDE = "received_inside"
"""The leg time of a bag's receipt, for what is in it."""
FAST_CLOCK = timedelta(minutes=15)
"""A pick-up or drop-off dated up to this long after a receipt belongs to the leg that the receipt closed."""
ONE_PLACE = timedelta(minutes=1)
"""Nobody receives a tube at two places within less than this."""
BEFORE_COLLECTION = timedelta(days=1)
"""Clocks and time zones may be wrong by less than this; what is dated longer before the collection was another tube's."""


@dataclass(frozen=True)
class Move:
    """One event's legal moves: from which statuses, to which, and in which ones it has happened already."""

    to: Status
    sources: frozenset[Status]
    done: frozenset[Status] = frozenset()


MOVES: Mapping[Event, Move] = {
    Event.ISSUED: Move(Status.ISSUED, _UNBORN),
    Event.COLLECTED: Move(Status.COLLECTED, _UNBORN | {Status.ISSUED}),
    Event.COLLECTION_FAILED: Move(Status.NOT_OBTAINED, _UNBORN | {Status.ISSUED}),
    Event.VERIFIED: Move(Status.VERIFIED, frozenset({Status.ISSUED, Status.COLLECTED})),
    Event.DEPARTED: Move(Status.IN_TRANSIT, _AT_CLINIC | _AT_LABORATORY | {Status.ARRIVED}),
    Event.ARRIVED: Move(
        Status.ARRIVED, _AT_CLINIC | {Status.IN_TRANSIT, Status.RETRIEVED}, frozenset({Status.ARRIVED, Status.SENT_OUT})
    ),
    Event.RECEIVED: Move(
        Status.RECEIVED,
        _AT_CLINIC | {Status.IN_TRANSIT, Status.ARRIVED, Status.RETRIEVED},
        frozenset({Status.RECEIVED, Status.ACCEPTED, Status.SENT_OUT}),
    ),
    Event.ACCEPTED: Move(Status.ACCEPTED, frozenset({Status.ARRIVED, Status.RECEIVED}), frozenset({Status.ACCEPTED})),
    Event.REJECTED: Move(Status.REJECTED, _LIVE | {Status.ON_HOLD}, frozenset({Status.REJECTED})),
    Event.ARCHIVED: Move(Status.STORED, _AT_LABORATORY | {Status.ARRIVED}, frozenset({Status.STORED})),
    Event.RETRIEVED: Move(Status.RETRIEVED, frozenset({Status.STORED}), frozenset({Status.RETRIEVED})),
    Event.SENT_OUT: Move(Status.SENT_OUT, _LIVE, frozenset({Status.SENT_OUT})),
    Event.LOST: Move(Status.LOST, _LIVE | {Status.ON_HOLD}, frozenset({Status.LOST})),
    Event.HELD: Move(Status.ON_HOLD, _LIVE, frozenset({Status.ON_HOLD})),
    Event.DISPOSED: Move(Status.DISPOSED, _LIVE | {Status.REJECTED}),
}


def judge(state: State, fact: Fact) -> Decision:
    """Decide one fact against the state before it.

    A parked fact moves last seen only. `see` of a live specimen is always accepted and changes nothing else.
    """
    seen = seen_by(state, fact)
    reason = fact.defect or (None if fact.forced else _bar(state, fact))
    if reason is not None:
        return Parked(seen, reason)
    if fact.event in _OF_RECORDS:
        return _of_records(seen, fact)
    if _belongs_to_closed_leg(seen, fact):
        return Accepted(_close_leg(seen, fact), of_closed_leg=True)
    if state.status is Status.ON_HOLD and fact.event in _WHEREABOUTS:
        return _beneath_hold(seen, fact)
    return _act(seen, fact)


def _act(seen: State, fact: Fact) -> Decision:
    match fact.event:
        case Event.VERIFIED if seen.status not in MOVES[Event.VERIFIED].sources:
            return _verify_again(seen, fact)
        case Event.DEPARTED if seen.status is Status.IN_TRANSIT:
            return _hand_over(seen, fact)
        case Event.RECEIVED if fact.carrier:
            return _received_inside(seen, fact)
        case Event.FOUND:
            return _find(seen, fact)
        case Event.RELEASED:
            return _release(seen, fact)
    move = MOVES.get(fact.event)
    return _move(seen, fact, move) if move else Accepted(handled(seen, fact))


def _bar(state: State, fact: Fact) -> Reason | None:
    event, status = fact.event, state.status
    if event in _OF_RECORDS:
        return None
    if fact.scan_id and fact.code in state.voided:
        return Reason.VOIDED_LABEL
    if status is Status.DISPOSED:
        return Reason.DISPOSED
    if status is Status.REJECTED and event not in {Event.DISPOSED, Event.REJECTED}:
        return Reason.REJECTED
    if status in {Status.NOT_OBTAINED, Status.CANCELLED}:
        return Reason.NOT_EXPECTED
    return Reason.IMPOSSIBLE_JUMP if _jumps(state, fact) else None


def _jumps(state: State, fact: Fact) -> bool:
    if fact.event is Event.SEEN or not fact.scan_id:
        return False
    born = min((state.legs[birth][0] for birth in ("issued", "collected") if birth in state.legs), default=None)
    if born is not None and fact.effective_at < born - BEFORE_COLLECTION:
        return True
    received = state.legs.get(Event.RECEIVED)
    return (
        fact.event is Event.RECEIVED
        and state.status in {Status.RECEIVED, Status.ACCEPTED}
        and received is not None
        and fact.effective_at - received[0] < ONE_PLACE
        and fact.place is not None
        and state.place is not None
        and fact.place.id != state.place.id
    )


def _belongs_to_closed_leg(seen: State, fact: Fact) -> bool:
    """Tell whether a release is dated after the receipt that ended its leg, by a clock that runs fast.

    A pick-up at the very place of the receipt is a new leg if the closed one has a pick-up of its own.
    """
    if fact.event not in {Event.DEPARTED, Event.ARRIVED}:
        return False
    received = _receipt(seen, fact)
    if received is None or fact.effective_at - received > FAST_CLOCK:
        return False
    if fact.place is None or seen.place is None:
        return True
    here = fact.place.id == seen.place.id
    return here if fact.event is Event.ARRIVED else not (here and Event.DEPARTED in seen.legs)


def _receipt(seen: State, fact: Fact) -> datetime | None:
    """Return when the leg that ended last was closed by a receipt; None: by none, or it was packed since."""
    status = seen.resumes if seen.status is Status.ON_HOLD else seen.status
    if status is Status.ARRIVED:
        arrived, received = seen.legs.get(Event.ARRIVED), seen.legs.get(RECEIVED_INSIDE)
        return received[0] if received is not None and received == arrived else None
    if status not in _RECEIVED or fact.carrier:  # its own receipt took it out of what it was in
        return None
    received = seen.legs.get(Event.RECEIVED)
    return received[0] if received else None


def _close_leg(seen: State, fact: Fact) -> State:
    at = _receipt(seen, fact)
    if at is None or fact.event in seen.legs:
        return seen
    return replace(seen, legs={**seen.legs, fact.event.value: (at, fact.place.name if fact.place else "")})


def _move(seen: State, fact: Fact, move: Move) -> Decision:
    if fact.forced and seen.status is Status.REJECTED and move.to is not Status.DISPOSED:
        return Accepted(replace(moved(seen, fact, move.to), status=Status.REJECTED, since=seen.since))
    turns_up = seen.status is Status.LOST and fact.event in _TURNS_UP
    if fact.forced or turns_up or seen.status in move.sources:
        return Accepted(moved(seen, fact, move.to))
    if seen.status not in move.done:
        return Parked(seen, Reason.NOT_EXPECTED)
    here = fact.place is None or seen.place is None or fact.place.id == seen.place.id
    if here or move.to in {Status.LOST, Status.ON_HOLD}:
        return Accepted(handled(seen, fact), repeated=True)
    return Accepted(moved(seen, fact, move.to)) if seen.status is move.to else Parked(seen, Reason.NOT_EXPECTED)


def _received_inside(seen: State, fact: Fact) -> Decision:
    """Take what is in a bag as arrived: a tube is received once it was scanned itself, or a missing one would pass."""
    decision = _move(seen, replace(fact, event=Event.ARRIVED), MOVES[Event.ARRIVED])
    if isinstance(decision, Parked) or decision.repeated:
        return decision
    legs = decision.state.legs
    return Accepted(replace(decision.state, legs={**legs, RECEIVED_INSIDE: legs[Event.ARRIVED]}))


def _beneath_hold(seen: State, fact: Fact) -> Decision:
    below = _act(replace(seen, status=seen.resumes or Status.RECEIVED, resumes=None), fact)
    if isinstance(below, Parked):
        return Parked(seen, below.reason)
    return replace(
        below, state=replace(below.state, status=Status.ON_HOLD, since=seen.since, resumes=below.state.status)
    )


def _release(seen: State, fact: Fact) -> Decision:
    if seen.status is not Status.ON_HOLD:
        return Accepted(seen, repeated=True) if fact.forced else Parked(seen, Reason.NOT_EXPECTED)
    to = seen.resumes or Status.RECEIVED
    return Accepted(replace(seen, status=to, since=fact.effective_at, resumes=None))


def _find(seen: State, fact: Fact) -> Decision:
    if seen.status is not Status.LOST:
        return Accepted(handled(seen, fact), repeated=True)
    before = seen.resumes or Status.ARRIVED
    if fact.place is None:  # it is where it was all the time
        return Accepted(replace(seen, status=before, since=fact.effective_at, resumes=None))
    elsewhere = seen.place is None or seen.place.id != fact.place.id
    if before is Status.IN_TRANSIT:
        before = Status.ARRIVED
    elif before is Status.STORED and elsewhere:
        before = Status.RETRIEVED
    return Accepted(moved(seen, fact, before))


def _verify_again(seen: State, fact: Fact) -> Decision:
    if seen.status not in _LIVE | {Status.ON_HOLD} and not fact.forced:
        return Parked(seen, Reason.NOT_EXPECTED)
    return Accepted(replace(handled(seen, fact), verified=True), repeated=seen.verified)


def _hand_over(seen: State, fact: Fact) -> Decision:
    if not fact.by or fact.by == seen.holder:
        return Accepted(handled(seen, fact), repeated=True)
    # The leg goes on: a limit from departure to receipt must not start anew with every courier.
    return Accepted(replace(handled(seen, fact), holder=fact.by), handed_over_by=seen.holder)


def _of_records(seen: State, fact: Fact) -> Decision:
    if fact.event is Event.VOIDED and fact.scan_id:
        return _void(seen, fact)
    if fact.event is Event.RE_IDENTIFIED and not fact.scan_id:
        return Accepted(_relabelled(seen, fact))
    return Accepted(seen)


def _void(seen: State, fact: Fact) -> Decision:
    """Void a label by scan: one that is left over, never one that was read on its tube."""
    if fact.code in seen.voided:
        return Accepted(seen, repeated=True)
    unused = seen.status in {Status.ISSUED, Status.COLLECTED, Status.NOT_OBTAINED} and not seen.verified
    if not (unused or fact.forced):
        return Parked(seen, Reason.NOT_EXPECTED)
    return Accepted(replace(_relabelled(seen, fact), voided=seen.voided | {fact.code}))


def _relabelled(seen: State, fact: Fact) -> State:
    if seen.status is Status.VERIFIED:
        return replace(seen, status=Status.COLLECTED, since=fact.effective_at, verified=False)
    return replace(seen, verified=False)
