"""Which tubes an order needs, in which order they are drawn, and which times can be true."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from specimen_service.kernel.language import say, to_say

FUTURE_ALLOWED = timedelta(minutes=2)
"""A station's clock may be a little ahead of ours."""
LATE_ALLOWED = timedelta(days=7)
"""Older collections need a reason."""
EARLY_ALLOWED = timedelta(minutes=30)
"""So long before its time an order is drawn together with another of its patient."""
LATE_WITHOUT_REASON = timedelta(minutes=15)
"""At the chair, a time longer ago than this wants to be explained."""
LATE = to_say("This is more than 7 days ago. Check the date, or say why in late_reason.")
NOT_BLOOD = 100
"""Containers from this draw order on are filled without a needle."""
VENOUS = 90
"""Containers from this draw order on are not drawn from a vein."""


@dataclass(frozen=True)
class WantedTest:
    """One ordered test and the container it needs, by internal ids."""

    test_id: int
    type_id: int
    container_id: int
    draw_order: int
    containers: int = 1


@dataclass(frozen=True)
class Tube:
    """One container to be filled, and the tests it serves."""

    type_id: int
    container_id: int
    draw_order: int
    test_ids: tuple[int, ...]


def tubes_for(wanted: Iterable[WantedTest]) -> list[Tube]:
    """Plan the fewest containers: tests of one material in one container share it; in order of draw (CLSI GP41)."""
    shared: dict[tuple[int, int, int, int], list[int]] = defaultdict(list)
    for test in wanted:
        for copy in range(test.containers):
            # A second bottle of each kind makes a second set, so the copy sorts before the kind.
            shared[test.draw_order, copy, test.container_id, test.type_id].append(test.test_id)
    return [
        Tube(type_id, container_id, draw_order, tuple(test_ids))
        for (draw_order, _copy, container_id, type_id), test_ids in sorted(shared.items())
    ]


def set_numbers(own_barcodes: Iterable[tuple[int, bool]]) -> list[int | None]:
    """Assign blood culture sets: the n-th bottle of a kind belongs to set n, other containers to none.

    Takes (container id, whether it is such a bottle) in order of draw.
    """
    seen: dict[int, int] = defaultdict(int)
    numbers: list[int | None] = []
    for container_id, is_bottle in own_barcodes:
        seen[container_id] += 1
        numbers.append(seen[container_id] if is_bottle else None)
    return numbers


def is_due(due_at: datetime | None, now: datetime) -> bool:
    """Tell whether an order can be drawn now: one for a time to come waits for it."""
    return due_at is None or due_at <= now + EARLY_ALLOWED


def time_fault(collected_at: datetime, now: datetime, late_reason: str) -> str | None:
    """Say why a collection time cannot be taken as it is; None: it can."""
    if collected_at > now + FUTURE_ALLOWED:
        return say("This time is in the future. Check the date and the clock.")
    if collected_at < now - LATE_ALLOWED and not late_reason:
        return say(LATE)
    return None


def birth_date_fault(birth_date: date | None, collected_on: date) -> str | None:
    """Say why a birth date cannot be true; None: it can."""
    if birth_date is not None and birth_date > collected_on:
        return say("This birth date is after the collection. Check the year.")
    return None
