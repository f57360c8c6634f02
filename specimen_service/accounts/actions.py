"""Adding people, and signing them in and out."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person, Role, SignIn
from specimen_service.accounts.passwords import hashed, matches
from specimen_service.accounts.queries import KnownSession, PersonRow, person_by_badge, token_hash
from specimen_service.accounts.rules import Credential, barred_until, credential_fault, password_fault, pin_fault
from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor, ActorKind
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput, NotFound, NotSigned
from specimen_service.kernel.language import say, to_say
from specimen_service.kernel.numbers import PREFIXES, Kind
from specimen_service.kernel.serials import issue_number

BARRED = to_say("Too many tries. Wait five minutes, or ask an administrator to reset the password.")
BARRED_PIN = to_say("Too many tries with this badge. Wait five minutes, or ask an administrator to reset the PIN.")


def add_person(
    session: Session,
    now: datetime,
    actor: Actor,
    *,
    username: str,
    display_name: str,
    role: Role,
    password: str,
    pin: str,
    credential: Credential | None = None,
) -> Person:
    """Add somebody with a new badge number; raises `InvalidInput` or `Conflict`."""
    _check_secrets(password=password, pin=pin)
    if session.scalar(select(Person.id).where(Person.username == username)):
        raise Conflict(say("The username %(name)s is taken. Choose another.", name=username))
    person = Person(
        username=username,
        display_name=display_name,
        badge=issue_number(session, PREFIXES[Kind.BADGE]),
        role=role,
        password_hash=hashed(password),
        pin_hash=hashed(pin),
        created_at=now,
    )
    session.add(person)
    session.flush()
    record(session, now, actor, "person.added", subject=username, detail={"role": role})
    if credential is not None:
        set_credential(session, now, actor, username=username, credential=credential)
    return person


def set_credential(session: Session, now: datetime, actor: Actor, *, username: str, credential: Credential) -> None:
    """Keep what entitles somebody to draw, and until when; raises `NotFound` or `InvalidInput`."""
    if fault := credential_fault(credential.words):
        raise InvalidInput([Fault("/credential", fault)])
    person = _person(session, username)
    person.credential, person.credential_until = credential.words, credential.until
    said = {"credential": credential.words, "until": credential.until.isoformat()}
    record(session, now, actor, "person.credential_set", subject=username, detail=said)


def remove_credential(session: Session, now: datetime, actor: Actor, *, username: str) -> None:
    """Keep none of somebody's from here on, who is then neither warned nor stopped; raises `NotFound`."""
    person = _person(session, username)
    before = {"credential": person.credential, "until": person.credential_until and person.credential_until.isoformat()}
    person.credential = person.credential_until = None
    record(session, now, actor, "person.credential_removed", subject=username, detail={"before": before})


def reset_pin(session: Session, now: datetime, actor: Actor, *, username: str, pin: str) -> None:
    """Set a new PIN and lift a bar; raises `NotFound` or `InvalidInput`."""
    _check_secrets(pin=pin)
    person = _person(session, username)
    person.pin_hash, person.failed_sign_ins, person.barred_until = hashed(pin), 0, None
    record(session, now, actor, "person.pin_reset", subject=username)


def change_pin(session: Session, now: datetime, actor: Actor, *, password: str, pin: str) -> None:
    """Set one's own new PIN, proved by one's password; raises `InvalidInput`, or `NotSigned` after counting the try."""
    _check_secrets(pin=pin)
    person = session.get_one(Person, actor.id)
    tried = begin_sign_in(session, now, person.username)
    session.flush()
    if tried.barred:
        raise NotSigned(say(BARRED))
    if not matches(password, tried.kept_hash):
        raise NotSigned(say("That is not your password. Enter it again."))
    reset_pin(session, now, actor, username=person.username, pin=pin)


def reset_password(session: Session, now: datetime, actor: Actor, *, username: str, password: str) -> None:
    """Set a new password and end every session of that person; raises `NotFound` or `InvalidInput`."""
    _check_secrets(password=password)
    person = _person(session, username)
    person.password_hash, person.failed_sign_ins, person.barred_until = hashed(password), 0, None
    _end_sessions(session, now, SignIn.person_id == person.id)
    record(session, now, actor, "person.password_reset", subject=username)


def deactivate(session: Session, now: datetime, actor: Actor, *, username: str) -> None:
    """Let somebody in no more; every open session ends at once."""
    person = _person(session, username)
    person.active = False
    _end_sessions(session, now, SignIn.person_id == person.id)
    record(session, now, actor, "person.deactivated", subject=username)


@dataclass(frozen=True)
class SignInTry:
    """A counted try: the kept hash to compare with outside the transaction (it takes 42 ms), and whether tries are barred."""

    person_id: int | None
    kept_hash: str | None
    barred: bool


