"""`python -m printers` as a person uses it: in its own process."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from printers.__main__ import main
from printers.label import Area, Code128, Label, Text
from printers.label_json import to_json
from printers.printer import Printer
from printers.proof import Outcome
from printers.simulator import Fault, Model
from printers.stocks import STOCKS

COMMAND = [sys.executable, "-m", "printers"]


@pytest.fixture
def simulate():
    """Start `simulate` in a process of its own; all of them are ended."""
    running = []

    def start(*arguments):
        process = subprocess.Popen([*COMMAND, "simulate", *map(str, arguments)], stdout=subprocess.PIPE, text=True)
        running.append(process)
        return process, process.stdout.readline()

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        process.stdout.close()


@pytest.fixture
def label_file(tmp_path):
    label = Label(
        STOCKS["2x1in"],
        (
            Text("name", "NGUYEN, Thi Minh Khai", Area(2, 1, 46, 5), 4),
            Code128("barcode", "101234567897", Area(7.7, 9, 35.4, 11)),
        ),
    )
    path = tmp_path / "label.json"
    path.write_text(to_json(label))
    return path


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_simulated_printer_prints_on_both_its_lines_and_keeps_what_came_out(simulate, tmp_path, quick, label):
    link, out = tmp_path / "printer", tmp_path / "labels"
    _process, line = simulate("--tcp", 0, "--pty", link, "--out", out, "--seconds", 0.01)
    urls = [word for word in line.split() if "://" in word]
    assert [url.split(":")[0] for url in urls] == ["tcp", "serial"]
    assert [Printer(url, quick).print_label(label).outcome for url in urls] == [Outcome.PRINTED] * 2
    names = sorted(path.name for path in out.iterdir())
    assert names == ["label-000001.png", "label-000001.zpl", "label-000002.png", "label-000002.zpl"]
    assert (out / "label-000001.zpl").read_bytes() == label


def test_a_simulated_printer_takes_its_link_away_when_it_ends(simulate, tmp_path):
    link = tmp_path / "printer"
    process, _line = simulate("--pty", link)
    assert link.is_symlink()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert not link.is_symlink()


def test_faults_are_commanded_from_outside(simulate, quick):
    _process, line = simulate("--tcp", 0, "--control", 0, "--fault", "paused")
    url = next(word for word in line.split() if "://" in word)
    port = int(line.split(" for control")[0].rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), 5) as control, control.makefile("rw") as wire:

        def command(text):
            wire.write(f"{text}\n")
            wire.flush()
            return json.loads(wire.readline())

        assert command("state")["faults"] == [Fault.PAUSED]
        assert command("pause off")["faults"] == []
        assert command("paper out")["faults"] == [Fault.OUT_OF_LABELS]
        assert "known are" in command("paper eaten")["error"]
        assert command("power off")["powered"] is False
        assert Printer(url, quick).report().code == "unreachable"
        assert command("power on")["powered"] is True
        assert Printer(url, quick).report().condition == "out_of_labels"


@pytest.mark.parametrize("language", ["zpl", "pdf", "svg", "png"])
def test_a_label_is_rendered_in_every_language(label_file, tmp_path, language):
    output = tmp_path / "rendered"
    done = subprocess.run([*COMMAND, "render", str(label_file), "--language", language], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert main(["render", str(label_file), "--language", language, "-o", str(output)]) == 0
    assert output.read_bytes() == done.stdout
    starts = {"zpl": b"^XA", "pdf": b"%PDF", "svg": b"<", "png": b"\x89PNG"}
    assert done.stdout.startswith(starts[language])


def test_what_is_rendered_comes_out_of_a_printer_with_a_barcode_that_scans(
    label_file, tmp_path, plug_in, quick, capsys
):
    output = tmp_path / "rendered"
    assert main(["render", str(label_file), "--language", "zpl", "-o", str(output)]) == 0
    virtual = plug_in()
    assert Printer(virtual.tcp_url, quick).print_label(output.read_bytes()).outcome is Outcome.PRINTED
    picture = Image.open(io.BytesIO(virtual.labels[0].png)).convert("L")
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == ["101234567897"]


def test_status_says_how_the_printer_is(plug_in, capsys):
    virtual = plug_in(model=Model(dpi=300))
    code, out, err = run(capsys, "status", virtual.tcp_url)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "ready: The printer is ready."
    assert "12 dots a millimetre" in out
    virtual.set_fault(Fault.LID_OPEN)
    code, out, _err = run(capsys, "status", virtual.tcp_url)
    assert (code, out.splitlines()[0]) == (1, "lid_open: The printer's lid is open: close it.")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["status", "lpd://host"], "no scheme we know"),
        (["status", "serial:///dev/no-such-tty"], "There is no /dev/no-such-tty"),
        (["status", "tcp://127.0.0.1:9"], "cannot be reached"),
        (["render", "/no/such/label.json", "--language", "zpl"], "/no/such/label.json: No such file"),
        (["render", os.devnull, "--language", "zpl"], "is not JSON"),
        (["render", os.devnull, "--language", "epl"], "invalid choice: 'epl'"),
        (["simulate", "--tcp", "99999"], "'99999' is no port"),
        (["simulate", "--baud", "0", "--pty", "/no/such/link"], "'0' is no whole number"),
        (["simulate", "--pty", "/no/such/link"], "/no/such: no such directory"),
        (["simulate", "--pty", "/etc/passwd"], "/etc/passwd: is there already"),
        (["simulate", "--tcp", "0", "--fault", "sulking"], "'sulking' is none of"),
        (["agent"], "required: --server, --token-file"),
        ([], "required: COMMAND"),
    ],
)
def test_what_cannot_be_done_is_one_line_on_stderr(arguments, says):
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_taken_port_is_said_in_one_line(plug_in):
    port = plug_in().tcp_url.rsplit(":", 1)[1]
    done = subprocess.run([*COMMAND, "simulate", "--tcp", port], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (
        2,
        f"Another program is using 127.0.0.1:{port}: close it or choose another.\n",
    )


def test_the_package_stands_without_the_service():
    code = "import sys; import printers.spool, printers.simulator, printers.__main__; sys.exit('specimen_service' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2]).returncode == 0
