"""What lies within reach of the practice scanner besides what the virtual printers gave."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.specimens.model import Label, LabelState, Specimen, Status

_ABOUT = (Status.COLLECTED, Status.VERIFIED, Status.IN_TRANSIT, Status.ARRIVED, Status.RECEIVED)


@dataclass(frozen=True)
class TubeAbout:
    """A tube somewhere on its way: what its label says to a scanner, and how it stands. No patient data."""

    number: str
    status: Status


def tubes_about(session: Session, limit: int) -> list[TubeAbout]:
    """List the newest tubes that somebody may have in hand."""
    rows = (
        select(Label.number, Specimen.status)
        .join(Specimen, Specimen.id == Label.specimen_id)
        .where(Label.state == LabelState.CURRENT, Specimen.status.in_(_ABOUT))
        .order_by(Label.id.desc())
        .limit(limit)
    )
    return [TubeAbout(*row) for row in session.execute(rows)]
