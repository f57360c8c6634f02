"""What is known of labels and print jobs, as plain rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from printers.status import WELL
from specimen_service.catalog.model import Container, SpecimenType, Test
from specimen_service.kernel.errors import NotFound
from specimen_service.kernel.paging import decode_cursor, encode_cursor
from specimen_service.labels.calibration import is_awaited, is_under_way
from specimen_service.labels.content import LabelFacts
from specimen_service.labels.model import JobState, PrinterState, PrintJob, Proof
from specimen_service.patients.model import Identity, Patient
from specimen_service.places.model import Station
from specimen_service.settings import Settings
from specimen_service.specimens.model import (
    BarcodeOwner,
    Collection,
    Identifier,
    Label,
    LabelState,
    Specimen,
    SpecimenTest,
    Status,
)

ENDED = (Status.REJECTED, Status.NOT_OBTAINED, Status.CANCELLED, Status.DISPOSED)
"""Specimens that need no label any more."""


@dataclass(frozen=True)
class JobRow:
    """One print job for people and programs; no patient data in it. A test page has no number."""

    id: int
    state: JobState
    printer: str
    number: str
    reason: str
    reprint: bool
    error: str
    proof: Proof | None
    replaced_by: str | None
    created_at: datetime
    created_by: str
    finished_at: datetime | None


@dataclass(frozen=True)
class PrinterRow:
    """What is known of one printer: its condition when last asked, how many jobs wait, how many want an answer."""

    name: str
    condition: str
    detail: str
    asked_at: datetime | None
    held_by_spooler_until: datetime | None
    needs_clearing: bool
    calibrating: bool
    """Whether it measures its labels, or somebody wants that."""
    answers: str
    waiting: int
    unknown: int

    @property
    def can_print(self) -> bool:
        """Whether nothing is known that keeps it from printing."""
        return self.asked_at is None or self.condition in WELL


def print_job(session: Session, job_id: int) -> JobRow:
    """Return one job; raises `NotFound`."""
    row = session.execute(_JOBS.where(PrintJob.id == job_id)).one_or_none()
    if row is None:
        raise NotFound("print job", job_id)
    return JobRow(*row)


def print_jobs(
    session: Session,
    *,
    state: JobState | None = None,
    printer: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> tuple[list[JobRow], str | None]:
    """List jobs, newest first, with the cursor of the next page (None: this is the last)."""
    wanted = _JOBS.order_by(PrintJob.id.desc()).limit(limit + 1)
    if state is not None:
        wanted = wanted.where(PrintJob.state == state)
    if printer is not None:
        wanted = wanted.where(PrintJob.printer == printer)
    if cursor is not None:
        wanted = wanted.where(PrintJob.id < decode_cursor(cursor, 1)[0])
    rows = [JobRow(*row) for row in session.execute(wanted)]
    return rows[:limit], encode_cursor([rows[limit - 1].id]) if len(rows) > limit else None


def waiting_jobs(session: Session, printer: str, limit: int) -> list[JobRow]:
    """List what a printer has to do, in its order."""
    queue = _JOBS.where(PrintJob.printer == printer, PrintJob.state.in_((JobState.QUEUED, JobState.SENDING)))
    return [JobRow(*row) for row in session.execute(queue.order_by(PrintJob.id).limit(limit))]


def finished_jobs(session: Session, printer: str, limit: int) -> list[JobRow]:
    """List what became of a printer's last labels, the last to be finished first."""
    done = _JOBS.where(PrintJob.printer == printer, PrintJob.finished_at.is_not(None))
    rows = session.execute(done.order_by(PrintJob.id.desc()).limit(limit))
    return sorted((JobRow(*row) for row in rows), key=attrgetter("finished_at"), reverse=True)


