"""When a sign-in is refused for a while, when a session is locked, and when it is over."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from specimen_service.kernel.clock import day
from specimen_service.kernel.codes import is_number
from specimen_service.kernel.language import say, say_many
from specimen_service.kernel.numbers import Kind, checks, looks_like_number

TRIES = 5
BARRED_FOR = timedelta(minutes=5)
SEEN_STEP = timedelta(seconds=5)
"""Activity is written at most this often, so that looking at pages does not cost a write each."""

SHORTEST_PASSWORD = 10
PIN_LENGTH = 6
LONGEST_CREDENTIAL = 60
WARNED_DAYS = 60
"""How many days before the last one a person is told that a credential expires."""


def barred_until(failures: int, now: datetime) -> datetime | None:
    """Return until when tries are refused after so many failures in a row; None: not yet."""
    return now + BARRED_FOR if failures >= TRIES else None


class SessionState(StrEnum):
    """What a session still opens: everything, nothing until its person shows again who it is, or nothing any more."""

    OPEN = "open"
    LOCKED = "locked"
    OVER = "over"


@dataclass(frozen=True)
class Patience:
    """How long a session may be idle before it is locked and before it is over, and how old it may become."""

    lock: timedelta
    sign_out: timedelta
    oldest: timedelta


def session_state(
    started: datetime, last_seen: datetime, locked: datetime | None, now: datetime, patience: Patience
) -> SessionState:
    """Tell what a session opens now (45 CFR 164.312(a)(2)(iii), automatic logoff); `locked` is when somebody locked it."""
    idle = now - last_seen
    if idle > patience.sign_out or now - started > patience.oldest:
        return SessionState.OVER
    return SessionState.LOCKED if locked is not None or idle > patience.lock else SessionState.OPEN


def badge_fault(code: str) -> str | None:
    """Say what is wrong with a scan where a badge is asked for; None: it has the number of a badge."""
    if is_number(code, Kind.BADGE):
        return None
    if looks_like_number(code) and not checks(code):
        return say("Those digits don't add up. Scan again or retype them.")
    return say("That is not a badge. Scan the barcode on your badge.")


def password_fault(password: str) -> str | None:
    """Say what is wrong with a new password; None: nothing."""
    if len(password) < SHORTEST_PASSWORD:
        return say("The password needs at least %(count)s characters.", count=SHORTEST_PASSWORD)
    return None


def pin_fault(pin: str) -> str | None:
    """Say what is wrong with a new PIN; None: nothing."""
    if len(pin) != PIN_LENGTH or not pin.isascii() or not pin.isdigit():
        return say("The PIN needs exactly six digits.")
    if len(set(pin)) == 1 or pin in "0123456789876543210":
        return say("The PIN is too easy to guess.")
    return None


@dataclass(frozen=True)
class Credential:
    """What entitles somebody to draw, in the words of who gave it (`CMA (AAMA)`), and the last day on which it holds."""

    words: str
    until: date


@dataclass(frozen=True)
class CredentialNotice:
    """What its person is told of a credential; expired, it stops the person from drawing."""

    sentence: str
    expired: bool


def credential_notice(credential: Credential, today: date) -> CredentialNotice | None:
    """Return what to say of a credential on a day of the site's zone; None: nothing yet."""
    left = (credential.until - today).days
    said = {"credential": credential.words, "day": day(credential.until)}
    if left > WARNED_DAYS:
        return None
    if left < 0:
        return CredentialNotice(say("Your %(credential)s expired %(day)s; ask your manager.", **said), expired=True)
    if left == 0:
        return CredentialNotice(say("Your %(credential)s expires today, %(day)s.", **said), expired=False)
    sentence = say_many(
        "Your %(credential)s expires %(day)s (%(count)s day).",
        "Your %(credential)s expires %(day)s (%(count)s days).",
        left,
        **said,
    )
    return CredentialNotice(sentence, expired=False)


def credential_fault(words: str) -> str | None:
    """Say what is wrong with the words of a credential; None: nothing."""
    if not words.strip() or len(words) > LONGEST_CREDENTIAL or not words.isprintable():
        return say("A credential has 1 to %(count)s characters, for example CMA (AAMA).", count=LONGEST_CREDENTIAL)
    return None
