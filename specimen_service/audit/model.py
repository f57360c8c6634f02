"""The audit trail: one row for each act and each look, written in the transaction of what it tells of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, UtcDateTime, words


class ActorKind(StrEnum):
    """Who can act: a signed-in person, an enrolled device, or the system itself."""

    PERSON = "person"
    DEVICE = "device"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who is asking: set by the kit at the door, passed to every action; `role` is a person's role or a device's profile."""

    kind: ActorKind
    id: int
    name: str
    role: str


SYSTEM = Actor(ActorKind.SYSTEM, 0, "system", "system")


class AuditEntry(Base):
    """One act or one look; rows are only ever added."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_kind: Mapped[ActorKind] = mapped_column(words(ActorKind, "actor_kind"))
    actor_id: Mapped[int] = mapped_column(Integer)
    actor_name: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(60))
    """What was done, as `noun.verb`: `collection.recorded`, `patients.shown`."""
    subject: Mapped[str | None] = mapped_column(String(120))
    """What it was done to: a number or a name, never patient data."""
    patients: Mapped[list[int]] = mapped_column(JSON)
    """The patients shown or concerned, by internal id; empty where none."""
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
