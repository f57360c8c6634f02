"""A spooler killed at any instant doubles no label and loses none; the printer, a process of its own, counts the paper."""

import random
import sys
import time
from collections import Counter

import pytest

from specimen_service.labels.model import JobState
from tests.faults.conftest import lease, outcomes, put_in_queue, until, waiting

pytestmark = pytest.mark.long

LINES = {"tcp": ("--tcp", 0), "serial": ("--pty", "{link}", "--baud", 38400)}
KILLS = {"sqlite-tcp": (40, 500), "sqlite-serial": (30, 250), "postgres-tcp": (15, 150), "postgres-serial": (15, 100)}
LONGEST_LIFE = {"tcp": 0.12, "serial": 0.3}
"""Seconds that a spooler lives on after that."""


def line(kind: str, tmp_path) -> list[object]:
    return [str(word).format(link=tmp_path / "line") for word in LINES[kind]]


def judged(printer, database) -> Counter:
    """Hold the ledger against the paper; returns how many jobs ended in which state."""
    whole, torn, found = printer.came_out(), printer.came_out(torn=True), outcomes(database)
    on_paper = whole + torn
    assert [number for number, count in on_paper.items() if count > 1] == [], "doubled"
    assert on_paper.keys() <= found.keys(), "printed without a record"
    for number, (state, attempts) in found.items():
        assert state in {JobState.PRINTED, JobState.UNKNOWN}, f"{number} was lost as {state}"
        assert attempts == 1, f"{number} was sent {attempts} times"
        assert state is JobState.UNKNOWN or whole[number] == 1, f"{number} was called printed"
    return Counter(state.value for state, _attempts in found.values())


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", LINES)
def test_killed_at_any_instant_no_label_is_doubled_and_none_is_lost(
    database, tmp_path, plug_in_process, spoolery, kind, soaking
):
    printer = plug_in_process(*line(kind, tmp_path), "--seconds", 0.005)
    spoolers = spoolery(database, printer.url)
    kills = KILLS[f"{'sqlite' if database.is_sqlite else 'postgres'}-{kind}"][soaking]
    for _ in range(kills):
        if waiting(database) < 3:
            put_in_queue(database, 2)
        held = lease(database)
        victim = spoolers.start()
        moment = random.random()
        if moment > 0.1:  # some die on their way to the printer, some once they hold it, some with a label under way
            until(lambda held=held: lease(database) != held)
        if moment > 0.5:
            until(lambda: waiting(database, JobState.SENDING) > 0 or waiting(database) == 0)
        time.sleep(random.uniform(0, LONGEST_LIFE[kind]))
        spoolers.kill(victim)
    last = spoolers.start()
    until(lambda: waiting(database) == 0, 60, "the last spooler did not finish")
    spoolers.kill(last)
    ended = judged(printer, database)
    sys.stdout.write(f"{kills} kills: {dict(ended)}, 0 doubled, 0 lost without a record\n")
    assert ended["unknown"] > 0, "no kill met a label under way"
    assert ended["printed"] > 0
