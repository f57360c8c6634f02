"""Deciding what one fact does to a specimen: pure, and the only place that knows the legal moves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from specimen_service.custody.facts import Accepted, Decision, Fact, Parked, Reason, State
from specimen_service.custody.model import Event
from specimen_service.specimens.model import Status
from specimen_service.specimens.queries import Place

_UNBORN = frozenset({Status.TO_COLLECT})
_AT_CLINIC = frozenset({Status.ISSUED, Status.COLLECTED, Status.VERIFIED})
_AT_LABORATORY = frozenset({Status.RECEIVED, Status.ACCEPTED, Status.RETRIEVED})
_LIVE = _AT_CLINIC | _AT_LABORATORY | {Status.IN_TRANSIT, Status.ARRIVED, Status.ON_HOLD, Status.STORED}
_NEVER_SEEN = frozenset({Event.PREPARED, Event.VOIDED, Event.RE_IDENTIFIED})
"""Events of records and labels: nobody need have had the tube in hand."""


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
    Event.REJECTED: Move(Status.REJECTED, _LIVE, frozenset({Status.REJECTED})),
    Event.ARCHIVED: Move(Status.STORED, _AT_LABORATORY | {Status.ARRIVED}, frozenset({Status.STORED})),
    Event.RETRIEVED: Move(Status.RETRIEVED, frozenset({Status.STORED}), frozenset({Status.RETRIEVED})),
    Event.SENT_OUT: Move(Status.SENT_OUT, _LIVE, frozenset({Status.SENT_OUT})),
    Event.LOST: Move(Status.LOST, _LIVE, frozenset({Status.LOST})),
    Event.DISPOSED: Move(Status.DISPOSED, _LIVE | {Status.REJECTED}),
}


def judge(state: State, fact: Fact) -> Decision:
    """Decide one fact against the state before it.

    A parked fact moves last seen only. `see` of a live specimen is always accepted and changes nothing else.
    """
    seen = _seen(state, fact)
    reason = fact.defect or _bar(state.status, fact.event)
    if reason is not None:
        return Parked(seen, reason)
    if fact.event is Event.VERIFIED and state.status not in MOVES[Event.VERIFIED].sources:
        return _verify_again(seen)
    if fact.event is Event.DEPARTED and state.status is Status.IN_TRANSIT:
        return _hand_over(seen, fact)
    if fact.event is Event.RE_IDENTIFIED:
        return Accepted(_relabelled(seen, fact))
    move = MOVES.get(fact.event)
    return _move(seen, fact, move) if move else Accepted(seen)


def _bar(status: Status, event: Event) -> Reason | None:
    if event in _NEVER_SEEN:
        return None
    if status is Status.DISPOSED:
        return Reason.DISPOSED
    if status is Status.REJECTED and event not in {Event.DISPOSED, Event.REJECTED}:
        return Reason.REJECTED
    if status in {Status.NOT_OBTAINED, Status.CANCELLED}:
        return Reason.NOT_EXPECTED
    return None


def _seen(state: State, fact: Fact) -> State:
    if fact.event in _NEVER_SEEN:
        return state
    return replace(
        state,
        last_seen_at=fact.effective_at,
        last_seen_place_id=fact.place.id if fact.place else None,
        last_seen_by=fact.by,
    )


def _move(seen: State, fact: Fact, move: Move) -> Decision:
    if seen.status in move.sources:
        return Accepted(_moved(seen, fact, move.to))
    if seen.status not in move.done:
        return Parked(seen, Reason.NOT_EXPECTED)
    if fact.place is None or seen.place is None or fact.place.id == seen.place.id:
        return Accepted(seen, repeated=True)
    return Accepted(_moved(seen, fact, move.to)) if seen.status is move.to else Parked(seen, Reason.NOT_EXPECTED)


def _moved(seen: State, fact: Fact, to: Status) -> State:
    place = fact.place or _unnamed_place(seen, fact.event)
    if to in {Status.ARRIVED, Status.RECEIVED} and place is not None and place.external:
        to = Status.SENT_OUT
    return replace(
        seen,
        status=to,
        since=fact.effective_at,
        place=place,
        holder=fact.by if to is Status.IN_TRANSIT else (place.name if place else ""),
        verified=seen.verified or fact.event is Event.VERIFIED,
        legs={**seen.legs, fact.event.value: (fact.effective_at, place.name if place else "")},
    )


def _unnamed_place(seen: State, event: Event) -> Place | None:
    # A tube that was on its way has left the place it was taken from; without a scan of a place, nobody knows where it is.
    return None if seen.status is Status.IN_TRANSIT and event is not Event.DEPARTED else seen.place


def _verify_again(seen: State) -> Decision:
    if seen.status not in _LIVE:
        return Parked(seen, Reason.NOT_EXPECTED)
    return Accepted(replace(seen, verified=True), repeated=seen.verified)


def _hand_over(seen: State, fact: Fact) -> Decision:
    if not fact.by or fact.by == seen.holder:
        return Accepted(seen, repeated=True)
    # The leg goes on: a limit from departure to receipt must not start anew with every courier.
    return Accepted(replace(seen, holder=fact.by), handed_over_by=seen.holder)


def _relabelled(seen: State, fact: Fact) -> State:
    if seen.status is Status.VERIFIED:
        return replace(seen, status=Status.COLLECTED, since=fact.effective_at, verified=False)
    return replace(seen, verified=False)
