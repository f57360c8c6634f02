"""What is wrong with a scan whatever the state of the specimen it names (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from specimen_service.custody.model import Event, Reason
from specimen_service.kernel.numbers import checks, looks_like_number

REJECT_REASONS = frozenset(
    ["EX", "QS", "RA", "RB", "RC", "RD", "RE", "RH", "RI", "RM", "RN", "RP", "RR", "RS"]  # HL7 table 0490
)
CLOCK_OFF = timedelta(days=365)
"""A device's clock that is so far off tells no time at all; what is less is an offline scan, or put right by its skew."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a scan says besides its code, and whether what it names is known."""

    event: Event
    occurred_at: datetime
    effective_at: datetime
    received_at: datetime
    location_known: bool = True
    operator_known: bool = True
    into_known: bool = True
    collection: str = ""
    """The accession it is to be matched against; empty: none."""
    accession: str | None = None
    """That of the specimen."""
    reason: str = ""
    links_to: str = ""


def not_ours(event: Event) -> Reason | None:
    """Return what is wrong with doing to another system's label what is done to labels of ours; None: nothing."""
    return {Event.VOIDED: Reason.NOT_OUR_LABEL, Event.RE_IDENTIFIED: Reason.NOTHING_TO_LINK}.get(event)


def defect_of(said: Said) -> Reason | None:
    """Return the first thing that is wrong with a scan; None: nothing."""
    elsewhere = said.event is Event.VERIFIED and said.collection not in {"", said.accession}
    wrong = (
        (elsewhere, Reason.WRONG_COLLECTION),
        (_clock_is_off(said), Reason.CLOCK_WRONG),
        (not said.location_known, Reason.UNKNOWN_LOCATION),
        (not said.operator_known, Reason.UNKNOWN_OPERATOR),
        (not said.into_known, Reason.UNKNOWN_INTO),
        (said.event is Event.REJECTED and said.reason not in REJECT_REASONS, Reason.REASON_MISSING),
        (said.event is Event.RE_IDENTIFIED and not _links(said.links_to), Reason.NOTHING_TO_LINK),
    )
    return next((reason for is_wrong, reason in wrong if is_wrong), None)


def _clock_is_off(said: Said) -> bool:
    put_right, old = abs(said.effective_at - said.occurred_at), said.received_at - said.effective_at
    return put_right >= CLOCK_OFF or old >= CLOCK_OFF


def _links(code: str) -> bool:
    return bool(code) and not (looks_like_number(code) and checks(code))
