"""Two spoolers and one printer: whoever slept through its lease changes nothing when it wakes."""

import os
import random
import signal
import time

import pytest

from tests.faults.conftest import put_in_queue, until, waiting
from tests.faults.test_kills import judged, line
from tests.faults.zygote import LEASE

pytestmark = pytest.mark.long

RUNS = (10, 200)
"""By default, and when soaking."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["tcp", "serial"])
def test_a_spooler_that_slept_through_its_lease_doubles_nothing(
    sqlite_database, tmp_path, plug_in_process, spoolery, kind, soaking
):
    printer = plug_in_process(*line(kind, tmp_path), "--seconds", 0.005)
    spoolers = spoolery(sqlite_database, printer.url)
    for _ in range(RUNS[soaking] // 2):
        put_in_queue(sqlite_database, 2)
        sleeper = spoolers.start()
        time.sleep(random.uniform(0.02, 0.2))
        os.kill(sleeper, signal.SIGSTOP)
        rival = spoolers.start()
        time.sleep(LEASE * random.uniform(1.2, 2.5))
        os.kill(sleeper, signal.SIGCONT)
        until(lambda: waiting(sqlite_database) == 0, 20, "the labels did not come to an end")
        spoolers.kill(sleeper)
        spoolers.kill(rival)
    ended = judged(printer, sqlite_database)
    assert ended["printed"] > 0
