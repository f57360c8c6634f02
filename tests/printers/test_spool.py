"""The spooler: labels in order, one in flight, at most once, whatever the printer, the ledger or a rival does."""

import threading
import time
from dataclasses import replace

import pytest

from printers.declared import Declared
from printers.simulator import Fault, Model
from printers.status import Condition
from tests.printers.conftest import BRISK


def test_labels_come_out_once_each_and_in_order(plug_in, ledger, spool, label):
    virtual = plug_in()
    jobs = [ledger.queue(label.replace(b"4567", b"%04d" % number)) for number in range(8)]
    spool(virtual.tcp_url)
    for job in jobs:
        ledger.wait_for_state(job, "printed")
    assert [physical.zpl for physical in virtual.labels] == [ledger.entries[job].job.payload for job in jobs]
    assert virtual.physical == len(jobs)


@pytest.mark.timed
def test_a_woken_spooler_starts_at_once(plug_in, ledger, spool, label):
    virtual = plug_in()
    spooler = spool(virtual.tcp_url)
    slow = spool(virtual.tcp_url, name="chair-2", pace=replace(spooler._pace, idle=60))
    ledger.wait_for(lambda: any(printer == "chair-2" for printer, *_ in ledger.conditions))
    job = ledger.queue(label, printer="chair-2")
    began = time.monotonic()
    slow.wake()
    ledger.wait_for_state(job, "sending", "printed")
    assert time.monotonic() - began < 0.5


@pytest.mark.parametrize("fault", Fault)
def test_what_waits_prints_by_itself_once_when_the_printer_is_ready_again(plug_in, ledger, spool, fault):
    virtual = plug_in()
    virtual.set_fault(fault)
    jobs = [ledger.queue(), ledger.queue()]
    spool(virtual.tcp_url)
    ledger.wait_for(lambda: len(ledger.conditions) >= 1)
    assert [ledger.state(job) for job in jobs] == ["queued", "queued"]
    assert ledger.conditions[0][1] in (
        Condition.NOT_ANSWERING,
        Condition(str(fault)) if fault is not Fault.SILENT else None,
    )
    virtual.set_fault(fault, present=False)
    for job in jobs:
        ledger.wait_for_state(job, "printed")
    assert virtual.physical == 2


def test_a_printer_that_is_plugged_in_later_prints_what_waited(plug_in, ledger, spool):
    virtual = plug_in()
    virtual.power_off()
    job = ledger.queue()
    spool(virtual.tcp_url)
    ledger.wait_for(lambda: ledger.conditions)
    assert ledger.conditions[0][1] is Condition.NOT_ANSWERING
    virtual.power_on()
    ledger.wait_for_state(job, "printed")
    assert virtual.physical == 1


def test_an_empty_roll_mid_job_is_waited_for_and_reported(plug_in, ledger, spool):
    virtual = plug_in()
    ledger.on_begin = lambda _job: virtual.set_fault(Fault.OUT_OF_LABELS)
    job = ledger.queue()
    spool(virtual.tcp_url)
    ledger.wait_for(lambda: Condition.OUT_OF_LABELS in [condition for _, condition, _ in ledger.conditions])
    time.sleep(1.0)
    assert ledger.state(job) == "sending"
    virtual.set_fault(Fault.OUT_OF_LABELS, present=False)
    ledger.wait_for_state(job, "printed")
    assert (virtual.physical, ledger.entries[job].attempts) == (1, 1)


def test_a_label_left_sending_by_a_stumble_is_in_doubt_even_if_the_lease_cannot_be_handed_back(
    plug_in, ledger, spool, monkeypatch
):
    def stumble(*_):
        raise RuntimeError("nobody expected this")

    virtual = plug_in()
    monkeypatch.setattr(ledger, "finish", stumble)
    monkeypatch.setattr(ledger, "release", stumble)
    job = ledger.queue()
    spool(virtual.tcp_url, pace=replace(BRISK, lease=0.6))
    ledger.wait_for_state(job, "unknown")
    monkeypatch.undo()
    assert virtual.physical == 1


