"""What a bag, box or rack went through, and what was in it: read off folds, whatever the order of arrival (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from specimen_service.custody.facts import Accepted, Fact
from specimen_service.custody.fold import Folded, counting, holders
from specimen_service.custody.model import Event
from specimen_service.specimens.queries import Place

_JUDGED = frozenset({Event.ACCEPTED, Event.REJECTED})
"""What is done to a tube in the hand: from then on it is accounted for, although nobody scanned it out."""


@dataclass(frozen=True, slots=True)
class Step:
    """One scan as it counts: what, when, where, who."""

    event: Event
    at: datetime
    place: Place | None
    by: str


@dataclass(frozen=True, slots=True)
class Stay:
    """A specimen's last time in a bag, from the scan that put it in to the one that showed it out of it (None: none yet)."""

    specimen_id: int
    put_in: Step
    carrier: str
    """The number of the bag it was put into itself: this one, or one that was put into this one."""
    out: Step | None
    moved_on: bool
    """Whether it came out by being put into another bag, box or rack."""


def own_steps(number: str, facts: Iterable[Fact]) -> tuple[Step, ...]:
    """Return what a bag went through, in order: by its own scans, and by those of what it was in at the time.

    What was wrong with a scan, or a person called mistaken, is not among it.
    """
    holds: dict[str, str] = {}
    steps = []
    for _fact, now, _words in counting(facts):
        if now is None or now.event is Event.CORRECTED or now.defect is not None:
            continue
        if now.carrier in holders(number, holds):
            steps.append(_step(now))
        if now.into:
            holds[now.carrier] = now.into
    return tuple(steps)


def last_stay(number: str, specimen_id: int, folded: Folded) -> Stay | None:
    """Return a specimen's last time in the bag of that number; None: it never was in it."""
    stay: Stay | None = None
    was_inside = False
    for one in folded.decided:
        fact, inside = one.counts, number in one.within
        if fact is None or not isinstance(one.decision, Accepted):
            continue
        if inside and not was_inside:
            stay = Stay(specimen_id, _step(fact), one.within[0], None, moved_on=False)
        elif stay and stay.out is None and (was_inside > inside or (fact.event in _JUDGED and not fact.carrier)):
            stay = Stay(specimen_id, stay.put_in, stay.carrier, _step(fact), moved_on=bool(one.within) and not inside)
        was_inside = inside
    return stay


def counted_scans(folded: Folded) -> frozenset[str]:
    """Return the ids of the scans that concern a specimen as people left it."""
    return frozenset(one.fact.scan_id for one in folded.decided if one.counts and one.decision is not None)


def _step(fact: Fact) -> Step:
    return Step(fact.event, fact.effective_at, fact.place, fact.by)
