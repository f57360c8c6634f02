"""One printer run against a ledger: labels in order, one in flight, each sent at most once.

The ledger is whoever keeps the print jobs: a database beside the service, or HTTP from a station PC. The spooler holds
no state that matters: whatever instant it dies at, the ledger knows which label is in doubt.
"""

import logging
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from printers.printer import Printer, Result
from printers.proof import Outcome
from printers.report import Report
from printers.status import Condition

logger = logging.getLogger(__name__)


class LedgerUnavailableError(Exception):
    """The ledger cannot be reached at present; asking again later makes sense. Ledgers raise it, spoolers wait."""


@dataclass(frozen=True)
class Job:
    """One label for one printer: its id, the bytes to send, and the collection whose labels stay together.

    A job without a payload is a wish, `ASK` or `CALIBRATE`: `report_condition` is all that comes of it.
    """

    id: str
    payload: bytes
    collection: str


ASK = Job("", b"", "")
"""Somebody wants the printer asked now."""
CALIBRATE = Job("calibrate", b"", "")
"""Somebody wants the printer to measure its labels anew."""


class Ledger(Protocol):
    """The record of print jobs. Every method commits before it returns and may raise LedgerUnavailableError.

    A printer is leased, not a job. Each lease has a fencing token larger than all before it for that printer, and calls
    with any other token than the newest change nothing. The newest token counts even after its time, as long as nobody
    took a new lease: what its holder knows about a label is still the truth.
    """

    def acquire(self, printer: str, owner: str, seconds: float) -> int | None:
        """Take or renew the lease for `seconds`; return its token, or None while another owner's lease runs.

        A renewal returns the same token. A new lease gets a new token, and in the same transaction every job of this
        printer left `sending` by an earlier holder becomes `unknown`: nobody knows any more what came out.
        """
        ...

    def release(self, printer: str, token: int) -> None:
        """End the lease at once; a job still `sending` under it becomes `unknown`."""
        ...

    def next_job(self, printer: str, token: int) -> Job | None:
        """Return the first queued job in order, or None; labels of one collection are never interleaved."""
        ...

    def begin(self, job_id: str, token: int) -> bool:
        """Turn a queued job into `sending`, on disk before a byte leaves.

        False means that nothing may be sent: it was cancelled meanwhile, or the lease is lost. Nothing is sent either
        where it raises; the ledger then finds out by itself whether it was recorded, before it returns the next job.
        """
        ...

    def begin_calibration(self, printer: str, token: int) -> bool:
        """Take up the wish for a calibration, on disk before a byte leaves: it is granted at most once.

        False means that nothing may be sent: a label is in doubt, nobody waits for it any more, or the lease is lost. Where
        it raises, nothing is sent either, and the wish may be lost: whoever has it sees the printer as it was.
        """
        ...

    def finish(self, job_id: str, token: int, result: Result) -> None:
        """Record how it ended; `nothing_sent` puts the job back to `queued`. Ignored when the lease is lost."""
        ...

    def needs_clearing(self, printer: str, token: int) -> bool:
        """Say whether an `unknown` label may still be in the printer, so that nothing may follow it yet.

        A printer that cannot be asked stays so until a person has answered.
        """
        ...

    def cleared(self, printer: str, token: int) -> None:
        """Record that the printer was cleared and reports itself empty."""
        ...

    def report_condition(
        self, printer: str, token: int, condition: Condition, detail: str, answers: Sequence[str] = ()
    ) -> None:
        """Record how the printer is, for the people who wait for it, and what it said of itself where it was asked."""
        ...


@dataclass(frozen=True)
class Pace:
    """How often a spooler does what, in seconds.

    `idle` is how soon it finds a job nobody woke it for, `retry` how soon it tries again what did not work, `blocked`
    how soon it asks a printer again that says why it cannot print, `check` how often it asks one that has nothing to
    do, `grace` how long a label under way may hold up a stop.
    """

    lease: float = 30.0
    idle: float = 1.0
    retry: float = 3.0
    blocked: float = 1.0
    check: float = 15.0
    grace: float = 2.0


