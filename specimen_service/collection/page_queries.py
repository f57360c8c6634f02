"""What the station's pages ask besides the worklist and the sitting itself."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person
from specimen_service.catalog.model import RejectReason, Test
from specimen_service.custody.model import CustodyEvent
from specimen_service.orders.model import Order
from specimen_service.patients.model import Patient
from specimen_service.places.model import Station
from specimen_service.specimens.model import (
    Collection,
    Identifier,
    Label,
    Rejection,
    Source,
    Specimen,
    SpecimenTest,
    Status,
)

UNFINISHED_FOR = timedelta(hours=12)
"""A sitting whose labels were not scanned in this time is no longer the chair's, but the laboratory's to see."""
WRONG_COLLECTION = "wrong_collection"
_AT_THE_CHAIR = (Status.COLLECTED, Status.VERIFIED)


@dataclass(frozen=True)
class UnfinishedRow:
    """A sitting with labels still to scan."""

    accession: str
    patient_id: int
    family_name: str
    given_name: str
    collector_name: str
    tubes: int
    verified: int


def unfinished(session: Session, station: str, now: datetime) -> list[UnfinishedRow]:
    """List the sittings of a station whose tubes are still at the chair and not all verified, oldest first."""
    rows = session.execute(
        select(
            Collection.accession,
            Patient.id,
            Patient.family_name,
            Patient.given_name,
            Collection.collector_name,
            func.count(Specimen.id),
            func.count(Specimen.id).filter(Specimen.verified),
        )
        .join(Patient, Patient.id == Collection.patient_id)
        .join(Station, Station.id == Collection.station_id)
        .join(Specimen, Specimen.collection_id == Collection.id)
        .where(
            Station.name == station,
            Collection.recorded_at > now - UNFINISHED_FOR,
            Collection.source == Source.STAFF,
            Specimen.status.in_(_AT_THE_CHAIR),
        )
        .group_by(Collection.id, Patient.id)
        .having(func.count(Specimen.id) > func.count(Specimen.id).filter(Specimen.verified))
        .order_by(Collection.id)
        .limit(20)
    )
    return [UnfinishedRow(*row) for row in rows]


def tests_of_orders(session: Session, numbers: Sequence[str]) -> dict[str, list[str]]:
    """Return the codes of the tests still to collect, by order number."""
    rows = session.execute(
        select(Order.number, Test.code)
        .join(SpecimenTest, SpecimenTest.order_id == Order.id)
        .join(Test, Test.id == SpecimenTest.test_id)
        .join(Specimen, Specimen.id == SpecimenTest.specimen_id)
        .where(Order.number.in_(numbers), Specimen.status == Status.TO_COLLECT)
        .order_by(Test.code)
        .distinct()
    )
    tests: dict[str, list[str]] = {number: [] for number in numbers}
    for number, code in rows:
        tests[number].append(code)
    return tests


@dataclass(frozen=True)
class RecollectionRow:
    """An order by which a rejected specimen is collected again."""

    rejected: str
    """The number of the rejected specimen."""
    reason: str
    """Why the laboratory rejected it, in words."""
    tries: int
    """Which try this is: 2 for the first after a rejection."""


def recollections(session: Session, numbers: Sequence[str]) -> dict[str, RecollectionRow]:
    """Return, by order number, which of these orders are there because a specimen was rejected."""
    reason = func.coalesce(RejectReason.name, Rejection.reason)
    rows = session.execute(
        select(Order.number, Specimen.number, reason, Rejection.tries + 1)
        .join(Rejection, Rejection.order_id == Order.id)
        .join(Specimen, Specimen.id == Rejection.specimen_id)
        .outerjoin(RejectReason, RejectReason.code == Rejection.reason)
        .where(Order.number.in_(numbers))
    )
    return {order: RecollectionRow(rejected, why, tries) for order, rejected, why, tries in rows}


def sittings_of_order(session: Session, number: str) -> list[str]:
    """Return the accessions under which tubes of an order were collected, newest first."""
    rows = session.scalars(
        select(Collection.accession)
        .join(Specimen, Specimen.collection_id == Collection.id)
        .join(SpecimenTest, SpecimenTest.specimen_id == Specimen.id)
        .join(Order, Order.id == SpecimenTest.order_id)
        .where(Order.number == number)
        .group_by(Collection.id)
        .order_by(Collection.id.desc())
    )
    return list(rows)


def lock_order(session: Session, number: str) -> None:
    """Let nobody else collect from this patient until this transaction ends: a tube must not be drawn twice.

    The patient is locked, not the order: a double click sends one order twice, but two chairs may have two orders that
    share a tube.
    """
    patient_of_order = select(Order.patient_id).where(Order.number == number).scalar_subquery()
    session.execute(select(Patient.id).where(Patient.id == patient_of_order).with_for_update())


def username_of(session: Session, person_id: int) -> str:
    """Return the username of a person."""
    return session.execute(select(Person.username).where(Person.id == person_id)).scalar_one()


def patient_of_number(session: Session, number: str) -> int | None:
    """Return whose the specimen of a label is; None: the number is no label's."""
    return session.scalar(
        select(Specimen.patient_id).join(Label, Label.specimen_id == Specimen.id).where(Label.number == number)
    )


def is_registered(session: Session, code: str) -> bool:
    """Tell whether a code is another system's number of any specimen."""
    return session.scalar(select(Identifier.id).where(Identifier.value == code).limit(1)) is not None


def tube_stopped_by(session: Session, scan_id: str, accession: str) -> str | None:
    """Return the number of the tube that a scan against a sitting stopped at; None: that scan stopped nothing there."""
    wanted = select(CustodyEvent.reason, CustodyEvent.content, CustodyEvent.verdict)
    found = session.execute(wanted.where(CustodyEvent.scan_id == scan_id)).one_or_none()
    if found is None or found.reason != WRONG_COLLECTION or json.loads(found.content).get("collection") != accession:
        return None
    return str(json.loads(found.verdict)["specimen"]["number"])
