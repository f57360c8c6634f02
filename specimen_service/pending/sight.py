"""What is seen at a glance: specimens against their limits, times of legs, rejections and overrides, from plain values."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from specimen_service.kernel.language import to_say
from specimen_service.pending.rules import NOT_PICKED_UP
from specimen_service.specimens.model import Status

EDGES = (-480, -360, -240, -180, -120, -90, -60, -45, -30, -15, 0, 15, 30, 45, 60, 90, 120, 180, 240, 360, 480)
"""Minutes past the limit at which one bin ends and the next begins; before the first and after the last are two more."""
BINS = len(EDGES) + 1
FIRST_LATE = EDGES.index(0) + 1
NO_BIN = -1
"""The bin of a specimen without a limit."""
LEGS = (
    ("collected", ("departed",), to_say("Pick-up")),
    ("departed", ("arrived", "received"), to_say("Transport")),
    ("arrived", ("received",), to_say("Receipt")),
)
"""The legs of a specimen's way, by the custody events that begin and end each: where nobody scanned the arrival at the
laboratory's door, the receipt at its bench is the first that is known of it."""
_UNCOLLECTED = frozenset({Status.TO_COLLECT, Status.ISSUED, Status.NOT_OBTAINED, Status.CANCELLED})
_UNMOVED = _UNCOLLECTED | {Status.COLLECTED, Status.REJECTED, Status.LOST, Status.ON_HOLD}
Live = Mapping[tuple[Status, int], int]
"""How many pending specimens each status has in each bin."""


@dataclass(frozen=True)
class Tube:
    """What the charts need of one collected specimen."""

    status: Status
    collected_at: datetime
    verified: bool
    legs: Mapping[str, Sequence[str]]
    rejected_for: str | None
    is_late_entry: bool


@dataclass(frozen=True)
class Numbers:
    """The five numbers of the day."""

    waiting: int
    late_pick_up: int
    in_transit: int
    overdue: int
    rejected_today: int


@dataclass(frozen=True)
class LegDay:
    """One leg on one day: how many, and the minutes that half and nine in ten of them took at most."""

    day: date
    count: int
    median: float
    ninth: float


def numbers_of(live: Live, rejected_today: int) -> Numbers:
    """Count what the five tiles say."""

    def count(statuses: Iterable[Status], *, late: bool) -> int:
        return sum(n for (status, place), n in live.items() if status in statuses and (not late or place >= FIRST_LATE))

    return Numbers(
        waiting=count({Status.TO_COLLECT}, late=False),
        late_pick_up=count(NOT_PICKED_UP, late=True),
        in_transit=count({Status.IN_TRANSIT}, late=False),
        overdue=count(Status, late=True),
        rejected_today=rejected_today,
    )


def leg_days(tubes: Iterable[Tube], start: str, ends: Sequence[str], zone: tzinfo) -> list[LegDay]:
    """Return one leg by the day it ended, by the first of `ends` that a specimen has, oldest day first.

    A leg that ended before it began is nobody's time.
    """
    minutes: dict[date, list[float]] = {}
    for tube in tubes:
        end = next((one for one in ends if one in tube.legs), None)
        if start in tube.legs and end is not None:
            begun, ended = (datetime.fromisoformat(tube.legs[one][0]) for one in (start, end))
            if ended >= begun:
                took = (ended - begun) / timedelta(minutes=1)
                minutes.setdefault(ended.astimezone(zone).date(), []).append(took)
    return [
        LegDay(day, len(took), percentile(took, 0.5), percentile(took, 0.9)) for day, took in sorted(minutes.items())
    ]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of the values that at least `share` of them do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(-(-int(share * 100) * len(ranked) // 100), 1) - 1]


def arrivals(tubes: Iterable[Tube], zone: tzinfo) -> list[int]:
    """Count by hour of the site's day when specimens arrived: at the laboratory's door, or where that was not scanned its bench."""
    hours = Counter[int]()
    for tube in tubes:
        leg = tube.legs.get("arrived") or tube.legs.get("received")
        if leg:
            hours[datetime.fromisoformat(leg[0]).astimezone(zone).hour] += 1
    return [hours[hour] for hour in range(24)]


def rejections(tubes: Iterable[Tube]) -> list[tuple[str, int]]:
    """Count rejections by reason, the most frequent first."""
    found = Counter(tube.rejected_for or "" for tube in tubes if tube.status is Status.REJECTED)
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


def unverified(tubes: Iterable[Tube]) -> int:
    """Count the specimens that moved on from the chair without being verified."""
    return sum(1 for tube in tubes if not tube.verified and tube.status not in _UNMOVED)
