"""What an accepted fact makes of a state: place, holder, what it is in, when it was last seen (pure)."""

from dataclasses import replace

from specimen_service.custody.facts import Fact, State
from specimen_service.custody.model import Event
from specimen_service.specimens.model import Status
from specimen_service.specimens.queries import Place

OUTSIDE = "an outside laboratory"
"""Holds what was sent out, where nobody named which."""
_UNKNOWN = "not known"
_UNSEEN = frozenset(
    {Event.PREPARED, Event.VOIDED, Event.CORRECTED, Event.HELD, Event.RELEASED, Event.LOST, Event.RE_IDENTIFIED}
)
"""Events for which nobody need have had the tube in hand."""
_STAYS = frozenset({Status.ON_HOLD, Status.LOST})
"""A tube on hold or lost is where, and with whom, it was; it goes on from there once released or found."""
_TAKES_OUT = frozenset({Event.ARRIVED, Event.RECEIVED, Event.ARCHIVED, Event.RETRIEVED, Event.SENT_OUT, Event.DISPOSED})
"""Events that, of the tube itself, take it out of what it was in."""


def seen_by(state: State, fact: Fact) -> State:
    """Return the state with what the fact says of when, where and by whom the tube was last seen."""
    if fact.event in _UNSEEN and not (fact.event is Event.RE_IDENTIFIED and fact.scan_id):
        return state
    at = fact.effective_at
    return replace(
        state,
        # A clock that runs behind may date a scan before the collection: nobody saw the tube earlier than that.
        last_seen_at=max(at, state.last_seen_at) if state.last_seen_at else at,
        last_seen_place_id=fact.place.id if fact.place else None,
        last_seen_by=fact.by,
    )


def handled(seen: State, fact: Fact) -> State:
    """Return the state after an accepted fact that does not change the status: it may have been packed by it."""
    if fact.carrier:
        return seen
    if fact.into:
        return replace(seen, inside=fact.into)
    return replace(seen, inside="") if seen.inside and fact.event in _TAKES_OUT else seen


def moved(seen: State, fact: Fact, to: Status) -> State:
    """Return the state after a fact that brings the tube to another status or place."""
    place = _place(seen, fact, to)
    if to in {Status.ARRIVED, Status.RECEIVED} and place is not None and place.external:
        to = Status.SENT_OUT
    resumes = None
    if to in _STAYS:
        resumes = seen.resumes or seen.status
    return replace(
        handled(seen, fact),
        status=to,
        since=fact.effective_at,
        place=place,
        holder=_holder(seen, fact, to, place),
        verified=seen.verified or fact.event is Event.VERIFIED,
        legs={**seen.legs, fact.event.value: (fact.effective_at, fact.place.name if fact.place else _name(place))},
        resumes=resumes,
    )


def _place(seen: State, fact: Fact, to: Status) -> Place | None:
    if to in _STAYS:
        return seen.place
    if to is Status.SENT_OUT and fact.place is not None and not fact.place.external and not _is_arrival(fact):
        return seen.place  # sent out from here: where it went is not a place of ours
    if fact.place is not None:
        return fact.place
    # A tube that was on its way has left the place it was taken from; without a scan of a place, nobody knows where it is.
    left = seen.status is Status.IN_TRANSIT and fact.event is not Event.DEPARTED and to is not Status.SENT_OUT
    return None if left else seen.place


def _is_arrival(fact: Fact) -> bool:
    return fact.event in {Event.ARRIVED, Event.RECEIVED}


def _holder(seen: State, fact: Fact, to: Status, place: Place | None) -> str:
    """Say who has it: a person on the way, else the place; failing that, whoever handled it last."""
    if to in _STAYS:
        return seen.holder
    if to is Status.IN_TRANSIT:
        return fact.by or seen.holder or _UNKNOWN
    if to is Status.SENT_OUT and not (place is not None and place.external):
        return OUTSIDE
    return _name(place) or fact.by or seen.holder or _UNKNOWN


def _name(place: Place | None) -> str:
    return place.name if place else ""
