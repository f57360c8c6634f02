"""Labels that a person prints from a page: a PDF at true size that opens once, as a printer would take it once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from printers.label_json import from_json
from printers.languages.pdf import pdf
from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.kernel.clock import time_of_day
from specimen_service.kernel.errors import Conflict, NotFound
from specimen_service.labels.model import BROWSER, JobState, PrintJob
from specimen_service.settings import Settings
from specimen_service.specimens.model import Label, LabelState, Specimen

DOCUMENT_DPI = 300
"""Dots that bars meet: what office printers have is a whole multiple of it."""


@dataclass(frozen=True)
class Document:
    """Labels ready to be printed, and the patients they name (internal ids)."""

    pdf: bytes
    patients: list[int]


def take_document(
    session: Session, now: datetime, actor: Actor, settings: Settings, job_ids: Sequence[int]
) -> Document:
    """Draw the labels of jobs for the browser, one a page, and record all of them as `sent`.

    Raises `NotFound`, or `Conflict` where one of them goes to a printer, was opened before, or is not wanted any more;
    then none is.
    """
    jobs = [_taken(session, now, settings, job_id) for job_id in sorted(set(job_ids))]
    labels = [from_json(json.dumps(job.snapshot)) for job in jobs]
    record(session, now, actor, "print_jobs.opened", detail={"jobs": [job.id for job in jobs]})
    return Document(pdf(labels, DOCUMENT_DPI), _patients(session, jobs))


def _taken(session: Session, now: datetime, settings: Settings, job_id: int) -> PrintJob:
    job = session.get(PrintJob, job_id, with_for_update=True, populate_existing=True)
    if job is None:
        raise NotFound("print job", job_id)
    if job.printer != BROWSER:
        raise Conflict(f"Print job {job_id} goes to printer {job.printer}, not to a page.", code="not-for-the-browser")
    if job.state is not JobState.QUEUED:
        raise _too_late(job, settings)
    if session.get_one(Label, job.label_id).state is not LabelState.CURRENT:
        raise Conflict("This label is not valid any more. Look at the specimen for its current one.", code="dead-label")
    job.state, job.sending_at, job.finished_at, job.attempts = JobState.SENT, now, now, job.attempts + 1
    return job


def _too_late(job: PrintJob, settings: Settings) -> Conflict:
    if job.sending_at is None:
        return Conflict(f"Print job {job.id} is {job.state}. Ask for the label again.", code="not-waiting")
    at = time_of_day(job.sending_at, settings.service.zone)
    again = "Another print of it is a reprint: ask for one, with its reason."
    return Conflict(f"This label was opened for printing at {at} already. {again}", code="opened-already")


def _patients(session: Session, jobs: Sequence[PrintJob]) -> list[int]:
    shown = select(Specimen.patient_id).join(Label, Label.specimen_id == Specimen.id)
    return list(session.scalars(shown.where(Label.id.in_([job.label_id for job in jobs])).distinct()))