def test_after_a_doubtful_label_the_printer_is_emptied_before_the_next(plug_in, ledger, spool, label):
    virtual = plug_in()

    def stall(job_id):
        if job_id == doubtful:
            virtual.set_fault(Fault.PAUSED)
            virtual.set_fault(Fault.SILENT)

    ledger.on_begin = stall
    doubtful, following = ledger.queue(), ledger.queue(label.replace(b"NGUYEN", b"TRAN"))
    spool(virtual.tcp_url)
    ledger.wait_for_state(doubtful, "unknown")
    time.sleep(0.3)
    assert ledger.state(following) == "queued"
    virtual.set_fault(Fault.SILENT, present=False)
    ledger.wait_for(lambda: not ledger.unclear)
    virtual.set_fault(Fault.PAUSED, present=False)
    ledger.wait_for_state(following, "printed")
    assert [b"TRAN" in physical.zpl for physical in virtual.labels] == [True]
    assert ledger.state(doubtful) == "unknown"


def test_power_lost_in_the_middle_is_never_sent_again_by_the_machine(plug_in, ledger, spool, label):
    virtual = plug_in()
    ledger.on_begin = lambda job_id: virtual.power_off_after(100) if job_id == doubtful else None
    doubtful, following = ledger.queue(), ledger.queue()
    spool(virtual.tcp_url)
    ledger.wait_for_state(doubtful, "unknown")
    virtual.power_off()
    virtual.power_on()
    ledger.wait_for_state(following, "printed")
    assert (virtual.physical, ledger.entries[doubtful].attempts) == (1, 1)


def test_a_one_way_printer_in_doubt_waits_for_a_person(plug_in, ledger, spool):
    virtual = plug_in()
    ledger.unclear.add("chair-1")
    job = ledger.queue()
    spool(virtual.tcp_url + "?ask=0")
    time.sleep(0.3)
    assert (ledger.state(job), virtual.physical) == ("queued", 0)
    ledger.cleared("chair-1", ledger.leases["chair-1"].token)
    ledger.wait_for_state(job, "sent")


def test_a_cancelled_job_sends_nothing(plug_in, ledger, spool):
    virtual = plug_in()
    job = ledger.queue()
    take = ledger.next_job

    def cancelled_in_between(printer, token):
        found = take(printer, token)
        if found and found.id == job:
            ledger.cancel(job)
        return found

    ledger.next_job = cancelled_in_between
    spool(virtual.tcp_url)
    ledger.wait_for_state(job, "cancelled")
    following = ledger.queue()
    ledger.wait_for_state(following, "printed")
    assert virtual.physical == 1


def test_two_spoolers_and_one_lease_print_each_label_once(plug_in, ledger, spool):
    virtual = plug_in()
    jobs = [ledger.queue() for _ in range(6)]
    first, second = spool(virtual.tcp_url), spool(virtual.tcp_url)
    for job in jobs:
        ledger.wait_for_state(job, "printed")
    assert virtual.physical == len(jobs)
    assert first._owner != second._owner
    late = ledger.queue()
    holder = first if ledger.leases["chair-1"].owner == first._owner else second
    assert holder.stop()
    ledger.wait_for_state(late, "printed")
    assert virtual.physical == len(jobs) + 1


def test_a_spooler_that_lost_its_lease_can_write_nothing_any_more(plug_in, ledger, spool):
    """The first sleeps through its lease with a label under way; the second takes over; the first wakes up."""
    virtual = plug_in()
    ledger.on_begin = lambda _job: virtual.set_fault(Fault.PAUSED)
    job = ledger.queue()
    sleeper = spool(virtual.tcp_url, pace=replace(spool(virtual.tcp_url, name="other")._pace, lease=1000))
    ledger.wait_for_state(job, "sending")
    with ledger.changed:
        ledger.moved += 2000
        token = ledger.acquire("chair-1", "rival", 1000)
    assert ledger.state(job) == "unknown"
    virtual.set_fault(Fault.PAUSED, present=False)
    assert virtual.wait_until(lambda each: each.physical == 1)
    assert sleeper.stop()
    assert (ledger.state(job), ledger.entries[job].result) == ("unknown", None)
    assert ledger.leases["chair-1"].token == token
    assert not ledger.begin(ledger.queue(), token - 1)


def test_the_lease_is_renewed_while_a_label_is_under_way(plug_in, ledger, spool):
    virtual = plug_in()
    ledger.on_begin = lambda _job: virtual.set_fault(Fault.PAUSED)
    job = ledger.queue()
    pace = replace(spool(virtual.tcp_url, name="other")._pace, lease=0.6)
    spool(virtual.tcp_url, pace=pace)
    ledger.wait_for_state(job, "sending")
    time.sleep(1.5)
    assert ledger.acquire("chair-1", "rival", 10) is None
    virtual.set_fault(Fault.PAUSED, present=False)
    ledger.wait_for_state(job, "printed")


