"""One label, and the truth about it."""

import contextlib
import socket
import threading
import time
from dataclasses import replace

import pytest

from printers.declared import Declared
from printers.errors import BadPrinterUrlError
from printers.printer import Printer, Timing
from printers.proof import Outcome
from printers.simulator import Fault, Model
from printers.status import Condition
from printers.transports import open_transport, parse_url

CONDITIONS = {
    Fault.OUT_OF_LABELS: Condition.OUT_OF_LABELS,
    Fault.OUT_OF_RIBBON: Condition.OUT_OF_RIBBON,
    Fault.LID_OPEN: Condition.LID_OPEN,
    Fault.PAUSED: Condition.PAUSED,
    Fault.TOO_HOT: Condition.TOO_HOT,
    Fault.SILENT: Condition.NOT_ANSWERING,
}


def whole(virtual):
    return sum(not label.torn for label in virtual.labels)


@pytest.fixture(params=["tcp", "pty"])
def line(request, tmp_path):
    # By its link, because the terminal behind it is another one after a power cycle.
    return {"tcp": 0} if request.param == "tcp" else {"pty": tmp_path / "printer"}


def url_of(virtual, line):
    return virtual.tcp_url if "tcp" in line else virtual.serial_url


@pytest.mark.parametrize("counts_labels", [True, False])
def test_a_label_is_printed_once_and_proved(plug_in, line, quick, label, counts_labels):
    virtual = plug_in(model=Model(print_seconds=0.01, counts_labels=counts_labels), **line)
    printer = Printer(url_of(virtual, line), quick)
    results = [printer.print_label(label) for _ in range(3)]
    assert [result.outcome for result in results] == [Outcome.PRINTED] * 3
    assert [physical.zpl for physical in virtual.labels] == [label] * 3


@pytest.mark.parametrize("fault", Fault)
def test_a_printer_that_is_not_ready_gets_no_byte_of_the_label(plug_in, quick, label, fault):
    virtual = plug_in()
    virtual.set_fault(fault)
    begun = []
    result = Printer(virtual.tcp_url, quick).print_label(label, begin=lambda: begun.append(1) or True)
    assert (result.outcome, result.condition) == (Outcome.NOTHING_SENT, CONDITIONS[fault])
    assert begun == []
    virtual.set_fault(fault, present=False)
    assert not virtual.wait_until(lambda printer: printer.physical, 0.1)


@pytest.mark.parametrize("fault", Fault)
def test_firmware_that_keeps_silent_in_a_fault_gets_no_byte_either(plug_in, quick, label, fault):
    virtual = plug_in(model=Model(answers_in_fault=False, tells_errors=False))
    virtual.set_fault(fault)
    result = Printer(virtual.tcp_url, quick).print_label(label)
    assert (result.outcome, result.condition) == (Outcome.NOTHING_SENT, Condition.NOT_ANSWERING)


@pytest.mark.parametrize("fault", Fault)
def test_firmware_silent_to_one_question_in_a_fault_is_asked_another(plug_in, quick, label, fault):
    virtual = plug_in(model=Model(answers_in_fault=False))
    virtual.set_fault(fault)
    printer = Printer(virtual.tcp_url, quick)
    assert printer.print_label(label).condition is CONDITIONS[fault]
    assert printer.report().condition is CONDITIONS[fault]
    virtual.set_fault(fault, present=False)
    assert printer.print_label(label).outcome is Outcome.PRINTED


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.SILENT])
def test_a_fault_mid_job_is_waited_for_and_the_label_comes_out_once(plug_in, quick, label, fault):
    virtual = plug_in()
    seen = []

    def watch(condition):
        seen.append(condition)
        if seen.count(CONDITIONS[fault]) == 5:
            virtual.set_fault(fault, present=False)
        return True

    result = Printer(virtual.tcp_url, quick).print_label(
        label, begin=lambda: virtual.set_fault(fault) or True, watch=watch
    )
    assert result.outcome is Outcome.PRINTED
    assert virtual.physical == 1


def test_a_label_torn_at_the_end_of_the_roll_is_in_doubt_and_the_printer_does_not_repeat_it(plug_in, quick, label):
    virtual = plug_in(model=Model(print_seconds=0.3))

    def watch(condition):
        if virtual.state()["printing"]:
            virtual.set_fault(Fault.OUT_OF_LABELS)
        if virtual.physical:
            virtual.set_fault(Fault.OUT_OF_LABELS, present=False)
        return True

    result = Printer(virtual.tcp_url, quick).print_label(label, watch=watch)
    assert result.outcome is Outcome.UNKNOWN
    assert [physical.torn for physical in virtual.labels] == [True]


