"""The virtual printer keeps to the documents, fails as told, and counts every piece of paper."""

import io
import os
import select
import socket
import termios
import threading
import time
import tty
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from printers.simulator import Fault, Model, VirtualPrinter
from printers.simulator_stream import Format, Immediate, Noise, Receiver, Variable
from printers.simulator_wire import Wire

READY = b"\x02030,0,0,0203,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
COUNT = b'! U1 getvar "odometer.total_label_count"\r\n'


class Client:
    """A host on a TCP port that asks and listens."""

    def __init__(self, virtual):
        host, port = virtual.tcp_url.removeprefix("tcp://").split(":")
        self.socket = socket.create_connection((host, int(port)), 5)

    def send(self, data):
        self.socket.sendall(data)

    def hear(self, end, seconds=2.0):
        heard, deadline = b"", time.monotonic() + seconds
        self.socket.settimeout(seconds)
        while end not in heard and time.monotonic() < deadline:
            heard += self.socket.recv(1000)
        return heard

    def silent(self):
        return not select.select([self.socket], [], [], 0.1)[0]

    def status(self):
        self.send(b"~HS")
        return self.hear(b"1234,0\x03\r\n")


@pytest.fixture
def talk():
    clients = []

    def connect(virtual):
        clients.append(Client(virtual))
        return clients[-1]

    yield connect
    for client in clients:
        client.socket.close()


def test_status_has_the_three_strings_of_the_guide(plug_in, talk):
    assert talk(plug_in()).status() == READY


@pytest.mark.parametrize(
    ("fault", "where"),
    [
        (Fault.OUT_OF_LABELS, (0, 1)),
        (Fault.PAUSED, (0, 2)),
        (Fault.TOO_HOT, (0, 11)),
        (Fault.LID_OPEN, (1, 2)),
        (Fault.OUT_OF_RIBBON, (1, 3)),
    ],
)
def test_each_fault_stands_in_its_own_field(plug_in, talk, fault, where):
    virtual = plug_in()
    virtual.set_fault(fault)
    strings = [line.strip(b"\x02\x03").split(b",") for line in talk(virtual).status().split(b"\r\n")]
    assert strings[where[0]][where[1]] == b"1"


def test_identity_and_counter_are_answered_as_documented(plug_in, talk, label):
    virtual = plug_in(model=Model(dpi=300, print_seconds=0))
    client = talk(virtual)
    client.send(b"~HI")
    assert client.hear(b"\r\n") == b"\x02ZTC Virtual-300dpi ZPL,V1.0.0Z,12,8192KB\x03\r\n"
    client.send(label)
    assert virtual.wait_until(lambda each: each.physical == 1)
    client.send(COUNT)
    assert client.hear(b'1"') == b'"1"'
    client.send(b'! U1 getvar "device.friendly_name"\r\n')
    assert client.hear(b'?"') == b'"?"'


@pytest.mark.parametrize(
    ("fault", "flags"),
    [
        (None, b"0 00000000 00000000"),
        (Fault.OUT_OF_LABELS, b"1 00000000 00000001"),
        (Fault.PAUSED, b"1 00000000 00010000"),
    ],
)
def test_errors_are_told_as_documented_also_by_firmware_that_is_silent_otherwise(plug_in, talk, fault, flags):
    virtual = plug_in(model=Model(answers_in_fault=False))
    if fault:
        virtual.set_fault(fault)
    client = talk(virtual)
    client.send(b"~HQES" if fault is None else b"~HS~HQES")
    heard = client.hear(b"\x03")
    assert heard.startswith(b"\x02\r\n  PRINTER STATUS\r\n")
    assert b"ERRORS:         " + flags in heard


def test_the_length_of_the_roll_is_reported(plug_in, talk):
    virtual = plug_in(model=Model(dpi=300))
    virtual.load_roll(50.8)
    assert talk(virtual).status().split(b",")[3] == b"0600"


