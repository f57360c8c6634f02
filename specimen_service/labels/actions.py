"""Queueing labels, answering for them, and moving jobs on; bytes go to a printer elsewhere, never in these transactions."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, bindparam, case, literal, or_, select, update
from sqlalchemy.orm import Session

from printers.fit import FitError
from printers.label import LabelError
from printers.label_json import to_json
from specimen_service.audit.actions import record
from specimen_service.audit.model import SYSTEM, Actor
from specimen_service.custody.actions import when_first_read
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from specimen_service.kernel.language import say, to_say
from specimen_service.kernel.prepared import Prepared, among
from specimen_service.labels.fit_words import fault_of
from specimen_service.labels.layout import laid_out
from specimen_service.labels.model import BROWSER, JobState, PrintJob, Proof, state_words
from specimen_service.labels.queries import station_of
from specimen_service.settings import Settings
from specimen_service.specimens.model import Collection, Label, Specimen

QUEUED_FOR = "print_jobs.queued_for"
"""Key in `session.info`: names of the printers that got a job; listeners of `Database.after_commit` wake their spoolers."""
OPEN = (JobState.QUEUED, JobState.HELD)
"""States of a job of which no byte has left, and that may still be cancelled."""
NOT_DECLARED = to_say("Its printer is not declared in config.toml any more. Print it on another one.")
PROVABLE = (JobState.SENDING, JobState.SENT, JobState.UNKNOWN)
"""States in which a first scan of the number is news."""


def queue_label(
    session: Session,
    now: datetime,
    actor: Actor,
    settings: Settings,
    *,
    label_id: int,
    printer: str,
    reason: str = "",
    reprint: bool = False,
) -> PrintJob:
    """Queue one print of a label, laid out now, in the caller's transaction.

    What does not fit ends at once as `failed` with the sentence, and a printer that is not declared as `held`: the
    collection itself is never lost for its label.
    """
    job = PrintJob(
        label_id=label_id,
        printer=printer,
        state=JobState.QUEUED,
        reason=reason,
        reprint=reprint,
        snapshot={},
        created_at=now,
        created_by=actor.name,
    )
    declared = settings.printer_named(printer)
    stock = settings.stock_of(declared) if declared else settings.labels.stock
    try:
        station = station_of(session, label_id)
        chair = station if settings.says_chair(station, printer) else ""
        job.snapshot = json.loads(to_json(laid_out(session, settings, label_id, stock, chair)))
    except (FitError, LabelError) as error:
        job.state, job.error, job.finished_at = JobState.FAILED, fault_of(error)[:300], now
    if job.state is JobState.QUEUED and declared is None and printer != BROWSER:
        job.state, job.error = JobState.HELD, say(NOT_DECLARED)
    session.add(job)
    session.flush()
    if job.state is JobState.QUEUED:
        session.info.setdefault(QUEUED_FOR, set()).add(printer)
    return job


def cancel_job(session: Session, now: datetime, actor: Actor, job_id: int) -> PrintJob:
    """Drop a job of which nothing was sent, because nobody wants its label; returns it.

    Raises `NotFound`, or `Conflict` for one that is past it.
    """
    job = locked_job(session, job_id)
    failed_before_a_byte = job.state is JobState.FAILED and job.proof is None
    if job.state not in OPEN and not failed_before_a_byte:
        raise Conflict(
            say(
                "Print job %(job)s is %(state)s. Only one of which nothing was sent can be dropped.",
                job=job_id,
                state=state_words(job.state),
            ),
            code="not-waiting",
        )
    cancel(job, now, f"{job.error} {say('Dropped by %(person)s.', person=actor.name)}".strip())
    record(session, now, actor, "print_job.cancelled", subject=str(job_id), detail={"printer": job.printer})
    return job


def move_waiting(
    session: Session, now: datetime, actor: Actor, settings: Settings, printer: str, *, accession: str | None = None
) -> list[PrintJob]:
    """Give the labels that wait for a printer to its fallback, in their order and under their numbers; returns the jobs.

    With `accession`, only those of one collection. Of what moves no byte has left: a job that its spooler has begun is
    not queued any more and stays. Raises `Conflict` where the printer has no fallback.
    """
    section = settings.printer_named(printer)
    if section is None or section.fallback is None:
        raise Conflict(
            say("Printer %(printer)s has no fallback. Name one in config.toml.", printer=printer), code="no-fallback"
        )
    # The specimens first, as a reprint locks them: it would not see the job that a label moves to, and print it twice.
    tubes = select(Specimen.id).where(Specimen.id.in_(_specimens_of(printer, accession)))
    session.execute(tubes.order_by(Specimen.id).with_for_update())
    moved = []
    # Locked as they stand after whoever holds them: what a spooler has begun meanwhile is not among them.
    waiting = _movable(printer, accession).with_for_update().execution_options(populate_existing=True)
    for job in session.scalars(waiting).all():
        cancel(
            job, now, say("Moved to printer %(printer)s by %(person)s.", printer=section.fallback, person=actor.name)
        )
        moved.append(_queued_again(session, now, actor, settings, job, section.fallback))
    detail = {"to": section.fallback, "accession": accession, "jobs": [job.id for job in moved]}
    record(session, now, actor, "print_jobs.moved", subject=printer, detail=detail)
    return moved


def refuse_unknown_printer(settings: Settings, name: str) -> None:
    """Raise `InvalidInput` naming the declared printers, unless `name` is one of them or stands for the page."""
    if settings.printer_named(name) is None and name != BROWSER:
        page = say("%(browser)s (printed from a page)", browser=BROWSER)
        declared = ", ".join([*(one.name for one in settings.printer), page])
        no_such = say("There is no printer %(printer)s. Declared are: %(declared)s.", printer=name, declared=declared)
        raise InvalidInput([Fault("/printer", no_such)])


@when_first_read
def prove_by_scan(session: Session, now: datetime, numbers: Sequence[str]) -> None:
    """Take the scan of label numbers as proof that their labels came out, where that was in doubt.

    A job still `sending` keeps the proof for when its spooler is done. Hardly ever is there one: asking costs a scan
    little, and only then is anything written.
    """
    found = _DOUBTED.rows(session.connection(), {"keys": list(numbers)} | {state.name: state for state in PROVABLE})
    if not found:
        return
    doubted = update(PrintJob).where(PrintJob.id.in_([row[0] for row in found]), PrintJob.state.in_(PROVABLE))
    under_way = PrintJob.state == JobState.SENDING
    proved = {
        "state": case((under_way, PrintJob.state), else_=literal(JobState.PRINTED, PrintJob.state.type)),
        "finished_at": case((under_way, PrintJob.finished_at), else_=literal(now, PrintJob.finished_at.type)),
        "proof": Proof.SCAN,
        "error": "",
    }
    session.execute(doubted.values(proved), execution_options={"synchronize_session": False})


def hold_jobs(session: Session, now: datetime, why: str, *, unless_on: Iterable[str] = ()) -> int:
    """Hold every queued job for a person, but those on the named printers or printed from a page; return how many.

    `why` is a sentence marked with `to_say`.
    """
    left = select(PrintJob).where(PrintJob.state == JobState.QUEUED, PrintJob.printer.not_in([*unless_on, BROWSER]))
    jobs = session.scalars(left.with_for_update()).all()
    for job in jobs:
        job.state, job.error = JobState.HELD, say(why)
        record(session, now, SYSTEM, "print_job.held", subject=str(job.id), detail={"printer": job.printer})
    return len(jobs)


def cancel(job: PrintJob, now: datetime, why: str) -> None:
    """Take a waiting job out of its queue; its spooler will find it cancelled before the first byte."""
    job.state, job.error, job.finished_at = JobState.CANCELLED, why[:300], now


def locked_job(session: Session, job_id: int) -> PrintJob:
    """Return a job, locked and as it stands in the database; raises `NotFound`."""
    job = session.get(PrintJob, job_id, with_for_update=True, populate_existing=True)
    if job is None:
        raise NotFound("print job", job_id)
    return job


def _queued_again(
    session: Session, now: datetime, actor: Actor, settings: Settings, job: PrintJob, printer: str
) -> PrintJob:
    label = session.get_one(Label, job.label_id)
    return queue_label(
        session, now, actor, settings, label_id=label.id, printer=printer, reason=job.reason, reprint=job.reprint
    )


def _specimens_of(printer: str, accession: str | None) -> Select[int]:
    waiting = _movable(printer, accession).order_by(None).with_only_columns(PrintJob.label_id)
    return select(Label.specimen_id).where(Label.id.in_(waiting))


def _movable(printer: str, accession: str | None) -> Select[PrintJob]:
    jobs = select(PrintJob).where(
        PrintJob.printer == printer, PrintJob.state == JobState.QUEUED, PrintJob.label_id.is_not(None)
    )
    if accession is not None:
        of_collection = select(Label.id).join(Specimen, Specimen.id == Label.specimen_id).join(Collection)
        jobs = jobs.where(PrintJob.label_id.in_(of_collection.where(Collection.accession == accession)))
    return jobs.order_by(PrintJob.id)


_DOUBTED = Prepared(
    select(PrintJob.id)
    .join(Label, Label.id == PrintJob.label_id)
    .where(among(Label.__table__.c.number), or_(*(PrintJob.state == bindparam(state.name) for state in PROVABLE)))
)
