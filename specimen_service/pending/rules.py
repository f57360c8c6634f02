"""What pending means for people: which step a specimen waits for, and whether it is late."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import product

from specimen_service.specimens.model import NO_LIMIT, Status


class View(StrEnum):
    """A question that people ask of the list every day."""

    OVERDUE = "overdue"
    NOT_PICKED_UP = "not_picked_up"
    IN_TRANSIT = "in_transit"
    NOT_STORED = "not_stored"
    AWAITING_RECOLLECT = "awaiting_recollect"
    TIMED_DUE = "timed_due"


class Sort(StrEnum):
    """What the list begins with."""

    URGENT = "urgent"
    """The most urgent, then what is due first."""
    DUE = "due"
    WAITED = "waited"
    """What has waited longest."""


NOT_PICKED_UP = frozenset({Status.COLLECTED, Status.VERIFIED})
VIEWS = {
    View.OVERDUE: frozenset(Status),
    View.NOT_PICKED_UP: NOT_PICKED_UP,
    View.IN_TRANSIT: frozenset({Status.IN_TRANSIT}),
    View.NOT_STORED: frozenset({Status.RECEIVED, Status.ACCEPTED, Status.RETRIEVED}),
    View.AWAITING_RECOLLECT: frozenset({Status.REJECTED}),
    View.TIMED_DUE: frozenset({Status.TO_COLLECT}),
}
"""The statuses that a view looks at; the first of them wants what is late, the last what has a time besides."""
ALMOST = 0.75
"""The share of its time after which a specimen wants attention."""
STEP = 5
"""Percent: a bar that crept with every second would never be unchanged."""


class Step(StrEnum):
    """What a pending specimen waits for."""

    TO_COLLECT = "to_collect"
    TO_DRAW = "to_draw"
    """Labelled beside the patient, not drawn yet."""
    TO_RETURN = "to_return"
    """Handed out to the patient."""
    TO_VERIFY = "to_verify"
    TO_PICK_UP = "to_pick_up"
    IN_TRANSIT = "in_transit"
    TO_RECEIVE = "to_receive"
    TO_ACCEPT = "to_accept"
    ON_HOLD = "on_hold"
    TO_STORE = "to_store"
    TO_FIND = "to_find"
    TO_RECOLLECT = "to_recollect"


_STEPS = {
    Status.TO_COLLECT: Step.TO_COLLECT,
    Status.ISSUED: Step.TO_RETURN,
    Status.COLLECTED: Step.TO_VERIFY,
    Status.VERIFIED: Step.TO_PICK_UP,
    Status.IN_TRANSIT: Step.IN_TRANSIT,
    Status.ARRIVED: Step.TO_RECEIVE,
    Status.RECEIVED: Step.TO_STORE,
    Status.ACCEPTED: Step.TO_STORE,
    Status.RETRIEVED: Step.TO_STORE,
    Status.ON_HOLD: Step.ON_HOLD,
    Status.LOST: Step.TO_FIND,
    Status.REJECTED: Step.TO_RECOLLECT,
}


_CASES = tuple(product((False, True), repeat=2))


@dataclass(frozen=True)
class Condition:
    """One status that a filter asks for.

    `inspect` narrows it to places that judge specimens, or that do not; `by_patient` to what the patient fills at home, or
    what is drawn at a chair.
    """

    status: Status
    inspect: bool | None = None
    by_patient: bool | None = None


def step_of(status: Status, *, inspect: bool, by_patient: bool) -> Step | None:
    """Return what a specimen waits for at a place that inspects or not, filled by the patient or not; None: it is done."""
    if status is Status.ISSUED and not by_patient:
        return Step.TO_DRAW
    return Step.TO_ACCEPT if inspect and status is Status.RECEIVED else _STEPS.get(status)


def conditions_of(state: str) -> tuple[Condition, ...]:
    """Return what `state` means as a filter: a status, or a step; empty for a word that is neither."""
    if state in set(Status):
        return (Condition(Status(state)),)
    found = []
    for status in Status:
        meant = [one for one in _CASES if step_of(status, inspect=one[0], by_patient=one[1]) == state]
        if meant:
            inspect, by_patient = ({one[fact] for one in meant} for fact in (0, 1))
            found.append(Condition(status, _only(inspect), _only(by_patient)))
    return tuple(found)


def _only(values: set[bool]) -> bool | None:
    return None if len(values) > 1 else values.pop()


def is_overdue(due_at: datetime, now: datetime) -> bool:
    """Tell whether the first limit of an open leg has passed."""
    return due_at < now


@dataclass(frozen=True)
class Age:
    """How much of its time a specimen has spent, in whole steps of 5 %, and how that is: `go`, `wait` or `stop`."""

    percent: int
    tone: str


def age_of(begun: datetime, due_at: datetime | None, now: datetime) -> Age | None:
    """Return the age of a specimen against its limit; None: it has none."""
    if due_at is None or due_at == NO_LIMIT:
        return None
    whole = (due_at - begun).total_seconds()
    share = (now - begun).total_seconds() / whole if whole > 0 else 1.0
    percent = int(min(max(share, 0.0), 1.0) * 100) // STEP * STEP
    return Age(percent, "stop" if is_overdue(due_at, now) else "wait" if share >= ALMOST else "go")
