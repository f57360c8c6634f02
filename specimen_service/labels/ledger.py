"""The print ledger of `printers.spool` on the service's database.

A printer is leased with a fencing token: every write locks the printer's row and compares the token, so that a holder
that was thought dead and wakes up changes nothing. What a lease leaves `sending` when it ends is `unknown`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Select, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from printers.label_json import from_json
from printers.languages import render
from printers.printer import Result
from printers.proof import Outcome
from printers.spool import Job, LedgerUnavailableError
from printers.status import Condition
from printers.transports import parse_url
from specimen_service.kernel.clock import Clock, utc_now
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import Busy
from specimen_service.labels.model import JobState, PrinterState, PrintJob, Proof
from specimen_service.labels.rules import LATE_AFTER
from specimen_service.settings import PrinterSection
from specimen_service.specimens.model import Label, Specimen

log = structlog.get_logger()

LATE = (
    "It waited longer than 15 minutes, so it did not come out beside the next patient. Print it again if it is wanted."
)
CUT_OFF = "The sending was cut off: it may or may not have come out. Look, and answer for it."
_STATES = {
    Outcome.NOTHING_SENT: JobState.QUEUED,
    Outcome.FAILED: JobState.FAILED,
    Outcome.PRINTED: JobState.PRINTED,
    Outcome.SENT: JobState.SENT,
    Outcome.UNKNOWN: JobState.UNKNOWN,
}


class DatabaseLedger:
    """A `printers.spool.Ledger` for the declared printers, in the serving process or in one of its own."""

    def __init__(self, database: Database, printers: Mapping[str, PrinterSection], clock: Clock = utc_now) -> None:
        """Keep the database and what the configuration says of each printer by name."""
        self._database = database
        self._printers = printers
        self._clock = clock

    def acquire(self, printer: str, owner: str, seconds: float) -> int | None:
        """Take or renew the lease; a new one turns what its last holder left `sending` into `unknown`."""
        now = self._clock()
        until = now + timedelta(seconds=seconds)
        with self._work() as session:
            state = session.scalar(_locked(printer))
            if state is None:
                state = PrinterState(name=printer)
                session.add(state)
                session.flush()
            if state.lease_owner != owner:
                if state.lease_until is not None and state.lease_until > now:
                    return None
                state.lease_owner, state.lease_token = owner, state.lease_token + 1
                self._leave_in_doubt(session, state)
            state.lease_until = until
            return state.lease_token

    def release(self, printer: str, token: int) -> None:
        """End the lease; a job still `sending` under it becomes `unknown`."""
        with self._held(printer, token) as held:
            if held is not None:
                session, state = held
                state.lease_owner, state.lease_until = "", None
                self._leave_in_doubt(session, state)

    def next_job(self, printer: str, token: int) -> Job | None:
        """Return the first queued job, rendered; a collection begun is finished before another one's labels."""
        while (found := self._first_in_line(printer)) is not None:
            if self._clock() - found.created_at > LATE_AFTER:
                self._hold_late(printer, token)
                continue
            try:
                declared = self._printers[printer]
                label = from_json(json.dumps(found.snapshot))
                return Job(str(found.id), render(label, declared.language, declared.dpi), str(found.collection_id))
            except ValueError as error:
                # A layout of an older version, or a font that is no longer installed: no retry will draw it.
                log.warning("print_job.not_drawn", job=found.id, error=type(error).__name__)
                self.finish(str(found.id), token, Result(Outcome.FAILED, Condition.READY, str(error)))
        return None

    def begin(self, job_id: str, token: int, attempt: int | None = None) -> bool:
        """Turn a queued job into `sending`, on disk before a byte leaves; False: cancelled, or the lease is lost.

        `attempt` is how often it was begun before, as far as the caller knows: what comes late or twice over a network
        is about an attempt that is over, and changes nothing.
        """
        with self._job(job_id, token, attempt) as held:
            if held is None or held[1].state is not JobState.QUEUED:
                return False
            job = held[1]
            job.state, job.sending_at, job.lease_token = JobState.SENDING, self._clock(), token
            job.attempts, job.error = job.attempts + 1, ""
            return True

    def finish(self, job_id: str, token: int, result: Result, attempt: int | None = None) -> None:
        """Record how a job ended; a stale token or attempt, or a job somebody cancelled meanwhile, changes nothing."""
        with self._job(job_id, token, attempt) as held:
            if held is None or held[1].state not in (JobState.QUEUED, JobState.SENDING):
                return
            state, job = held
            _end(job, _STATES[result.outcome], "" if result.outcome is Outcome.PRINTED else result.detail)
            if job.state is not JobState.QUEUED:
                job.finished_at = self._clock()
            if job.state is JobState.PRINTED and job.proof is None:
                job.proof = Proof.PRINTER
            state.needs_clearing = state.needs_clearing or result.outcome is Outcome.UNKNOWN

    def needs_clearing(self, printer: str, token: int) -> bool:
        """Tell whether a label in doubt may still be in the printer; one that cannot be asked waits for the answer."""
        with self._work(write=False) as session:
            state = session.get(PrinterState, printer)
            if state is None or not state.needs_clearing:
                return False
            unanswered = select(PrintJob.id).where(PrintJob.printer == printer, PrintJob.state == JobState.UNKNOWN)
            if not parse_url(self._printers[printer].url).one_way or session.scalar(unanswered.limit(1)) is not None:
                return True
        self.cleared(printer, token)
        return False

    def cleared(self, printer: str, token: int) -> None:
        """Record that nothing of a label in doubt is left in the printer."""
        with self._held(printer, token) as held:
            if held is not None:
                held[1].needs_clearing = False

    def report_condition(self, printer: str, token: int, condition: Condition, detail: str) -> None:
        """Record how the printer is."""
        with self._held(printer, token) as held:
            if held is not None:
                held[1].condition, held[1].detail, held[1].asked_at = condition, detail[:200], self._clock()

    def _first_in_line(self, printer: str) -> Any:  # noqa: ANN401 - a row of _QUEUED
        with self._work(write=False) as session:
            waiting = session.execute(_queued(printer).limit(1)).one_or_none()
            if waiting is None:
                return None
            begun = session.scalar(_last_collection(printer))
            if begun is None or begun == waiting.collection_id:
                return waiting
            same = _queued(printer).where(Specimen.collection_id == begun)
            return session.execute(same.limit(1)).one_or_none() or waiting

    def _hold_late(self, printer: str, token: int) -> None:
        with self._held(printer, token) as held:
            if held is None:
                raise LedgerUnavailableError("the lease of the printer was lost")
            late = PrintJob.created_at < self._clock() - LATE_AFTER
            queued = (PrintJob.printer == printer) & (PrintJob.state == JobState.QUEUED)
            held[0].execute(update(PrintJob).where(queued, late).values(state=JobState.HELD, error=LATE))

    def _leave_in_doubt(self, session: Session, state: PrinterState) -> None:
        left = select(PrintJob).where(PrintJob.printer == state.name, PrintJob.state == JobState.SENDING)
        for job in session.scalars(left):
            _end(job, JobState.UNKNOWN, CUT_OFF)
            job.finished_at = self._clock()
            state.needs_clearing = True

    @contextmanager
    def _job(self, job_id: str, token: int, attempt: int | None) -> Iterator[tuple[PrinterState, PrintJob] | None]:
        with self._work() as session:
            name = session.scalar(select(PrintJob.printer).where(PrintJob.id == int(job_id)))
            state = session.scalar(_locked(name)) if name is not None else None
            if state is None or state.lease_token != token:
                yield None
                return
            job = session.get_one(PrintJob, int(job_id), with_for_update=True)
            yield (state, job) if attempt in {None, job.attempts} else None

    @contextmanager
    def _held(self, printer: str, token: int) -> Iterator[tuple[Session, PrinterState] | None]:
        with self._work() as session:
            state = session.scalar(_locked(printer))
            yield (session, state) if state is not None and state.lease_token == token else None

    @contextmanager
    def _work(self, *, write: bool = True) -> Iterator[Session]:
        try:
            with self._database.unit_of_work(write=write) as session:
                yield session
        except (Busy, DBAPIError, PoolTimeoutError) as error:
            raise LedgerUnavailableError(type(error).__name__) from error


