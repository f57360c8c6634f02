"""What a printer's answers prove about one label whose first byte has left (pure; times are seconds of one clock)."""

from dataclasses import dataclass
from enum import StrEnum

from printers.status import Condition, HostStatus

EMPTY_ANSWERS_NEEDED = 2


class Outcome(StrEnum):
    """How the sending of one label ended."""

    NOTHING_SENT = "nothing_sent"
    """Not one byte left this machine: trying again later cannot double the label."""
    FAILED = "failed"
    """Nothing was sent and trying the same again is pointless."""
    PRINTED = "printed"
    """The printer proved it: its label counter rose by one, or it answered twice running that nothing is left in it."""
    SENT = "sent"
    """The device took every byte and cannot say more."""
    UNKNOWN = "unknown"
    """It may or may not have come out: a person must look. It is never sent again by itself."""


@dataclass
class Evidence:
    """The answers heard since the first byte of one label, and the verdict they allow.

    A printer that says why it waits (paused, out of labels, lid open) is waited for without end. One that is merely
    working on it gets `stuck` seconds. One that is silent, that has only the beginning of a label, or that is idle
    without having counted one, gets `silence` seconds.

    Without a counter an empty printer proves nothing once it was silent (switched off and on, it has lost the label) or
    stopped under the head (out of labels or ribbon, or open: with `^JZN` it drops the torn label and is empty too).
    """

    counted_before: int | None
    began: float
    silence: float
    stuck: float

    def __post_init__(self) -> None:
        """Start all clocks at the first byte."""
        self._explained = self.began
        self._blocked = self.began
        self._empty_answers = 0
        self._empty_proves = True

    @property
    def deadline(self) -> float:
        """When the label is given up as unknown unless something explains the wait before."""
        return self._explained + self.silence

    def weigh(self, condition: Condition, status: HostStatus | None, count: int | None, now: float) -> Outcome | None:
        """Take one more round of answers (None: silence) and return the outcome once it is certain.

        The condition is what they come to, also where only `~HQES` was answered.
        """
        if status is None or condition.tears:
            self._empty_proves = False
        if self._proves(status, count):
            return Outcome.PRINTED
        if condition.blocks:
            self._explained = self._blocked = now
        elif status is not None and status.working and now - self._blocked < self.stuck:
            self._explained = now
        return Outcome.UNKNOWN if now >= self.deadline else None

    def _proves(self, status: HostStatus | None, count: int | None) -> bool:
        if status is None:
            return False
        if self.counted_before is not None:
            return count == self.counted_before + 1 and status.idle
        self._empty_answers = self._empty_answers + 1 if status.condition is Condition.READY else 0
        return self._empty_proves and self._empty_answers >= EMPTY_ANSWERS_NEEDED