@pytest.mark.timed
def test_a_stopped_spooler_hands_its_lease_back_and_says_what_is_in_doubt(plug_in, ledger, spool):
    virtual = plug_in()
    ledger.on_begin = lambda _job: virtual.set_fault(Fault.PAUSED)
    job = ledger.queue()
    spooler = spool(virtual.tcp_url)
    ledger.wait_for_state(job, "sending")
    began = time.monotonic()
    assert spooler.stop()
    assert time.monotonic() - began < 1.5
    assert ledger.state(job) == "unknown"
    assert ledger.acquire("chair-1", "next", 10) is not None


@pytest.mark.timed
def test_a_label_about_to_come_out_is_not_put_in_doubt_by_a_stop(plug_in, ledger, spool):
    virtual = plug_in(model=Model(print_seconds=0.15))
    job = ledger.queue()
    spooler = spool(virtual.tcp_url)
    ledger.wait_for_state(job, "sending")
    assert spooler.stop()
    assert ledger.state(job) == "printed"


@pytest.mark.timed
def test_an_idle_spooler_stops_at_once(plug_in, ledger, spool):
    virtual = plug_in()
    spooler = spool(virtual.tcp_url, pace=replace(spool(virtual.tcp_url, name="other")._pace, idle=60))
    ledger.wait_for(lambda: "chair-1" in ledger.leases)
    began = time.monotonic()
    assert spooler.stop()
    assert time.monotonic() - began < 0.5


def test_an_outcome_waits_for_a_ledger_that_is_away(plug_in, ledger, spool):
    virtual = plug_in()
    job = ledger.queue()

    def go_away(_job):
        ledger.available = False

    ledger.on_begin = go_away
    spool(virtual.tcp_url)
    assert virtual.wait_until(lambda each: each.physical == 1)
    time.sleep(0.3)
    assert ledger.state(job) == "sending"
    ledger.available = True
    ledger.wait_for_state(job, "printed")
    assert virtual.physical == 1


def test_a_ledger_that_is_away_at_first_is_waited_for(plug_in, ledger, spool):
    virtual = plug_in()
    ledger.available = False
    job = ledger.queue()
    spool(virtual.tcp_url)
    time.sleep(0.1)
    ledger.available = True
    ledger.wait_for_state(job, "printed")


def test_a_spooler_that_stumbles_puts_its_label_in_doubt_and_goes_on(plug_in, ledger, spool, caplog):
    virtual = plug_in()
    stumble, following = ledger.queue(), ledger.queue()
    finish = ledger.finish

    def broken(job_id, token, result):
        if job_id == stumble:
            raise RuntimeError("a fault of ours")
        finish(job_id, token, result)

    ledger.finish = broken
    spool(virtual.tcp_url)
    ledger.wait_for_state(stumble, "unknown")
    ledger.wait_for_state(following, "printed")
    assert virtual.physical == 2
    assert "stumbled" in caplog.text


@pytest.mark.timed
def test_dead_printers_hold_up_nobody_and_burn_no_core(plug_in, ledger, spool, quick):
    silent = plug_in()
    silent.set_fault(Fault.SILENT)
    stopped = plug_in(pty=True, model=Model(buffer=64))
    stopped.set_fault(Fault.PAUSED)
    urls = ["tcp://127.0.0.1:9", "serial:///dev/no-such-tty", silent.tcp_url, stopped.serial_url + "&ask=0"]
    for number, url in enumerate(urls):
        ledger.queue(printer=f"dead-{number}")
        spool(url, name=f"dead-{number}")
    alive = plug_in()
    spool(alive.tcp_url)
    burnt, began = time.process_time(), time.monotonic()
    time.sleep(1.0)
    assert time.process_time() - burnt < 0.35 * (time.monotonic() - began)
    job = ledger.queue()
    began = time.monotonic()
    ledger.wait_for_state(job, "printed")
    assert time.monotonic() - began < 0.5
    assert ledger.state("job-1") == "queued"


def test_a_bad_label_fails_alone(plug_in, ledger, spool):
    virtual = plug_in()
    bad, good = ledger.queue(b"%PDF-1.4"), ledger.queue()
    spool(virtual.tcp_url)
    ledger.wait_for_state(good, "printed")
    assert ledger.state(bad) == "failed"
    assert "PDF" in ledger.entries[bad].result.detail


