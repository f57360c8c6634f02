"""Drawing several orders of one patient as one: their tubes are shared where they can be, and they end together."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.collection.draw_actions import give_up, park_rest
from specimen_service.collection.facts import OrderName
from specimen_service.collection.joint_queries import orders_at_hand, planned_ids_of
from specimen_service.collection.model import Draw, Outcome
from specimen_service.collection.queries import PlannedOrder, planned_order
from specimen_service.specimens.model import Specimen


def join(session: Session, now: datetime, actor: Actor, lead: Draw, order: PlannedOrder, other: OrderName) -> None:
    """Draw another order of the patient in the draw that has begun; a tube that serves both is drawn once."""
    session.add(Draw(order_id=other.id, person_id=lead.person_id, station=lead.station, began_at=now))
    session.flush()
    drawn = {
        (one.type_id, one.container_id): one
        for one in (session.get_one(Specimen, tube.specimen_id) for tube in order.tubes)
        if one.set_number is None and one.id not in lead.left_out
    }
    own = {one.id for one in drawn.values()}
    for specimen_id in planned_ids_of(session, other.id):
        planned = session.get_one(Specimen, specimen_id)
        shared = drawn.get((planned.type_id, planned.container_id))
        if shared is not None and planned.set_number is None and planned.id not in own:
            shared.urgency, shared.due_at = min(shared.urgency, planned.urgency), min(shared.due_at, planned.due_at)
            give_up(session, now, planned, shared.id)
    said: dict[str, object] = {"with": order.order_number}
    record(session, now, actor, "draw.joined", subject=other.number, patients=[order.patient_id], detail=said)


def end_together(session: Session, now: datetime, lead: Draw, beside: Sequence[int], outcome: Outcome | None) -> None:
    """End what was drawn together with a draw that ends: with its outcome, or with its collection (None)."""
    same = Draw.order_id.in_(beside), Draw.person_id == lead.person_id
    for draw in session.scalars(select(Draw).where(*same, Draw.ended_at.is_(None), Draw.collection_id.is_(None))):
        draw.outcome, draw.ended_at = outcome, now
    session.flush()


def park_what_is_left(
    session: Session, now: datetime, actor: Actor, order: PlannedOrder, station: str, outcome: Outcome
) -> None:
    """Leave what was not drawn of an order, and of those drawn with it, under `parked`."""
    for number in (order.order_number, *(one.number for one in order.beside)):
        left = planned_order(session, number)
        if left is not None and left.tubes:
            park_rest(session, now, actor, left, station, outcome)


def take_all_over(session: Session, actor: Actor, patient_id: int, person_id: int) -> None:
    """Make all that another person has begun with a patient this person's, who identifies the patient again."""
    ids = [one.id for one in orders_at_hand(session, patient_id, person_id)]
    begun = Draw.order_id.in_(ids), Draw.person_id == person_id, Draw.ended_at.is_(None), Draw.collection_id.is_(None)
    for draw in session.scalars(select(Draw).where(*begun)):
        draw.person_id, draw.identified = actor.id, []
    session.flush()
