"""Servers to be killed: everything is loaded once, then each line on standard input forks one that serves.

`python service.py DATABASE_URL`; a line names the port (0: any free one), and each server answers `PID PORT` once it takes
connections. It is what `specimen-service serve` runs, without printers. All end when standard input does.
"""

import logging
import os
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from specimen_service.app import create_app
from specimen_service.cli.serving import claimed_port, serve_web, sole_server
from specimen_service.kernel.db import Database
from specimen_service.settings import parse_settings

THREADS = 16
SETTINGS = {"limit": [{"from": "collected", "to": "departed", "minutes": 60}]}


def main() -> None:
    """Fork a server for every line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    database = Database(sys.argv[1])
    app = create_app(parse_settings(SETTINGS), database)
    alive, kept_open = os.pipe()
    for line in sys.stdin:
        if os.fork() == 0:
            os.close(kept_open)
            threading.Thread(target=_end_with_parent, args=(alive,), daemon=True).start()
            with sole_server(database), claimed_port("127.0.0.1", int(line)) as bound:
                serve_web(app, bound, THREADS, lambda: _say_ready(bound.getsockname()[1]))


def _say_ready(port: int) -> None:
    sys.stdout.write(f"{os.getpid()} {port}\n")
    sys.stdout.flush()


def _end_with_parent(alive: int) -> None:
    os.read(alive, 1)
    os._exit(1)


if __name__ == "__main__":
    main()