def _end(job: PrintJob, state: JobState, error: str) -> None:
    # A label that was scanned while its sending was still followed has proved itself, whatever the printer says.
    proved = state is JobState.UNKNOWN and job.proof is Proof.SCAN
    job.state, job.error = (JobState.PRINTED, "") if proved else (state, error[:300])


def _locked(printer: str | None) -> Select[PrinterState]:
    return select(PrinterState).where(PrinterState.name == printer).with_for_update()


def _queued(printer: str) -> Select[*tuple[Any, ...]]:
    return (
        select(PrintJob.id, PrintJob.created_at, PrintJob.snapshot, Specimen.collection_id)
        .join(Label, Label.id == PrintJob.label_id)
        .join(Specimen, Specimen.id == Label.specimen_id)
        .where(PrintJob.printer == printer, PrintJob.state == JobState.QUEUED)
        .order_by(PrintJob.id)
    )


def _last_collection(printer: str) -> Select[int | None]:
    """Select the collection of the label that this printer was given last."""
    return (
        select(Specimen.collection_id)
        .join(Label, Label.specimen_id == Specimen.id)
        .join(PrintJob, PrintJob.label_id == Label.id)
        .where(PrintJob.printer == printer, PrintJob.sending_at.is_not(None))
        .order_by(PrintJob.id.desc())
        .limit(1)
    )
