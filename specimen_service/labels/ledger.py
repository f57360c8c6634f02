"""The print ledger of `printers.spool` on the service's database.

A printer is leased with a fencing token: every write locks the printer's row and compares the token, so that a holder
that was thought dead and wakes up changes nothing. What a lease leaves `sending` when it ends is `unknown`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

import structlog
from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from printers.label_json import from_json
from printers.languages import render
from printers.printer import Result
from printers.proof import Outcome
from printers.spool import ASK, CALIBRATE, Job, LedgerUnavailableError
from printers.status import WELL, Condition
from printers.transports import parse_url
from specimen_service.kernel.clock import Clock, utc_now
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import Busy
from specimen_service.kernel.language import say, to_say
from specimen_service.labels.calibration import is_awaited
from specimen_service.labels.lateness import too_late
from specimen_service.labels.line_queries import FirstInLine, first_in_line
from specimen_service.labels.model import JobState, PrinterState, PrintJob, Proof
from specimen_service.labels.printer_words import told
from specimen_service.labels.testing import drawn_test_page
from specimen_service.settings import PrinterSection

log = structlog.get_logger()

UNATTENDED_AFTER = timedelta(minutes=1)
"""A spooler at work asks its printer four times as often: one not asked for so long was run by nobody."""
GONE_AFTER = timedelta(seconds=45)
"""How long after the end of its lease a holder's word on a label under way is waited for: a network may be cut."""
CUT_OFF = to_say("The sending was cut off: it may or may not have come out. Look, and answer for it.")
DEAD = to_say("Its label was voided or replaced before it was sent, so nothing came out.")
UNCONFIRMED = to_say("The database could not confirm the start of this label, so nothing was sent. It is tried again.")
_STATES = {
    Outcome.NOTHING_SENT: JobState.QUEUED,
    Outcome.FAILED: JobState.FAILED,
    Outcome.PRINTED: JobState.PRINTED,
    Outcome.SENT: JobState.SENT,
    Outcome.UNKNOWN: JobState.UNKNOWN,
}
_FAILING = frozenset({Outcome.NOTHING_SENT, Outcome.UNKNOWN})


