"""Bytes to a device: counted as the kernel takes them, never beyond a deadline, never burning a core."""

import contextlib
import fcntl
import os
import pty
import resource
import select
import signal
import socket
import threading
import time
import tty
from pathlib import Path

import pytest

from printers.errors import (
    BadPrinterUrlError,
    DeviceBusyError,
    DeviceForbiddenError,
    DeviceLostError,
    DeviceMissingError,
    PrinterError,
    UnreachableError,
    WrongDeviceError,
)
from printers.transports import open_transport, parse_url


def soon(seconds=1.0):
    return time.monotonic() + seconds


def connect(url, name="label"):
    return open_transport(parse_url(url), soon(), name)


@pytest.fixture
def terminal():
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    os.close(slave)
    os.close(master)


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        yield server


def read_exactly(descriptor, size):
    """The next `size` bytes: a terminal hands a long line over in as many pieces as it likes."""
    arrived = b""
    while len(arrived) < size and select.select([descriptor], [], [], 2)[0]:
        arrived += os.read(descriptor, size - len(arrived))
    return arrived


def tcp(server):
    return f"tcp://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("lpd://host", "no scheme we know"),
        ("/dev/ttyUSB0", "no scheme we know"),
        ("socket://host:1", "no scheme we know"),
        ("loop://", "no scheme we know"),
        ("serial:///dev/ttyUSB0?speed=9600", "unknown option 'speed'"),
        ("serial:///dev/ttyUSB0?baudrate=fast", "'baudrate' the value 'fast'"),
        ("serial:///dev/ttyUSB0?baudrate=0", "'baudrate' the value '0'"),
        ("serial:///dev/ttyUSB0?xonxoff=yes", "'xonxoff' the value 'yes'"),
        ("serial:///dev/ttyUSB0?ask=0&ask=1", "'ask' twice"),
        ("serial://ttyUSB0", "three slashes"),
        ("serial:///", "three slashes"),
        ("usb://", "three slashes"),
        ("file://host/labels", "three slashes"),
        ("file:///labels?ask=0", "unknown option 'ask'"),
        ("tcp://", "must name a host"),
        ("tcp://host:0", "must name a host"),
        ("tcp://host:99999", "is not a URL"),
        ("tcp://host/queue", "must name a host"),
        ("tcp://me:secret@host", "user name"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_in_one_sentence(url, says):
    with pytest.raises(BadPrinterUrlError) as refused:
        parse_url(url)
    assert says in str(refused.value)
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)
    assert refused.value.permanent


def test_urls_of_the_contract_are_understood():
    serial = parse_url("serial:///dev/ttyUSB0?baudrate=9600&xonxoff=1")
    assert (serial.device, serial.options["baudrate"], serial.options["xonxoff"]) == ("/dev/ttyUSB0", 9600, True)
    assert parse_url("tcp://host").device == "host:9100"
    assert parse_url("tcp://[::1]:9101").device == "::1:9101"
    assert parse_url("usb:///dev/usb/lp0?ask=0").one_way
    assert parse_url("file:///with%20blank").path == "/with blank"
    assert parse_url("file:///labels").one_way
    assert not serial.one_way


@pytest.mark.parametrize("url", ["serial:///dev/no-such-tty", "usb:///dev/no-such-lp", "file:///no/such/directory"])
def test_a_missing_device_is_named_and_may_come_back(url):
    with pytest.raises(DeviceMissingError, match="There is no /") as missing:
        connect(url)
    assert not missing.value.permanent