def test_a_torn_label_of_a_printer_without_counter_is_in_doubt(plug_in, quick, label):
    virtual = plug_in(model=Model(print_seconds=0.3, counts_labels=False))

    def watch(condition):
        if virtual.state()["printing"]:
            virtual.set_fault(Fault.OUT_OF_LABELS)
        if virtual.physical and condition is Condition.OUT_OF_LABELS:
            virtual.set_fault(Fault.OUT_OF_LABELS, present=False)
        return True

    printer = Printer(virtual.tcp_url, quick)
    assert printer.report().label_count is None
    assert printer.print_label(label, watch=watch).outcome is Outcome.UNKNOWN
    assert [physical.torn for physical in virtual.labels] == [True]


@pytest.mark.timed
def test_silence_after_the_first_byte_is_doubt_within_the_deadline(plug_in, line, quick, label):
    virtual = plug_in(**line)
    began = []

    def begin():
        began.append(time.monotonic())
        virtual.set_fault(Fault.SILENT)
        return True

    result = Printer(url_of(virtual, line), quick).print_label(label, begin=begin)
    assert result.outcome is Outcome.UNKNOWN
    assert quick.silence <= time.monotonic() - began[0] < quick.silence + 0.5


def test_by_default_doubt_is_on_record_within_ten_seconds():
    timing = Timing()
    assert timing.silence + timing.poll < 10


@pytest.mark.long
@pytest.mark.parametrize("counts_labels", [True, False])
def test_power_lost_after_any_byte_never_doubles_a_label_nor_calls_it_printed(
    plug_in, line, quick, label, counts_labels
):
    """Every offset from before the first byte to well into the questions that follow the label."""
    virtual = plug_in(model=Model(print_seconds=0.005, counts_labels=counts_labels), **line)
    printer = Printer(url_of(virtual, line), quick)
    outcomes = {}
    for offset in range(len(label) + 60):
        before, whole_before = virtual.physical, whole(virtual)
        result = printer.print_label(label, begin=lambda cut=offset: virtual.power_off_after(cut) or True)
        virtual.power_off()
        outcomes[offset] = result.outcome
        came_out, came_out_whole = virtual.physical - before, whole(virtual) - whole_before
        assert came_out <= 1
        if result.outcome is Outcome.NOTHING_SENT:
            assert came_out == 0
        if result.outcome is Outcome.PRINTED:
            assert came_out_whole == 1
        if offset <= len(label):
            assert result.outcome is not Outcome.PRINTED
        if offset > 0:
            assert result.outcome is not Outcome.NOTHING_SENT
        virtual.power_on()
        virtual.labels.clear()
    assert Outcome.UNKNOWN in outcomes.values()


def test_a_printer_that_restarted_is_not_taken_for_one_that_printed(plug_in, quick, label):
    """Without a counter, an empty buffer after a silence may be a lost label."""
    virtual = plug_in(model=Model(counts_labels=False), pty=True)

    def begin():
        virtual.set_fault(Fault.PAUSED)
        virtual.set_fault(Fault.SILENT)
        return True

    def watch(condition):
        if condition is Condition.NOT_ANSWERING:
            virtual.restart()
            virtual.set_fault(Fault.PAUSED, present=False)
            virtual.set_fault(Fault.SILENT, present=False)
        return True

    result = Printer(virtual.serial_url, replace(quick, silence=1.0)).print_label(label, begin=begin, watch=watch)
    assert result.outcome is Outcome.UNKNOWN
    assert virtual.physical == 0


def test_clearing_empties_the_printer_of_whole_and_half_labels(plug_in, quick, label):
    virtual = plug_in()
    printer = Printer(virtual.tcp_url, quick)
    virtual.set_fault(Fault.PAUSED)
    blind = Printer(virtual.tcp_url + "?ask=0", quick)
    assert blind.print_label(label + label[:50]).outcome is Outcome.SENT
    assert printer.report().status.partial_format
    assert printer.clear()
    status = printer.report().status
    assert status.idle
    virtual.set_fault(Fault.PAUSED, present=False)
    assert printer.print_label(label).outcome is Outcome.PRINTED
    assert virtual.physical == 1