def stuck_jobs(session: Session, printer: str, limit: int) -> list[JobRow]:
    """List the labels of a printer that are still wanted and will not come out unless a person says so, newest first."""
    later = aliased(PrintJob)
    is_last = ~select(later.id).where(later.label_id == PrintJob.label_id, later.id > PrintJob.id).exists()
    stuck = _JOBS.join(Specimen, Specimen.id == Label.specimen_id).where(
        PrintJob.printer == printer,
        PrintJob.state.in_((JobState.HELD, JobState.FAILED)),
        PrintJob.proof.is_(None),
        Label.state == LabelState.CURRENT,
        Specimen.status.not_in(ENDED),
        is_last,
    )
    return [JobRow(*row) for row in session.execute(stuck.order_by(PrintJob.id.desc()).limit(limit))]


def printers_with_open_jobs(session: Session) -> list[str]:
    """List the names of the printers that have something to print or to be answered, declared or not, by name."""
    jobs = select(PrintJob.printer).where(PrintJob.state.in_((JobState.QUEUED, JobState.HELD, JobState.UNKNOWN)))
    return list(session.scalars(jobs.distinct().order_by(PrintJob.printer)))


def station_of(session: Session, label_id: int) -> str:
    """Return at which station the specimen of a label was collected; empty: at none."""
    found = select(Station.name).join(Collection, Collection.station_id == Station.id)
    found = found.join(Specimen, Specimen.collection_id == Collection.id).join(Label, Label.specimen_id == Specimen.id)
    return session.scalar(found.where(Label.id == label_id)) or ""


def reprints_of(session: Session, specimen_id: int) -> int:
    """Count how often a label of a specimen was printed again after one had come out."""
    counted = (
        select(func.count())
        .select_from(PrintJob)
        .join(Label, Label.id == PrintJob.label_id)
        .where(Label.specimen_id == specimen_id, PrintJob.reprint, PrintJob.state != JobState.CANCELLED)
    )
    return session.scalar(counted) or 0


def printer_rows(session: Session, names: Sequence[str], now: datetime) -> list[PrinterRow]:
    """Tell how the named printers are, in that order; one never asked has the condition `unknown`."""
    states = {state.name: state for state in session.scalars(select(PrinterState).where(PrinterState.name.in_(names)))}
    counts = _open_counts(session)
    return [_printer_row(name, states.get(name), counts, now) for name in names]


def fallback_rows(session: Session, settings: Settings, now: datetime) -> dict[str, PrinterRow]:
    """Tell, by printer, how the one is where its labels may go instead; printers without a fallback are left out."""
    named = {one.name: one.fallback for one in settings.printer if one.fallback}
    rows = {row.name: row for row in printer_rows(session, sorted(set(named.values())), now)}
    return {name: rows[fallback] for name, fallback in named.items()}


def label_facts(session: Session, label_id: int) -> LabelFacts:
    """Gather what a label says of its specimen, patient and collection."""
    row = session.execute(_FACTS.where(Label.id == label_id)).one()
    tests = session.execute(_TESTS.where(SpecimenTest.specimen_id == row.specimen_id)).all()
    handling = (row.handling,) if row.handling else tuple(test.handling for test in tests)
    foreign = _foreign_barcode(session, row.specimen_id) if row.barcode is BarcodeOwner.LIS else ""
    return LabelFacts(
        label_id=label_id,
        number=row.number,
        specimen_id=row.specimen_id,
        patient_id=row.patient_id,
        family_name=row.family_name,
        given_name=row.given_name,
        mrn=row.mrn,
        birth_date=row.birth_date,
        sex=row.sex,
        temporary=row.identity is Identity.TEMPORARY,
        collected_at=row.collected_at,
        collector=row.collector_name or "",
        container=row.label_name,
        tests=tuple(dict.fromkeys(test.code for test in tests)),
        urgency=row.urgency,
        site=row.site,
        laterality=row.laterality,
        site_matters=row.needs_site,
        handling=handling,
        set_number=row.set_number,
        position=row.position,
        of=row.of or 1,
        foreign_barcode=foreign,
    )


