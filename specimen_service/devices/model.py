"""Devices and their revocable tokens."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, UtcDateTime, words
from specimen_service.kernel.language import say
from specimen_service.kernel.numbers import grouped


class Profile(StrEnum):
    """What a device is; each endpoint names the profiles it answers."""

    HANDHELD = "handheld"
    STATION = "station"
    LAB = "lab"
    INTEGRATOR = "integrator"
    AGENT = "agent"


BROWSER = "browser-"
"""What the name of a browser enrolled as a handheld begins with; its number follows."""


def device_words(name: str) -> str:
    """Say which device it is, or which person or place where that is what the name is of.

    A browser that enrolled itself has but a number for a name, the one its own page shows.
    """
    return say("browser %(number)s", number=grouped(name.removeprefix(BROWSER))) if name.startswith(BROWSER) else name


class Device(Base):
    """One enrolled device; its token is kept as SHA-256 only and shown once."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    profile: Mapped[Profile] = mapped_column(words(Profile, "profile"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of a token of 256 random bits; a fast hash is enough for so many (ASVS 6.5.2)."""
    enrolled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the token stopped working; None: it works."""