def test_a_silent_printer_is_not_cleared(plug_in, quick):
    virtual = plug_in()
    virtual.set_fault(Fault.SILENT)
    assert not Printer(virtual.tcp_url, quick).clear()
    virtual.power_off()
    assert not Printer(virtual.tcp_url, quick).clear()


def test_half_a_label_of_somebody_else_is_not_continued_by_ours(plug_in, quick, label):
    virtual = plug_in()
    Printer(virtual.tcp_url + "?ask=0", quick).print_label(label[:50])
    result = Printer(virtual.tcp_url, quick).print_label(label)
    assert (result.outcome, result.condition) == (Outcome.NOTHING_SENT, Condition.BUSY)


def test_nothing_is_sent_where_begin_says_no(plug_in, quick, label):
    virtual = plug_in()
    assert Printer(virtual.tcp_url, quick).print_label(label, begin=lambda: False) is None
    assert not virtual.wait_until(lambda printer: printer.physical, 0.1)


def test_a_label_given_up_by_its_watcher_is_in_doubt(plug_in, quick, label):
    virtual = plug_in()
    result = Printer(virtual.tcp_url, quick).print_label(
        label,
        begin=lambda: virtual.set_fault(Fault.PAUSED) or True,
        watch=lambda condition: condition is Condition.BUSY,
    )
    assert result.outcome is Outcome.UNKNOWN


def test_a_printer_that_may_not_be_asked_is_sent_to_and_believed(plug_in, line, quick, label):
    virtual = plug_in(**line)
    suffix = "?ask=0" if "tcp" in line else "&ask=0"
    result = Printer(url_of(virtual, line) + suffix, quick).print_label(label)
    assert result.outcome is Outcome.SENT
    assert virtual.wait_until(lambda printer: printer.physical == 1)


def test_a_stopped_one_way_line_took_nothing(plug_in, quick, label):
    virtual = plug_in(pty=True, model=Model(buffer=len(label) + 10))
    virtual.set_fault(Fault.PAUSED)
    printer = Printer(virtual.serial_url + "&ask=0", quick)
    assert printer.print_label(label).outcome is Outcome.SENT
    assert virtual.wait_until(lambda each: each.state()["received"] == len(label))
    time.sleep(0.05)
    assert printer.print_label(label).outcome is Outcome.NOTHING_SENT
    virtual.set_fault(Fault.PAUSED, present=False)
    assert virtual.wait_until(lambda each: each.physical == 1)
    assert not virtual.wait_until(lambda each: each.physical > 1, 0.1)


def test_what_a_given_up_label_left_in_the_kernel_does_not_print_later(quick):
    with socket.create_server(("127.0.0.1", 0)) as server:
        printer = Printer(f"tcp://127.0.0.1:{server.getsockname()[1]}?ask=0", quick)
        result = printer.print_label(b"^XA" + b"x" * 20_000_000)
        taken = int(result.detail.split("took only ")[1].split()[0])
        arrived, client = 0, server.accept()[0]
        with client, contextlib.suppress(ConnectionResetError):
            while data := client.recv(100_000):
                arrived += len(data)
    assert result.outcome is Outcome.UNKNOWN
    assert arrived < taken


def test_a_pdf_label_goes_to_a_directory_and_nowhere_else(plug_in, quick, tmp_path):
    pdf = b"%PDF-1.4 a label"
    result = Printer(f"file://{tmp_path}", quick).print_label(pdf, name="job-9")
    assert result.outcome is Outcome.SENT
    assert (tmp_path / "job-9.pdf").read_bytes() == pdf
    virtual = plug_in()
    refused = Printer(virtual.tcp_url, quick).print_label(pdf)
    assert (refused.outcome, refused.code) == (Outcome.FAILED, "wrong_language")
    assert virtual.state()["received"] == 0


def test_a_device_that_is_not_there_is_tried_again_and_one_that_cannot_be_is_not(tmp_path, quick, label):
    missing = Printer("serial:///dev/no-such-tty", quick).print_label(label)
    assert (missing.outcome, missing.code) == (Outcome.NOTHING_SENT, "device_missing")
    (tmp_path / "plain").write_text("")
    wrong = Printer(f"serial://{tmp_path}/plain", quick).print_label(label)
    assert (wrong.outcome, wrong.code) == (Outcome.FAILED, "wrong_device")


def test_a_bad_url_is_refused_before_anything_is_opened():
    with pytest.raises(BadPrinterUrlError):
        Printer("printer at chair 1")