def begin_sign_in(session: Session, now: datetime, username: str) -> SignInTry:
    """Count a try before its password is looked at; to be committed whatever comes of it."""
    person = _locked(session, Person.username == username)
    return _counted(person, now, person.password_hash if person else None)


def begin_badge_sign_in(session: Session, now: datetime, badge: str) -> SignInTry:
    """Count a try with a badge before its PIN is looked at; to be committed whatever comes of it."""
    person = _locked(session, Person.badge == clean(badge))
    return _counted(person, now, person.pin_hash if person else None)


def check_pin(session: Session, now: datetime, *, badge: str, pin: str) -> PersonRow:
    """Return the active person whose badge and PIN these are: how somebody signs for an act amid another's session.

    The person's row stays locked from the count to the end of the transaction, so that tries come one by one. Raises
    `NotSigned`, with which the count is kept although the request fails.
    """
    tried = begin_badge_sign_in(session, now, badge)
    session.flush()
    if tried.barred:
        raise NotSigned(say(BARRED_PIN))
    person = person_by_badge(session, clean(badge))
    if not matches(pin, tried.kept_hash) or person is None:
        raise NotSigned(say("That badge and PIN do not fit. Scan the badge and enter its PIN again."))
    session.execute(update(Person).where(Person.id == person.id).values(failed_sign_ins=0, barred_until=None))
    return person


def start_session(session: Session, now: datetime, *, person_id: int, station: str | None) -> str:
    """Start the session of somebody who proved who they are; returns the token for the cookie."""
    person = session.get_one(Person, person_id)
    person.failed_sign_ins, person.barred_until = 0, None
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(token_hash=token_hash(token), person_id=person.id, station=station, started_at=now, last_seen_at=now)
    )
    actor = Actor(ActorKind.PERSON, person.id, person.display_name, person.role)
    record(session, now, actor, "person.signed_in", subject=person.username, detail={"station": station})
    return token


def enter(session: Session, now: datetime, *, person_id: int, station: str | None, before: KnownSession | None) -> str:
    """Let somebody in who proved who they are, in a browser whose session was `before`; returns the cookie's new token.

    A locked session of the same person goes on, no older for it; any other ends here, so that its cookie opens nothing.
    """
    if before is not None and before.locked and before.person.id == person_id:
        return _unlock(session, now, before)
    if before is not None:
        _end_sessions(session, now, SignIn.id == before.sign_in_id)
    return start_session(session, now, person_id=person_id, station=station)


def lock_session(session: Session, now: datetime, actor: Actor, sign_in_id: int) -> None:
    """Lock a session until its person shows again who it is."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.locked_at.is_(None)).values(locked_at=now))
    record(session, now, actor, "person.locked")


def _unlock(session: Session, now: datetime, locked: KnownSession) -> str:
    token = secrets.token_urlsafe(32)
    values = {"token_hash": token_hash(token), "locked_at": None, "last_seen_at": now}
    session.execute(update(SignIn).where(SignIn.id == locked.sign_in_id).values(values))
    session.execute(update(Person).where(Person.id == locked.person.id).values(failed_sign_ins=0, barred_until=None))
    record(session, now, locked.actor, "person.unlocked", subject=locked.person.username)
    return token


def sign_out(session: Session, now: datetime, actor: Actor, sign_in_id: int) -> None:
    """End a session; its cookie opens nothing from here on."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(ended_at=now))
    record(session, now, actor, "person.signed_out")


def choose_station(session: Session, sign_in_id: int, station: str) -> None:
    """Say at which station this browser stands."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(station=station))


def _locked(session: Session, whose: ColumnElement[bool]) -> Person | None:
    found = select(Person).where(whose, Person.active).with_for_update()
    return session.scalar(found.execution_options(populate_existing=True))


def _counted(person: Person | None, now: datetime, kept_hash: str | None) -> SignInTry:
    if person is None:
        return SignInTry(None, None, barred=False)
    if person.barred_until is not None and person.barred_until > now:
        return SignInTry(person.id, None, barred=True)
    person.failed_sign_ins += 1
    person.barred_until = barred_until(person.failed_sign_ins, now)
    return SignInTry(person.id, kept_hash, barred=False)


def _person(session: Session, username: str) -> Person:
    person = session.scalar(select(Person).where(Person.username == username))
    if person is None:
        raise NotFound("person", username)
    return person


def _end_sessions(session: Session, now: datetime, which: ColumnElement[bool]) -> None:
    session.execute(update(SignIn).where(which, SignIn.ended_at.is_(None)).values(ended_at=now))


def _check_secrets(*, password: str | None = None, pin: str | None = None) -> None:
    found = {
        "/password": password_fault(password) if password is not None else None,
        "/pin": pin_fault(pin) if pin is not None else None,
    }
    faults = [Fault(pointer, fault) for pointer, fault in found.items() if fault]
    if faults:
        raise InvalidInput(faults)
