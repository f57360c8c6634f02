"""What is known of a shipment besides its scans: where it goes, its seals; and the stops where nothing waited."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, UtcDateTime, words


class SealAct(StrEnum):
    """What was done with a seal."""

    SEALED = "sealed"
    CHECKED = "checked"


class Shipment(Base):
    """One journey of a bag, box or rack; its number and kind stand with its carrier, what is in it with its specimens."""

    __tablename__ = "shipment"

    id: Mapped[int] = mapped_column(primary_key=True)
    carrier_id: Mapped[int] = mapped_column(ForeignKey("carrier.id"), unique=True)
    destination_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    """Where it goes; None: nobody said."""
    created_by: Mapped[str] = mapped_column(String(120))


class Seal(Base):
    """A seal put on, or looked at on the way or on arrival. Rows are only ever added."""

    __tablename__ = "shipment_seal"
    __table_args__ = (Index("ix_shipment_seal_shipment_id", "shipment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"))
    act: Mapped[SealAct] = mapped_column(words(SealAct, "seal_act"))
    number: Mapped[str] = mapped_column(String(40))
    """The number on the seal, as read; empty: there was none."""
    intact: Mapped[bool]
    """Whether it was whole; always so where it was put on."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(120))


class EmptyStop(Base):
    """Somebody came to collect and nothing was there. Rows are only ever added."""

    __tablename__ = "empty_stop"
    __table_args__ = (Index("ix_empty_stop_at", "at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stop_id: Mapped[str] = mapped_column(String(64), unique=True)
    """Given by who records it, so that sending it again records it once."""
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(120))
