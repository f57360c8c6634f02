"""What the printer tests share: a label, quick timings, virtual printers and one fake, the ledger."""

import contextlib
import itertools
import threading
import time
from dataclasses import dataclass, field

import pytest

from printers.printer import Printer, Timing
from printers.proof import Outcome
from printers.simulator import Model, VirtualPrinter
from printers.spool import ASK, CALIBRATE, Job, LedgerUnavailableError, Pace, Spooler

LABEL = (
    b"^XA^CI28^LH0,0^JZN^PQ1^FO20,16^A0N,34^FH^FDNGUYEN, Thi Minh Khai^FS^FO20,54^A0N,22^FH^FDMRN 00384412  14 MAR 1984  F"
    b"^FS^FO60,84^BY2^BCN,84,N^FD>;101234567897^FS^FO20,176^A0N,20^FH^FD1012 3456 7897^FS^XZ"
)
QUICK = Timing(
    connect=1.0, answer=0.25, silence=0.6, stuck=3.0, poll=0.02, blocked_poll=0.05, calibration=3.0, still=0.2
)
BRISK = Pace(lease=10.0, idle=0.02, retry=0.05, check=0.1, grace=0.3)


@dataclass
class Entry:
    """One print job of the fake ledger."""

    job: Job
    printer: str
    state: str = "queued"
    result: object = None
    attempts: int = 0


@dataclass
class Lease:
    """Who holds a printer."""

    owner: str
    token: int
    until: float


@dataclass
class MemoryLedger:
    """The promises of the Ledger protocol kept in memory. Its clock can be moved and its storage be away."""

    entries: dict = field(default_factory=dict)
    leases: dict = field(default_factory=dict)
    unclear: set = field(default_factory=set)
    conditions: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    wanted: bool = False
    calibration_wanted: bool = False
    available: bool = True
    moved: float = 0.0
    on_begin: object = None
    calls: int = 0

    def __post_init__(self):
        self.changed = threading.Condition()
        self._tokens = itertools.count(1)
        self._numbers = itertools.count(1)

    def queue(self, payload=LABEL, printer="chair-1", collection="A"):
        with self.changed:
            job = Job(f"job-{next(self._numbers)}", payload, collection)
            self.entries[job.id] = Entry(job, printer)
            return job.id

    def cancel(self, job_id):
        with self.changed:
            self.entries[job_id].state = "cancelled"

    def state(self, job_id):
        return self.entries[job_id].state

    def wait_for(self, reached, seconds=5.0):
        with self.changed:
            assert self.changed.wait_for(reached, seconds), {key: each.state for key, each in self.entries.items()}

    def wait_for_state(self, job_id, *states, seconds=5.0):
        self.wait_for(lambda: self.state(job_id) in states, seconds)

    @contextlib.contextmanager
    def _transaction(self):
        with self.changed:
            self.calls += 1
            if not self.available:
                raise LedgerUnavailableError("the storage is away")
            yield
            self.changed.notify_all()

    def _holds(self, printer, token):
        return printer in self.leases and self.leases[printer].token == token

    def _now(self):
        return time.monotonic() + self.moved

    def _orphans_become_unknown(self, printer):
        for entry in self.entries.values():
            if entry.printer == printer and entry.state == "sending":
                entry.state = "unknown"
                self.unclear.add(printer)

    def acquire(self, printer, owner, seconds):
        with self._transaction():
            lease, now = self.leases.get(printer), self._now()
            if lease and lease.until > now:
                if lease.owner != owner:
                    return None
                lease.until = now + seconds
                return lease.token
            self._orphans_become_unknown(printer)
            self.leases[printer] = Lease(owner, next(self._tokens), now + seconds)
            return self.leases[printer].token

    def release(self, printer, token):
        with self._transaction():
            if self._holds(printer, token):
                self._orphans_become_unknown(printer)
                self.leases[printer].until = self._now()

    def next_job(self, printer, token):
        with self._transaction():
            if self.wanted:
                self.wanted = False
                return ASK
            if self.calibration_wanted:
                return CALIBRATE
            waiting = [e.job for e in self.entries.values() if e.printer == printer and e.state == "queued"]
            return waiting[0] if waiting and self._holds(printer, token) else None

    def begin(self, job_id, token):
        with self._transaction():
            entry = self.entries[job_id]
            if entry.state != "queued" or not self._holds(entry.printer, token):
                return False
            entry.state, entry.attempts = "sending", entry.attempts + 1
        if self.on_begin:
            self.on_begin(job_id)
        return True

    def begin_calibration(self, printer, token):
        with self._transaction():
            begun = self.calibration_wanted and self._holds(printer, token)
            self.calibration_wanted = self.calibration_wanted and not begun
        return begun

    def finish(self, job_id, token, result):
        with self._transaction():
            entry = self.entries[job_id]
            if not self._holds(entry.printer, token) or entry.state not in ("queued", "sending"):
                return
            entry.result = result
            entry.state = "queued" if result.outcome is Outcome.NOTHING_SENT else str(result.outcome)
            if result.outcome is Outcome.UNKNOWN:
                self.unclear.add(entry.printer)

    def needs_clearing(self, printer, token):
        with self._transaction():
            return printer in self.unclear

    def cleared(self, printer, token):
        with self._transaction():
            if self._holds(printer, token):
                self.unclear.discard(printer)

    def report_condition(self, printer, token, condition, detail, answers=()):
        with self._transaction():
            self.conditions.append((printer, condition, detail))
            self.answers = list(answers) or self.answers


@pytest.fixture
def label():
    return LABEL


@pytest.fixture
def quick():
    return QUICK


@pytest.fixture
def ledger():
    return MemoryLedger()


@pytest.fixture
def plug_in():
    """Plug in virtual printers: TCP unless told otherwise, unplugged at the end."""
    with contextlib.ExitStack() as stack:

        def plug(*, model=None, **lines):
            lines = lines or {"tcp": 0}
            return stack.enter_context(VirtualPrinter(model=model or Model(print_seconds=0.01), **lines))

        yield plug


@pytest.fixture
def spool(ledger):
    """Start spoolers on the ledger; all of them stop at the end."""
    running = []

    def start(url, name="chair-1", pace=BRISK, timing=QUICK, ledger=ledger, declared=None):
        spooler = Spooler(name, Printer(url, timing, declared), ledger, pace)
        spooler.start()
        running.append(spooler)
        return spooler

    yield start
    assert [spooler.stop() for spooler in running] == [True] * len(running)
