"""People and the sessions they are signed in by."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, UtcDateTime, words
from specimen_service.kernel.language import say, to_say


class Role(StrEnum):
    """What a person does here; each page and action names the roles it is for."""

    COLLECTOR = "collector"
    COURIER = "courier"
    LAB = "lab"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""Who answers for what the rules alone would not let go."""
_ROLES = {
    Role.COLLECTOR: to_say("collector"),
    Role.COURIER: to_say("courier"),
    Role.LAB: to_say("lab"),
    Role.SUPERVISOR: to_say("supervisor"),
    Role.ADMIN: to_say("admin"),
}


def role_words(role: Role) -> str:
    """Return a role as it stands within a sentence."""
    return say(_ROLES[role])


class Person(Base):
    """Somebody who signs in; never deleted, only made inactive, since custody names them for years."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(120))
    badge: Mapped[str] = mapped_column(String(12), unique=True)
    """The number on the badge (82...); a badge alone signs nobody in, it can be copied."""
    role: Mapped[Role] = mapped_column(words(Role, "role"))
    password_hash: Mapped[str] = mapped_column(String(255))
    pin_hash: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    """Failures since the last success; raised before the password is looked at."""
    barred_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when further tries are refused; None: not barred."""
    credential: Mapped[str | None] = mapped_column(String(60))
    """What entitles the person to draw, as `CMA (AAMA)`; None: the site keeps none of this person."""
    credential_until: Mapped[date | None] = mapped_column(Date)
    """The last day on which it holds; set together with it."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignIn(Base):
    """One session of one person in one browser; ended on the server, so that a copied cookie dies with it."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the cookie's 256 random bits."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    station: Mapped[str | None] = mapped_column(String(80))
    """The station chosen in this browser; None: no station yet."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When somebody locked it, by hand or by scanning another badge; None: locked by nothing but idleness."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was ended by somebody; None: open, unless idle or too old."""
