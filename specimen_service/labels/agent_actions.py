"""The print ledger as an agent beside the user works it: what a claim and a report do.

Each step commits before it is answered, so that what an agent was told is on disk. An agent may ask twice, late, or
never hear the answer: every step may be repeated, and one that speaks of a lease or an attempt that is over changes
nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from printers.printer import Result
from printers.proof import Outcome
from printers.spool import ASK, CALIBRATE, Job, LedgerUnavailableError
from printers.status import Condition
from specimen_service.audit.actions import record_look
from specimen_service.audit.model import Actor
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import Busy, Conflict
from specimen_service.kernel.language import say
from specimen_service.labels.agent_queries import Desk, JobStanding, desk_of, job_standing, patients_on
from specimen_service.labels.ledger import DatabaseLedger
from specimen_service.labels.model import JobState
from specimen_service.settings import PrinterSection

RENEWED_BELOW = 2 / 3
"""The share of a lease's time under which a claim renews it: most claims then write nothing."""
OUTCOMES = {
    JobState.QUEUED: Outcome.NOTHING_SENT,
    JobState.FAILED: Outcome.FAILED,
    JobState.PRINTED: Outcome.PRINTED,
    JobState.SENT: Outcome.SENT,
    JobState.UNKNOWN: Outcome.UNKNOWN,
}
"""What an agent's word for a job's new state says of the sending."""
_WITHOUT_A_BYTE = (JobState.QUEUED, JobState.FAILED)


@dataclass(frozen=True)
class Claimant:
    """An agent at work: its device, the word that tells its process from another, and how long it wants the lease."""

    actor: Actor
    word: str
    seconds: float

    @property
    def owner(self) -> str:
        """How the ledger calls it; two processes under one token are two."""
        return f"{self.actor.name}:{self.word}"


@dataclass(frozen=True)
class News:
    """What an agent says of its printer, learnt under the lease of `token`."""

    token: int
    condition: Condition | None = None
    detail: str = ""
    answers: tuple[str, ...] = ()
    cleared: bool = False
    released: bool = False


@dataclass(frozen=True)
class Offer:
    """The answer to a claim: the lease's token (None: another holds it), and what to do: clear, ask, calibrate, print, or nothing."""

    token: int | None
    needs_clearing: bool = False
    asked_for: bool = False
    calibrate: bool = False
    job: Job | None = None
    attempt: int = 0


@dataclass(frozen=True)
class Report:
    """What an agent says of a job: the state it takes, at which attempt and under which lease."""

    token: int
    attempt: int
    state: JobState
    condition: Condition
    detail: str
    code: str


