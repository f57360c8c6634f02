"""Running the printers that this machine owns: one spooler a printer, woken by whatever queues a label."""

import socket
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from printers.declared import Declared
from printers.printer import Printer
from printers.spool import Pace, Spooler
from printers.stocks import STOCKS
from specimen_service.kernel.clock import Clock, utc_now
from specimen_service.kernel.db import Database
from specimen_service.labels.actions import NOT_DECLARED, QUEUED_FOR, hold_jobs
from specimen_service.labels.ledger import DatabaseLedger
from specimen_service.settings import PrinterSection, Settings

PACE = Pace(lease=12.0)
"""A lease this short frees a printer soon after its spooler was killed; it is renewed three times in that time."""
STOP_SECONDS = 8.0
"""How long a stop may wait for the slowest printer; what is still under way then ends as unknown by itself."""


def owned_here(settings: Settings, host: str) -> dict[str, PrinterSection]:
    """Return the declared printers that the machine named `host` drives: no agent's, and no other machine's."""
    return {
        one.name: one
        for one in settings.printer
        if one.agent is None and (one.host is None or one.host.casefold() == host.casefold())
    }


def declared_as(settings: Settings, section: PrinterSection) -> Declared:
    """Return what a printer must say of itself, as the configuration has it."""
    return Declared.holding(STOCKS[settings.stock_of(section)], section.dpi)


class Spoolers:
    """The spoolers of this process; a context that starts and stops them."""

    def __init__(self, settings: Settings, database: Database, clock: Clock = utc_now) -> None:
        """Make one spooler for each printer this machine owns; nothing runs yet."""
        mine = owned_here(settings, socket.gethostname())
        ledger = DatabaseLedger(database, mine, clock)
        self._database = database
        self._clock = clock
        self._declared = [one.name for one in settings.printer]
        self._spoolers = {
            name: Spooler(name, Printer(one.url, declared=declared_as(settings, one)), ledger, PACE)
            for name, one in mine.items()
        }

    def __enter__(self) -> Self:
        """Hold the jobs whose printer is no longer declared, then start."""
        with self._database.unit_of_work() as session:
            hold_jobs(session, self._clock(), NOT_DECLARED, unless_on=self._declared)
        for spooler in self._spoolers.values():
            spooler.start()
        self._database.after_commit.append(self._wake)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all at once: the slowest decides how long it takes."""
        self._database.after_commit.remove(self._wake)
        if self._spoolers:
            with ThreadPoolExecutor(len(self._spoolers)) as stopping:
                list(stopping.map(lambda spooler: spooler.stop(STOP_SECONDS), self._spoolers.values()))

    def _wake(self, left: dict[Any, Any]) -> None:
        for printer in left.get(QUEUED_FOR, ()):
            if printer in self._spoolers:
                self._spoolers[printer].wake()