class DatabaseLedger:
    """A `printers.spool.Ledger` for the declared printers, in the serving process or in one of its own."""

    def __init__(self, database: Database, printers: Mapping[str, PrinterSection], clock: Clock = utc_now) -> None:
        """Keep the database and what the configuration says of each printer by name."""
        self._database = database
        self._printers = printers
        self._clock = clock
        self._unconfirmed: dict[str, tuple[str, int]] = {}

    def acquire(self, printer: str, owner: str, seconds: float) -> int | None:
        """Take or renew the lease; a new one turns what its last holder left `sending` into `unknown`."""
        now = self._clock()
        until = now + timedelta(seconds=seconds)
        with self._work() as session:
            state = session.scalar(_locked(printer))
            if state is None:
                state = _first_seen(session, printer)
            if state.lease_owner != owner:
                if state.lease_until is not None and state.lease_until > now:
                    return None
                state.lease_owner, state.lease_token = owner, state.lease_token + 1
                if state.asked_at is not None and now - state.asked_at > UNATTENDED_AFTER:
                    # What waited while nobody ran the printer waited as if it could not print.
                    state.troubled_at = now
                self._leave_in_doubt(session, state)
            state.lease_until = until
            return state.lease_token

    def give_up_lapsed(self) -> None:
        """End the leases that ran out long ago with a label under way: whoever held them is not coming back.

        Nobody could answer for such a label, nor print it again, before its printer is leased anew; and an agent's PC may
        be gone for good. One that does come back finds itself fenced off.
        """
        before = self._clock() - GONE_AFTER
        lapsed = select(PrinterState.name, PrinterState.lease_token).where(
            PrinterState.lease_until < before,
            select(PrintJob.id)
            .where(PrintJob.printer == PrinterState.name, PrintJob.state == JobState.SENDING)
            .exists(),
        )
        with self._work(write=False) as session:
            found = session.execute(lapsed).all()
        for printer, token in found:
            with self._held(printer, token) as held:
                if held is not None and (until := held[1].lease_until) is not None and until < before:
                    session, state = held
                    state.lease_owner, state.lease_until, state.lease_token = "", None, token + 1
                    self._leave_in_doubt(session, state)

    def release(self, printer: str, token: int) -> None:
        """End the lease; a job still `sending` under it becomes `unknown`."""
        with self._held(printer, token) as held:
            if held is not None:
                session, state = held
                state.lease_owner, state.lease_until = "", None
                self._leave_in_doubt(session, state)

    def next_job(self, printer: str, token: int) -> Job | None:
        """Return the first queued job, rendered; a collection begun is finished before another one's labels.

        `ASK` where a person wants the printer asked, `CALIBRATE` where one wants its labels measured. What came too late to print by itself is held on the way.
        """
        self._settle(printer)
        while True:
            with self._work(write=False) as session:
                state = session.get(PrinterState, printer)
                if is_wanted(state):
                    return ASK
                if state is not None and self._may_calibrate(session, state):
                    return CALIBRATE
                found = first_in_line(session, printer, state)
            if found is None:
                return None
            job = self._drawn(printer, state, found, token)
            if job is not None:
                return job

    def begin(self, job_id: str, token: int, attempt: int | None = None) -> bool:
        """Turn a queued job into `sending`, on disk before a byte leaves; False: cancelled, or the lease is lost.

        `attempt` is how often it was begun before, as far as the caller knows: what comes late or twice over a network
        is about an attempt that is over, and changes nothing.
        """
        printer = ""
        try:
            with self._job(job_id, token, attempt) as held:
                if held is None or held[1].state is not JobState.QUEUED:
                    return False
                job, printer = held[1], held[1].printer
                job.state, job.sending_at, job.lease_token = JobState.SENDING, self._clock(), token
                job.attempts, job.error = job.attempts + 1, ""
        except LedgerUnavailableError:
            if printer:
                # The commit may have arrived although its answer did not; the caller sends nothing.
                self._unconfirmed[printer] = job_id, token
            raise
        return True

    def begin_calibration(self, printer: str, token: int) -> bool:
        """Take up the wish for a calibration, on disk before a byte leaves; False: nothing may be sent."""
        with self._held(printer, token) as held:
            if held is None or not self._may_calibrate(*held):
                return False
            held[1].calibrated_at = self._clock()
        return True

    def finish(self, job_id: str, token: int, result: Result, attempt: int | None = None) -> None:
        """Record how a job ended; a stale token or attempt, or a job somebody cancelled meanwhile, changes nothing."""
        with self._job(job_id, token, attempt) as held:
            if held is None or held[1].state not in (JobState.QUEUED, JobState.SENDING):
                return
            state, job = held
            _end(job, _STATES[result.outcome], "" if result.outcome is Outcome.PRINTED else told(result.detail))
            if job.state is not JobState.QUEUED:
                job.finished_at = self._clock()
            if job.state is JobState.PRINTED and job.proof is None:
                job.proof = Proof.PRINTER
            state.needs_clearing = state.needs_clearing or result.outcome is Outcome.UNKNOWN
            if result.outcome in _FAILING:
                state.troubled_at = self._clock()

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

    def report_condition(
        self, printer: str, token: int, condition: Condition, detail: str, answers: Sequence[str] = ()
    ) -> None:
        """Record how the printer is; where it was asked itself, also what it answered."""
        with self._held(printer, token) as held:
            if held is None:
                return
            state, now = held[1], self._clock()
            state.condition, state.detail, state.asked_at = condition, told(detail)[:200], now
            if answers:
                state.answers = "\n".join(answers)[:1000]
            if condition not in WELL:
                state.troubled_at = now

    def _may_calibrate(self, session: Session, state: PrinterState) -> bool:
        """Tell whether a calibration is wanted, and no label is under way or in doubt: it would feed the paper on."""
        if not is_awaited(state.calibration_wanted_at, state.calibrated_at, self._clock()):
            return False
        open_states = (JobState.SENDING, JobState.UNKNOWN)
        hinders = select(PrintJob.id).where(PrintJob.printer == state.name, PrintJob.state.in_(open_states))
        return self._printers[state.name].can_calibrate and session.scalar(hinders.limit(1)) is None

    def _settle(self, printer: str) -> None:
        """Give a job back to the queue whose `begin` was not confirmed: not one byte of it was sent."""
        if printer in self._unconfirmed:
            job_id, token = self._unconfirmed[printer]
            self.finish(job_id, token, Result(Outcome.NOTHING_SENT, Condition.UNKNOWN, say(UNCONFIRMED)))
            del self._unconfirmed[printer]

    def _drawn(self, printer: str, state: PrinterState | None, found: FirstInLine, token: int) -> Job | None:
        """Render a job; None where it may not print by itself, or cannot be drawn, and is so recorded."""
        job_id = str(found.job_id)
        if found.is_dead:
            self._drop(job_id, token)
            return None
        if (late := too_late(found.waiting, self._clock())) is not None:
            self._hold(job_id, token, late, is_test=found.is_test_page)
            return None
        declared = self._printers[printer]
        try:
            if found.is_test_page:
                label = drawn_test_page(found.snapshot, declared.dpi, (state and state.answers) or "")
            else:
                label = from_json(json.dumps(found.snapshot))
            data = render(label, declared.language, declared.dpi, compression=declared.pictures)
            return Job(job_id, data, str(found.collection_id))
        except ValueError as error:
            # A layout of an older version, or a font that is no longer installed: no retry will draw it.
            log.warning("print_job.not_drawn", job=found.job_id, error=type(error).__name__)
            self.finish(job_id, token, Result(Outcome.FAILED, Condition.READY, str(error)))
            return None

    def _hold(self, job_id: str, token: int, why: str, *, is_test: bool) -> None:
        with self._job(job_id, token, None) as held:
            if held is None:
                raise LedgerUnavailableError("the lease of the printer was lost")
            job = held[1]
            if job.state is JobState.QUEUED:
                # Nobody wants a test page of a while ago.
                job.state, job.error = (JobState.CANCELLED if is_test else JobState.HELD), why

    def _drop(self, job_id: str, token: int) -> None:
        with self._job(job_id, token, None) as held:
            if held is None:
                raise LedgerUnavailableError("the lease of the printer was lost")
            job = held[1]
            if job.state is JobState.QUEUED:
                job.state, job.error, job.finished_at = JobState.CANCELLED, say(DEAD), self._clock()

    def _leave_in_doubt(self, session: Session, state: PrinterState) -> None:
        left = select(PrintJob).where(PrintJob.printer == state.name, PrintJob.state == JobState.SENDING)
        for job in session.scalars(left):
            _end(job, JobState.UNKNOWN, say(CUT_OFF))
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


def is_wanted(state: PrinterState | None) -> bool:
    """Tell whether a person wants the printer asked, who was not answered yet."""
    if state is None or state.wanted_at is None:
        return False
    return state.asked_at is None or state.asked_at < state.wanted_at


def _end(job: PrintJob, state: JobState, error: str) -> None:
    # A label that was scanned while its sending was still followed has proved itself, whatever the printer says.
    proved = state is JobState.UNKNOWN and job.proof is Proof.SCAN
    job.state, job.error = (JobState.PRINTED, "") if proved else (state, error[:300])


def _first_seen(session: Session, printer: str) -> PrinterState:
    """Make a printer's row; of two spoolers that see it first at the same time, one makes it and the other waits."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(PrinterState).values(name=printer).on_conflict_do_nothing())
    return session.scalars(_locked(printer)).one()


def _locked(printer: str | None) -> Select[PrinterState]:
    return select(PrinterState).where(PrinterState.name == printer).with_for_update()
