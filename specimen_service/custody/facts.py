"""The plain values custody is decided on: what a scan or another event says, and where a specimen stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from specimen_service.custody.model import Event
from specimen_service.specimens.model import Status
from specimen_service.specimens.queries import Place


class Reason(StrEnum):
    """Why a scan is parked."""

    UNKNOWN_NUMBER = "unknown_number"
    CHECK_DIGIT = "check_digit"
    NOT_A_SPECIMEN = "not_a_specimen"
    AMBIGUOUS = "ambiguous"
    REPLACED_LABEL = "replaced_label"
    VOIDED_LABEL = "voided_label"
    WRONG_COLLECTION = "wrong_collection"
    UNKNOWN_LOCATION = "unknown_location"
    UNKNOWN_OPERATOR = "unknown_operator"
    NOT_EXPECTED = "not_expected"
    DISPOSED = "disposed"
    REJECTED = "rejected"


BY_STATE = frozenset({Reason.NOT_EXPECTED, Reason.DISPOSED, Reason.REJECTED})
"""Reasons that depend on what happened before: the fold decides on them anew. The others stay as they were on arrival:
a device's clock must never bring a dead label back to life."""


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


@dataclass(frozen=True, slots=True)
class Parked:
    """The fact is contrary to the rules: only last seen moves."""

    state: State
    reason: Reason


Decision = Accepted | Parked
