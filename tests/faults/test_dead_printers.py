"""Dead printers cost the others nothing, and what waited for one prints by itself, once each, when it is ready again."""

import contextlib
import statistics
import sys
import time

import pytest

from printers.simulator import Fault, Model, VirtualPrinter
from specimen_service.cli.spooling import Spoolers
from specimen_service.kernel.clock import utc_now
from tests.faults.conftest import until, waiting
from tests.labels.bench import queue, settings, tube

pytestmark = pytest.mark.long

ROUNDS = 9
TRIES = 4
"""The cores are shared with other tests: one quiet moment in so many proves the promise, and none disproves it."""
HELD_UP = 0.050


@pytest.fixture
def plug_in():
    with contextlib.ExitStack() as stack:
        yield lambda **lines: stack.enter_context(
            VirtualPrinter(model=Model(print_seconds=0.005), **lines or {"tcp": 0})
        )


def label_seconds(database, site, printer) -> float:
    """The median time from queueing a label for the living printer to its coming out."""
    times = []
    for _ in range(ROUNDS):
        before, began = printer.physical, time.monotonic()
        with database.unit_of_work() as session:
            queue(session, tube(session, at=utc_now()), "alive", now=utc_now(), site=site)
        assert printer.wait_until(lambda one, before=before: one.physical > before, 10)
        times.append(time.monotonic() - began)
        until(lambda: not waiting(database, printer="alive"))
    return statistics.median(times)


def dead_urls(plug_in) -> list[str]:
    """Printers that are dead in every way we know."""
    silent, paused, stopped = plug_in(), plug_in(), plug_in(pty=True)
    silent.set_fault(Fault.SILENT)
    paused.set_fault(Fault.PAUSED)
    stopped.set_fault(Fault.SILENT)
    return [
        "tcp://127.0.0.1:9",  # refuses
        "tcp://192.0.2.1:9100",  # swallows connections
        "serial:///dev/no-such-tty",
        silent.tcp_url,
        paused.tcp_url,
        stopped.serial_url,
    ]


@pytest.mark.timed
def test_dead_printers_hold_the_others_up_less_than_50_ms_and_burn_no_core(database, plug_in):
    alive = plug_in()
    urls = dead_urls(plug_in)
    living = {"name": "alive", "url": alive.tcp_url}
    dead = [{"name": f"dead-{number}", "url": url} for number, url in enumerate(urls)]
    alone, among = settings([living]), settings([living, *dead])
    for _ in range(TRIES):
        with Spoolers(alone, database):
            quiet = label_seconds(database, alone, alive)
        with database.unit_of_work() as session:
            for one in dead:
                queue(session, tube(session, at=utc_now()), one["name"], now=utc_now(), site=among)
        with Spoolers(among, database):
            burnt, began = time.process_time(), time.monotonic()
            time.sleep(0.5)
            share = (time.process_time() - burnt) / (time.monotonic() - began)
            held_up = label_seconds(database, among, alive) - quiet
        sys.stdout.write(f"held up by {1000 * held_up:.0f} ms (alone {1000 * quiet:.0f} ms), {share:.0%} of a core\n")
        if held_up < HELD_UP and share < 0.5:
            break
    assert held_up < HELD_UP
    assert share < 0.5
    assert waiting(database) >= len(dead)


@pytest.mark.timed
@pytest.mark.parametrize("fault", [Fault.OUT_OF_LABELS, Fault.SILENT, None])
def test_what_waited_prints_by_itself_once_each_when_the_printer_is_ready_again(sqlite_database, plug_in, fault):
    printer = plug_in()
    site = settings([{"name": "alive", "url": printer.tcp_url}])
    if fault:
        printer.set_fault(fault)
    else:
        printer.power_off()
    with Spoolers(site, sqlite_database):
        with sqlite_database.unit_of_work() as session:
            for _ in range(3):
                queue(session, tube(session, at=utc_now()), "alive", now=utc_now(), site=site)
        time.sleep(1.0)
        assert printer.physical == 0
        again = time.monotonic()
        if fault:
            printer.set_fault(fault, present=False)
        else:
            printer.power_on()
        assert printer.wait_until(lambda one: one.physical == 1, 15)
        first = time.monotonic() - again
        until(lambda: not waiting(sqlite_database))
        everything = time.monotonic() - again
    sys.stdout.write(f"{fault or 'off'}: ready again to printed {first:.1f} s, all three {everything:.1f} s\n")
    assert printer.physical == 3
    assert first < 10