@pytest.mark.parametrize("scheme", ["serial", "usb", "file"])
def test_a_path_of_another_kind_is_refused_for_good(scheme, tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("not a printer")
    with pytest.raises(WrongDeviceError) as wrong:
        connect(f"{scheme}://{plain}")
    assert wrong.value.permanent


@pytest.fixture
def as_nobody():
    """Root may open everything: step down for a moment where the tests run as root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


@pytest.fixture
def forbidden(terminal, tmp_path):
    device, directory = Path(terminal[1]), tmp_path / "labels"
    directory.mkdir()
    for path in (device, directory):
        path.chmod(0)
    tmp_path.chmod(0o755)
    return {"serial": device, "usb": device, "file": directory}


@pytest.mark.parametrize("scheme", ["serial", "usb", "file"])
def test_a_device_that_is_not_ours_says_who_may_open_it(scheme, forbidden, as_nobody):
    with pytest.raises(DeviceForbiddenError, match="group") as refused:
        connect(f"{scheme}://{forbidden[scheme]}")
    assert not refused.value.permanent


def test_a_serial_line_is_held_by_one_program_at_a_time(terminal):
    with connect(f"serial://{terminal[1]}"), pytest.raises(DeviceBusyError):
        connect(f"serial://{terminal[1]}")


@pytest.mark.parametrize("scheme", ["serial", "usb"])
def test_bytes_arrive_whole_and_in_order_both_ways(scheme, terminal):
    master, path = terminal
    sent = bytes(range(32, 127)) * 30
    with connect(f"{scheme}://{path}?xonxoff=0" if scheme == "serial" else f"{scheme}://{path}") as line:
        assert line.write(sent, soon()) == len(sent) == line.accepted
        assert read_exactly(master, len(sent)) == sent
        os.write(master, b"\x02answer\x03")
        assert line.read(soon()) == b"\x02answer\x03"


@pytest.mark.timed
@pytest.mark.parametrize("scheme", ["serial", "usb"])
def test_a_full_device_costs_the_deadline_and_no_core(scheme, terminal):
    _master, path = terminal
    data = b"x" * 200_000
    with connect(f"{scheme}://{path}") as line:
        burnt, began = resource.getrusage(resource.RUSAGE_SELF).ru_utime, time.monotonic()
        taken = line.write(data, soon(0.5))
        assert time.monotonic() - began < 2.0
        assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - burnt < 0.1
        assert 0 < taken < len(data)
        assert taken == line.accepted


def test_bytes_taken_are_counted_to_the_last_one(terminal):
    master, path = terminal
    with connect(f"serial://{path}") as line:
        taken = line.write(b"x" * 100_000, soon(0.2))
        assert len(read_exactly(master, taken)) == taken
        assert not select.select([master], [], [], 0.1)[0]


def test_xoff_stops_us_and_xon_lets_us_go_on(terminal):
    master, path = terminal
    with connect(f"serial://{path}?xonxoff=1") as line:
        os.write(master, b"\x13")
        time.sleep(0.02)
        assert line.write(b"label", soon(0.1)) == 0
        os.write(master, b"\x11")
        assert line.write(b"label", soon(1)) == 5


def test_what_is_discarded_does_not_arrive_later(listener):
    """What the kernel of a stopped printer has not taken is taken back."""
    with connect(tcp(listener)) as line:
        client, _ = listener.accept()
        taken = line.write(b"x" * 20_000_000, soon(0.2))
        assert line.drain(soon(0.01)) > 0
        line.discard()
    arrived = 0
    with client, contextlib.suppress(ConnectionResetError):
        while data := client.recv(100_000):
            arrived += len(data)
    assert arrived < taken


@pytest.mark.timed
def test_silence_lasts_until_the_deadline_and_no_longer(terminal):
    with connect(f"serial://{terminal[1]}") as line:
        began = time.monotonic()
        assert line.read(soon(0.1)) == b""
        assert 0.1 <= time.monotonic() - began < 0.3


@pytest.mark.timed
def test_a_device_that_always_promises_and_never_gives_costs_the_deadline():
    with connect("usb:///dev/null") as line:
        began = time.monotonic()
        assert line.read(soon(0.1)) == b""
        assert line.read(began) == b""
        assert 0.1 <= time.monotonic() - began < 0.3


@pytest.mark.parametrize("scheme", ["serial", "usb"])
def test_an_unplugged_device_is_lost_not_silent(scheme):
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    with connect(f"{scheme}://{path}") as line:
        os.close(slave)
        os.close(master)
        with pytest.raises(DeviceLostError, match="broke off"):
            line.write(b"label", soon(0.3))
        assert line.accepted == 0


def test_a_tcp_printer_hears_all_and_answers(listener):
    with connect(tcp(listener)) as line:
        client, _ = listener.accept()
        with client:
            assert line.write(b"^XA^XZ", soon()) == 6
            assert client.recv(100) == b"^XA^XZ"
            client.sendall(b"answer")
            assert line.read(soon()) == b"answer"


def test_a_tcp_printer_that_reads_nothing_is_told_from_one_that_took_all(listener):
    with connect(tcp(listener)) as line:
        client, _ = listener.accept()
        with client:
            data = b"x" * 20_000_000
            taken = line.write(data, soon(0.3))
            assert taken < len(data)
            assert line.drain(soon(0.1)) > 0
            line.discard()


def test_the_last_bytes_survive_a_printer_that_talks_back_at_the_end(listener):
    heard = []

    def printer():
        client, _ = listener.accept()
        with client:
            client.sendall(b"hello")
            time.sleep(0.1)
            client.sendall(b"unasked")
            while data := client.recv(1000):
                heard.append(data)
                time.sleep(0.001)

    thread = threading.Thread(target=printer)
    thread.start()
    with connect(tcp(listener)) as line:
        line.write(b"x" * 100_000, soon())
        assert line.drain(soon(2)) == 0
    thread.join(5)
    assert len(b"".join(heard)) == 100_000


def test_a_closed_connection_is_lost_not_silent(listener):
    with connect(tcp(listener)) as line:
        listener.accept()[0].close()
        with pytest.raises(DeviceLostError):
            line.read(soon())


def test_nobody_there_is_said_at_once():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = tcp(server)
    with pytest.raises(UnreachableError, match="cannot be reached"):
        connect(url)


@pytest.mark.timed
def test_a_host_that_swallows_connections_costs_only_the_deadline():
    # A listener whose queue is full leaves a new connection unanswered, as a switched-off printer does.
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = []
        began = time.monotonic()
        try:
            with pytest.raises(UnreachableError):
                waiting.extend(open_transport(parse_url(tcp(server)), soon(0.2)) for _ in range(4))
        finally:
            for line in waiting:
                line.close()
        assert time.monotonic() - began < 1


def test_a_file_is_whole_or_not_there(tmp_path):
    with connect(f"file://{tmp_path}", name="job-17") as directory:
        assert directory.write(b"%PDF-1.4 label", soon()) == 14
        assert directory.read(soon()) == b""
    assert [path.name for path in tmp_path.iterdir()] == ["job-17.pdf"]
    assert (tmp_path / "job-17.pdf").read_bytes() == b"%PDF-1.4 label"


def test_a_label_in_zpl_becomes_a_zpl_file(tmp_path):
    with connect(f"file://{tmp_path}") as directory:
        directory.write(b"^XA^XZ", soon())
    assert [path.name for path in tmp_path.iterdir()] == ["label.zpl"]


def test_a_full_disk_takes_nothing_and_leaves_nothing(tmp_path):
    # A limit on the size of files is the full disk that every user can have.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    directory = connect(f"file://{tmp_path}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with pytest.raises(PrinterError, match="not full"):
            directory.write(b"%PDF" * 100, soon())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert directory.accepted == 0
    assert [path for path in tmp_path.iterdir() if not path.name.startswith(".")] == []


def test_no_descriptor_is_left_open(terminal, listener, tmp_path):
    def descriptors():
        return len(list(Path("/proc/self/fd").iterdir()))

    before = descriptors()
    for url in (f"serial://{terminal[1]}", f"usb://{terminal[1]}", f"file://{tmp_path}", tcp(listener)):
        with connect(url) as line:
            line.write(b"x", soon())
            line.discard()
        line.close()
    for url in ("serial:///dev/null", f"usb://{tmp_path}", f"serial://{tmp_path}"):
        with pytest.raises(PrinterError):
            connect(url)
    assert fcntl.fcntl(listener, fcntl.F_GETFD) >= 0
    assert descriptors() == before