class AgentDesk:
    """One printer's ledger for one request of its agent."""

    def __init__(self, database: Database, printer: PrinterSection, now: datetime) -> None:
        """Keep the printer and the time of the request."""
        self._database = database
        self._printer = printer
        self._now = now
        self._ledger = DatabaseLedger(database, {printer.name: printer}, lambda: now)

    def tell(self, news: News) -> None:
        """Record what is said of the printer; nothing, where the lease is lost. Raises `Busy`."""
        name = self._printer.name
        try:
            if news.condition is not None:
                self._ledger.report_condition(name, news.token, news.condition, news.detail, news.answers)
            if news.cleared:
                self._ledger.cleared(name, news.token)
            if news.released:
                self._ledger.release(name, news.token)
        except LedgerUnavailableError as error:
            raise Busy from error

    def begin_calibration(self, token: int) -> Offer:
        """Take up the wish for a calibration; the offer repeats it where the printer may be told now. Raises `Busy`."""
        try:
            return Offer(token, calibrate=self._ledger.begin_calibration(self._printer.name, token))
        except LedgerUnavailableError as error:
            raise Busy from error

    def claim(self, claimant: Claimant, known: int | None) -> Offer:
        """Lease the printer and offer its next job; raises `Busy`.

        Nothing is offered while a label in doubt may still be in the printer, nor while one is under way. The bytes
        show a patient: handing them out is on record first, but for the job `known`, whose bytes the agent has.
        """
        try:
            return self._claim(claimant, known)
        except LedgerUnavailableError as error:
            raise Busy from error

    def report(self, job_id: int, said: Report) -> JobStanding:
        """Begin or end a job as its agent says, and return where it is now; raises `Conflict`, `Busy`."""
        try:
            if said.state is JobState.SENDING:
                return self._begin(job_id, said)
            return self._finish(job_id, said)
        except LedgerUnavailableError as error:
            raise Busy from error

    def _claim(self, claimant: Claimant, known: int | None) -> Offer:
        desk = self._look()
        if not self._is_fresh(desk, claimant):
            if self._ledger.acquire(self._printer.name, claimant.owner, claimant.seconds) is None:
                return Offer(None)
            desk = self._look()
        if desk.needs_clearing and self._ledger.needs_clearing(self._printer.name, desk.token):
            return Offer(desk.token, needs_clearing=True)
        if desk.in_flight or not (desk.queued or desk.wanted):
            return Offer(desk.token)
        job = self._ledger.next_job(self._printer.name, desk.token)
        if job is None or not job.payload:
            return Offer(desk.token, asked_for=job is ASK, calibrate=job is CALIBRATE)
        return self._offer(desk.token, job, claimant.actor, known)

    def _is_fresh(self, desk: Desk, claimant: Claimant) -> bool:
        left = timedelta(seconds=claimant.seconds * RENEWED_BELOW)
        return desk.owner == claimant.owner and desk.until is not None and desk.until - self._now > left

    def _offer(self, token: int, job: Job, actor: Actor, known: int | None) -> Offer:
        job_id = int(job.id)
        attempt = self._standing(job_id).attempt
        if job_id == known:
            return Offer(token, job=Job(job.id, b"", job.collection), attempt=attempt)
        with self._database.unit_of_work() as session:
            record_look(session, self._now, actor, "label.claimed", patients_on(session, job_id))
        return Offer(token, job=job, attempt=attempt)

    def _begin(self, job_id: int, said: Report) -> JobStanding:
        begun = self._ledger.begin(str(job_id), said.token, said.attempt)
        now_at = self._standing(job_id)
        # Asked again because the answer was lost: the same attempt under the same lease is the same permission.
        again = (now_at.state, now_at.attempt, now_at.lease_token) == (JobState.SENDING, said.attempt + 1, said.token)
        if begun or again:
            return now_at
        raise self._too_late(job_id, said.token, now_at)

    def _finish(self, job_id: int, said: Report) -> JobStanding:
        before = self._standing(job_id)
        if before.state is JobState.QUEUED and said.state not in _WITHOUT_A_BYTE:
            raise Conflict(
                say("Print job %(job)s was not begun. Report it as sending before its first byte.", job=job_id)
            )
        result = Result(OUTCOMES[said.state], said.condition, said.detail, said.code)
        self._ledger.finish(str(job_id), said.token, result, said.attempt)
        after = self._standing(job_id)
        # A label scanned meanwhile has proved itself, whatever its printer says.
        as_said = after.state is said.state or (after.state, said.state) == (JobState.PRINTED, JobState.UNKNOWN)
        if after.attempt == said.attempt and as_said:
            return after
        raise self._too_late(job_id, said.token, after)

    def _too_late(self, job_id: int, token: int, standing: JobStanding) -> Conflict:
        if self._look().token != token:
            return Conflict(
                say(
                    "The lease of printer %(printer)s has passed to another spooler. Nothing was changed; claim again.",
                    printer=self._printer.name,
                ),
                code="lease-lost",
            )
        return Conflict(
            say(
                "Print job %(job)s is %(state)s at attempt %(attempt)s by now. Nothing was changed; claim again.",
                job=job_id,
                state=standing.state,
                attempt=standing.attempt,
            ),
            code="job-moved-on",
        )

    def _look(self) -> Desk:
        with self._database.unit_of_work(write=False) as session:
            return desk_of(session, self._printer.name, self._now)

    def _standing(self, job_id: int) -> JobStanding:
        with self._database.unit_of_work(write=False) as session:
            return job_standing(session, job_id)