@pytest.mark.parametrize("fault", Fault)
def test_a_report_names_the_condition(plug_in, quick, fault):
    virtual = plug_in()
    virtual.set_fault(fault)
    assert Printer(virtual.tcp_url, quick).report().condition is CONDITIONS[fault]


def test_a_thorough_report_says_who_the_printer_is_and_what_it_counted(plug_in, line, quick, label):
    virtual = plug_in(model=Model(dpi=300, print_seconds=0.01), **line)
    printer = Printer(url_of(virtual, line), quick)
    printer.print_label(label)
    report = printer.report(thorough=True)
    assert report.condition is Condition.READY
    assert (report.identity.dots_per_mm, report.label_count) == (12, 1)


def test_a_report_on_a_dead_printer_is_a_sentence(quick):
    report = Printer("tcp://127.0.0.1:9", quick).report(thorough=True)
    assert report.condition is Condition.NOT_ANSWERING
    assert "cannot be reached" in report.detail


@pytest.mark.timed
def test_at_9600_baud_a_label_takes_hardly_longer_than_its_bytes(plug_in, label):
    virtual = plug_in(pty=True, baud=9600)
    times = []

    def last_byte(received_before):
        virtual.wait_until(lambda each: each.state()["received"] >= received_before + len(label))
        times.append(time.monotonic())

    def begin():
        times.append(time.monotonic())
        watcher = threading.Thread(target=last_byte, args=[virtual.state()["received"]])
        watcher.start()
        watchers.append(watcher)
        return True

    watchers = []
    assert Printer(virtual.serial_url).print_label(label, begin=begin).outcome is Outcome.PRINTED
    watchers[0].join()
    wire = len(label) * 10 / 9600
    assert wire * 0.9 < times[1] - times[0] < wire * 1.2


DECLARED = Declared(203, "2x1in", 25.4)


def test_a_roll_of_other_labels_gets_no_byte_and_is_named(plug_in, quick, label):
    virtual = plug_in()
    printer = Printer(virtual.tcp_url, quick, DECLARED)
    virtual.load_roll(50.8)
    result = printer.print_label(label)
    assert (result.outcome, result.condition) == (Outcome.NOTHING_SENT, Condition.WRONG_ROLL)
    assert result.detail == (
        "Label length is 51 mm, this template needs 25 mm. Load the 2x1in roll or press Calibrate."
    )
    assert printer.report().condition is Condition.WRONG_ROLL
    virtual.load_roll(25.4)
    assert printer.print_label(label).outcome is Outcome.PRINTED
    assert virtual.physical == 1


@pytest.mark.parametrize("line", ["tcp_url", "serial_url"])
def test_a_calibration_measures_the_roll_and_prints_nothing(plug_in, quick, label, line):
    virtual = plug_in(tcp=0, pty=True)
    virtual.load_roll(50.8)
    virtual.load_roll(25.4, measured=False)
    printer = Printer(getattr(virtual, line), quick, DECLARED)
    assert printer.report().condition is Condition.WRONG_ROLL
    assert printer.calibrate().condition is Condition.READY
    assert (virtual.blanks, virtual.physical) == (3, 0)
    assert printer.print_label(label).outcome is Outcome.PRINTED
    assert virtual.physical == 1


def test_a_calibration_is_over_when_the_last_label_was_fed_even_if_the_printer_says_ready(plug_in, quick):
    virtual = plug_in(model=Model(print_seconds=0.15))
    assert Printer(virtual.tcp_url, quick).calibrate().label_count == 3


@pytest.mark.parametrize("fault", [Fault.LID_OPEN, Fault.OUT_OF_LABELS, Fault.PAUSED, Fault.SILENT])
def test_a_printer_that_a_person_must_see_to_is_not_calibrated(plug_in, quick, fault):
    virtual = plug_in()
    virtual.set_fault(fault)
    begun = []
    report = Printer(virtual.tcp_url, quick).calibrate(begin=lambda: begun.append(1) or True)
    assert report.condition not in {Condition.READY, Condition.WRONG_ROLL}
    virtual.set_fault(fault, present=False)
    assert (begun, virtual.blanks) == ([], 0)


