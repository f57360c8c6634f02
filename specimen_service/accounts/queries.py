"""People and their sessions, as plain rows."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person, Role, SignIn
from specimen_service.accounts.rules import (
    SEEN_STEP,
    Credential,
    CredentialNotice,
    Patience,
    SessionState,
    credential_notice,
    session_state,
)
from specimen_service.audit.model import Actor, ActorKind
from specimen_service.settings import SecuritySection, Settings


@dataclass(frozen=True)
class PersonRow:
    """A person, without secrets."""

    id: int
    username: str
    display_name: str
    badge: str
    role: Role
    active: bool
    has_pin: bool

    @property
    def actor(self) -> Actor:
        """The person as whoever acts."""
        return Actor(ActorKind.PERSON, self.id, self.display_name, self.role)


@dataclass(frozen=True)
class KnownSession:
    """The session that a browser's cookie names, whatever became of it."""

    sign_in_id: int
    person: PersonRow
    station: str | None
    last_seen_at: datetime
    state: SessionState

    @property
    def actor(self) -> Actor:
        """The person as whoever acts."""
        return self.person.actor

    @property
    def badge(self) -> str:
        """The number on the person's badge."""
        return self.person.badge

    @property
    def locked(self) -> bool:
        """Whether it opens nothing until its person shows again who it is."""
        return self.state is SessionState.LOCKED


def token_hash(token: str) -> str:
    """Return what the database keeps of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()


def known_session(session: Session, token: str, now: datetime, settings: Settings) -> KnownSession | None:
    """Find the session of a cookie's token, also one that is locked or over; None where there never was one."""
    if not token:
        return None
    found = session.execute(
        select(SignIn, *_PERSON)
        .join(Person, Person.id == SignIn.person_id)
        .where(SignIn.token_hash == token_hash(token))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        return None
    row, person = found[0], PersonRow(*found[1:])
    state = session_state(row.started_at, row.last_seen_at, row.locked_at, now, _patience(settings.security))
    if row.ended_at is not None or not person.active:
        state = SessionState.OVER
    return KnownSession(row.id, person, row.station, row.last_seen_at, state)


def open_session(
    session: Session, token: str, now: datetime, settings: Settings, *, active: bool
) -> KnownSession | None:
    """Find who is signed in by a cookie's token, perhaps behind a lock; None for nobody.

    `active` counts as the person's activity, but a lock is not lifted by it.
    """
    known = known_session(session, token, now, settings)
    if known is None or known.state is SessionState.OVER:
        return None
    if active and not known.locked and now - known.last_seen_at > SEEN_STEP:
        session.execute(update(SignIn).where(SignIn.id == known.sign_in_id).values(last_seen_at=now))
    return known


def _patience(security: SecuritySection) -> Patience:
    return Patience(
        lock=timedelta(minutes=security.lock_after_minutes),
        sign_out=timedelta(minutes=security.sign_out_after_minutes),
        oldest=timedelta(hours=security.session_hours),
    )


def person_by_username(session: Session, username: str) -> PersonRow | None:
    """Find an active person by username."""
    return _one(session.execute(_PEOPLE.where(Person.username == username, Person.active)).one_or_none())


def person_by_badge(session: Session, badge: str) -> PersonRow | None:
    """Find an active person by the number on the badge."""
    return _one(session.execute(_PEOPLE.where(Person.badge == badge, Person.active)).one_or_none())


def people(session: Session) -> list[PersonRow]:
    """List everybody, by username."""
    return [PersonRow(*row) for row in session.execute(_PEOPLE.order_by(Person.username))]


def credentials(session: Session) -> dict[int, Credential]:
    """Return the credentials that are kept, by their person's internal id."""
    kept = select(Person.id, Person.credential, Person.credential_until)
    return {person: Credential(words, until) for person, words, until in session.execute(kept) if words and until}


def credential_notice_of(session: Session, person_id: int, today: date) -> CredentialNotice | None:
    """Return what a person is told of the own credential on a day of the site's zone; None: nothing."""
    kept = select(Person.credential, Person.credential_until).where(Person.id == person_id)
    words, until = session.execute(kept).one()
    return credential_notice(Credential(words, until), today) if words and until else None


_PERSON = (
    Person.id,
    Person.username,
    Person.display_name,
    Person.badge,
    Person.role,
    Person.active,
    Person.pin_hash != "",
)
_PEOPLE = select(*_PERSON)


def _one(row: Row[int, str, str, str, Role, bool, bool] | None) -> PersonRow | None:
    return PersonRow(*row) if row is not None else None
