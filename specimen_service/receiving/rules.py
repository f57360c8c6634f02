"""How old a specimen is against its limit, and who may be asked to keep one with a fault (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from specimen_service.kernel.clock import span
from specimen_service.kernel.language import say, to_say
from specimen_service.specimens.model import Status

NEARLY = 0.75
"""From this share of its limit on, a specimen's age is worth a colour."""
EXPIRED = "EX"
"""HL7 table 0490: the reason offered first for a specimen past its limit."""
KEPT_FROM = frozenset({Status.ARRIVED, Status.RECEIVED, Status.ACCEPTED})
"""Statuses in which a supervisor can sign for a specimen: the laboratory has it, and nobody has rejected it."""

_CLASSES = {
    "": to_say("at room temperature"),
    "AMB": to_say("at room temperature"),
    "CAMB": to_say("at room temperature throughout"),
    "REF": to_say("refrigerated"),
    "CREF": to_say("on ice"),
    "FRZ": to_say("frozen"),
    "CFRZ": to_say("frozen throughout"),
    "DFRZ": to_say("deep frozen"),
    "UFRZ": to_say("ultra cold"),
    "NTR": to_say("in liquid nitrogen"),
    "C37": to_say("at body temperature"),
    "PRTL": to_say("protected from light"),
    "CATM": to_say("kept from air"),
    "DRY": to_say("dry"),
    "PSO": to_say("kept from shock"),
    "PSA": to_say("not shaken"),
    "UPR": to_say("upright"),
    "MTLF": to_say("metal free"),
}


@dataclass(frozen=True)
class Age:
    """How old a specimen is, and how much of its limit that is."""

    minutes: int
    limit: int | None
    """Minutes for which it is good; None: no limit known."""
    share: float
    """Of the limit, from 0 to 1; 0 where none is known."""

    @property
    def is_over(self) -> bool:
        """Whether the limit has passed."""
        return self.limit is not None and self.minutes >= self.limit

    @property
    def tone(self) -> str:
        """The colour of the bar; its words say the same."""
        return "stop" if self.is_over else "wait" if self.share >= NEARLY else "go"

    @property
    def sentence(self) -> str:
        """How old it is, and its limit, in words."""
        age = span(self.minutes)
        if self.limit is None:
            return say("Collected %(age)s ago; no limit", age=age)
        return say("Collected %(age)s ago; limit %(limit)s", age=age, limit=span(self.limit))


def age_of(collected_at: datetime | None, stable_until: datetime | None, now: datetime) -> Age | None:
    """Return the age of a specimen at `now`; None: it was not collected yet."""
    if collected_at is None:
        return None
    minutes = max((now - collected_at) // timedelta(minutes=1), 0)
    if stable_until is None:
        return Age(minutes, None, 0.0)
    limit = max((stable_until - collected_at) // timedelta(minutes=1), 1)
    return Age(minutes, limit, min(minutes / limit, 1.0))


def past_words(age: Age, handling: str, of_tests: Iterable[str]) -> str:
    """Say that the stability of a specimen is over (message 25 of the table), as its handling says it is kept."""
    words = handling_words(handling, of_tests)
    return say(
        "Collected %(age)s ago; limit %(limit)s %(how)s.",
        age=span(age.minutes),
        limit=span(age.limit or 0),
        how=say("at room temp") if words == say(_CLASSES[""]) else words,
    )


def handling_words(own: str, of_tests: Iterable[str]) -> str:
    """Say how a specimen is to be kept: as its own handling says, else as its tests need (HL7 table 0376)."""
    codes = [own] if own else sorted({code for code in of_tests if code}) or [""]
    return ", ".join(say(_CLASSES[code]) if code in _CLASSES else code for code in codes)


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of somebody who read a message back: a scanned number is none."""
    return any(letter.isalpha() for letter in text)
