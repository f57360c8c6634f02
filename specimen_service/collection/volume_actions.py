"""The verbs of a child's draw: weigh, take a smaller tube, approve more blood than the limit; each is on record."""

from datetime import datetime

from sqlalchemy.orm import Session

from specimen_service.accounts.actions import check_pin
from specimen_service.accounts.model import SUPERVISORS
from specimen_service.audit.model import Actor
from specimen_service.catalog.queries import ContainerRow
from specimen_service.collection.draw_actions import note
from specimen_service.collection.model import Draw
from specimen_service.collection.queries import PlannedOrder, PlannedTubeRow
from specimen_service.collection.volume import Excess
from specimen_service.kernel.errors import NotAllowed
from specimen_service.kernel.language import say
from specimen_service.specimens.model import Specimen


def weigh(session: Session, now: datetime, actor: Actor, order: PlannedOrder, draw: Draw, weight_kg: float) -> None:
    """Keep a child's weight with its draw; a corrected one stays on record beside the one before."""
    before = draw.weight_kg
    draw.weight_kg, draw.weighed_by, draw.weighed_at = weight_kg, actor.name, now
    session.flush()
    note(session, now, actor, order, "patient.weighed", {"kg": weight_kg, "before": before})


def shrink(
    session: Session, now: datetime, actor: Actor, order: PlannedOrder, tube: PlannedTubeRow, container: ContainerRow
) -> None:
    """Plan a tube in a smaller container of the same additive."""
    session.get_one(Specimen, tube.specimen_id).container_id = container.id
    session.flush()
    said: dict[str, object] = {"from": tube.container, "to": container.code, "tests": list(tube.tests)}
    note(session, now, actor, order, "tube.shrunk", said)


def approve(
    session: Session, now: datetime, actor: Actor, order: PlannedOrder, draw: Draw, over: Excess, badge: str, pin: str
) -> None:
    """Let a draw go over the day's limit up to this volume, on a supervisor's badge and PIN.

    Raises `NotSigned` with the try counted, and `NotAllowed` for who is no supervisor.
    """
    signer = check_pin(session, now, badge=badge, pin=pin)
    if signer.role not in SUPERVISORS:
        raise NotAllowed(say("Only a supervisor can approve this. Ask one to scan a badge here."))
    draw.approved_ml = over.total_ml
    session.flush()
    said: dict[str, object] = {"ml": over.total_ml, "limit_ml": over.limit_ml, "approved_by": signer.username}
    note(session, now, actor, order, "volume.approved", said)
