"""Loading the demo into an empty system, and everything somebody needs to use it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.accounts.actions import add_person
from specimen_service.accounts.model import Person
from specimen_service.accounts.queries import people
from specimen_service.accounts.rules import PIN_LENGTH, Credential, pin_fault
from specimen_service.audit.model import SYSTEM
from specimen_service.catalog.actions import load_starter
from specimen_service.catalog.queries import containers
from specimen_service.cli.demo_people import STAFF, Colleague, patients
from specimen_service.cli.demo_play import Stage, play
from specimen_service.devices.actions import enrol
from specimen_service.devices.model import Profile
from specimen_service.devices.queries import device_of_token
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import SetupError
from specimen_service.patients.model import Patient
from specimen_service.places.actions import declare_places
from specimen_service.places.queries import locations
from specimen_service.settings import Settings
from specimen_service.specimens.model import Specimen

_DEVICES = {
    Profile.HANDHELD: "Courier handheld",
    Profile.STATION: "Chair scanner",
    Profile.LAB: "Bench scanner",
    Profile.INTEGRATOR: "Hospital interface",
    Profile.AGENT: "Print agent",
}
_OPENED = timedelta(days=7)
"""How long before now the demo's clinic opened: before its oldest specimen."""
_LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody takes for one another when typing a password off a screen."""


@dataclass(frozen=True)
class DemoUser:
    """Somebody who can sign in, with secrets in the clear: for demo data only."""

    username: str
    password: str
    badge: str
    pin: str
    role: str


@dataclass(frozen=True)
class DemoPrinter:
    """A declared printer."""

    name: str
    url: str


@dataclass(frozen=True)
class DemoStation:
    """A declared station, with the names of its location and printer."""

    name: str
    location: str
    printer: str


@dataclass(frozen=True)
class DemoLocation:
    """A declared location, with the number in its barcode."""

    name: str
    number: str


@dataclass(frozen=True)
class DemoPatient:
    """A patient, by what the wristband holds."""

    mrn: str


@dataclass(frozen=True)
class DemoAccess:
    """What somebody needs to use a demo; `dataclasses.asdict` of it is the part of `demo --json` that comes from the data."""

    tokens: dict[str, str]
    """Of one device of each profile."""
    users: tuple[DemoUser, ...]
    printers: tuple[DemoPrinter, ...]
    stations: tuple[DemoStation, ...]
    locations: tuple[DemoLocation, ...]
    patients: tuple[DemoPatient, ...]


def load_demo(database: Database, settings: Settings, now: datetime) -> DemoAccess:
    """Load the demo into a migrated database in one transaction; the day it shows ends `now`.

    `settings` are those of `demo_config.demo_settings`. Everything but numbers, passwords, PINs and tokens is the same
    every time. Raises `SetupError`, and changes nothing, where any person, patient or specimen is there already.
    """
    with database.unit_of_work() as session:
        _refuse_used(session)
        opened = now - _OPENED
        declare_places(session, opened, settings)
        load_starter(session, opened)
        today = now.astimezone(settings.service.zone).date()
        users = tuple(_add_user(session, opened, today, colleague) for colleague in STAFF)
        tokens = {one: enrol(session, opened, SYSTEM, name=_DEVICES[one], profile=one) for one in Profile}
        stage = _stage(session, settings, now, tokens)
        play(stage)
    return _access(stage, users, tokens)


def _stage(session: Session, settings: Settings, now: datetime, tokens: Mapping[Profile, str]) -> Stage:
    return Stage(
        session=session,
        settings=settings,
        now=now,
        patients=patients(now.astimezone(settings.service.zone).date()),
        people={person.username: person for person in people(session)},
        devices={one: actor for one, token in tokens.items() if (actor := device_of_token(session, token))},
        places={place.name: place.number for place in locations(session)},
        containers=containers(session),
    )


def _access(stage: Stage, users: tuple[DemoUser, ...], tokens: Mapping[Profile, str]) -> DemoAccess:
    settings = stage.settings
    return DemoAccess(
        tokens={profile.value: token for profile, token in tokens.items()},
        users=users,
        printers=tuple(DemoPrinter(printer.name, printer.url) for printer in settings.printer),
        stations=tuple(DemoStation(station.name, station.location, station.printer) for station in settings.station),
        locations=tuple(DemoLocation(place.name, stage.places[place.name]) for place in settings.location),
        patients=tuple(DemoPatient(patient.mrn) for patient in stage.patients.values()),
    )


def _refuse_used(session: Session) -> None:
    if any(session.scalar(select(kind.id).limit(1)) for kind in (Person, Patient, Specimen)):
        raise SetupError("Demo data can only be loaded into an empty system.")


def _add_user(session: Session, now: datetime, today: date, colleague: Colleague) -> DemoUser:
    password, pin = _password(), _pin()
    until = today + timedelta(days=colleague.expires_in)
    person = add_person(
        session,
        now,
        SYSTEM,
        username=colleague.username,
        display_name=colleague.display_name,
        role=colleague.role,
        password=password,
        pin=pin,
        credential=Credential(colleague.credential, until) if colleague.credential else None,
    )
    return DemoUser(person.username, password, person.badge, pin, person.role.value)


def _password() -> str:
    return "-".join("".join(secrets.choice(_LEGIBLE) for _ in range(4)) for _ in range(3))


def _pin() -> str:
    while True:
        pin = f"{secrets.randbelow(10**PIN_LENGTH):0{PIN_LENGTH}d}"
        if pin_fault(pin) is None:
            return pin
