"""People and open sessions, as plain rows."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person, Role, SignIn
from specimen_service.accounts.rules import SEEN_STEP, session_is_over
from specimen_service.audit.model import Actor, ActorKind
from specimen_service.settings import Settings


@dataclass(frozen=True)
class OpenSession:
    """Who is signed in by a cookie."""

    actor: Actor
    station: str | None
    sign_in_id: int


@dataclass(frozen=True)
class PersonRow:
    """A person, without secrets."""

    id: int
    username: str
    display_name: str
    badge: str
    role: Role
    active: bool


def token_hash(token: str) -> str:
    """Return what the database keeps of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(
    session: Session, token: str, now: datetime, settings: Settings, *, active: bool
) -> OpenSession | None:
    """Find the person signed in by a cookie's token; None for nobody. `active` counts as the person's activity."""
    if not token:
        return None
    found = session.execute(
        select(
            SignIn.id,
            SignIn.station,
            SignIn.started_at,
            SignIn.last_seen_at,
            Person.id,
            Person.display_name,
            Person.role,
        )
        .join(Person, Person.id == SignIn.person_id)
        .where(SignIn.token_hash == token_hash(token), SignIn.ended_at.is_(None), Person.active)
    ).one_or_none()
    if found is None:
        return None
    sign_in_id, station, started, last_seen, person_id, name, role = found
    security = settings.security
    if session_is_over(
        started, last_seen, now, idle_minutes=security.sign_out_after_minutes, hours=security.session_hours
    ):
        return None
    if active and now - last_seen > SEEN_STEP:
        session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(last_seen_at=now))
    return OpenSession(Actor(ActorKind.PERSON, person_id, name, role), station, sign_in_id)


def person_by_username(session: Session, username: str) -> PersonRow | None:
    """Find an active person by username."""
    return _one(session.execute(_PEOPLE.where(Person.username == username, Person.active)).one_or_none())


def person_by_badge(session: Session, badge: str) -> PersonRow | None:
    """Find an active person by the number on the badge."""
    return _one(session.execute(_PEOPLE.where(Person.badge == badge, Person.active)).one_or_none())


def people(session: Session) -> list[PersonRow]:
    """List everybody, by username."""
    return [PersonRow(*row) for row in session.execute(_PEOPLE.order_by(Person.username))]


_PEOPLE = select(Person.id, Person.username, Person.display_name, Person.badge, Person.role, Person.active)


def _one(row: Row[int, str, str, str, Role, bool] | None) -> PersonRow | None:
    return PersonRow(*row) if row is not None else None
