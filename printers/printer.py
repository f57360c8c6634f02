"""Print one label on one printer and say truthfully what became of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from printers.conversation import Conversation
from printers.errors import DeviceLostError, PrinterError, WrongLanguageError
from printers.proof import Evidence, Outcome
from printers.status import (
    ASK_IDENTITY,
    ASK_LABEL_COUNT,
    ASK_STATUS,
    CANCEL_ALL,
    Condition,
    HostStatus,
    Identity,
    host_status,
    identity,
    label_count,
)
from printers.transports import Scheme, Transport, open_transport, parse_url

Begin = Callable[[], bool]
Watch = Callable[[Condition], bool]


@dataclass(frozen=True)
class Timing:
    """How long each wait may last, in seconds.

    `silence` is under the ten seconds after which a label must be known to be in doubt, so that the record is on disk
    by then. `stuck` is how long a printer may say it is busy with one label and nothing is the matter.
    """

    connect: float = 3.0
    answer: float = 2.0
    silence: float = 9.0
    stuck: float = 60.0
    poll: float = 0.2
    blocked_poll: float = 1.0


@dataclass(frozen=True)
class Result:
    """What became of one label: outcome, the printer's condition at the end, a sentence for people, an error's code."""

    outcome: Outcome
    condition: Condition
    detail: str
    code: str = ""


@dataclass(frozen=True)
class Report:
    """How a printer is: condition, a sentence for people, what it answered (None where it did not), an error's code."""

    condition: Condition
    detail: str
    status: HostStatus | None = None
    identity: Identity | None = None
    label_count: int | None = None
    code: str = ""


class Printer:
    """One printer behind its URL. It is opened for each label and each question, and used by one thread at a time."""

    def __init__(self, url: str, timing: Timing | None = None) -> None:
        """Check the URL (raises BadPrinterUrlError); nothing is opened yet."""
        self.url = parse_url(url)
        self.timing = timing or Timing()
        self._counts_labels = True

    def print_label(
        self,
        payload: bytes,
        *,
        name: str = "label",
        begin: Begin = lambda: True,
        watch: Watch = lambda _condition: True,
    ) -> Result | None:
        """Send one label and follow it until its outcome is certain or doubt is.

        `begin` is called after the printer said it is ready and before the first byte: what it commits is on disk when
        a byte leaves. Where it answers False nothing is sent and None is returned. `watch` is called at least every
        second while the label is under way; where it answers False the label is given up as unknown. `name` is the
        label's file name where the printer is a directory.
        """
        try:
            if payload.startswith(b"%PDF") and self.url.scheme is not Scheme.FILE:
                raise WrongLanguageError(self.url.text)
            with self._open(name) as line:
                return self._deliver(line, payload, begin, watch)
        except PrinterError as error:
            # Only what happens before the first byte of the label gets here.
            if error.permanent:
                return Result(Outcome.FAILED, Condition.UNKNOWN, str(error), error.code)
            return Result(Outcome.NOTHING_SENT, Condition.NOT_ANSWERING, str(error), error.code)

    def report(self, *, thorough: bool = False) -> Report:
        """Ask how the printer is; thoroughly: also who it is and how many labels it has printed."""
        try:
            with self._open("label") as line:
                if self.url.one_way:
                    return Report(Condition.READY, f"{self.url.device} is there; it cannot be asked how it is.")
                conversation = Conversation(line, self.timing.answer)
                conversation.ask(ASK_STATUS, *((ASK_IDENTITY, ASK_LABEL_COUNT) if thorough else ()))
                status = conversation.hear(host_status)
                condition = _condition(status)
                if status is None or not thorough:
                    return Report(condition, condition.sentence, status)
                who = conversation.hear(identity)
                return Report(condition, condition.sentence, status, who, conversation.hear(label_count))
        except PrinterError as error:
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

    def _open(self, name: str) -> Transport:
        return open_transport(self.url, time.monotonic() + self.timing.connect, name)

    def _deliver(self, line: Transport, payload: bytes, begin: Begin, watch: Watch) -> Result | None:
        wire = line.wire_seconds(len(payload))
        conversation = Conversation(line, self.timing.answer + wire)
        if not self.url.one_way:
            conversation.ask(*self._questions)
            condition = _condition(conversation.hear(host_status))
            if condition is not Condition.READY:
                self._counts_labels = self._counts_labels or condition is Condition.NOT_ANSWERING
                return Result(Outcome.NOTHING_SENT, condition, condition.sentence)
        if not begin():
            return None
        before = line.accepted
        # A label that is long on the wire gets as long again to be confirmed.
        silence = max(self.timing.silence, 2 * wire)
        try:
            result = self._send(line, conversation, payload, silence, watch)
        except DeviceLostError as error:
            if line.accepted == before:
                raise
            result = Result(Outcome.UNKNOWN, Condition.NOT_ANSWERING, f"{error} {LOOK}", error.code)
        if result.outcome is Outcome.UNKNOWN:
            line.discard()
        return result

    def _send(
        self, line: Transport, conversation: Conversation, payload: bytes, silence: float, watch: Watch
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
        counted = conversation.hear(label_count) if self._counts_labels else None
        self._counts_labels = counted is not None
        return self._confirmed(conversation, Evidence(counted, began, silence, self.timing.stuck), watch)

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

    def _confirmed(self, conversation: Conversation, evidence: Evidence, watch: Watch) -> Result:
        while True:
            conversation.ask(*self._questions, deadline=evidence.deadline)
            status = conversation.hear(host_status)
            count = conversation.hear(label_count) if status and self._counts_labels else None
            condition = _condition(status)
            outcome = evidence.weigh(status, count, time.monotonic())
            if outcome is Outcome.PRINTED:
                return Result(outcome, condition, "The printer confirms that the label came out.")
            if outcome is Outcome.UNKNOWN:
                return self._in_doubt(condition, "took the label and does not confirm that it came out")
            if not watch(condition):
                return self._in_doubt(condition, "was not waited for any longer")
            time.sleep(self.timing.blocked_poll if condition.blocks else self.timing.poll)

    @property
    def _questions(self) -> tuple[bytes, ...]:
        return (ASK_STATUS, ASK_LABEL_COUNT) if self._counts_labels else (ASK_STATUS,)

    def _in_doubt(self, condition: Condition, what: str) -> Result:
        return Result(Outcome.UNKNOWN, condition, f"{self.url.device} {what}. {LOOK}")


LOOK = "Look whether the label came out, and answer for it."


def _condition(status: HostStatus | None) -> Condition:
    return status.condition if status else Condition.NOT_ANSWERING
