"""How much blood a patient gave lately."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from specimen_service.catalog.model import Container
from specimen_service.collection.rules import NOT_BLOOD
from specimen_service.specimens.model import Specimen

DAY = timedelta(hours=24)


def collected_ml(session: Session, now: datetime, patient_id: int) -> float:
    """Return the millilitres drawn from a patient in the last 24 hours, by the volumes of the containers."""
    drawn = (
        select(func.sum(Container.volume_ml))
        .join(Specimen, Specimen.container_id == Container.id)
        .where(
            Specimen.patient_id == patient_id,
            Specimen.collected_at > now - DAY,
            Specimen.collection_id.is_not(None),
            Specimen.parent_id.is_(None),
            Container.draw_order < NOT_BLOOD,
        )
    )
    return session.scalar(drawn) or 0.0
