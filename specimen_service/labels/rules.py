"""When a label may be printed again, under which number, and which evidence that takes (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from specimen_service.accounts.model import Role
from specimen_service.kernel.language import say, to_say

SETTLED_AFTER = timedelta(minutes=15)
"""From then on a new label on a tube is a relabel, whose tube must be told by its old code or by a supervisor."""
AT_ONCE = timedelta(seconds=30)
"""Two wishes for the same number this close together are two people who mean one label."""
UNLIMITED = frozenset({Role.LAB, Role.SUPERVISOR, Role.ADMIN})
"""Roles that print a label again as often as it takes; everybody else, and every device, up to the site's limit."""


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
    reprints: int
    """How often a label of this specimen was printed again after one had come out."""
    reprinted_at: datetime | None
    """When the current label was last asked for again; None: never."""


@dataclass(frozen=True)
class Evidence:
    """What the person brings: the old code (None: not given; else whether it is the current one), a supervisor, an attest."""

    old_code_matches: bool | None
    supervisor: bool
    old_label_destroyed: bool


@dataclass(frozen=True)
class Refused:
    """Why not, as a stable code and a sentence with the remedy and its values."""

    code: str
    sentence: str
    values: tuple[tuple[str, object], ...] = ()

    @property
    def message(self) -> str:
        """The sentence in the site's language."""
        return say(self.sentence, **dict(self.values))


IN_DOUBT = Refused(
    "answer-first",
    to_say(
        "A print of this label is under way, or may or may not have come out. Wait a moment; if it stays in doubt, "
        "look, and answer for that print job first."
    ),
)
ENDED = Refused(
    "specimen-ended",
    to_say("This specimen needs no label any more: it was rejected, cancelled or disposed of."),
)
RECOLLECT = Refused("recollect", to_say("A tube of this kind is never relabelled. Reject it and collect again."))
WRONG_OLD_CODE = Refused(
    "wrong-old-code",
    to_say("The old code is not the one of this specimen's current label. Scan the label on the tube itself."),
)
PROVE = Refused(
    "relabel-needs-proof",
    to_say(
        "This is a relabel: scan the old code from the tube (old_code), or let a supervisor sign for it (supervisor)."
    ),
)
DESTROY = Refused(
    "destroy-old-label",
    to_say("The new label carries the same number. Destroy the old one and say so (old_label_destroyed: true)."),
)
ONLY_SIGNED = to_say(
    "This label is printed again only with a supervisor. "
    "Let a supervisor sign for it (supervisor), or ask the laboratory."
)
ONCE_ALREADY = to_say(
    "This label was printed again once already. Let a supervisor sign for it (supervisor), or ask the laboratory."
)
OFTEN_ALREADY = to_say(
    "This label was printed again %(count)s times already. "
    "Let a supervisor sign for it (supervisor), or ask the laboratory."
)
AGAIN_ALREADY = Refused(
    "just-printed",
    to_say(
        "Somebody printed this label again moments ago. Look for it at the printer; if it is no good, "
        "ask in half a minute."
    ),
)


def reprint(standing: Standing, evidence: Evidence, now: datetime, limit: int | None) -> Reprint | Refused:
    """Decide what another print of a label means, or why it may not be (DESIGN.md section 6, "Reprint = new number").

    `limit` is how many reprints of one specimen whoever asks may make without a supervisor; None: any number.
    """
    if standing.ended:
        return ENDED
    if standing.in_doubt:
        return IN_DOUBT
    if not standing.came_out:
        return Reprint.SAME_LABEL
    if is_relabel(standing, now) and (refused := _relabel_fault(standing, evidence)):
        return refused
    if limit is not None and standing.reprints >= limit and not evidence.supervisor:
        return over_limit(standing.reprints)
    return _same_number(standing, evidence, now) if standing.keeps_number else Reprint.NEW_NUMBER


def is_relabel(standing: Standing, now: datetime) -> bool:
    """Tell whether the tube has left the moment of its collection, so that a wrong label could land on it."""
    return standing.moved_on or now - standing.since > SETTLED_AFTER


def limit_of(role: str, configured: int) -> int | None:
    """Return how many reprints of one specimen a person's role or a device's profile may make; None: any number."""
    return None if role in UNLIMITED else configured


def over_limit(reprints: int) -> Refused:
    """Say that this specimen's labels were printed again as often as whoever asks may."""
    if not reprints:
        return Refused("reprint-limit", ONLY_SIGNED)
    return Refused("reprint-limit", ONCE_ALREADY if reprints == 1 else OFTEN_ALREADY, (("count", reprints),))


def _same_number(standing: Standing, evidence: Evidence, now: datetime) -> Reprint | Refused:
    if standing.reprinted_at is not None and now - standing.reprinted_at < AT_ONCE:
        return AGAIN_ALREADY
    return Reprint.SAME_NUMBER if evidence.old_label_destroyed else DESTROY


def _relabel_fault(standing: Standing, evidence: Evidence) -> Refused | None:
    if not standing.may_relabel:
        return RECOLLECT
    if evidence.old_code_matches is False:
        return WRONG_OLD_CODE
    return None if evidence.old_code_matches or evidence.supervisor else PROVE
