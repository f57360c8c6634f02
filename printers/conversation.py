"""Asking a printer and hearing its answers, no longer than agreed."""

import time
from collections.abc import Callable
from typing import TypeVar

from printers.transports import Transport

MOST_KEPT = 4096
Answer = TypeVar("Answer")


class Conversation:
    """Questions over an open transport. Silence is an answer too (None), after `patience` seconds."""

    def __init__(self, line: Transport, patience: float) -> None:
        """Talk over `line`; the caller opens and closes it."""
        self._line = line
        self._patience = patience
        self._heard = b""
        self._end = 0.0

    def ask(self, *questions: bytes, deadline: float = float("inf")) -> None:
        """Put questions that the printer will answer in this order, by the deadline (a monotonic reading).

        Several questions in one go cost a slow line only one turn.
        """
        self._forget_what_came_late()
        self._end = min(time.monotonic() + self._patience, deadline)
        self._line.write(b"".join(questions), self._end)

    def hear(self, read: Callable[[bytes], tuple[Answer, bytes] | None]) -> Answer | None:
        """Return the answer that `read` finds, or None when the time for it is over.

        Answers are heard in the order of the questions: each is looked for behind the one before.
        """
        while (found := read(self._heard)) is None:
            arrived = self._line.read(self._end)
            if not arrived:
                return None
            self._heard = (self._heard + arrived)[-MOST_KEPT:]
        answer, self._heard = found
        return answer

    def _forget_what_came_late(self) -> None:
        # An answer to an earlier question describes the printer before the label and must not vouch for it. The number
        # of reads is bounded because a printer that talks without end must not hold us up.
        self._heard = b""
        for _ in range(MOST_KEPT // 64):
            if not self._line.read(time.monotonic()):
                return
