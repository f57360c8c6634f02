"""What tests of the print agent stand on: a real server, a station PC that has pyserial and nothing else, and its printer."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import venv
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import serial

import printers
from specimen_service.kernel.clock import utc_now
from specimen_service.labels.model import PrinterState
from tests import serving
from tests.house import furnish
from tests.labels.bench import job, label_of, queue, settings, tube

SECONDS = 30
ROOT = Path(printers.__file__).parents[1]
AGENT = {"name": "chair-1", "agent": "agent"}
SITE = {"location": [{"name": "Clinic"}], "station": []}


def until(true, seconds=SECONDS):
    """Wait until a condition holds, and fail if it does not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


class MovingClock:
    """The present, moved on by as much as a test wants to have passed."""

    def __init__(self):
        self.shift = timedelta()

    def __call__(self):
        return utc_now() + self.shift


@dataclass
class Site:
    """A server's database and clock, the token of its agent, and the port it listens on."""

    database: object
    clock: MovingClock
    token: str
    client: object
    """Asks the server without a network between."""
    port: int
    printer_url: str

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def put_in_queue(self) -> tuple[int, str]:
        """Queue a label; returns its job's id and its number."""
        here = settings([AGENT | {"url": self.printer_url}])
        with self.database.unit_of_work() as session:
            specimen = tube(session, at=self.clock())
            return queue(session, specimen, now=self.clock(), site=here).id, label_of(session, specimen).number

    def state(self, job_id):
        return str(job(self.database, job_id).state)

    def holds_the_lease(self) -> bool:
        """Whether somebody holds the printer now."""
        with self.database.unit_of_work(write=False) as session:
            state = session.get(PrinterState, "chair-1")
        return state is not None and state.lease_until is not None and state.lease_until > self.clock()

    def wait_for(self, job_id, *states, seconds=SECONDS):
        until(lambda: self.state(job_id) in states, seconds)


def furnished(database, printer_url, **more):
    """A furnished site whose one printer belongs to the agent; returns the house and its site, not yet served."""
    clock = MovingClock()
    house = furnish(database, clock, printer=[AGENT | {"url": printer_url}], **SITE, **more)
    return house, Site(database, clock, house.tokens["agent"], house.client, 0, printer_url)


@contextmanager
def served(house, site):
    """Serve a site with waitress on 127.0.0.1; yields the site with its port."""
    with serving.served(house.app) as url:
        site.port = int(url.rpartition(":")[2])
        yield site


def station_pc(folder: Path) -> Path:
    """Make an environment that holds `printers` and pyserial, and return its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    [packages] = folder.glob("lib/python*/site-packages")
    for package in (printers, serial):
        home = Path(package.__file__).parent
        (packages / home.name).symlink_to(home)
    return folder / "bin" / "python"


class Process:
    """A process of ours in a folder of its own, where it finds no code by chance."""

    def __init__(self, folder: Path, command, home: Path | None = None):
        folder.mkdir(exist_ok=True)
        self.said = folder / "said.txt"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                [*map(str, command)], cwd=home or folder, env=clean, stdout=said, stderr=subprocess.STDOUT
            )

    def says(self) -> str:
        return self.said.read_text()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(SECONDS)

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(SECONDS)


@contextmanager
def running(folder: Path, *command, home: Path | None = None):
    """Run a command until the block ends, at home in the folder where its output is kept unless told otherwise."""
    process = Process(folder, command, home)
    try:
        yield process
    finally:
        process.kill()


@dataclass
class Paper:
    """A virtual printer in a process of its own, at the end of a serial line, that counts what is physically out."""

    link: Path
    out: Path
    process: Process

    @property
    def url(self):
        return f"serial://{self.link}?baudrate=9600"

    def numbers(self) -> Counter:
        """How often each number came out, torn labels included."""
        found = (re.search(rb"(?<=\^FD>;)\d{12}", zpl.read_bytes()) for zpl in self.out.glob("*.zpl"))
        return Counter(match[0].decode() for match in found if match)

    def count(self) -> int:
        return sum(1 for _ in self.out.glob("*.zpl"))


@contextmanager
def paper(folder: Path, *, baud=9600, seconds=0.1):
    """Plug in a virtual printer."""
    link, out = folder / "line", folder / "out"
    command = [sys.executable, "-m", "printers", "simulate", "--pty", link, "--out", out]
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [*map(str, command), "--baud", str(baud), "--seconds", str(seconds)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert "listens" in process.stdout.readline()
        yield Paper(link, out, process)
    finally:
        process.terminate()
        process.wait(SECONDS)
        process.stdout.close()


def imports(python: Path, *names) -> dict:
    """Which of these modules that Python can import."""
    code = "import importlib.util as u, json, sys; print(json.dumps({n: u.find_spec(n) is not None for n in sys.argv[1:]}))"
    done = subprocess.run([python, "-I", "-c", code, *names], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
