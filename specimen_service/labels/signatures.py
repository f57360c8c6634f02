"""A supervisor's signed statement that a label belongs on a tube: who signs, with what, and what was seen."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from specimen_service.accounts.actions import check_pin
from specimen_service.accounts.model import Role
from specimen_service.accounts.queries import PersonRow, person_by_badge, person_by_username
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput
from specimen_service.kernel.language import say
from specimen_service.settings import Settings

SIGNERS = frozenset({Role.SUPERVISOR, Role.ADMIN})


@dataclass(frozen=True)
class Claim:
    """A statement as it comes in: the username or badge of who makes it, what was seen, and the PIN (None: not given)."""

    by: str
    text: str
    pin: str | None = None


@dataclass(frozen=True)
class Signature:
    """A statement that counts: the supervisor's username, what was seen, and whether badge and PIN proved it."""

    username: str
    text: str
    with_pin: bool


def signature(session: Session, now: datetime, settings: Settings, claim: Claim) -> Signature:
    """Accept a supervisor's statement; without a PIN it rests on whoever sends it, where the site allows that.

    Raises `NotSigned` for a wrong PIN (the try stays counted), `InvalidInput` for somebody who is no active supervisor,
    `Conflict` where the site wants a PIN and none came. Ask for it before anything else is changed.
    """
    person = person_by_username(session, claim.by) or person_by_badge(session, clean(claim.by))
    if claim.pin is not None:
        person = check_pin(session, now, badge=person.badge if person else claim.by, pin=claim.pin)
    if person is None or not _may_sign(person):
        raise InvalidInput([Fault("/supervisor", say("Name an active supervisor by username or badge."))])
    if claim.pin is None and settings.labels.supervisor_pin:
        raise Conflict(
            say("A supervisor signs with badge and PIN here. Send both (badge, pin)."), code="signature-needs-pin"
        )
    return Signature(person.username, claim.text, claim.pin is not None)


def _may_sign(person: PersonRow) -> bool:
    return person.role in SIGNERS
