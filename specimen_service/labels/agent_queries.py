"""What a print agent's claims and reports are judged by, in one small SELECT each: it asks twice a second."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from specimen_service.labels.calibration import is_awaited
from specimen_service.labels.ledger import is_wanted
from specimen_service.labels.model import JobState, PrinterState, PrintJob
from specimen_service.specimens.model import Label, Specimen


@dataclass(frozen=True)
class Desk:
    """How it stands with one printer: its lease, whether a person wants something of it, what waits for it and is under way."""

    owner: str
    token: int
    until: datetime | None
    needs_clearing: bool
    wanted: bool
    queued: bool
    in_flight: bool


@dataclass(frozen=True)
class JobStanding:
    """Where one print job is, which attempt it is at, and under which lease that was begun."""

    state: JobState
    attempt: int
    lease_token: int | None


def desk_of(session: Session, printer: str, now: datetime) -> Desk:
    """Tell how it stands with a printer; one that nobody ever leased has an empty owner and the token 0."""
    state = session.get(PrinterState, printer)
    open_states = (JobState.QUEUED, JobState.SENDING)
    counted = (
        select(PrintJob.state, func.count())
        .where(PrintJob.printer == printer, PrintJob.state.in_(open_states))
        .group_by(PrintJob.state)
    )
    waiting = {found for found, _count in session.execute(counted)}
    queued, in_flight = (one in waiting for one in open_states)
    if state is None:
        return Desk("", 0, None, needs_clearing=False, wanted=False, queued=queued, in_flight=in_flight)
    return Desk(
        state.lease_owner,
        state.lease_token,
        state.lease_until,
        state.needs_clearing,
        is_wanted(state) or is_awaited(state.calibration_wanted_at, state.calibrated_at, now),
        queued,
        in_flight,
    )


def printer_of_job(session: Session, job_id: int) -> str | None:
    """Return the name of a job's printer, or None where there is no such job."""
    return session.scalar(select(PrintJob.printer).where(PrintJob.id == job_id))


def job_standing(session: Session, job_id: int) -> JobStanding:
    """Tell where a job is that is known to exist."""
    found = select(PrintJob.state, PrintJob.attempts, PrintJob.lease_token).where(PrintJob.id == job_id)
    return JobStanding(*session.execute(found).one())


def patients_on(session: Session, job_id: int) -> list[int]:
    """Return the patient whose data a job's label shows; nobody's where it is no tube's label."""
    shown = (
        select(Specimen.patient_id)
        .join(Label, Label.specimen_id == Specimen.id)
        .join(PrintJob, PrintJob.label_id == Label.id)
        .where(PrintJob.id == job_id)
    )
    return list(session.scalars(shown))
