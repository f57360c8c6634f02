"""When a label may be printed again, under which number, and which evidence that takes (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LATE_AFTER = timedelta(minutes=15)
"""A label that waited longer would come out beside another patient: it is held for a person."""
SETTLED_AFTER = timedelta(minutes=15)
"""From then on a new label on a tube is a relabel, whose tube must be told by its old code or by a supervisor."""


class Reprint(StrEnum):
    """What another print of a label means."""

    SAME_LABEL = "same_label"
    """Its number never came out of a printer: it prints under itself."""
    SAME_NUMBER = "same_number"
    """Another system owns the number, or the site wants it so: the same again, the old one attested destroyed."""
    NEW_NUMBER = "new_number"
    """A new number; the old label is dead at once."""


@dataclass(frozen=True)
class Standing:
    """How it stands with a specimen's current label: what became of its prints, and of its tube since."""

    ended: bool
    in_doubt: bool
    came_out: bool
    moved_on: bool
    since: datetime
    may_relabel: bool
    keeps_number: bool


@dataclass(frozen=True)
class Evidence:
    """What the person brings: the old code (None: not given; else whether it is the current one), a supervisor, an attest."""

    old_code_matches: bool | None
    supervisor: bool
    old_label_destroyed: bool


@dataclass(frozen=True)
class Refused:
    """Why not, as a stable code and a sentence with the remedy."""

    code: str
    message: str


IN_DOUBT = Refused(
    "answer-first", "A print of this label may or may not have come out. Look, and answer for that print job first."
)
ENDED = Refused("specimen-ended", "This specimen needs no label any more: it was rejected, cancelled or disposed of.")
RECOLLECT = Refused("recollect", "A tube of this kind is never relabelled. Reject it and collect again.")
WRONG_OLD_CODE = Refused(
    "wrong-old-code", "The old code is not the one of this specimen's current label. Scan the label on the tube itself."
)
PROVE = Refused(
    "relabel-needs-proof",
    "This is a relabel: scan the old code from the tube (old_code), or send a supervisor's statement (supervisor).",
)
DESTROY = Refused(
    "destroy-old-label",
    "The new label carries the same number. Destroy the old one and say so (old_label_destroyed: true).",
)


def reprint(standing: Standing, evidence: Evidence, now: datetime) -> Reprint | Refused:
    """Decide what another print of a label means, or why it may not be (DESIGN.md section 6, "Reprint = new number")."""
    if standing.ended:
        return ENDED
    if standing.in_doubt:
        return IN_DOUBT
    if not standing.came_out:
        return Reprint.SAME_LABEL
    if is_relabel(standing, now) and (refused := _relabel_fault(standing, evidence)):
        return refused
    if not standing.keeps_number:
        return Reprint.NEW_NUMBER
    return Reprint.SAME_NUMBER if evidence.old_label_destroyed else DESTROY


def is_relabel(standing: Standing, now: datetime) -> bool:
    """Tell whether the tube has left the moment of its collection, so that a wrong label could land on it."""
    return standing.moved_on or now - standing.since > SETTLED_AFTER


def _relabel_fault(standing: Standing, evidence: Evidence) -> Refused | None:
    if not standing.may_relabel:
        return RECOLLECT
    if evidence.old_code_matches is False:
        return WRONG_OLD_CODE
    return None if evidence.old_code_matches or evidence.supervisor else PROVE