class Spooler:
    """Runs one printer in one thread. A dead printer waits alone: no other spooler shares its thread."""

    def __init__(self, name: str, printer: Printer, ledger: Ledger, pace: Pace | None = None) -> None:
        """Bind a printer's name in the ledger to the printer itself; `start` begins work."""
        self._name = name
        self._printer = printer
        self._ledger = ledger
        self._pace = pace or Pace()
        self._owner = secrets.token_hex(8)
        self._token: int | None = None
        self._renewed = self._reported = float("-inf")
        self._said: tuple[Condition, str] | None = None
        self._collection: str | None = None
        self._give_up_at = float("inf")
        self._stop = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"spooler-{name}", daemon=True)

    def start(self) -> None:
        """Begin to work in a thread of its own."""
        self._thread.start()

    def wake(self) -> None:
        """Look for work now: a job was queued."""
        self._woken.set()

    def stop(self, seconds: float = 10.0) -> bool:
        """Finish or give up the label under way and hand the lease back; False if that takes longer than `seconds`."""
        self._give_up_at = time.monotonic() + self._pace.grace
        self._stop.set()
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._woken.clear()
            # Asked again after clearing, so that a stop in between is not slept over.
            wait = 0.0 if self._stop.is_set() else self._step_safely()
            self._woken.wait(wait)
        self._let_go()

    def _step_safely(self) -> float:
        try:
            return self._step()
        except LedgerUnavailableError as error:
            logger.warning("printer %s: the ledger is not available: %s", self._name, error)
        except Exception:
            logger.exception("printer %s: the spooler stumbled and starts anew", self._name)
            # A job may be left `sending` under our lease, where nobody would ever take it up: give the lease away.
            self._let_go()
        return self._pace.retry

    def _step(self) -> float:
        """Do the next thing there is to do; return the seconds to wait until the one after."""
        token = self._lease()
        if token is None:
            return self._pace.retry
        if self._ledger.needs_clearing(self._name, token):
            return self._clear(token)
        job = self._ledger.next_job(self._name, token)
        if job is None:
            self._check(token)
            return self._pace.idle
        if job == CALIBRATE:
            return self._calibrate(token)
        if not job.payload:
            self._ask(token, thorough=True)
            return 0.0
        return self._print(job, token)

    def _lease(self) -> int | None:
        """Return the token of the lease, taken or renewed where a third of its time is over."""
        now = time.monotonic()
        if self._token is None or now - self._renewed > self._pace.lease / 3:
            self._token = self._ledger.acquire(self._name, self._owner, self._pace.lease)
            self._renewed = now
        return self._token

    def _clear(self, token: int) -> float:
        if self._printer.clear():
            logger.info("printer %s: cleared after a label in doubt", self._name)
            self._ledger.cleared(self._name, token)
            return 0.0
        self._check(token)
        return self._pace.retry

    def _check(self, token: int) -> None:
        if time.monotonic() - self._reported > self._pace.check:
            self._ask(token, thorough=self._said is None)

    def _ask(self, token: int, *, thorough: bool) -> None:
        self._tell(token, self._printer.report(thorough=thorough))

    def _calibrate(self, token: int) -> float:
        report = self._printer.calibrate(
            begin=lambda: self._ledger.begin_calibration(self._name, token),
            watch=lambda condition: self._watch(condition, token),
        )
        if report is None:
            # The wish is over, or the lease is lost: look which before anything else.
            self._token = None
            return self._pace.idle
        logger.info("printer %s: asked to calibrate, it is %s", self._name, report.condition)
        self._tell(token, report)
        return 0.0 if report.condition is Condition.READY else self._pace.blocked

    def _tell(self, token: int, report: Report) -> None:
        self._ledger.report_condition(self._name, token, report.condition, report.detail, report.answers)
        self._said, self._reported = (report.condition, report.detail), time.monotonic()

    def _report(self, token: int, condition: Condition, detail: str) -> None:
        """Record how the printer is, when that is news or the last record is old."""
        now = time.monotonic()
        if self._said != (condition, detail) or now - self._reported > self._pace.check:
            self._ledger.report_condition(self._name, token, condition, detail)
            self._said, self._reported = (condition, detail), now

    def _print(self, job: Job, token: int) -> float:
        result = self._printer.print_label(
            job.payload,
            name=job.id,
            follows=job.collection == self._collection,
            begin=lambda: self._ledger.begin(job.id, token),
            watch=lambda condition: self._watch(condition, token),
        )
        if result is None:
            # Cancelled, or the lease is lost: look which before anything else.
            self._token = None
            return self._pace.idle
        self._collection = job.collection
        logger.info("printer %s: job %s %s %s", self._name, job.id, result.outcome, result.code)
        self._finish(job, token, result)
        self._report(token, result.condition, result.detail)
        if result.outcome is not Outcome.NOTHING_SENT:
            return 0.0
        return self._pace.retry if result.condition is Condition.NOT_ANSWERING else self._pace.blocked

    def _watch(self, condition: Condition, token: int) -> bool:
        try:
            if self._lease() != token:
                return False
            if condition.blocks or condition is Condition.NOT_ANSWERING:
                self._report(token, condition, condition.sentence)
        except LedgerUnavailableError as error:
            logger.warning("printer %s: the ledger is not available: %s", self._name, error)
        return time.monotonic() < self._give_up_at

    def _finish(self, job: Job, token: int, result: Result) -> None:
        """Record the outcome, however long the ledger is away: nobody else knows it."""
        while True:
            try:
                self._ledger.finish(job.id, token, result)
            except LedgerUnavailableError as error:
                logger.warning("printer %s: job %s waits for the ledger: %s", self._name, job.id, error)
                if self._stop.wait(self._pace.retry):
                    raise
            else:
                return

    def _let_go(self) -> None:
        token, self._token = self._token, None
        # If the lease cannot be handed back, it has to run out before a label left `sending` under it is known to be in
        # doubt. Under its old name this spooler would only renew it, and that label would be `sending` for ever.
        self._owner = secrets.token_hex(8)
        if token is None:
            return
        try:
            self._ledger.release(self._name, token)
        except Exception:
            # The lease runs out by itself, and then the ledger does the same.
            logger.exception("printer %s: the lease was not handed back", self._name)
