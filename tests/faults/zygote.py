"""Spoolers to be killed: everything is loaded once, then each line on standard input forks one, whose id is answered.

`python zygote.py DATABASE_URL PRINTER_URL`. The spooler, its printer and its ledger are the real ones; only their pace
is quicker. It ends when its standard input does.
"""

import os
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from printers.label import Area, Code128, Label, Text
from printers.languages import render
from printers.printer import Printer, Timing
from printers.spool import Pace, Spooler
from printers.status import Condition
from printers.stocks import STOCKS
from specimen_service.kernel.db import Database
from specimen_service.labels.ledger import DatabaseLedger
from specimen_service.settings import parse_settings

LEASE = 0.15
PACE = Pace(lease=LEASE, idle=0.01, retry=0.02, blocked=0.02, check=0.5, grace=0.1)
TIMING = Timing(connect=1.0, answer=0.6, silence=2.0, stuck=5.0, poll=0.01, blocked_poll=0.02)


def warm(ledger: DatabaseLedger) -> None:
    """Load and compile what is otherwise loaded and compiled late, in each child anew."""
    token = ledger.acquire("chair-1", "zygote", 1)
    ledger.next_job("chair-1", token)
    ledger.needs_clearing("chair-1", token)
    ledger.begin("0", token)
    ledger.report_condition("chair-1", token, Condition.READY, "")
    ledger.release("chair-1", token)
    parts = (Text("name", "Rivera", Area(2, 1, 40, 5), 3), Code128("barcode", "100000000420", Area(2, 9, 40, 11)))
    render(Label(STOCKS["2x1in"], parts), "zpl", 203)


def spool(ledger: DatabaseLedger, printer_url: str) -> None:
    """Run one printer until killed."""
    Spooler("chair-1", Printer(printer_url, TIMING), ledger, PACE).start()
    threading.Event().wait()


def main() -> None:
    """Fork a spooler for every line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    database_url, printer_url = sys.argv[1:]
    section = parse_settings({"printer": [{"name": "chair-1", "url": printer_url}]}).printer[0]
    database = Database(database_url)
    ledger = DatabaseLedger(database, {"chair-1": section})
    warm(ledger)
    database.close()  # a connection must not be shared with a child
    for _line in sys.stdin:
        child = os.fork()
        if child == 0:
            spool(ledger, printer_url)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
