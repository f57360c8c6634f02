"""Bringing the database's places in line with the configuration."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import SYSTEM
from specimen_service.kernel.numbers import PREFIXES, Kind
from specimen_service.kernel.serials import issue_number
from specimen_service.places.model import Location, Station
from specimen_service.settings import LocationSection, Settings, StationSection


def declare_places(session: Session, now: datetime, settings: Settings) -> None:
    """Add new locations (each with its number) and stations, update known ones, retire those no longer declared.

    Nothing is deleted: custody events name places for years. A location that comes back keeps its number.
    """
    known = {location.name: location for location in session.scalars(select(Location))}
    for section in settings.location:
        _declare_location(session, now, known, section)
    session.flush()
    _retire(known, {section.name for section in settings.location})
    stations = {station.name: station for station in session.scalars(select(Station))}
    for chair in settings.station:
        _declare_station(session, stations, chair, known[chair.location].id)
    _retire(stations, {section.name for section in settings.station})


def _declare_location(session: Session, now: datetime, known: dict[str, Location], section: LocationSection) -> None:
    location = known.get(section.name)
    if location is None:
        location = Location(name=section.name, number=issue_number(session, PREFIXES[Kind.LOCATION]))
        known[section.name] = location
        record(session, now, SYSTEM, "location.declared", subject=section.name)
    location.kind, location.ends = section.kind, section.ends
    location.inspect, location.external, location.active = section.inspect, section.external, True
    session.add(location)


def _declare_station(session: Session, known: dict[str, Station], section: StationSection, location_id: int) -> None:
    station = known.get(section.name)
    if station is None:
        station = Station(name=section.name)
    station.location_id, station.printer, station.active = location_id, section.printer, True
    session.add(station)


def _retire(known: dict[str, Location] | dict[str, Station], declared: set[str]) -> None:
    for name, place in known.items():
        if name not in declared:
            place.active = False
