"""Print one label on one printer and say truthfully what became of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from printers.conversation import Conversation
from printers.declared import Declared
from printers.errors import DeviceLostError, PrinterError, WrongLanguageError, WrongResolutionError
from printers.interview import Interview
from printers.proof import Evidence, Outcome
from printers.report import Report
from printers.status import ASK_STATUS, CALIBRATE, CANCEL_ALL, Condition, host_status
from printers.transports import Scheme, Transport, open_transport, parse_url

Begin = Callable[[], bool]
Watch = Callable[[Condition], bool]


@dataclass(frozen=True)
class Timing:
    """How long each wait may last, in seconds.

    `silence` is under the ten seconds after which a label must be known to be in doubt, so that the record is on disk
    by then. `stuck` is how long a printer may say it is busy with one label and nothing is the matter. `calibration` is
    how long it may take to measure its labels, `still` how long nothing may have moved before that is over.
    """

    connect: float = 3.0
    answer: float = 2.0
    silence: float = 9.0
    stuck: float = 60.0
    poll: float = 0.2
    blocked_poll: float = 1.0
    calibration: float = 20.0
    still: float = 2.0


@dataclass(frozen=True)
class Result:
    """What became of one label: outcome, the printer's condition at the end, a sentence for people, an error's code."""

    outcome: Outcome
    condition: Condition
    detail: str
    code: str = ""


class Printer:
    """One printer behind its URL. It is opened for each label and each question, and used by one thread at a time."""

    def __init__(self, url: str, timing: Timing | None = None, declared: Declared | None = None) -> None:
        """Check the URL (raises BadPrinterUrlError); nothing is opened yet.

        `declared` is held against what the printer says: on a wrong roll nothing is sent, for other dots it is refused.
        """
        self.url = parse_url(url)
        self.timing = timing or Timing()
        if declared is not None and not self.url.tells_length:
            declared = replace(declared, length_mm=None)
        self._interview = Interview(declared, self.url.device)

    def print_label(
        self,
        payload: bytes,
        *,
        name: str = "label",
        follows: bool = False,
        begin: Begin = lambda: True,
        watch: Watch = lambda _condition: True,
    ) -> Result | None:
        """Send one label and follow it until its outcome is certain or doubt is.

        `begin` is called after the printer said it is ready and before the first byte: what it commits is on disk when
        a byte leaves. Where it answers False nothing is sent and None is returned. `watch` is called at least every
        second while the label is under way; where it answers False the label is given up as unknown. `name` is the
        label's file name where the printer is a directory. `follows`: the label before was of the same collection, and
        what the printer said of it a moment ago need not be asked again.
        """
        try:
            if payload.startswith(b"%PDF") and self.url.scheme is not Scheme.FILE:
                raise WrongLanguageError(self.url.text)
            with self._open(name) as line:
                return self._deliver(line, payload, begin, watch, follows=follows)
        except PrinterError as error:
            # Only what happens before the first byte of the label gets here.
            self._interview.forget()
            if error.permanent:
                return Result(Outcome.FAILED, _condition_of(error), str(error), error.code)
            return Result(Outcome.NOTHING_SENT, Condition.NOT_ANSWERING, str(error), error.code)

    def report(self, *, thorough: bool = False) -> Report:
        """Ask how the printer is; thoroughly: also for its error flags, and whatever it did not answer before."""
        try:
            with self._open("label") as line:
                if self.url.one_way:
                    return Report(Condition.READY, f"{self.url.device} is there; it cannot be asked how it is.")
                return self._interview.report(Conversation(line, self.timing.answer), thorough=thorough)
        except PrinterError as error:
            self._interview.forget()
            return Report(Condition.NOT_ANSWERING, str(error), code=error.code)

    def clear(self) -> bool:
        """Throw away all that waits in the printer; True once it reports an empty buffer and no unfinished label.

        Only for a label whose outcome is unknown already: whatever is cancelled here does not come out any more.
        """
        if self.url.one_way:
            return False
        end = time.monotonic() + 2 * self.timing.answer
        try:
            with self._open("label") as line:
                line.discard()
                conversation = Conversation(line, self.timing.answer)
                conversation.ask(CANCEL_ALL, ASK_STATUS, deadline=end)
                while (status := conversation.hear(host_status)) and not status.idle and time.monotonic() < end:
                    time.sleep(self.timing.poll)
                    conversation.ask(ASK_STATUS, deadline=end)
                return status is not None and status.idle
        except PrinterError:
            return False

    def calibrate(self, *, begin: Begin = lambda: True, watch: Watch = lambda _condition: True) -> Report | None:
        """Have it measure its labels anew, and say how it is then; it feeds some labels and prints none.

        `~JC` forces a measurement of the label's length and of the sensors (Zebra's ZPL guide). It acts wherever it stands,
        even inside a label: it is sent only to a printer that says there is nothing in it, not even the beginning of a
        label, and that nothing is the matter but its roll. Otherwise the report says what is, `begin` is not called and
        nothing is sent. `begin` and `watch` as in `print_label`; None where `begin` answers False.
        """
        if self.url.one_way:
            return self.report()
        try:
            with self._open("label") as line:
                talk = Conversation(line, self.timing.answer)
                found = self._interview.report(talk, thorough=True)
                if found.status is None or not found.status.idle or found.condition not in _CALIBRATED_IN:
                    return found
                if not begin():
                    return None
                # Whatever was known of it, its count among that, is of before the labels that it feeds now.
                self._interview.forget()
                if line.write(CALIBRATE, time.monotonic() + self.timing.answer) < len(CALIBRATE):
                    line.discard()
                return self._when_still(talk, watch)
        except PrinterError as error:
            self._interview.forget()
            return Report(Condition.NOT_ANSWERING, str(error), code=error.code)

    def _when_still(self, talk: Conversation, watch: Watch) -> Report:
        """Return how it is once it says the same for a while: some printers call themselves ready while they feed."""
        end = time.monotonic() + self.timing.calibration
        before, since = None, time.monotonic()
        while True:
            report = self._interview.report(talk, thorough=False)
            now = time.monotonic()
            if report.status is None or not report.status.idle or report != before:
                before, since = report, now
            if now - since >= self.timing.still or now >= end or not watch(Condition.BUSY):
                return report
            time.sleep(self.timing.poll)

    def _open(self, name: str) -> Transport:
        return open_transport(self.url, time.monotonic() + self.timing.connect, name)

    def _deliver(self, line: Transport, payload: bytes, begin: Begin, watch: Watch, *, follows: bool) -> Result | None:
        wire = line.wire_seconds(len(payload))
        talk = Conversation(line, self.timing.answer + wire)
        proof = self._interview.fresh_proof() if follows else None
        if proof is None and not self.url.one_way:
            verdict = self._interview.before_label(talk).verdict
            if verdict.condition is not Condition.READY:
                return Result(Outcome.NOTHING_SENT, verdict.condition, verdict.sentence)
        if not begin():
            return None
        before = line.accepted
        # A label that is long on the wire gets as long again to be confirmed.
        silence = max(self.timing.silence, 2 * wire)
        try:
            result = self._send(line, talk, payload, silence, watch, proof)
        except DeviceLostError as error:
            if line.accepted == before:
                raise
            result = Result(Outcome.UNKNOWN, Condition.NOT_ANSWERING, f"{error} {LOOK}", error.code)
        if result.outcome is Outcome.UNKNOWN:
            self._interview.forget()
            line.discard()
        return result

    def _send(
        self,
        line: Transport,
        talk: Conversation,
        payload: bytes,
        silence: float,
        watch: Watch,
        proof: tuple[int | None] | None,
    ) -> Result:
        began = time.monotonic()
        taken = self._write(line, payload, began + silence, watch)
        if taken == 0:
            line.discard()
            condition = Condition.NOT_ANSWERING
            return Result(Outcome.NOTHING_SENT, condition, f"{self.url.device} takes no data. {condition.sentence}")
        if taken < len(payload):
            return self._in_doubt(Condition.NOT_ANSWERING, f"took only {taken} of the label's {len(payload)} bytes")
        if self.url.one_way:
            return self._sent(line, began + silence)
        counted = proof[0] if proof else self._interview.count_before(talk)
        return self._confirmed(talk, Evidence(counted, began, silence, self.timing.stuck), watch)

    def _write(self, line: Transport, payload: bytes, deadline: float, watch: Watch) -> int:
        taken = 0
        while taken < len(payload) and time.monotonic() < deadline and watch(Condition.BUSY):
            taken += line.write(payload[taken:], min(deadline, time.monotonic() + self.timing.poll))
        return taken

    def _sent(self, line: Transport, deadline: float) -> Result:
        held = line.drain(deadline)
        if held:
            return self._in_doubt(Condition.NOT_ANSWERING, f"did not take the last {held} bytes of the label")
        detail = f"{self.url.device} took the whole label; it cannot say whether the label came out."
        return Result(Outcome.SENT, Condition.READY, detail)

    def _confirmed(self, talk: Conversation, evidence: Evidence, watch: Watch) -> Result:
        while True:
            answer = self._interview.after_label(talk, evidence.deadline)
            condition = answer.verdict.condition
            outcome = evidence.weigh(condition, answer.status, answer.label_count, time.monotonic())
            if outcome is Outcome.PRINTED:
                if condition is Condition.READY:
                    self._interview.remember_proof(answer.label_count)
                return Result(outcome, condition, "The printer confirms that the label came out.")
            if outcome is Outcome.UNKNOWN:
                return self._in_doubt(condition, "took the label and does not confirm that it came out")
            if not watch(condition):
                return self._in_doubt(condition, "was not waited for any longer")
            time.sleep(self.timing.blocked_poll if condition.blocks else self.timing.poll)

    def _in_doubt(self, condition: Condition, what: str) -> Result:
        return Result(Outcome.UNKNOWN, condition, f"{self.url.device} {what}. {LOOK}")


_CALIBRATED_IN = frozenset({Condition.READY, Condition.WRONG_ROLL})
LOOK = "Look whether the label came out, and answer for it."


def _condition_of(error: PrinterError) -> Condition:
    return Condition.WRONG_RESOLUTION if isinstance(error, WrongResolutionError) else Condition.UNKNOWN
