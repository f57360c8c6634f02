"""The plain values custody is decided on: what a scan or another event says, and where a specimen stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from specimen_service.custody.model import Event, Reason
from specimen_service.specimens.model import Status
from specimen_service.specimens.queries import Place

BY_STATE = frozenset({Reason.NOT_EXPECTED, Reason.DISPOSED, Reason.REJECTED, Reason.IMPOSSIBLE_JUMP})
"""Reasons that depend on what happened before: the fold decides on them anew. The others stay as they were on arrival:
a device's clock must never bring a label back to life that a station has replaced."""


class How(StrEnum):
    """What a correction says of the event it refers to."""

    REAL = "real"
    """It happened, although it is contrary to the rules."""
    MISTAKEN = "mistaken"
    """It did not happen."""
    OTHER_SPECIMEN = "other_specimen"
    """It happened to another specimen, not to this one."""
    THIS_SPECIMEN = "this_specimen"
    """It happened to this specimen, although it was recorded for another or for none."""
    AMENDED = "amended"
    """It happened, but at another time or place, or by somebody else."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said of an earlier event; None in a field: as recorded."""

    of: str
    """The hash of the event it corrects."""
    how: How
    effective_at: datetime | None = None
    place: Place | None = None
    by: str | None = None
    source: tuple[int | None, int | None, int] | None = None
    """Where an event taken over from another chain stands: specimen, sender's chain, place in it."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of one specimen as the fold sees it. Nothing in it tells when it arrived."""

    event: Event
    effective_at: datetime
    place: Place | None = None
    by: str = ""
    """Who: a person's name or, failing that, the device's."""
    defect: Reason | None = None
    """What is wrong with it whatever the specimen's state; None: nothing."""
    device: int = 0
    device_seq: int = -1
    scan_id: str = ""
    seq: int = 0
    """Place in the chain; orders only events of the service itself, which have no scan id."""
    id: int = 0
    """The internal id of its row, which decides nothing; 0: not recorded yet."""
    code: str = ""
    """What was scanned, cleaned; for an event of the service, the label number it concerns."""
    into: str = ""
    """The number of the shipment or storage position it was put into; empty: none."""
    carrier: str = ""
    """The number of the bag, box or rack that was scanned with the tube in it; empty: the tube itself was."""
    claimed: bool = False
    """Whether its code named nothing when it came, and was registered for this specimen since."""
    hash: str = ""
    """What a correction calls it by; empty: not recorded yet."""
    correction: Correction | None = None
    """For a `corrected`: what it says."""
    forced: bool = False
    """Whether a person said that it is real: no rule bars it."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a specimen stands: the fold of its facts."""

    status: Status = Status.TO_COLLECT
    since: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    place: Place | None = None
    """Where it is; in transit: where it was taken from."""
    holder: str = ""
    """A person while in transit, else the place."""
    verified: bool = False
    last_seen_at: datetime | None = None
    last_seen_place_id: int | None = None
    last_seen_by: str = ""
    legs: Mapping[str, tuple[datetime, str]] = field(default_factory=dict)
    """When each event last moved it, and at which place (by name)."""
    inside: str = ""
    """The number of the shipment or storage position it is in; empty: none."""
    resumes: Status | None = None
    """The status that holding or losing it interrupted; None: neither."""
    voided: frozenset[str] = frozenset()
    """The numbers of its labels that scans have voided."""


BLANK = State()
"""Before anything happened."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The fact fits: the state after it."""

    state: State
    repeated: bool = False
    """It had happened already and changes nothing."""
    handed_over_by: str = ""
    """Who had it before, where a person took it from a person."""
    of_closed_leg: bool = False
    """It belongs to the leg that the receipt before it closed: a fast clock dated it too late."""


@dataclass(frozen=True, slots=True)
class Parked:
    """The fact is contrary to the rules: only last seen moves."""

    state: State
    reason: Reason


Decision = Accepted | Parked
