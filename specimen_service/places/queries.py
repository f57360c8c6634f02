"""Locations and stations, as plain rows."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.places.model import Location, Station


@dataclass(frozen=True)
class LocationRow:
    """A declared location."""

    id: int
    name: str
    number: str
    kind: str
    inspect: bool
    """Whether specimens are judged here after receipt."""


@dataclass(frozen=True)
class StationRow:
    """A declared station."""

    id: int
    name: str
    location_id: int
    printer: str


def locations(session: Session) -> list[LocationRow]:
    """List the declared locations, by name."""
    rows = (
        select(Location.id, Location.name, Location.number, Location.kind, Location.inspect)
        .where(Location.active)
        .order_by(Location.name)
    )
    return [LocationRow(*row) for row in session.execute(rows)]


def station_named(session: Session, name: str) -> StationRow | None:
    """Find a declared station."""
    row = session.execute(_STATIONS.where(Station.name == name)).one_or_none()
    return StationRow(*row) if row else None


_STATIONS = select(Station.id, Station.name, Station.location_id, Station.printer).where(Station.active)