def test_an_idle_printer_is_looked_after(plug_in, ledger, spool):
    virtual = plug_in()
    spool(virtual.tcp_url)
    ledger.wait_for(lambda: [condition for _, condition, _ in ledger.conditions] == [Condition.READY])
    virtual.set_fault(Fault.LID_OPEN)
    ledger.wait_for(lambda: ledger.conditions[-1][1:] == (Condition.LID_OPEN, Condition.LID_OPEN.sentence))


def test_no_thread_outlives_its_spooler(plug_in, ledger, spool):
    virtual = plug_in()
    before = threading.active_count()
    spooler = spool(virtual.tcp_url)
    ledger.wait_for(lambda: ledger.conditions)
    spooler.stop()
    assert threading.active_count() == before


def test_a_wrong_roll_holds_the_queue_until_the_right_one_is_in(plug_in, ledger, spool):
    virtual = plug_in()
    virtual.load_roll(50.8)
    jobs = [ledger.queue(), ledger.queue()]
    spool(virtual.tcp_url, declared=Declared(203, "2x1in", 25.4))
    ledger.wait_for(lambda: Condition.WRONG_ROLL in [condition for _, condition, _ in ledger.conditions])
    assert [ledger.state(job) for job in jobs] == ["queued", "queued"]
    virtual.load_roll(25.4)
    for job in jobs:
        ledger.wait_for_state(job, "printed")
    assert virtual.physical == 2


def test_a_calibration_lets_what_waited_for_the_right_roll_print_once_each(plug_in, ledger, spool):
    virtual = plug_in()
    virtual.load_roll(50.8)
    virtual.load_roll(25.4, measured=False)
    jobs = [ledger.queue(), ledger.queue()]
    spool(virtual.tcp_url, declared=Declared(203, "2x1in", 25.4))
    ledger.wait_for(lambda: Condition.WRONG_ROLL in [condition for _, condition, _ in ledger.conditions])
    ledger.calibration_wanted = True
    for job in jobs:
        ledger.wait_for_state(job, "printed")
    assert (virtual.blanks, virtual.physical) == (3, 2)


def test_a_calibration_waits_until_the_lid_is_closed_and_is_done_once(plug_in, ledger, spool):
    virtual = plug_in()
    virtual.set_fault(Fault.LID_OPEN)
    ledger.calibration_wanted = True
    spool(virtual.tcp_url)
    ledger.wait_for(lambda: [condition for _, condition, _ in ledger.conditions].count(Condition.LID_OPEN) > 1)
    assert virtual.blanks == 0
    virtual.set_fault(Fault.LID_OPEN, present=False)
    job = ledger.queue()
    ledger.wait_for_state(job, "printed")
    assert (virtual.blanks, virtual.physical) == (3, 1)


def test_no_calibration_while_a_label_in_doubt_may_be_in_the_printer(plug_in, ledger, spool):
    virtual = plug_in()
    virtual.set_fault(Fault.SILENT)
    ledger.unclear.add("chair-1")
    ledger.calibration_wanted = True
    spool(virtual.tcp_url)
    ledger.wait_for(lambda: ledger.conditions)
    assert (ledger.calibration_wanted, virtual.blanks) == (True, 0)


def test_labels_for_other_dots_fail_with_the_sentence_and_nothing_is_sent(plug_in, ledger, spool):
    virtual = plug_in(model=Model(dpi=300))
    job = ledger.queue()
    spool(virtual.tcp_url, declared=Declared(203, "2x1in", 25.4))
    ledger.wait_for_state(job, "failed")
    assert "set dpi = 300" in ledger.entries[job].result.detail
    ledger.wait_for(lambda: ledger.conditions[-1][1] is Condition.WRONG_RESOLUTION)
    assert virtual.physical == 0


def test_a_printer_is_asked_at_once_when_somebody_wants_to_know(plug_in, ledger, spool):
    virtual = plug_in()
    spool(virtual.tcp_url, pace=replace(BRISK, check=1000))
    ledger.wait_for(lambda: ledger.conditions)
    virtual.set_fault(Fault.LID_OPEN)
    with ledger.changed:
        ledger.wanted = True
    ledger.wait_for(lambda: ledger.conditions[-1][1] is Condition.LID_OPEN)
    assert [answer.split()[0] for answer in ledger.answers] == ["~HI", "~HS", "Counter", "~HQES"]
