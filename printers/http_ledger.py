"""The print ledger of a server, kept over HTTP(S): what `printers.spool` asks, said as `claim` and `report`.

Any answer may be lost. What the server did not confirm is not done as far as the printer is concerned: a label whose
`begin` went unanswered is not sent, and is given back to the queue before anything else is asked.
"""

import base64
import binascii
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from printers.agent_client import Answer, Server, ServerAwayError
from printers.printer import Result
from printers.proof import Outcome
from printers.spool import ASK, CALIBRATE, Job
from printers.status import Condition

logger = logging.getLogger(__name__)

NO_ANSWER = "The server's answer was lost before the first byte. It is tried again."


@dataclass(frozen=True)
class _Claimed:
    """The part of a claim's answer that a spooler needs."""

    token: int | None
    needs_clearing: bool
    job: Job | None


class HttpLedger:
    """A `printers.spool.Ledger` for one printer. It belongs to one spooler, which asks in one thread."""

    def __init__(self, server: Server) -> None:
        """Keep the server; nothing is asked yet."""
        self._server = server
        self._seconds = 12.0
        self._owner = secrets.token_hex(8)
        self._attempts: dict[str, int] = {}
        self._payload: tuple[str, bytes] = ("", b"")
        self._answered: _Claimed | None = None
        self._unconfirmed: tuple[str, int, int] | None = None

    def acquire(self, printer: str, owner: str, seconds: float) -> int | None:
        """Take or renew the lease."""
        self._owner, self._seconds = owner, seconds
        token = self._claim(printer).token
        if token is None:
            logger.warning("printer %s: another agent holds it; waiting until it lets go.", printer)
        return token

    def release(self, printer: str, token: int) -> None:
        """End the lease, and with it the connection; what was not confirmed is given back first."""
        try:
            self._settle()
            self._post_claim(printer, {"token": token, "released": True})
        finally:
            self._server.close()

    def needs_clearing(self, printer: str, token: int) -> bool:
        """Tell whether to clear first; the same answer may hold the next job, which `next_job` then need not ask for."""
        self._answered = self._claim(printer)
        return self._answered.needs_clearing and self._answered.token == token

    def next_job(self, printer: str, token: int) -> Job | None:
        """Return the next job, or None; also None where the lease has passed to another."""
        claimed, self._answered = self._answered or self._claim(printer), None
        return claimed.job if claimed.token == token else None

    def begin(self, job_id: str, token: int) -> bool:
        """Have the server record `sending`; without its answer nothing is sent (`ServerAwayError`)."""
        self._unconfirmed = (job_id, token, self._attempts[job_id])
        begun = self._report(job_id, token, self._attempts[job_id], "sending")
        self._unconfirmed = None
        return begun

    def begin_calibration(self, printer: str, token: int) -> bool:
        """Have the server record that the printer is calibrated now; without its answer nothing is sent."""
        return self._post_claim(printer, {"token": token, "calibrating": True}).job == CALIBRATE

    def finish(self, job_id: str, token: int, result: Result) -> None:
        """Record how it ended; a lost lease changes nothing."""
        state = "queued" if result.outcome is Outcome.NOTHING_SENT else result.outcome.value
        more = {"condition": result.condition, "detail": _kept(result.detail), "code": result.code}
        self._report(job_id, token, self._attempts[job_id], state, more)
        del self._attempts[job_id]

    def cleared(self, printer: str, token: int) -> None:
        """Record that the printer was cleared."""
        self._post_claim(printer, {"token": token, "cleared": True})

    def report_condition(
        self, printer: str, token: int, condition: Condition, detail: str, answers: Sequence[str] = ()
    ) -> None:
        """Record how the printer is, and what it said of itself."""
        news = {"token": token, "condition": condition, "detail": _kept(detail), "answers": [*map(_kept, answers)]}
        self._post_claim(printer, news)

    def _claim(self, printer: str) -> _Claimed:
        self._settle()
        return self._post_claim(printer, {})

    def _settle(self) -> None:
        """Find out about a `begin` whose answer was lost, and give the label back: none of its bytes were sent.

        Asking for it once more makes it known either way; were it only given back, the lost request could still arrive.
        """
        if self._unconfirmed is None:
            return
        job_id, token, attempt = self._unconfirmed
        if self._report(job_id, token, attempt, "sending"):
            self._report(job_id, token, self._attempts[job_id], "queued", {"detail": NO_ANSWER})
        self._unconfirmed = None

    def _post_claim(self, printer: str, news: Mapping[str, Any]) -> _Claimed:
        known = {"known": int(self._payload[0])} if self._payload[0] else {}
        body = {"printer": printer, "owner": self._owner, "seconds": self._seconds, **known, **news}
        answer = self._server.post("/print-jobs/claim", body)
        if answer.status != HTTPStatus.OK:
            raise ServerAwayError(answer.detail or f"{self._server.name} answers HTTP {answer.status}.")
        try:
            return self._claimed(answer.body)
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise ServerAwayError(
                f"{self._server.name} answers what this agent does not understand: update it."
            ) from error

    def _claimed(self, body: Mapping[str, Any]) -> _Claimed:
        token = None if body["token"] is None else int(body["token"])
        found = body["job"]
        if found is None:
            return _Claimed(token, bool(body["needs_clearing"]), _wish(body))
        # As a number: it becomes a file's name where the printer is a directory.
        job_id = str(int(found["id"]))
        self._attempts[job_id] = int(found["attempt"])
        if found["payload"] is not None:
            self._payload = (job_id, base64.b64decode(found["payload"], validate=True))
        if self._payload[0] != job_id:
            raise ValueError(job_id)
        return _Claimed(token, bool(body["needs_clearing"]), Job(job_id, self._payload[1], str(found["collection"])))

    def _report(self, job_id: str, token: int, attempt: int, state: str, more: Mapping[str, Any] | None = None) -> bool:
        """Report a job's state; False where the server says that this is no longer for us to say."""
        body = {"token": token, "attempt": attempt, "state": state, **(more or {})}
        answer = self._server.post(f"/print-jobs/{job_id}/report", body)
        if answer.status != HTTPStatus.OK:
            logger.warning("job %s: the server does not record %s: %s", job_id, state, answer.detail)
            return False
        self._attempts[job_id] = _attempt(answer, self._server.name)
        return True


def _wish(body: Mapping[str, Any]) -> Job | None:
    # A server of before the wish to calibrate does not speak of it.
    return ASK if body["asked_for"] else CALIBRATE if body.get("calibrate") else None


def _attempt(answer: Answer, server: str) -> int:
    attempt = answer.body.get("attempt")
    if not isinstance(attempt, int):
        raise ServerAwayError(f"{server} answers what this agent does not understand: update it.")
    return attempt


def _kept(detail: str) -> str:
    """Return as much of a sentence as the server takes."""
    return detail.replace("\0", " ")[:1000]
