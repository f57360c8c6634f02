"""What one printer is asked, and what it is of no use to ask it again."""

import time
from dataclasses import dataclass

from printers.conversation import Conversation
from printers.declared import Declared, Verdict, contradiction, judged
from printers.report import Report
from printers.status import (
    ASK_ERRORS,
    ASK_IDENTITY,
    ASK_LABEL_COUNT,
    ASK_STATUS,
    Condition,
    Errors,
    HostStatus,
    Identity,
    errors,
    host_status,
    identity,
    label_count,
)

FRESH_SECONDS = 1.0
"""So long the answers that proved one label stand for the questions before the next."""


@dataclass(frozen=True)
class Answer:
    """One round of questions: what the printer said (None: silence), and what that means for people."""

    status: HostStatus | None
    verdict: Verdict
    errors: Errors | None = None
    label_count: int | None = None


class Interview:
    """The questions to one printer, label after label; what it does not know is asked once, until it was away."""

    def __init__(self, declared: Declared | None, device: str) -> None:
        """Keep what the configuration says of the printer, to be held against what it says itself."""
        self._declared = declared
        self._device = device
        self.forget()

    def forget(self) -> None:
        """Know nothing of the printer any more: it was away, and another may be in its place."""
        self._identity: Identity | None = None
        self._tells_identity = self._counts_labels = True
        self._proved: tuple[float, int | None] | None = None

    def before_label(self, talk: Conversation) -> Answer:
        """Ask whether the printer is ready; the answer about its count is heard later, by `count_before`.

        Raises `WrongResolutionError` where it prints other dots than those declared.
        """
        answer = self._ask_status(talk, self._unknown_identity, *self._count_question)
        if answer.status is None:
            self.forget()
        else:
            self._hear_identity(talk)
            if error := contradiction(self._identity, self._declared, self._device):
                raise error
        return answer

    def count_before(self, talk: Conversation) -> int | None:
        """Hear the count that was asked for before the label; None where the printer keeps none."""
        count = talk.hear(label_count) if self._counts_labels else None
        self._counts_labels = count is not None
        return count

    def after_label(self, talk: Conversation, deadline: float) -> Answer:
        """Ask how far the label is and what was counted, by the deadline."""
        answer = self._ask_status(talk, *self._count_question, deadline=deadline)
        count = talk.hear(label_count) if answer.status and self._counts_labels else None
        return Answer(answer.status, answer.verdict, answer.errors, count)

    def report(self, talk: Conversation, *, thorough: bool) -> Report:
        """Ask how the printer is; thoroughly: also for its error flags, and whatever it did not answer before."""
        if thorough:
            self.forget()
        answer = self._ask_status(talk, self._unknown_identity, *self._count_question)
        if answer.status is None:
            self.forget()
            return Report(answer.verdict.condition, answer.verdict.sentence, errors=answer.errors)
        self._hear_identity(talk)
        count = self.count_before(talk)
        found = self._ask_errors(talk) if thorough else None
        verdict = self._verdict(answer.status, found)
        if error := contradiction(self._identity, self._declared, self._device):
            verdict = Verdict(Condition.WRONG_RESOLUTION, str(error))
        return Report(verdict.condition, verdict.sentence, answer.status, self._identity, count, found)

    def remember_proof(self, count: int | None) -> None:
        """Remember that a label was proved just now and the printer is ready, by this count or without one."""
        self._proved = (time.monotonic(), count)

    def fresh_proof(self) -> tuple[int | None] | None:
        """Return the count that proved the label before, while it is fresh and only once; None: ask the printer."""
        proved, self._proved = self._proved, None
        return (proved[1],) if proved and time.monotonic() - proved[0] < FRESH_SECONDS else None

    @property
    def _count_question(self) -> tuple[bytes, ...]:
        return (ASK_LABEL_COUNT,) if self._counts_labels else ()

    @property
    def _unknown_identity(self) -> bytes:
        return ASK_IDENTITY if self._tells_identity and self._identity is None else b""

    def _hear_identity(self, talk: Conversation) -> None:
        if self._unknown_identity:
            self._identity = talk.hear(identity)
            self._tells_identity = self._identity is not None

    def _ask_status(self, talk: Conversation, *also: bytes, deadline: float = float("inf")) -> Answer:
        talk.ask(ASK_STATUS, *also, deadline=deadline)
        status = talk.hear(host_status)
        # Zebra documents silence to ~HS while a printer is out of labels or open; some of those tell ~HQES why.
        found = self._ask_errors(talk, deadline) if status is None else None
        return Answer(status, self._verdict(status, found), found)

    def _ask_errors(self, talk: Conversation, deadline: float = float("inf")) -> Errors | None:
        talk.ask(ASK_ERRORS, deadline=deadline)
        return talk.hear(errors)

    def _verdict(self, status: HostStatus | None, found: Errors | None) -> Verdict:
        if status is not None and (found is None or not found.flags or status.condition.blocks):
            return judged(status, self._declared)
        if found is None:
            return Verdict(Condition.NOT_ANSWERING, Condition.NOT_ANSWERING.sentence)
        # Silent to ~HS and without a fault: something is the matter, and nobody knows what.
        condition = found.condition if found.flags else Condition.UNKNOWN
        return Verdict(condition, condition.sentence)
