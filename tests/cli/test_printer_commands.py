"""`printers status` and `printers test`: through whoever holds the printer, directly where nobody does, always in one sentence."""

import io
import time

import pytest
import zxingcpp
from PIL import Image

from printers.simulator import Fault, Model, VirtualPrinter
from tests.cli.shell import Shell, running


@pytest.fixture
def printer():
    with VirtualPrinter(tcp=0, model=Model(print_seconds=0.01)) as virtual:
        yield virtual


@pytest.fixture
def shell(tmp_path, capsys, monkeypatch, printer) -> Shell:
    made = Shell(tmp_path, capsys, monkeypatch, printer=printer.tcp_url)
    assert made("db", "upgrade") == 0
    return made


def read_off(label) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(label.png)).convert("L"))]


def test_a_test_page_comes_out_with_what_the_printer_said(shell, printer):
    assert shell("printers", "test", "chair-1") == 0
    assert shell.out.splitlines() == [
        "chair-1: The test page came out.",
        "    ~HI ZTC Virtual-203dpi ZPL V1.0.0Z 8/mm",
        "    ~HS ready, label 203 dots, 0 wait",
        "    Counter 0 labels",
        "    ~HQES errors 0",
    ]
    [page] = printer.labels
    assert read_off(page) == ["1234"]
    assert b"Virtual-203dpi" in page.zpl
    assert shell("jobs", "list") == 0
    assert "Test page" in shell.out


def test_status_tells_all_that_the_printer_answered(shell, printer):
    assert shell("printers", "status", "chair-1") == 0
    assert shell.out.startswith("chair-1: The printer is ready.\n    ~HI ZTC Virtual-203dpi")
    printer.set_fault(Fault.LID_OPEN)
    assert shell("printers", "status") == 1
    assert shell.out.startswith("chair-1: The printer's lid is open: close it.\n")


@pytest.mark.timed
def test_a_running_spooler_asks_and_prints_for_the_command_line(shell, printer):
    with running("spool", SPECIMEN_CONFIG=str(shell.config)) as spool:
        assert spool.line() == "Spooling.\n"
        assert shell("printers", "status") == 0
        printer.set_fault(Fault.PAUSED)
        began = time.monotonic()
        assert shell("printers", "status") == 1
        assert "paused" in shell.out
        assert time.monotonic() - began < 5
        printer.set_fault(Fault.PAUSED, present=False)
        assert shell("printers", "test") == 0
        assert shell.out.startswith("chair-1: The test page came out.\n")
        assert spool.end() == 0
    assert printer.physical == 1


@pytest.mark.long
def test_a_calibration_is_done_by_the_command_line_or_by_whoever_holds_the_printer(shell, printer):
    printer.load_roll(25.4, measured=False)
    assert shell("printers", "calibrate", "chair-1") == 0
    assert shell.out.startswith("chair-1: The printer is ready.\n")
    printer.set_fault(Fault.LID_OPEN)
    assert shell("printers", "calibrate", "chair-1") == 1
    assert shell.out.startswith("chair-1: The printer's lid is open: close it.\n")
    printer.set_fault(Fault.LID_OPEN, present=False)
    with running("spool", SPECIMEN_CONFIG=str(shell.config)) as spool:
        assert spool.line() == "Spooling.\n"
        assert shell("printers", "calibrate", "chair-1") == 0
        assert shell.out.startswith("chair-1: The printer is ready.\n")
        assert spool.end() == 0
    assert (printer.blanks, printer.physical) == (6, 0)
    assert "chair-9" in shell.fails("printers", "calibrate", "chair-9")


@pytest.mark.parametrize("fault", [Fault.PAUSED, Fault.OUT_OF_LABELS])
def test_a_test_page_that_cannot_come_out_is_taken_back(shell, printer, fault):
    printer.set_fault(fault)
    assert shell("printers", "test", "chair-1") == 1
    assert shell.out.splitlines()[0] in {
        "chair-1: The printer is paused: press its pause button to go on.",
        "chair-1: The printer is out of labels: put in a new roll.",
    }
    printer.set_fault(fault, present=False)
    assert shell("jobs", "list", "--state", "cancelled") == 0
    assert "Test page" in shell.out or fault.value.replace("_", " ") in shell.out
    assert printer.physical == 0


def test_a_printer_of_other_dots_than_declared_gets_no_test_page(tmp_path, capsys, monkeypatch):
    with VirtualPrinter(tcp=0, model=Model(dpi=300)) as printer:
        shell = Shell(tmp_path, capsys, monkeypatch, printer=printer.tcp_url)
        assert shell("db", "upgrade") == 0
        assert shell("printers", "test", "chair-1") == 1
        assert "prints 300 dots an inch and is declared with 203: set dpi = 300" in shell.out.splitlines()[0]
        assert shell("printers", "status", "chair-1") == 1
        assert "prints 300 dots an inch" in shell.out.splitlines()[0]
        assert printer.physical == 0


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("serial:///dev/no-such-tty", "There is no /dev/no-such-tty: connect the printer and switch it on"),
        ("usb:///dev/no-such-lp", "There is no /dev/no-such-lp"),
        ("file:///no/such/folder", "There is no /no/such/folder"),
        ("usb:///dev/null/x", "/dev/null/x"),
        ("tcp://127.0.0.1:9", "cannot be reached"),
    ],
)
def test_a_device_that_is_not_there_is_named_in_one_sentence(tmp_path, capsys, monkeypatch, url, sentence):
    shell = Shell(tmp_path, capsys, monkeypatch, printer=url)
    assert shell("db", "upgrade") == 0
    for command in ("status", "test"):
        assert shell("printers", command, "chair-1") == 1
        assert shell.out.count("\n") == 1
        assert sentence in shell.out


def test_a_scheme_we_do_not_have_is_named_in_one_sentence(tmp_path, capsys, monkeypatch):
    shell = Shell(tmp_path, capsys, monkeypatch, printer="lpd://host/queue")
    assert "has no scheme we know; use one of serial://, tcp://, usb://, file://" in shell.fails("printers", "test")


def test_a_directory_takes_a_test_page_and_cannot_prove_it(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "labels"
    folder.mkdir()
    shell = Shell(tmp_path, capsys, monkeypatch, printer=f"file://{folder}")
    shell.config.write_text(shell.config.read_text().replace("[[station]]", 'language = "pdf"\n[[station]]'))
    assert shell("db", "upgrade") == 0
    assert shell("printers", "test", "chair-1") == 0
    assert "took the whole label" in shell.out
    [page] = folder.glob("*.pdf")
    assert page.read_bytes().startswith(b"%PDF")
