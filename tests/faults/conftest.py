"""What the fault tests share: printers that are processes of their own, and spoolers to kill."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from specimen_service.kernel.clock import utc_now
from specimen_service.labels.model import JobState, PrinterState, PrintJob
from specimen_service.specimens.model import Label
from tests.labels.bench import queue, settings, tube

ZYGOTE = Path(__file__).with_name("zygote.py")
NUMBER = re.compile(rb"\^FD>;(\d{12})")
OPEN = (JobState.QUEUED, JobState.SENDING)


class PrinterProcess:
    """A virtual printer in a process of its own. What came out of it is what lies in its folder."""

    def __init__(self, folder: Path, *options: object) -> None:
        self._out = folder / "printed"
        command = [sys.executable, "-m", "printers", "simulate", "--control", "0", "--out", self._out, *options]
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline()
        self.url = next(word for word in said.split() if "://" in word)
        port = int(said.split(" for control")[0].rsplit(":", 1)[1])
        self._control = socket.create_connection(("127.0.0.1", port), 10)
        self._answers = self._control.makefile()

    def tell(self, command: str) -> dict:
        """Have a fault brought about; returns the printer's state."""
        self._control.sendall(f"{command}\n".encode())
        return json.loads(self._answers.readline())

    def came_out(self, *, torn: bool = False) -> Counter:
        """How often each number is on paper, whole (or torn)."""
        found = Counter()
        for file in self._out.glob("*.zpl"):
            if file.stem.endswith("-torn") == torn:
                found.update(number.decode() for number in NUMBER.findall(file.read_bytes()))
        return found

    def end(self) -> None:
        self._answers.close()
        self._control.close()
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


class Spoolery:
    """Starts spooler processes on one database and one printer, each in milliseconds."""

    def __init__(self, database, url: str) -> None:
        database_url = database.url.render_as_string(hide_password=False)
        self._process = subprocess.Popen(
            [sys.executable, str(ZYGOTE), database_url, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self) -> int:
        """Start one; returns its process id."""
        self._process.stdin.write("spool\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    @staticmethod
    def kill(pid: int) -> None:
        """End one between two of its instructions, and wait until it is gone."""
        os.kill(pid, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{pid}").exists())

    def end(self) -> None:
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def until(true, seconds: float = 30.0, what: str = "it did not come about in time") -> None:
    """Wait until a condition holds, and fail if it does not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.005)


def put_in_queue(database, count: int) -> None:
    """Queue labels of so many tubes, each of a sitting of its own."""
    with database.unit_of_work() as session:
        for _ in range(count):
            queue(session, tube(session, at=utc_now()), now=utc_now(), site=settings())


def waiting(database, *states: JobState, printer: str | None = None) -> int:
    """How many jobs (of a printer) are not at their end, or in one of these states."""
    wanted = select(func.count()).where(PrintJob.state.in_(states or OPEN))
    with database.unit_of_work(write=False) as session:
        return session.scalar(wanted if printer is None else wanted.where(PrintJob.printer == printer))


def lease(database) -> int:
    """The newest fencing token of the printer; 0 before anybody held it."""
    with database.unit_of_work(write=False) as session:
        return session.scalar(select(PrinterState.lease_token)) or 0


def outcomes(database) -> dict[str, tuple[JobState, int]]:
    """By number: where its job is, and how often it was begun."""
    with database.unit_of_work(write=False) as session:
        rows = session.execute(
            select(Label.number, PrintJob.state, PrintJob.attempts).join(Label, Label.id == PrintJob.label_id)
        )
        return {number: (state, attempts) for number, state, attempts in rows}


@pytest.fixture
def plug_in_process(tmp_path):
    """Plug in printers that are processes: `plug_in_process("--tcp", 0)`."""
    with contextlib.ExitStack() as stack:

        def plug(*options: object) -> PrinterProcess:
            folder = tmp_path / f"printer-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            printer = PrinterProcess(folder, *options)
            stack.callback(printer.end)
            return printer

        yield plug


@pytest.fixture
def spoolery():
    """Start spooler processes: `spoolery(database, url)`."""
    with contextlib.ExitStack() as stack:

        def made(database, url: str) -> Spoolery:
            one = Spoolery(database, url)
            stack.callback(one.end)
            return one

        yield made
