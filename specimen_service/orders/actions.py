"""Placing orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.kernel.errors import Fault, InvalidInput
from specimen_service.kernel.language import say
from specimen_service.kernel.serials import quotable_number
from specimen_service.orders.model import Order, OrderedTest, Priority


@dataclass(frozen=True)
class OrderFacts:
    """What is asked for, besides whom and which tests."""

    number: str
    """The placer's own number; empty: we give one."""
    priority: Priority
    due_at: datetime | None
    ordering_provider: str
    ordering_site: str


def add_order(
    session: Session, now: datetime, actor: Actor, patient_id: int, facts: OrderFacts, test_ids: Sequence[int]
) -> Order:
    """Add an order with its tests; raises `InvalidInput` where the placer's number is taken."""
    if facts.number and session.scalar(select(Order.id).where(Order.number == facts.number)):
        raise InvalidInput(
            [
                Fault(
                    "/order_number",
                    say("An order %(number)s is known already. Send another number.", number=facts.number),
                )
            ]
        )
    order = Order(
        number=facts.number or quotable_number(session, "R"),
        patient_id=patient_id,
        priority=facts.priority,
        due_at=facts.due_at,
        ordering_provider=facts.ordering_provider,
        ordering_site=facts.ordering_site,
        placed_at=now,
        placed_by=actor.name,
    )
    session.add(order)
    session.flush()
    session.execute(insert(OrderedTest), [{"order_id": order.id, "test_id": test_id} for test_id in test_ids])
    record(session, now, actor, "order.placed", subject=order.number, patients=[patient_id])
    return order
