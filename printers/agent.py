"""`python -m printers agent`: the spooler on a station PC, for the printers beside it, with the ledger on the server.

It needs the server's address and a device token, nothing else: which printers it drives, and their URLs, the server says.
"""

import logging
import queue
import signal
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from printers.agent_client import Server, ServerAwayError, ServerRefusesError
from printers.declared import Declared
from printers.errors import PrinterError
from printers.http_ledger import HttpLedger
from printers.printer import Printer
from printers.spool import Pace, Spooler

PACE = Pace(lease=12.0, idle=0.5)
"""Asked twice a second, a label starts a quarter of a second after it was queued (median) and holds no thread there."""
LOOK_AGAIN = 15.0
"""Seconds after which to ask again which printers are ours."""
STOP_SECONDS = 8.0
SAID_AGAIN = 600.0
"""Seconds after which a sentence that still holds is written again."""
logger = logging.getLogger(__name__)


class NothingToDriveError(Exception):
    """The server gives this agent no printer, or not the one it was told to drive."""

    def __init__(self, server: str, wanted: str | None) -> None:
        """Keep the server and the printer's name, where one was given."""
        what = f"no printer {wanted}" if wanted else "no printer"
        super().__init__(
            f'{server} has {what} for this agent: add agent = "NAME" with this device\'s name to a [[printer]] there.'
        )


@dataclass(frozen=True)
class Driven:
    """A printer that is ours, as the server declares it: what it holds is held against what it says."""

    name: str
    url: str
    holds: Declared

    @classmethod
    def from_json(cls, item: Mapping[str, Any]) -> Self:
        """Read one of the server's items; raises `KeyError`, `TypeError`, `ValueError` for what is none."""
        length = item["length_mm"]
        holds = Declared(int(item["dpi"]), str(item["stock"]), None if length is None else float(length))
        return cls(str(item["name"]), str(item["url"]), holds)


class Agent:
    """Runs a spooler for each printer that the server gives this device, as long as it does."""

    def __init__(self, server: Server, only: str | None = None) -> None:
        """Keep the server and the one printer to drive (None: all that are ours); `run` begins work."""
        self._server = server
        self._only = only
        self._running: dict[Driven, Spooler] = {}

    def run(self, ended: Callable[[float], bool]) -> None:
        """Print until `ended(seconds)`, which waits so long, says so; raises `NothingToDriveError`, `ServerRefusesError`."""
        try:
            while not ended(self._look()):
                pass
        finally:
            self._end(list(self._running))
            self._server.close()

    def _look(self) -> float:
        """Drive what is ours now; return the seconds until the next look."""
        try:
            wanted = self._printers()
        except ServerAwayError as error:
            logger.warning("%s", error)
            return LOOK_AGAIN if self._running else PACE.retry
        if not wanted and not self._running:
            raise NothingToDriveError(self._server.name, self._only)
        self._end([one for one in self._running if one not in wanted])
        for one in wanted:
            if one not in self._running:
                self._start(one)
        return LOOK_AGAIN

    def _printers(self) -> list[Driven]:
        answer = self._server.get("/printers")
        try:
            ours = [Driven.from_json(item) for item in answer.body["items"]]
        except (KeyError, TypeError, ValueError) as error:
            raise ServerAwayError(
                f"{self._server.name} knows no print agents: update it, or check --server."
            ) from error
        return [one for one in ours if self._only in {None, one.name}]

    def _start(self, driven: Driven) -> None:
        try:
            printer = Printer(driven.url, declared=driven.holds)
        except PrinterError as error:
            logger.warning("printer %s: %s", driven.name, error)
            return
        spooler = self._running[driven] = Spooler(driven.name, printer, HttpLedger(self._server), PACE)
        spooler.start()
        logger.info("Driving printer %s at %s for %s.", driven.name, driven.url, self._server.name)

    def _end(self, driven: list[Driven]) -> None:
        """Stop these spoolers all at once; what is still under way after that ends as unknown by itself."""
        if driven:
            with ThreadPoolExecutor(len(driven)) as stopping:
                list(stopping.map(lambda one: self._running.pop(one).stop(STOP_SECONDS), driven))


class _OneLine(logging.Formatter):
    """Writes a record as one line without the traceback, which means nothing to whoever stands at the printer."""

    def format(self, record: logging.LogRecord) -> str:
        said = " ".join(record.getMessage().split())
        return f"{said} ({record.exc_info[1]!r})" if record.exc_info and record.exc_info[1] else said


class _NotTwiceRunning(logging.Filter):
    """Lets a sentence pass once, however often it is said on end: a server may be away all night."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, tuple[str, float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        thread, sentence, now = record.threadName or "", record.getMessage(), time.monotonic()
        said, at = self._said.get(thread, ("", now))
        if sentence == said and now - at < SAID_AGAIN:
            return False
        self._said[thread] = sentence, now
        return True


def drive(server: Server, only: str | None) -> int:
    """Run an agent in this process until a signal ends it; returns the exit code: 0 ended, 2 it cannot work."""
    _log_to_stderr()
    if server.exposes_the_token:
        logger.warning("The token and the labels travel to %s unencrypted: use https there.", server.name)
    # A queue of this kind may be filled by a signal that interrupts whoever waits for it; an event may not.
    signals: queue.SimpleQueue[int] = queue.SimpleQueue()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda number, _frame: signals.put(number))
    try:
        Agent(server, only).run(lambda seconds: _arrived(signals, seconds))
    except (ServerRefusesError, NothingToDriveError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine())
    handler.addFilter(_NotTwiceRunning())
    logging.basicConfig(handlers=[handler], level=logging.INFO)


def _arrived(signals: "queue.SimpleQueue[int]", seconds: float) -> bool:
    try:
        signals.get(timeout=seconds)
    except queue.Empty:
        return False
    return True


def token_in(file: Path) -> str:
    """Read a device token from a file; raises `OSError`, and `ValueError` for a file that holds none."""
    token = file.read_text("utf-8").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(f"{file} holds no device token: write there what `devices enrol` printed on its last line.")
    return token
