"""The agent's ledger over a network that loses, delays, halves and doubles what is said: each label out at most once."""

import random
import re
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest

from printers import agent_client
from printers.agent import PACE as AGENTS_PACE
from printers.agent_client import Server
from printers.http_ledger import HttpLedger
from printers.printer import Printer, Timing
from printers.simulator import Fault, Model, VirtualPrinter
from printers.spool import Pace, Spooler
from specimen_service.audit.model import SYSTEM
from specimen_service.labels.model import PrinterState
from specimen_service.labels.testing import want_calibrated
from tests.labels.bench import job, printer_state, settings
from tests.printers.agents import AGENT, furnished, served, until
from tests.printers.chaos import Chaos, Fate

TIMING = Timing(connect=1.0, answer=0.5, silence=2.0, stuck=5.0, poll=0.02, blocked_poll=0.05, still=0.2)
PACE = Pace(lease=12.0, idle=0.02, retry=0.05, check=0.5, grace=0.3)
ENDED = {"printed", "unknown"}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Leave a failing server alone for moments instead of seconds."""
    monkeypatch.setattr(agent_client, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(agent_client, "LONGEST_PAUSE", 0.1)


@pytest.fixture
def printer():
    with VirtualPrinter(tcp=0, model=Model(print_seconds=0.01)) as plugged:
        yield plugged


@pytest.fixture
def site(sqlite_database, printer):
    with served(*furnished(sqlite_database, printer.tcp_url)) as site:
        yield site


@pytest.fixture
def network(site):
    with Chaos(site.port) as chaos:
        yield chaos


@pytest.fixture
def spool(site, network, printer):
    """Start spoolers with a ledger behind the network, as an agent does; all end before the network does."""
    with ExitStack() as stack:

        def start(pace=PACE):
            server = Server(network.url, site.token)
            spooler = Spooler("chair-1", Printer(printer.tcp_url, TIMING), HttpLedger(server), pace)
            spooler.start()
            stack.callback(spooler.stop)
            return spooler

        yield start


def first(count, fate, *, when):
    """The first requests that `when(line, body)` knows meet the fate; all others pass."""
    left = [fate] * count
    return lambda line, body: left.pop() if left and when(line, body) else Fate.PASS


def reporting(state):
    return lambda line, body: "/report" in line and f'"state": "{state}"'.encode() in body


def numbers(printer):
    return [re.search(rb"(?<=\^FD>;)\d{12}", label.zpl)[0].decode() for label in printer.labels]


@pytest.mark.parametrize("fate", [Fate.LOSE_REPLY, Fate.HALVE, Fate.LATE, Fate.REFUSE])
def test_a_label_whose_begin_went_unanswered_is_given_back_before_it_is_sent(site, network, spool, printer, fate):
    out_by_then = []
    # Over a line that broke it is asked once more at once: that must fail as well.
    lose, given_back = first(2, fate, when=reporting("sending")), reporting("queued")

    def choose(line, body):
        chosen = lose(line, body)
        if chosen is fate or given_back(line, body):
            out_by_then.append(printer.physical)
        return chosen

    network.choose = choose
    job_id, number = site.put_in_queue()
    spool()
    site.wait_for(job_id, "printed")
    assert numbers(printer) == [number]
    assert out_by_then == [0, 0, 0]
    assert job(site.database, job_id).attempts == 2


@pytest.mark.parametrize("fate", [Fate.LOSE_REPLY, Fate.HALVE, Fate.LATE, Fate.REFUSE, Fate.TWICE])
def test_a_result_whose_answer_was_lost_is_said_again_and_the_label_is_not_printed_again(
    site, network, spool, printer, fate
):
    network.choose = first(2, fate, when=reporting("printed"))
    jobs = [site.put_in_queue() for _ in range(2)]
    spool()
    for job_id, _number in jobs:
        site.wait_for(job_id, "printed")
    assert numbers(printer) == [number for _job, number in jobs]
    assert [job(site.database, job_id).attempts for job_id, _number in jobs] == [1, 1]


@pytest.mark.parametrize(
    ("fate", "blanks"), [(Fate.PASS, 3), (Fate.TWICE, 3), (Fate.REFUSE, 3), (Fate.LOSE_REPLY, 0), (Fate.HALVE, 0)]
)
def test_a_calibration_is_done_once_or_plainly_lost_and_the_next_label_comes_out(
    site, network, spool, printer, fate, blanks
):
    network.choose = first(2, fate, when=lambda _line, body: b'"calibrating"' in body)
    spool()
    until(site.holds_the_lease)
    with site.database.unit_of_work() as session:
        here = settings([AGENT | {"url": printer.tcp_url}])
        want_calibrated(session, site.clock(), SYSTEM, here, "chair-1")
    until(lambda: printer_state(site.database).calibrated_at)
    job_id, number = site.put_in_queue()
    site.wait_for(job_id, "printed")
    assert (printer.blanks, numbers(printer)) == (blanks, [number])


def test_a_cut_network_holds_up_nothing_that_is_under_way(site, network, spool, printer):
    cut = []
    printer.set_fault(Fault.OUT_OF_LABELS)
    job_id, number = site.put_in_queue()
    spool()
    until(lambda: "out of labels" in job(site.database, job_id).error)
    network.choose = lambda line, body: cut_after(line, body, cut)
    printer.set_fault(Fault.OUT_OF_LABELS, present=False)
    until(lambda: printer.physical == 1)
    time.sleep(0.3)
    assert site.state(job_id) == "sending"
    cut.clear()
    network.choose = lambda *_request: Fate.PASS
    site.wait_for(job_id, "printed")
    assert numbers(printer) == [number]


def cut_after(line, body, cut):
    """Let everything pass until a label is begun, and nothing after that."""
    if cut:
        return Fate.REFUSE
    if reporting("sending")(line, body):
        cut.append(True)
    return Fate.PASS


def test_of_two_agents_with_one_token_one_prints_and_the_other_takes_over(site, spool, printer):
    one, two = spool(), spool()
    jobs = [site.put_in_queue() for _ in range(4)]
    for job_id, _number in jobs:
        site.wait_for(job_id, "printed")
    assert len({job(site.database, job_id).lease_token for job_id, _number in jobs}) == 1
    holder, other = (one, two) if one._token else (two, one)
    assert other._token is None
    assert holder.stop()
    later, number = site.put_in_queue()
    site.wait_for(later, "printed")
    assert other._token == printer_state(site.database).lease_token
    assert numbers(printer) == [*[before for _job, before in jobs], number]


def test_an_agent_cut_off_longer_than_its_lease_changes_nothing_when_it_is_back(site, network, spool, printer):
    """The label it had begun is in doubt from then on; what it says of it later is not heard."""
    begun = []
    network.choose = lambda line, body: cut_after(line, body, begun)
    doubted, number = site.put_in_queue()
    spool()
    until(lambda: printer.physical == 1)
    site.clock.shift += timedelta(seconds=13)
    headers = {"Authorization": f"Bearer {site.token}"}
    taken = site.client.post("/api/v1/print-jobs/claim", json={"owner": "new"}, headers=headers).json
    assert taken["needs_clearing"]
    heard = []
    network.choose = lambda line, body: heard.append(reporting("printed")(line, body)) or Fate.PASS
    until(lambda: any(heard))
    following, _number = site.put_in_queue()
    time.sleep(0.3)
    assert (site.state(doubted), site.state(following)) == ("unknown", "queued")
    assert numbers(printer) == [number]
    assert printer_state(site.database).lease_token == taken["token"]


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_network_does_each_label_comes_out_at_most_once_and_none_is_lost(
    site, network, spool, printer, seed, soaking
):
    dice = random.Random(seed)
    bad = [fate for fate in Fate if fate is not Fate.PASS]
    network.choose = lambda line, body: dice.choice(bad) if dice.random() < 0.3 else Fate.PASS
    jobs = dict(site.put_in_queue() for _ in range(200 if soaking else 12))
    spool()
    until(lambda: {site.state(job_id) for job_id in jobs} <= ENDED, 900 if soaking else 60)
    assert network.met.keys() >= ({*Fate} if soaking else {Fate.PASS})
    came_out = numbers(printer)
    for job_id, number in jobs.items():
        least = 1 if site.state(job_id) == "printed" else 0
        assert least <= came_out.count(number) <= 1, (seed, job_id)


@pytest.mark.timed
def test_a_label_starts_soon_after_it_was_queued(site, spool, printer):
    spool(AGENTS_PACE)
    until(lambda: printer_state_known(site))
    waits = []
    for _ in range(6):
        asked = time.monotonic()
        job_id, _number = site.put_in_queue()
        until(lambda job_id=job_id: site.state(job_id) != "queued")
        waits.append(time.monotonic() - asked)
        site.wait_for(job_id, "printed")
    assert sorted(waits)[len(waits) // 2] < AGENTS_PACE.idle + 0.5


def printer_state_known(site) -> bool:
    with site.database.unit_of_work(write=False) as session:
        return session.get(PrinterState, "chair-1") is not None