def test_nothing_is_calibrated_into_a_label_that_is_half_received(plug_in, quick):
    virtual = plug_in(pty=True)
    with open_transport(parse_url(virtual.serial_url), time.monotonic() + 1, "label") as line:
        line.write(b"^XA^FO20,16^A0N,34^FDNGUY", time.monotonic() + 1)
        assert virtual.wait_until(lambda each: each.state()["received"] > 20)
    begun = []
    assert (
        Printer(virtual.serial_url, quick).calibrate(begin=lambda: begun.append(1) or True).condition is Condition.BUSY
    )
    assert (begun, virtual.blanks) == ([], 0)


def test_a_calibration_that_is_not_on_record_is_not_sent(plug_in, quick):
    virtual = plug_in()
    assert Printer(virtual.tcp_url, quick).calibrate(begin=lambda: False) is None
    assert virtual.blanks == 0


def test_a_printer_that_cannot_be_asked_is_never_calibrated(plug_in, quick):
    virtual = plug_in()
    Printer(f"{virtual.tcp_url}?ask=0", quick).calibrate()
    assert (virtual.state()["received"], virtual.blanks) == (0, 0)


def test_a_fault_is_named_before_a_wrong_roll(plug_in, quick):
    virtual = plug_in()
    virtual.load_roll(50.8)
    virtual.set_fault(Fault.LID_OPEN)
    assert Printer(virtual.tcp_url, quick, DECLARED).report().condition is Condition.LID_OPEN


def test_a_length_that_the_printer_makes_up_is_left_out_of_account(plug_in, quick, label):
    virtual = plug_in()
    virtual.load_roll(50.8)
    assert Printer(virtual.tcp_url + "?length=0", quick, DECLARED).print_label(label).outcome is Outcome.PRINTED


def test_other_dots_than_declared_are_refused_before_a_byte(plug_in, quick, label):
    virtual = plug_in(model=Model(dpi=300))
    begun = []
    result = Printer(virtual.tcp_url, quick, DECLARED).print_label(label, begin=lambda: begun.append(1) or True)
    assert (result.outcome, result.condition, result.code) == (
        Outcome.FAILED,
        Condition.WRONG_RESOLUTION,
        "wrong_resolution",
    )
    address = virtual.tcp_url.removeprefix("tcp://")
    assert result.detail == f"{address} prints 300 dots an inch and is declared with 203: set dpi = 300 for it."
    assert (begun, virtual.physical) == ([], 0)


def test_another_printer_in_the_place_of_one_that_was_away_is_asked_anew(plug_in, quick, label):
    first = plug_in(tcp=0)
    printer = Printer(first.tcp_url, quick, DECLARED)
    assert printer.print_label(label).outcome is Outcome.PRINTED
    first.stop()
    assert printer.print_label(label).outcome is Outcome.NOTHING_SENT
    plug_in(model=Model(dpi=300), tcp=int(first.tcp_url.rsplit(":", 1)[1]))
    assert printer.print_label(label).outcome is Outcome.FAILED


@pytest.mark.parametrize("baud", [9600, 19200, 38400, 57600, 115200])
def test_a_label_is_printed_and_proved_at_every_pace_of_a_serial_line(plug_in, label, baud):
    virtual = plug_in(pty=True, baud=baud)
    assert f"baudrate={baud}&xonxoff=1" in virtual.serial_url
    assert Printer(virtual.serial_url).print_label(label).outcome is Outcome.PRINTED
    assert [physical.zpl for physical in virtual.labels] == [label]


@pytest.mark.parametrize("counts_labels", [True, False])
def test_the_next_label_of_a_collection_leaves_without_asking_again(plug_in, quick, label, counts_labels):
    virtual = plug_in(model=Model(print_seconds=0.01, counts_labels=counts_labels))
    printer = Printer(virtual.tcp_url, quick)
    heard = []

    def begin():
        heard.append(virtual.state()["received"])
        return True

    for follows in (False, True, False):
        heard.append(virtual.state()["received"])
        assert printer.print_label(label, follows=follows, begin=begin).outcome is Outcome.PRINTED
    asked = [after - before for before, after in zip(heard[::2], heard[1::2], strict=True)]
    assert [number > 0 for number in asked] == [True, False, True]
    assert virtual.physical == 3


def test_a_label_that_followed_one_and_is_cut_off_is_in_doubt(plug_in, quick, label):
    virtual = plug_in()
    printer = Printer(virtual.tcp_url, quick)
    assert printer.print_label(label).outcome is Outcome.PRINTED
    result = printer.print_label(label, follows=True, begin=lambda: virtual.power_off_after(100) or True)
    assert (result.outcome, virtual.physical) == (Outcome.UNKNOWN, 1)
