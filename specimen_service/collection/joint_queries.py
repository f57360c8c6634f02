"""Orders of one patient that are drawn together: a patient is stuck once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.collection.draw_queries import latest_draws
from specimen_service.collection.facts import OrderName
from specimen_service.collection.model import Draw
from specimen_service.collection.rules import is_due
from specimen_service.orders.model import Order
from specimen_service.specimens.model import Specimen, SpecimenTest, Status


def orders_at_hand(session: Session, patient_id: int, person_id: int) -> list[OrderName]:
    """List the orders of a patient whose draws a person has begun, of which nothing is collected yet.

    They are one draw: the first one leads, and knows what was compared and answered.
    """
    rows = session.execute(
        select(Order.id, Order.number)
        .join(Draw, Draw.order_id == Order.id)
        .where(
            *(Order.patient_id == patient_id, Order.id.in_(_TO_COLLECT)),
            *(Draw.person_id == person_id, Draw.ended_at.is_(None), Draw.collection_id.is_(None)),
        )
        .order_by(Draw.id)
    )
    return [OrderName(*row) for row in rows]


def orders_to_draw(session: Session, now: datetime, patient_id: int) -> list[OrderName]:
    """List the orders of a patient that can be drawn now and that nobody has begun, oldest first; parked ones are not."""
    waiting = select(Order).where(Order.patient_id == patient_id, Order.id.in_(_TO_COLLECT)).order_by(Order.id)
    due = [order for order in session.scalars(waiting) if is_due(order.due_at, now)]
    draws = latest_draws(session, [order.number for order in due])
    begun = {number for number, draw in draws.items() if draw.outcome is not None or draw.ended_at is None}
    return [OrderName(order.id, order.number) for order in due if order.number not in begun]


def planned_ids_of(session: Session, order_id: int) -> Sequence[int]:
    """Return the tubes of an order that are still to be drawn, by internal id."""
    linked = select(SpecimenTest.specimen_id).where(SpecimenTest.order_id == order_id)
    return session.scalars(
        select(Specimen.id).where(Specimen.id.in_(linked), Specimen.status == Status.TO_COLLECT)
    ).all()


_TO_COLLECT = (
    select(SpecimenTest.order_id)
    .join(Specimen, Specimen.id == SpecimenTest.specimen_id)
    .where(Specimen.status == Status.TO_COLLECT)
)
