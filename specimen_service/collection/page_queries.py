"""What the station's pages ask besides the worklist and the sitting itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person
from specimen_service.catalog.model import RejectReason
from specimen_service.collection.queries import PlannedOrder
from specimen_service.orders.model import Order
from specimen_service.patients.model import Patient
from specimen_service.specimens.model import (
    Collection,
    Identifier,
    Label,
    LabelState,
    Rejection,
    Specimen,
    SpecimenTest,
    Status,
)


@dataclass(frozen=True)
class RecollectionRow:
    """An order by which a rejected specimen is collected again."""

    rejected: str
    """The number of the rejected specimen."""
    reason: str
    """Why the laboratory rejected it, in words."""
    tries: int
    """Which try this is: 2 for the first after a rejection."""
    taken_back: bool
    """Whether the rejection was corrected since: perhaps nothing has to be drawn again."""


def recollections(session: Session, numbers: Sequence[str]) -> dict[str, RecollectionRow]:
    """Return, by order number, which of these orders are there because a specimen was rejected."""
    reason = func.coalesce(RejectReason.name, Rejection.reason)
    rows = session.execute(
        select(Order.number, Specimen.number, reason, Rejection.tries + 1, Specimen.status != Status.REJECTED)
        .join(Rejection, Rejection.order_id == Order.id)
        .join(Specimen, Specimen.id == Rejection.specimen_id)
        .outerjoin(RejectReason, RejectReason.code == Rejection.reason)
        .where(Order.number.in_(numbers))
    )
    return {row[0]: RecollectionRow(*row[1:]) for row in rows}


def recollection_of(session: Session, order: PlannedOrder) -> RecollectionRow | None:
    """Return what is collected again by an order or by one that is drawn together with it; None: nothing."""
    numbers = [order.order_number, *(one.number for one in order.beside)]
    found = recollections(session, numbers)
    return next((found[number] for number in numbers if number in found), None)


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


def orders_of_tube(session: Session, specimen_id: int) -> Sequence[str]:
    """Return the numbers of the orders that a tube serves, oldest first."""
    linked = select(SpecimenTest.order_id).where(SpecimenTest.specimen_id == specimen_id)
    return session.scalars(select(Order.number).where(Order.id.in_(linked)).order_by(Order.id)).all()


def lock_order(session: Session, number: str) -> None:
    """Let nobody else collect from this patient until this transaction ends: a tube must not be drawn twice.

    The patient is locked, not the order: a double click sends one order twice, but two chairs may have two orders that
    share a tube.
    """
    patient_of_order = select(Order.patient_id).where(Order.number == number).scalar_subquery()
    session.execute(select(Patient.id).where(Patient.id == patient_of_order).with_for_update())


def collection_id_of(session: Session, accession: str) -> int:
    """Return the internal id of a collection."""
    return session.scalars(select(Collection.id).where(Collection.accession == accession)).one()


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


def accession_of_number(session: Session, number: str) -> str | None:
    """Return the accession of the specimen that a label of ours names; None: it names none."""
    found = select(Collection.accession).join(Specimen, Specimen.collection_id == Collection.id)
    return session.scalar(found.join(Label, Label.specimen_id == Specimen.id).where(Label.number == number))


@dataclass(frozen=True)
class LabelRow:
    """A label of ours by its number."""

    specimen_id: int
    is_dead: bool
    """Whether it was replaced or voided."""


def label_of(session: Session, number: str) -> LabelRow | None:
    """Find a label of ours; None: no label has this number."""
    row = session.execute(select(Label.specimen_id, Label.state).where(Label.number == number)).one_or_none()
    return LabelRow(row.specimen_id, row.state is not LabelState.CURRENT) if row else None
