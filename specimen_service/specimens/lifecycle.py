"""When a specimen is pending at its place, and until when it should have moved on: pure decisions on plain values.

Leg times are kept by custody event: when the event last opened a leg, and at which place. A limit (`[[limit]]` of the
configuration) runs from one event to another; what has not reached the second in time is overdue.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from specimen_service.places.model import Ends
from specimen_service.specimens.model import NO_LIMIT, Status
from specimen_service.specimens.queries import Place

Leg = tuple[datetime, str]
"""When an event happened, and the name of its place (empty: not known)."""

GONE = frozenset(
    {Status.SENT_OUT, Status.DISPOSED, Status.NOT_OBTAINED, Status.CANCELLED, Status.REJECTED, Status.STORED}
)
"""Statuses that are pending nowhere."""
AT_THE_LABORATORY = frozenset({Status.RECEIVED, Status.ACCEPTED, Status.RETRIEVED})


@dataclass(frozen=True)
class Limit:
    """How long the leg between two custody events may take; None in a filter: any."""

    start: str
    end: str
    minutes: int
    urgency: int | None = None
    location: str | None = None
    """Name of the place where the leg starts."""
    hours: tuple[time, time] | None = None
    """Opening hours in the site's zone; outside them the limit waits. None: it never waits."""


@dataclass(frozen=True)
class Policy:
    """What the configuration says of legs: their limits, and the site's zone for opening hours and sentences."""

    limits: tuple[Limit, ...]
    zone: tzinfo


def is_pending(status: Status, place: Place | None) -> bool:
    """Tell whether a specimen is not yet where it should be; where that ends is a property of the place it is at."""
    if status in GONE:
        return False
    if place is not None and place.ends is Ends.RECEIVED and status in AT_THE_LABORATORY:
        return place.inspect and status is Status.RECEIVED
    return True


def due_at(legs: Mapping[str, Leg], urgency: int, policy: Policy) -> datetime:
    """Return when the first limit of an open leg ends; `NO_LIMIT` where none applies."""
    ends = [_end(limit, legs[limit.start][0], policy.zone) for limit in policy.limits if _applies(limit, legs, urgency)]
    return min(ends, default=NO_LIMIT)


def within_hours(start: datetime, minutes: int, hours: tuple[time, time], zone: tzinfo) -> datetime:
    """Return the moment at which `minutes` of opening time have passed since `start`, in UTC.

    Hours that end where they begin, or before, run past midnight. Real time is counted: the night of a change of clocks
    is an hour longer or shorter.
    """
    left = timedelta(minutes=minutes)
    day = start.astimezone(zone).date() - timedelta(days=1)  # last night's hours may still run
    while True:
        opens, closes = _opening(day, hours, zone)
        opened = max(opens, start)
        if closes - opened >= left:
            return opened + left
        left -= max(closes - opened, timedelta())
        day += timedelta(days=1)


def _applies(limit: Limit, legs: Mapping[str, Leg], urgency: int) -> bool:
    begun = legs.get(limit.start)
    if "rejected" in legs and limit.start != "rejected":
        return False  # whatever it was on its way to, it goes there no more
    if begun is None or _is_over(limit, begun[0], legs):
        return False
    return limit.urgency in {None, urgency} and limit.location in {None, begun[1]}


def _is_over(limit: Limit, begun: datetime, legs: Mapping[str, Leg]) -> bool:
    if limit.end in legs and legs[limit.end][0] >= begun:
        return True
    # A tube that was received without being dropped off first has arrived all the same.
    return any(name in legs and legs[name][0] > begun for name in _LATER.get(limit.end, ()))


def _end(limit: Limit, start: datetime, zone: tzinfo) -> datetime:
    if limit.hours is None:
        return start + timedelta(minutes=limit.minutes)
    return within_hours(start, limit.minutes, limit.hours, zone)


def _opening(day: date, hours: tuple[time, time], zone: tzinfo) -> tuple[datetime, datetime]:
    opens, closes = hours
    last = day + timedelta(days=1) if closes <= opens else day
    return datetime.combine(day, opens, zone).astimezone(UTC), datetime.combine(last, closes, zone).astimezone(UTC)


_STAGES = ("collected", "verified", "departed", "arrived", "received", "accepted", "archived")
_LATER = {stage: _STAGES[i + 1 :] for i, stage in enumerate(_STAGES)}