def tubes_beside(session: Session, specimen_id: int) -> int:
    """Count the tubes of the collection of a specimen, itself among them."""
    its = select(Specimen.collection_id).where(Specimen.id == specimen_id).scalar_subquery()
    return session.scalar(select(func.count()).select_from(Specimen).where(Specimen.collection_id == its)) or 1


def _foreign_barcode(session: Session, specimen_id: int) -> str:
    found = select(Identifier.value).where(Identifier.specimen_id == specimen_id, Identifier.kind == "lis")
    return session.scalar(found.order_by(Identifier.id).limit(1)) or ""


def _open_counts(session: Session) -> dict[tuple[str, JobState], int]:
    waiting = (JobState.QUEUED, JobState.SENDING, JobState.HELD, JobState.UNKNOWN)
    counted = (
        select(PrintJob.printer, PrintJob.state, func.count())
        .where(PrintJob.state.in_(waiting))
        .group_by(PrintJob.printer, PrintJob.state)
    )
    return {(printer, state): count for printer, state, count in session.execute(counted)}


def _printer_row(
    name: str, state: PrinterState | None, counts: dict[tuple[str, JobState], int], now: datetime
) -> PrinterRow:
    waiting = counts.get((name, JobState.QUEUED), 0) + counts.get((name, JobState.SENDING), 0)
    unknown = counts.get((name, JobState.UNKNOWN), 0)
    if state is None:
        return PrinterRow(
            name,
            "unknown",
            "",
            None,
            None,
            needs_clearing=False,
            calibrating=False,
            answers="",
            waiting=waiting,
            unknown=unknown,
        )
    return PrinterRow(
        name,
        state.condition,
        state.detail,
        state.asked_at,
        state.lease_until,
        needs_clearing=state.needs_clearing,
        calibrating=is_awaited(state.calibration_wanted_at, state.calibrated_at, now)
        or is_under_way(state.calibrated_at, state.asked_at, now),
        answers=state.answers or "",
        waiting=waiting,
        unknown=unknown,
    )


_Successor = aliased(Label)
_JOBS: Select[*tuple[Any, ...]] = (
    select(
        PrintJob.id,
        PrintJob.state,
        PrintJob.printer,
        func.coalesce(Label.number, ""),
        PrintJob.reason,
        PrintJob.reprint,
        PrintJob.error,
        PrintJob.proof,
        _Successor.number,
        PrintJob.created_at,
        PrintJob.created_by,
        PrintJob.finished_at,
    )
    .outerjoin(Label, Label.id == PrintJob.label_id)
    .outerjoin(_Successor, _Successor.id == Label.replaced_by_id)
)
_Sibling = aliased(Specimen)
_FACTS: Select[*tuple[Any, ...]] = (
    select(
        Label.number,
        Label.specimen_id,
        Specimen.patient_id,
        Specimen.barcode,
        Specimen.collected_at,
        Specimen.urgency,
        Specimen.site,
        Specimen.laterality,
        Specimen.handling,
        Specimen.set_number,
        Specimen.position,
        Patient.family_name,
        Patient.given_name,
        Patient.mrn,
        Patient.birth_date,
        Patient.sex,
        Patient.identity,
        Collection.collector_name,
        Container.label_name,
        SpecimenType.needs_site,
        select(func.count())
        .where(_Sibling.collection_id == Specimen.collection_id)
        .correlate(Specimen)
        .scalar_subquery()
        .label("of"),
    )
    .join(Specimen, Specimen.id == Label.specimen_id)
    .join(Patient, Patient.id == Specimen.patient_id)
    .join(Container, Container.id == Specimen.container_id)
    .join(SpecimenType, SpecimenType.id == Specimen.type_id)
    .outerjoin(Collection, Collection.id == Specimen.collection_id)
)
_TESTS = (
    select(Test.code, Test.handling)
    .select_from(SpecimenTest)
    .join(Test, Test.id == SpecimenTest.test_id)
    .order_by(Test.code)
)
