"""Servers of scans to be killed, and handhelds that scan on whatever happens to their server."""

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from specimen_service.audit.model import SYSTEM
from specimen_service.devices.actions import enrol
from specimen_service.devices.model import Profile
from specimen_service.kernel.clock import utc_now
from tests.builders import add_device, add_location, add_person, add_tube
from tests.faults.conftest import until
from tests.faults.line import Line

SERVICE = Path(__file__).with_name("service.py")
ACTIONS = ("see", "see", "verify", "pick_up", "drop_off", "receive")
ACCEPTED_OR_PARKED = {"accepted", "parked"}


class Servers:
    """Starts servers on one database, each in milliseconds."""

    def __init__(self, database) -> None:
        command = [sys.executable, str(SERVICE), database.url.render_as_string(hide_password=False)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, port: int = 0) -> tuple[int, int]:
        """Start one; returns its process id and its port, once it takes connections."""
        self._process.stdin.write(f"{port}\n")
        self._process.stdin.flush()
        pid, bound = self._process.stdout.readline().split()
        return int(pid), int(bound)

    @staticmethod
    def kill(pid: int) -> None:
        """End one between two of its instructions, and wait until it is gone."""
        os.kill(pid, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{pid}").exists())

    def close(self) -> None:
        """End all of them."""
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@dataclass(frozen=True)
class Ward:
    """What handhelds need to scan."""

    numbers: list[str]
    location: str
    operator: str
    token: str


def made_ward(database, tubes: int) -> Ward:
    """Make tubes to scan, and a handheld to scan them with."""
    with database.unit_of_work() as session:
        place, person, device = add_location(session, "Lab"), add_person(session, "Dee"), add_device(session)
        token = enrol(session, utc_now(), SYSTEM, name="ward", profile=Profile.HANDHELD)
        numbers = [add_tube(session, device, at=utc_now(), location_id=place.id).number for _ in range(tubes)]
        return Ward(numbers, place.number, person.badge, token)


class Handheld(threading.Thread):
    """Scans as fast as it is answered; what was not acknowledged it sends again, as a queue on a handheld does."""

    def __init__(self, name: str, ward: Ward, port: int, up: threading.Event) -> None:
        super().__init__(daemon=True)
        self.results: deque[dict] = deque()
        """What it was answered; whoever checks takes them away."""
        self.under_way: list[dict] = []
        """The request that was sent and is not answered."""
        self.told_late = 0
        """How many scans were recorded by a server that died before it could say so."""
        self.fault: BaseException | None = None
        self.stopping = threading.Event()
        self._label, self._ward, self._up = name, ward, up
        self._line, self._turns, self._chance = Line(port, ward.token), itertools.count(), random.Random(name)

    def run(self) -> None:
        try:
            while not self.stopping.is_set() or self.under_way:
                if self._up.wait(0.1):
                    self._go_on()
        except BaseException as fault:  # noqa: BLE001 - told by the thread that waits for this one
            self.fault = fault
        finally:
            self._line.close()

    def _go_on(self) -> None:
        again = bool(self.under_way)
        if not again:
            self.under_way = [self._scan() for _ in range(self._chance.choice((1, 1, 1, 4)))]
        results = self._line.post(self.under_way)
        if results is None:
            return
        assert [one["scan_id"] for one in results] == [one["scan_id"] for one in self.under_way]
        for result in results:
            assert result["outcome"] in ACCEPTED_OR_PARKED, result
            assert again or not result["replayed"], f"{result} was recorded before it was sent"
            self.told_late += result["replayed"]
        self.results.extend(results)
        self.under_way = []

    def _scan(self) -> dict:
        turn, is_foreign = next(self._turns), self._chance.random() < 0.1
        return {
            "scan_id": f"{self._label}-{turn}",
            "code": f"UNKNOWN-{turn % 50}" if is_foreign else self._chance.choice(self._ward.numbers),
            "action": self._chance.choice(ACTIONS),
            "scanned_at": utc_now().isoformat(),
            "device_seq": turn,
            "location": self._ward.location,
            "operator": self._ward.operator,
        }