def test_a_roll_that_was_not_measured_is_reported_after_a_calibration_which_feeds_blank_labels(plug_in, talk):
    virtual = plug_in()
    virtual.load_roll(50.8, measured=False)
    client = talk(virtual)
    assert client.status().split(b",")[3] == b"0203"
    client.send(b"~JC")
    assert virtual.wait_until(lambda each: each.blanks == 3)
    assert client.status().split(b",")[3] == b"0406"
    assert (virtual.physical, virtual.state()["odometer"], list(virtual.refusals)) == (0, 3, [])


def test_a_printer_without_a_counter_ignores_the_question(plug_in, talk):
    client = talk(plug_in(model=Model(counts_labels=False)))
    client.send(COUNT)
    assert client.silent()


def test_what_waits_is_counted_in_the_status_and_cancelled_by_ja(plug_in, talk, label):
    virtual = plug_in()
    virtual.set_fault(Fault.PAUSED)
    client = talk(virtual)
    client.send(label + label + label[:40])
    assert client.status().split(b",")[4:8] == [b"002", b"0", b"0", b"1"]
    client.send(b"~JA")
    assert client.status().split(b",")[4:8] == [b"000", b"0", b"0", b"0"]
    virtual.set_fault(Fault.PAUSED, present=False)
    assert not virtual.wait_until(lambda each: each.physical, 0.1)


def test_the_label_under_the_head_comes_out_in_spite_of_ja(plug_in, talk, label):
    virtual = plug_in(model=Model(print_seconds=0.2))
    client = talk(virtual)
    client.send(label.replace(b"^PQ1", b"^PQ5"))
    assert virtual.wait_until(lambda each: each.state()["printing"])
    assert b"00000005" in client.status()
    client.send(b"~JA")
    assert b"00000001" in client.status()
    assert virtual.wait_until(lambda each: each.physical == 1)
    assert not virtual.wait_until(lambda each: each.physical > 1, 0.3)


@pytest.mark.parametrize("fault", [Fault.OUT_OF_LABELS, Fault.OUT_OF_RIBBON, Fault.LID_OPEN])
@pytest.mark.parametrize(("asked", "torn"), [(b"^JZN", [True]), (b"^JZY", [True, False]), (b"", [True, False])])
def test_a_torn_label_is_repeated_unless_the_format_forbids_it(plug_in, talk, label, fault, asked, torn):
    """The printer itself is the first that doubles labels (ZPL guide, ^JZ)."""
    virtual = plug_in(model=Model(print_seconds=0.15))
    talk(virtual).send(label.replace(b"^JZN", asked))
    assert virtual.wait_until(lambda each: each.state()["printing"])
    virtual.set_fault(fault)
    assert virtual.wait_until(lambda each: each.physical == 1)
    virtual.set_fault(fault, present=False)
    virtual.wait_until(lambda each: each.physical == 2, 0.4)
    assert [each.torn for each in virtual.labels] == torn
    assert virtual.state()["odometer"] == torn.count(False)


def test_a_pause_lets_the_label_under_the_head_come_out(plug_in, talk, label):
    virtual = plug_in(model=Model(print_seconds=0.1))
    talk(virtual).send(label + label)
    assert virtual.wait_until(lambda each: each.state()["printing"])
    virtual.set_fault(Fault.PAUSED)
    assert virtual.wait_until(lambda each: each.physical == 1)
    assert not virtual.wait_until(lambda each: each.physical > 1, 0.2)
    assert not virtual.labels[0].torn


def test_power_lost_loses_buffer_and_connection_but_not_the_counter(plug_in, talk, label):
    virtual = plug_in()
    client = talk(virtual)
    client.send(label)
    assert virtual.wait_until(lambda each: each.physical == 1)
    virtual.set_fault(Fault.PAUSED)
    client.send(label)
    client.status()
    virtual.power_off()
    with pytest.raises(ConnectionError):
        client.socket.recv(1)
    with pytest.raises(ConnectionRefusedError):
        talk(virtual)
    virtual.power_on()
    virtual.set_fault(Fault.PAUSED, present=False)
    again = talk(virtual)
    assert again.status() == READY
    again.send(COUNT)
    assert again.hear(b'1"') == b'"1"'


