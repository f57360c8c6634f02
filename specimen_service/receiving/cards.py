"""The specimen in hand as the bench needs it: how old, how kept, what can be done with it (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from specimen_service.kernel.language import say
from specimen_service.receiving.rules import EXPIRED, KEPT_FROM, Age, age_of, handling_words, past_words
from specimen_service.specimens.model import Status
from specimen_service.specimens.queries import SpecimenDetails

IN_SIGHT = 12
"""So many reasons to reject are tiles; the others are folded away."""
_ENDED = frozenset(
    {
        *(Status.TO_COLLECT, Status.REJECTED, Status.NOT_OBTAINED, Status.CANCELLED),
        *(Status.DISPOSED, Status.SENT_OUT, Status.LOST),
    }
)
_HELD_FROM = frozenset(Status) - _ENDED - {Status.ON_HOLD}


@dataclass(frozen=True)
class Card:
    """One specimen with what the laboratory can do about it."""

    specimen: SpecimenDetails
    age: Age | None
    keep: str
    """How it is to be kept, in words."""
    past: str
    """How far it is past its limit, in a sentence; empty: it is not."""
    reasons: Mapping[str, str]
    """HL7 table 0490 code to plain words, the most usual first."""
    for_transfusion: bool
    """Whether its container is never labelled again: then nobody can sign for a fault either."""
    rejected_for: str
    """HL7 table 0490 code scanned with its rejection; empty: it has none."""

    @property
    def tiles(self) -> list[tuple[str, str]]:
        """The reasons in sight."""
        return list(self.reasons.items())[:IN_SIGHT]

    @property
    def more_reasons(self) -> list[tuple[str, str]]:
        """The reasons folded away."""
        return list(self.reasons.items())[IN_SIGHT:]

    @property
    def is_expired(self) -> bool:
        """Whether its limit has passed while the laboratory still has to do with it."""
        return self.age is not None and self.age.is_over and self.specimen.status not in _ENDED

    @property
    def expired(self) -> str:
        """The code of the reason to offer first for one past its limit."""
        return EXPIRED

    @property
    def may_be_rejected(self) -> bool:
        """Whether a rejection fits its status."""
        return self.specimen.status not in _ENDED

    @property
    def may_be_kept(self) -> bool:
        """Whether a supervisor may sign for it."""
        return self.specimen.status in KEPT_FROM and not self.for_transfusion

    @property
    def may_be_held(self) -> bool:
        """Whether it can be put on hold."""
        return self.specimen.status in _HELD_FROM

    @property
    def may_be_lost(self) -> bool:
        """Whether it can be reported lost."""
        return self.specimen.status not in _ENDED

    def reason_name(self, code: str) -> str:
        """Return the plain words of a reason, or its code where the catalog no longer has it."""
        return self.reasons.get(code, code)


def card_of(
    specimen: SpecimenDetails,
    now: datetime,
    *,
    test_handling: Mapping[str, str],
    reasons: Mapping[str, str],
    for_transfusion: bool,
    rejected_for: str,
) -> Card:
    """Make the card of a specimen; `test_handling` is the catalog's HL7 table 0376 code by test."""
    of_tests = [test_handling.get(test.code, "") for test in specimen.tests]
    keep = handling_words(specimen.handling, of_tests)
    age = age_of(specimen.collected_at, specimen.stable_until, now)
    past = past_words(age, specimen.handling, of_tests) if age and age.is_over else ""
    return Card(specimen, age, keep, past, reasons, for_transfusion, rejected_for)


def specimen_step(card: Card) -> str:
    """Say what to do next with the specimen in hand."""
    status = card.specimen.status
    if status is Status.REJECTED:
        return _rejected_step(card.specimen)
    if status is Status.ON_HOLD:
        return say("It is on hold. Release it when it may go on.")
    if status is Status.LOST:
        return say("Search for it. When it turns up, say here that it is found.")
    if card.is_expired:
        return say("It is past its limit. Reject it as too old, or go on if it is still of use.")
    return say("Choose what is wrong with it, or scan another tube.")


def _rejected_step(specimen: SpecimenDetails) -> str:
    rejection = specimen.rejection
    if rejection is None:
        return say("Tell whoever ordered it that it was rejected, and say whether to collect it again.")
    if rejection.notified_at is None:
        return say("Tell whoever ordered it that it was rejected, and write who read it back.")
    return say("Set it aside. Nothing else is done with this one.")
