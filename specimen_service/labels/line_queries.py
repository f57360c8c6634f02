"""Whose label is next at a printer, with what decides whether it may still print by itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from specimen_service.labels.lateness import Waiting
from specimen_service.labels.model import JobState, PrinterState, PrintJob
from specimen_service.places.model import Station
from specimen_service.specimens.model import Collection, Label, LabelState, Specimen, Status

_AT_THE_CHAIR = frozenset({Status.ISSUED, Status.COLLECTED})


@dataclass(frozen=True)
class FirstInLine:
    """The queued job that is next: what it prints, of which collection (None: of none), and how it waited."""

    job_id: int
    is_test_page: bool
    snapshot: dict[str, Any]
    collection_id: int | None
    waiting: Waiting
    is_dead: bool
    """Whether its label was voided or replaced while it waited, by a scan perhaps: out of a printer it could only mislead."""


def first_in_line(session: Session, printer: str, state: PrinterState | None) -> FirstInLine | None:
    """Return a printer's next job, or None; a collection begun is finished before another one's labels."""
    row = session.execute(_QUEUED.where(PrintJob.printer == printer).limit(1)).one_or_none()
    if row is None:
        return None
    begun = session.scalar(_LAST_COLLECTION.where(PrintJob.printer == printer))
    if begun is not None and begun != row.collection_id:
        same = _QUEUED.where(PrintJob.printer == printer, Specimen.collection_id == begun)
        row = session.execute(same.limit(1)).one_or_none() or row
    return _first(row, printer, state.troubled_at if state else None)


def _first(row: Any, printer: str, failed_at: datetime | None) -> FirstInLine:  # noqa: ANN401 - a row of _QUEUED
    at_the_chair = row.status in _AT_THE_CHAIR and not row.verified
    is_open = at_the_chair and row.station_printer == printer and row.next_patient_at is None
    is_dead = row.label_state not in {None, LabelState.CURRENT}
    waiting = Waiting(row.created_at, is_open, row.next_patient_at, failed_at)
    return FirstInLine(row.id, row.label_id is None, row.snapshot, row.collection_id, waiting, is_dead)


_Next = aliased(Collection)
_QUEUED: Select[*tuple[Any, ...]] = (
    select(
        PrintJob.id,
        PrintJob.label_id,
        PrintJob.created_at,
        PrintJob.snapshot,
        Label.state.label("label_state"),
        Specimen.collection_id,
        Specimen.status,
        Specimen.verified,
        Station.printer.label("station_printer"),
        select(func.min(_Next.recorded_at))
        .where(
            _Next.id > Collection.id,
            _Next.station_id == Collection.station_id,
            _Next.patient_id != Collection.patient_id,
        )
        .correlate(Collection)
        .scalar_subquery()
        .label("next_patient_at"),
    )
    .outerjoin(Label, Label.id == PrintJob.label_id)
    .outerjoin(Specimen, Specimen.id == Label.specimen_id)
    .outerjoin(Collection, Collection.id == Specimen.collection_id)
    .outerjoin(Station, Station.id == Collection.station_id)
    .where(PrintJob.state == JobState.QUEUED)
    .order_by(PrintJob.id)
)
_LAST_COLLECTION = (
    select(Specimen.collection_id)
    .join(Label, Label.specimen_id == Specimen.id)
    .join(PrintJob, PrintJob.label_id == Label.id)
    .where(PrintJob.sending_at.is_not(None))
    .order_by(PrintJob.id.desc())
    .limit(1)
)
"""The collection of the label that a printer was given last."""