def test_power_goes_after_exactly_the_bytes_told(plug_in, talk, label):
    virtual = plug_in()
    virtual.power_off_after(len(label) - 1)
    client = talk(virtual)
    client.send(label)
    assert virtual.wait_until(lambda each: not each.state()["powered"])
    assert virtual.state()["received"] == len(label) - 1
    assert virtual.physical == 0


def test_a_label_is_drawn_from_its_bytes_and_kept_in_memory_and_on_disk(plug_in, talk, label, tmp_path):
    virtual = plug_in(tcp=0, out=tmp_path)
    talk(virtual).send(label)
    assert virtual.wait_until(lambda each: each.physical == 1)
    kept = virtual.labels[0]
    assert kept.zpl == label == (tmp_path / "label-000001.zpl").read_bytes()
    assert kept.png == (tmp_path / "label-000001.png").read_bytes()
    picture = Image.open(io.BytesIO(kept.png))
    assert picture.size == (406, 203)
    assert [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))] == ["101234567897"]


def test_a_printer_plugged_in_again_does_not_overwrite_what_came_out_before(talk, label, tmp_path):
    for _ in range(2):
        with VirtualPrinter(tcp=0, out=tmp_path) as virtual:
            talk(virtual).send(label)
            assert virtual.wait_until(lambda each: each.physical == 1)
    assert sorted(path.name for path in tmp_path.glob("*.zpl")) == ["label-000001.zpl", "label-000002.zpl"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"^XA^FO20,20^XGE:LOGO.ZPL^FS^XZ", "^XG is not known"),
        (b"~JR", "~JR is not known"),
        (b"^XA^JUS^XZ", "^JU is not known"),
        (b"hello\r\n", "outside any format"),
    ],
)
def test_what_it_does_not_know_is_refused_counted_and_not_printed(plug_in, talk, data, reason):
    virtual = plug_in()
    talk(virtual).send(data)
    assert virtual.wait_until(lambda each: each.refusals)
    assert reason in virtual.refusals[0].reason
    assert virtual.state()["refused"] == 1
    assert virtual.physical == 0


def test_memory_of_labels_is_bounded():
    assert VirtualPrinter(tcp=0).labels.maxlen


def test_one_client_at_a_time_is_served_and_the_next_waits(plug_in, talk):
    virtual = plug_in()
    first = talk(virtual)
    assert first.status() == READY
    second = talk(virtual)
    second.send(b"~HS")
    assert second.silent()
    first.socket.close()
    assert second.hear(b"1234") != b""


def test_a_full_buffer_stops_a_tcp_sender(plug_in, talk, label):
    virtual = plug_in(model=Model(buffer=1000))
    virtual.set_fault(Fault.PAUSED)
    client = talk(virtual)
    client.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.send(label * 100_000)
    assert virtual.wait_until(lambda each: each.state()["received"] == 1000)
    assert virtual.state()["overflowed"] == 0


