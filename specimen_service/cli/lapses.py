"""Watching for labels whose printer's holder is gone: a person is asked about them, though nobody runs the printer now."""

import threading
from types import TracebackType
from typing import Self

import structlog

from printers.spool import LedgerUnavailableError
from specimen_service.labels.ledger import DatabaseLedger

LOOK_EVERY = 5.0
log = structlog.get_logger()


class LapseWatch:
    """A thread that looks every few seconds; a context that starts and ends it."""

    def __init__(self, ledger: DatabaseLedger, every: float = LOOK_EVERY) -> None:
        """Keep the ledger and the seconds between two looks; nothing runs yet."""
        self._ledger = ledger
        self._every = every
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lapse-watch", daemon=True)

    def __enter__(self) -> Self:
        """Start to look."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the thread."""
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(self._every):
            try:
                self._ledger.give_up_lapsed()
            except LedgerUnavailableError as error:
                log.warning("lapse_watch.away", error=str(error))
            except Exception as error:  # noqa: BLE001 - the edge of a thread: the next look may succeed
                log.error("lapse_watch.failed", error=type(error).__name__)  # noqa: TRY400 - a traceback may hold data
