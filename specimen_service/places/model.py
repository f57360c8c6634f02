"""Locations and stations, as the configuration declares them."""

from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, words


class Ends(StrEnum):
    """Where at a location a specimen stops being pending."""

    RECEIVED = "received"
    STORED = "stored"


class Location(Base):
    """A place with a barcode; never deleted, only no longer declared, since custody names it for years."""

    __tablename__ = "location"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    ends: Mapped[Ends] = mapped_column(words(Ends, "ends"))
    inspect: Mapped[bool] = mapped_column(default=False)
    """Whether specimens are judged here after receipt (accepted or rejected)."""
    external: Mapped[bool] = mapped_column(default=False)
    """Whether it is another organisation's: a release there ends as sent out."""
    active: Mapped[bool] = mapped_column(default=True)


class Station(Base):
    """A place with a browser, a scanner and a default printer."""

    __tablename__ = "station"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    printer: Mapped[str] = mapped_column(String(80))
    active: Mapped[bool] = mapped_column(default=True)
