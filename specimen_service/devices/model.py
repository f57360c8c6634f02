"""Devices and their revocable tokens."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, UtcDateTime, words


class Profile(StrEnum):
    """What a device is; each endpoint names the profiles it answers."""

    HANDHELD = "handheld"
    STATION = "station"
    LAB = "lab"
    INTEGRATOR = "integrator"
    AGENT = "agent"


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
