"""Labels that a person prints from a page: a PDF at true size that opens once, as a printer would take it once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from printers.fit import FitError
from printers.label_json import from_json, to_json
from printers.languages.pdf import pdf
from printers.sheets import SheetError, sheet_pdf
from printers.stocks import SHEETS
from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.kernel.clock import time_of_day
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from specimen_service.kernel.language import say
from specimen_service.labels.fit_words import fault_of, sheet_fault
from specimen_service.labels.layout import laid_out
from specimen_service.labels.model import BROWSER, JobState, PrintJob, state_words
from specimen_service.settings import Settings
from specimen_service.specimens.model import Label, LabelState, Specimen

DOCUMENT_DPI = 300
"""Dots that bars meet: what office printers have is a whole multiple of it."""
_Taken = tuple[PrintJob, Label]


@dataclass(frozen=True)
class Document:
    """Labels ready to be printed, and the patients they name (internal ids)."""

    pdf: bytes
    patients: list[int]


@dataclass(frozen=True)
class Paper:
    """What a page of the document is: one label, or a sheet of labels of which the positions from `start` are free."""

    sheet: str = ""
    """A name of `printers.stocks.SHEETS`; empty: every label is a page of its own size."""
    start: int = 1


def take_document(
    session: Session, now: datetime, actor: Actor, settings: Settings, job_ids: Sequence[int], paper: Paper = Paper()
) -> Document:
    """Draw the labels of jobs for the browser and record all of them as `sent`.

    Raises `InvalidInput` for a sheet or a position that there is not, `NotFound`, or `Conflict` where a job goes to a
    printer, was opened before, is not wanted any more or does not fit the sheet; then none is taken.
    """
    taken = [_taken(session, now, settings, job_id) for job_id in sorted(set(job_ids))]
    drawn = _on_sheet(session, settings, taken, paper) if paper.sheet else _one_a_page(taken)
    detail = {"jobs": [job.id for job, _label in taken], "sheet": paper.sheet}
    record(session, now, actor, "print_jobs.opened", detail=detail)
    specimens = select(Specimen.patient_id).where(Specimen.id.in_([label.specimen_id for _job, label in taken]))
    return Document(drawn, list(session.scalars(specimens.distinct())))


def _one_a_page(taken: Sequence[_Taken]) -> bytes:
    return pdf([from_json(json.dumps(job.snapshot)) for job, _label in taken], DOCUMENT_DPI)


def _on_sheet(session: Session, settings: Settings, taken: Sequence[_Taken], paper: Paper) -> bytes:
    sheet = SHEETS.get(paper.sheet)
    if sheet is None:
        no_such = say("There is no sheet %(sheet)s. Known are: %(known)s.", sheet=paper.sheet, known=", ".join(SHEETS))
        raise InvalidInput([Fault("/sheet", no_such)])
    try:
        drawn = [laid_out(session, settings, label.id, sheet.stock.name) for _job, label in taken]
        for (job, _label), one in zip(taken, drawn, strict=True):
            job.snapshot = json.loads(to_json(one))
        return sheet_pdf(drawn, sheet, paper.start, DOCUMENT_DPI)
    except FitError as error:
        raise Conflict(fault_of(error), code="label-does-not-fit") from error
    except SheetError as error:
        raise InvalidInput([Fault("/start", sheet_fault(error))]) from error


def _taken(session: Session, now: datetime, settings: Settings, job_id: int) -> _Taken:
    job = session.get(PrintJob, job_id, with_for_update=True, populate_existing=True)
    if job is None:
        raise NotFound("print job", job_id)
    if job.printer != BROWSER:
        elsewhere = say(
            "Print job %(job)s goes to printer %(printer)s, not to a page.", job=job_id, printer=job.printer
        )
        raise Conflict(elsewhere, code="not-for-the-browser")
    if job.state is not JobState.QUEUED:
        raise _too_late(job, settings)
    label = session.get_one(Label, job.label_id)
    if label.state is not LabelState.CURRENT:
        dead = say("This label is not valid any more. Look at the specimen for its current one.")
        raise Conflict(dead, code="dead-label")
    job.state, job.sending_at, job.finished_at, job.attempts = JobState.SENT, now, now, job.attempts + 1
    return job, label


def _too_late(job: PrintJob, settings: Settings) -> Conflict:
    if job.sending_at is None:
        not_waiting = say(
            "Print job %(job)s is %(state)s. Ask for the label again.", job=job.id, state=state_words(job.state)
        )
        return Conflict(not_waiting, code="not-waiting")
    at = time_of_day(job.sending_at, settings.service.zone)
    opened = say(
        "This label was opened for printing at %(time)s already. "
        "Another print of it is a reprint: ask for one, with its reason.",
        time=at,
    )
    return Conflict(opened, code="opened-already")
