"""Shipments as plain rows: one with all that is in it, many with where they stand, and the stops where nothing waited."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from specimen_service.catalog.model import Container, Test
from specimen_service.custody.model import Carrier, CarrierKind, Event, Unpacking
from specimen_service.custody.queries import Step, journey_of, steps_of
from specimen_service.kernel.errors import NotFound
from specimen_service.patients.model import Patient
from specimen_service.places.model import Location
from specimen_service.shipments.model import EmptyStop, Seal, Shipment
from specimen_service.shipments.rules import (
    Reckoning,
    SealWord,
    ShipmentState,
    emptied,
    reckon,
    standing,
    with_findings,
)
from specimen_service.specimens.model import NO_LIMIT, Specimen, SpecimenTest, Status

PAGE = 50


@dataclass(frozen=True)
class Head:
    """What is known of a shipment besides its scans."""

    id: int
    number: str
    kind: CarrierKind
    created_at: datetime
    created_by: str
    destination_id: int | None
    destination: str | None


@dataclass(frozen=True)
class Content:
    """A specimen of a shipment."""

    id: int
    number: str
    patient_id: int
    family_name: str
    given_name: str
    container: str
    container_name: str
    collected_at: datetime | None
    status: Status
    location: str | None
    """Where it is; None: on its way, or nobody knows."""
    last_seen_at: datetime | None
    last_seen_location: str | None
    last_seen_by: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class ShipmentDetails:
    """One shipment: its journey, its seals, and its manifest reconciled."""

    head: Head
    steps: tuple[Step, ...]
    seals: tuple[SealWord, ...]
    reckoning: Reckoning
    contents: dict[int, Content]
    """By specimen: all that is expected or unexpected."""

    @property
    def patients(self) -> list[int]:
        """Whose specimens are in it."""
        return sorted({one.patient_id for one in self.contents.values()})

    @property
    def lies_at(self) -> str | None:
        """Where it was left last or, before its first leg, where all that is in it is; None: not known."""
        left = [step.place.name for step in self.steps if step.event in _ARRIVALS and step.place]
        if left or any(step.event is Event.DEPARTED for step in self.steps):
            return left[-1] if left else None
        places = {self.contents[stay.specimen_id].location for stay in self.reckoning.expected}
        return places.pop() if len(places) == 1 else None

    @property
    def origin(self) -> str | None:
        """Where its way begins: where it was first picked up, before that where it lies; None: not known."""
        departures = [step for step in self.steps if step.event is Event.DEPARTED]
        if not departures:
            return self.lies_at
        return departures[0].place.name if departures[0].place else None


@dataclass(frozen=True)
class ShipmentRow:
    """One shipment of a list."""

    head: Head
    state: ShipmentState
    latest: Step | None
    """What brought it to its state; None: no scan did."""
    inside: int
    """How many specimens are in it now."""
    due_at: datetime | None
    """When the first of them is overdue; None: no limit."""


@dataclass(frozen=True)
class EmptyStopRow:
    """A stop where nothing waited."""

    id: int
    stop_id: str
    location: str
    location_number: str
    at: datetime
    by: str


def is_shipment(session: Session, number: str) -> bool:
    """Tell whether there is a shipment of that number."""
    return session.scalar(select(Shipment.id).join(Carrier).where(Carrier.number == number)) is not None


def shipment_details(session: Session, number: str) -> ShipmentDetails:
    """Read one shipment in a fixed number of queries, however much is in it; raises `NotFound`."""
    found = session.execute(_HEADS.where(Carrier.number == number)).one_or_none()
    if found is None:
        raise NotFound("shipment", number)
    head = Head(*found)
    seals = _seals(session, [head.id]).get(head.id, ())
    journey = journey_of(session, number)
    reckoning = reckon(journey, seals)
    named = {one.specimen_id for one in reckoning.expected}
    named |= {one.specimen_id for one in reckoning.unexpected if one.specimen_id is not None}
    return ShipmentDetails(head, journey.steps, seals, reckoning, _contents(session, named))


def shipments(session: Session, *, before: int | None = None, limit: int = PAGE) -> list[ShipmentRow]:
    """List shipments, the newest first; the key of a row is its id."""
    wanted = _HEADS.order_by(Shipment.id.desc()).limit(limit)
    if before is not None and abs(before) < _BEYOND_IDS:  # a made-up key is no key: the list begins at its start
        wanted = wanted.where(Shipment.id < before)
    heads = [Head(*row) for row in session.execute(wanted)]
    if not heads:
        return []
    numbers = [head.number for head in heads]
    steps = steps_of(session, numbers)
    seals = _seals(session, [head.id for head in heads])
    inside = {row.inside: row for row in session.execute(_INSIDE.where(Specimen.inside.in_(numbers)))}
    unpacked = set(session.scalars(_UNPACKED.where(Unpacking.carrier.in_(numbers))))
    rows = []
    for head in heads:
        state, latest = standing(steps[head.number], seals.get(head.id, ()))
        held = inside.get(head.number)
        due_at = held.due_at if held and held.due_at != NO_LIMIT else None
        if held is None and head.number in unpacked:
            state = emptied(state)
        rows.append(ShipmentRow(head, state, latest, held.tubes if held else 0, due_at))
    return rows


def empty_stops(session: Session, *, limit: int = PAGE) -> list[EmptyStopRow]:
    """List the stops where nothing waited, the latest first."""
    return [EmptyStopRow(*row) for row in session.execute(_STOPS.limit(limit))]


def empty_stop(session: Session, key: int) -> EmptyStopRow:
    """Read one stop by its internal id."""
    return EmptyStopRow(*session.execute(_STOPS.where(EmptyStop.id == key)).one())


def _seals(session: Session, shipment_ids: Collection[int]) -> dict[int, tuple[SealWord, ...]]:
    found: dict[int, list[SealWord]] = {}
    for row in session.execute(_SEALS.where(Seal.shipment_id.in_(shipment_ids))):
        found.setdefault(row.shipment_id, []).append(SealWord(row.act, row.number, row.intact, row.at, row.by))
    return {shipment_id: with_findings(words) for shipment_id, words in found.items()}


def _contents(session: Session, ids: Collection[int]) -> dict[int, Content]:
    if not ids:
        return {}
    tests: dict[int, list[str]] = {}
    for specimen_id, code in session.execute(_TESTS.where(SpecimenTest.specimen_id.in_(ids))):
        tests.setdefault(specimen_id, []).append(code)
    rows = session.execute(_CONTENTS.where(Specimen.id.in_(ids)))
    return {row.id: Content(*[*tuple[Any, ...](row), tuple(tests.get(row.id, ()))]) for row in rows}


_ARRIVALS = frozenset({Event.ARRIVED, Event.RECEIVED})
_BEYOND_IDS = 2**31
_HEADS = (
    select(Shipment.id, Carrier.number, Carrier.kind, Carrier.created_at, Shipment.created_by)
    .add_columns(Shipment.destination_id, Location.name)
    .join(Carrier, Carrier.id == Shipment.carrier_id)
    .outerjoin(Location, Location.id == Shipment.destination_id)
)
_SEALS = select(Seal.shipment_id, Seal.act, Seal.number, Seal.intact, Seal.at, Seal.by).order_by(Seal.at, Seal.id)
_INSIDE = select(Specimen.inside, func.count().label("tubes"), func.min(Specimen.due_at).label("due_at")).group_by(
    Specimen.inside
)
_HERE = aliased(Location)
_UNPACKED = select(Unpacking.carrier).distinct()
_CONTENTS = (
    select(Specimen.id, Specimen.number, Specimen.patient_id, Patient.family_name, Patient.given_name)
    .add_columns(Container.code, Container.name, Specimen.collected_at, Specimen.status)
    .add_columns(_HERE.name, Specimen.last_seen_at, Location.name, Specimen.last_seen_by)
    .join(Patient, Patient.id == Specimen.patient_id)
    .join(Container, Container.id == Specimen.container_id)
    .outerjoin(_HERE, _HERE.id == Specimen.location_id)
    .outerjoin(Location, Location.id == Specimen.last_seen_location_id)
)
_TESTS = (
    select(SpecimenTest.specimen_id, Test.code)
    .join(Test, Test.id == SpecimenTest.test_id)
    .group_by(SpecimenTest.specimen_id, Test.code)
    .order_by(Test.code)
)
_STOPS = (
    select(EmptyStop.id, EmptyStop.stop_id, Location.name, Location.number, EmptyStop.at, EmptyStop.by)
    .join(Location, Location.id == EmptyStop.location_id)
    .order_by(EmptyStop.at.desc(), EmptyStop.id.desc())
)
