"""What followed from a specimen's rejection, what it is collected in place of, and the exceptions signed for it."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person
from specimen_service.orders.model import Order
from specimen_service.specimens.details import RecollectedRow, RejectionRow, SignedExceptionRow
from specimen_service.specimens.model import Rejection, SignedException, Specimen, SpecimenTest, Status


def rejection_of(session: Session, specimen_id: int) -> RejectionRow | None:
    """Find what followed from the rejection of a specimen; None: nothing yet.

    What was told of a rejection that was corrected since is not told of the present one.
    """
    found = session.execute(_REJECTION.where(Rejection.specimen_id == specimen_id)).one_or_none()
    if found is None:
        return None
    is_of_before = found.notified_at is not None and found.status is Status.REJECTED and found.notified_at < found.since
    numbers = session.scalars(_COLLECTED.where(SpecimenTest.order_id == found.order_id)) if found.order_id else ()
    columns: list[Any] = [*found[3:], tuple(numbers)]
    row = RejectionRow(*columns)
    return replace(row, read_back="", notified_at=None, notified_by="") if is_of_before else row


def recollected_for(session: Session, specimen_id: int) -> tuple[RecollectedRow, ...]:
    """List the rejected specimens in whose place a specimen is collected."""
    rows = session.execute(_RECOLLECTS.where(SpecimenTest.specimen_id == specimen_id))
    return tuple(RecollectedRow(*row) for row in rows)


def signed_exceptions_of(session: Session, specimen_id: int) -> tuple[SignedExceptionRow, ...]:
    """List the exceptions signed for a specimen, oldest first."""
    rows = session.execute(_SIGNED.where(SignedException.specimen_id == specimen_id))
    return tuple(SignedExceptionRow(*row) for row in rows)


_REJECTION = (
    select(
        Rejection.order_id,
        Specimen.status,
        Specimen.since,
        Rejection.reason,
        Rejection.site,
        Rejection.read_back,
        Rejection.notified_at,
    )
    .add_columns(Rejection.notified_by, Rejection.tries, Rejection.recollected_at, Order.number)
    .join(Specimen, Specimen.id == Rejection.specimen_id)
    .outerjoin(Order, Order.id == Rejection.order_id)
)
_COLLECTED = (
    select(Specimen.number)
    .join(SpecimenTest, SpecimenTest.specimen_id == Specimen.id)
    .where(Specimen.number != "")
    .group_by(Specimen.id, Specimen.number)
    .order_by(Specimen.id)
)
_RECOLLECTS = (
    select(Specimen.number, Rejection.reason, Rejection.tries)
    .join(Rejection, Rejection.specimen_id == Specimen.id)
    .join(SpecimenTest, SpecimenTest.order_id == Rejection.order_id)
    .group_by(Rejection.id, Specimen.number)
    .order_by(Rejection.id)
)
_SIGNED = (
    select(SignedException.reason, SignedException.statement, Person.display_name, SignedException.signed_at)
    .join(Person, Person.id == SignedException.signed_by_id)
    .order_by(SignedException.id)
)