@pytest.mark.parametrize("obeys", [True, False])
def test_a_nearly_full_buffer_holds_a_serial_sender_that_obeys_and_loses_bytes_of_one_that_does_not(
    plug_in, label, obeys
):
    virtual = plug_in(pty=True, model=Model(buffer=4 * len(label), print_seconds=0.001))
    virtual.set_fault(Fault.PAUSED)
    terminal = os.open(virtual.serial_url.removeprefix("serial://").split("?")[0], os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(terminal)
        settings = termios.tcgetattr(terminal)
        settings[0] |= termios.IXON if obeys else 0
        termios.tcsetattr(terminal, termios.TCSANOW, settings)
        writer = threading.Thread(target=lambda: [os.write(terminal, label) for _ in range(40)])
        writer.start()
        virtual.wait_until(lambda each: each.state()["overflowed"], 0.5)
        assert bool(virtual.state()["overflowed"]) is not obeys
        virtual.set_fault(Fault.PAUSED, present=False)
        if obeys:
            assert virtual.wait_until(lambda each: each.physical == 40, 10)
        writer.join(10)
        assert not writer.is_alive()
    finally:
        os.close(terminal)


@pytest.mark.timed
def test_bytes_on_a_slow_line_take_their_time_both_ways(plug_in):
    virtual = plug_in(pty=True, baud=1200)
    terminal = os.open(virtual.serial_url.removeprefix("serial://").split("?")[0], os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(terminal)
        began, heard = time.monotonic(), b""
        os.write(terminal, b"~HS")
        while not heard.endswith(READY):
            heard += os.read(terminal, 1000)
        wire = (len(READY) + 3) * 10 / 1200
        assert wire * 0.95 < time.monotonic() - began < wire * 1.2
    finally:
        os.close(terminal)


def test_a_link_leads_to_the_terminal_while_the_printer_has_power(plug_in, tmp_path):
    link = tmp_path / "printer"
    link.symlink_to("/nowhere")
    virtual = plug_in(pty=link)
    assert link.resolve().is_char_device()
    virtual.power_off()
    assert not link.is_symlink()
    virtual.power_on()
    assert link.resolve().is_char_device()


def test_a_link_never_replaces_a_file_of_somebody(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("data")
    with pytest.raises(FileExistsError):
        VirtualPrinter(pty=precious).start()
    assert precious.read_text() == "data"


def test_starting_and_stopping_leaks_neither_descriptors_nor_threads(tmp_path, label):
    def held():
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    before = held()
    for _ in range(5):
        with VirtualPrinter(tcp=0, pty=True, control=0, out=tmp_path) as virtual, Client(virtual).socket as client:
            client.sendall(label)
            virtual.power_off()
            virtual.power_on()
        with pytest.raises(FileNotFoundError):
            VirtualPrinter(tcp=0, pty=tmp_path / "no" / "link", control=0).start()
    assert held() == before


def test_an_idle_virtual_printer_burns_no_core(plug_in):
    plug_in(tcp=0, pty=True, baud=9600)
    before = time.process_time()
    time.sleep(0.5)
    assert time.process_time() - before < 0.05


def pieces(data, cuts):
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(st.lists(st.integers(0, 200), max_size=20))
def test_the_stream_is_taken_apart_alike_whatever_pieces_it_comes_in(cuts):
    stream = b"noise\r\n~HS^XA^FDa~JAb^FS^XZ" + COUNT + b"\x02^FDx\x03^XA^FDhalf"
    receiver = Receiver()
    events = [event for piece in pieces(stream, cuts) for event in receiver.feed(piece)]
    assert events == [
        Noise(b"noise\r\n"),
        Immediate("HS"),
        Immediate("JA"),
        Format(b"^XA^FDab^FS^XZ"),
        Variable("odometer.total_label_count"),
        Format(b"^XA^FDx^XZ"),
    ]
    assert receiver.in_format


def test_a_format_cut_by_the_next_is_noise_not_part_of_it():
    events = list(Receiver().feed(b"^XA^FDlost^XA^FDkept^FS^XZ"))
    assert events == [Noise(b"^XA^FDlost"), Format(b"^XA^FDkept^FS^XZ")]


@given(st.binary(max_size=200), st.integers(300, 115_200))
def test_a_wire_keeps_order_and_pace(data, baud):
    wire, arrived, now = Wire(baud), b"", 50.0
    wire.put(data, now)
    while (moment := wire.next_arrival) is not None:
        assert wire.take(moment - 1e-9) == b""
        now = moment
        arrived += wire.take(now)
    assert arrived == data
    assert now - 50.0 == pytest.approx(len(data) * 10 / baud)
