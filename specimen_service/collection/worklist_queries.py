"""What the worklist shows besides who waits: what is under way, handed out, and done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person
from specimen_service.catalog.model import Test
from specimen_service.collection.model import Draw
from specimen_service.orders.model import Order
from specimen_service.patients.model import Patient
from specimen_service.places.model import Station
from specimen_service.specimens.model import Collection, Source, Specimen, SpecimenTest, Status

UNFINISHED_FOR = timedelta(hours=12)
"""A sitting whose labels were not scanned in this time is no longer the chair's, but the laboratory's to see."""
DONE_LIMIT = 50
_AT_THE_CHAIR = (Status.ISSUED, Status.COLLECTED, Status.VERIFIED)


@dataclass(frozen=True)
class SittingRow:
    """One collection on the worklist, with how many of its labels were scanned."""

    accession: str
    patient_id: int
    family_name: str
    given_name: str
    collector_name: str
    collected_at: datetime | None
    recorded_at: datetime
    tubes: int
    verified: int
    person_id: int | None
    """Whose draw it is now; None: another program recorded it."""
    person_name: str | None
    is_stopped: bool


def unfinished(session: Session, station: str, person_id: int, now: datetime) -> list[SittingRow]:
    """List the sittings of a station or a person that are not at their end, oldest first."""
    open_here = and_(Draw.id.is_not(None), Draw.ended_at.is_(None))
    untouched = and_(Draw.id.is_(None), Collection.source == Source.STAFF)
    rows = session.execute(
        _SITTINGS.where(
            or_(Station.name == station, Draw.person_id == person_id),
            Collection.recorded_at > now - UNFINISHED_FOR,
            or_(Specimen.status.in_(_AT_THE_CHAIR), Draw.stopped_by.is_not(None)),
            or_(open_here, untouched),
        )
        .having(or_(Draw.id.is_not(None), func.count(Specimen.id) > _VERIFIED))
        .order_by(Collection.id)
        .limit(20)
    )
    return [_sitting(row) for row in rows]


def handed_out(session: Session) -> list[SittingRow]:
    """List the containers that patients took home and that are not back, oldest first."""
    rows = session.execute(
        _SITTINGS.where(Specimen.pending, Specimen.status == Status.ISSUED, Collection.source == Source.PATIENT)
        .order_by(Collection.id)
        .limit(DONE_LIMIT)
    )
    return [_sitting(row) for row in rows]


def done_since(session: Session, since: datetime) -> list[SittingRow]:
    """List the latest collections since a moment, what was collected last first."""
    latest = select(Collection.id).order_by(Collection.id.desc()).limit(DONE_LIMIT)
    rows = session.execute(
        _SITTINGS.where(
            Collection.id.in_(latest), Collection.recorded_at >= since, Collection.collected_at.is_not(None)
        ).order_by(Collection.collected_at.desc(), Collection.id.desc())
    )
    return [_sitting(row) for row in rows]


@dataclass(frozen=True)
class OrderNeeds:
    """What the row of a waiting order says of its tests."""

    tests: tuple[str, ...]
    fasting_hours: int
    asks: bool
    """Whether something else is asked before the draw: preparation, timing, consent."""


def needs_of_orders(session: Session, numbers: Sequence[str]) -> dict[str, OrderNeeds]:
    """Return what the tests still to collect need, by order number."""
    rows = session.execute(
        select(Order.number, Test.code, Test.fasting_hours, Test.preparation, Test.timing, Test.consent)
        .join(SpecimenTest, SpecimenTest.order_id == Order.id)
        .join(Test, Test.id == SpecimenTest.test_id)
        .join(Specimen, Specimen.id == SpecimenTest.specimen_id)
        .where(Order.number.in_(numbers), Specimen.status == Status.TO_COLLECT)
        .order_by(Test.code)
        .distinct()
    ).all()
    found = {}
    for number in numbers:
        own = [row for row in rows if row.number == number]
        hours = max((row.fasting_hours for row in own), default=0)
        asks = any(row.preparation or row.timing or row.consent for row in own)
        found[number] = OrderNeeds(tuple(row.code for row in own), hours, asks)
    return found


def _sitting(row: Any) -> SittingRow:  # noqa: ANN401 - a row of `_SITTINGS`
    return SittingRow(*(*row[:-1], row[-1] is not None))


_VERIFIED = func.count(Specimen.id).filter(Specimen.verified)
_SITTINGS = (
    select(
        Collection.accession,
        Patient.id,
        Patient.family_name,
        Patient.given_name,
        Collection.collector_name,
        Collection.collected_at,
        Collection.recorded_at,
        func.count(Specimen.id),
        _VERIFIED,
        Draw.person_id,
        Person.display_name,
        Draw.stopped_by,
    )
    .join(Patient, Patient.id == Collection.patient_id)
    .outerjoin(Station, Station.id == Collection.station_id)
    .join(Specimen, Specimen.collection_id == Collection.id)
    .outerjoin(Draw, Draw.collection_id == Collection.id)
    .outerjoin(Person, Person.id == Draw.person_id)
    .group_by(Collection.id, Patient.id, Draw.id, Person.id)
)
