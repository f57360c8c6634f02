"""Serving in processes of their own: one server a file, ports, signals, and the printers that belong to it."""

import json
import socket
import time
from contextlib import closing

import pytest

from printers.simulator import VirtualPrinter
from specimen_service.kernel.db import Database
from specimen_service.settings import load_settings
from tests.cli.shell import CONFIG, call, running


def address_of(server) -> str:
    line = server.line()
    assert line.startswith("Serving "), line
    return line.split()[-1]


@pytest.mark.timed
def test_a_server_answers_and_ends_cleanly_within_seconds(shell):
    with running("serve", "--port", 0) as server:
        url = address_of(server)
        assert call(f"{url}/readyz")[0] == 200
        begun = time.monotonic()
        assert server.end() == 0
        assert time.monotonic() - begun < 5
        assert server.process.stderr.read() == ""


def test_a_second_server_on_the_same_file_is_one_clear_line(shell):
    with running("serve", "--port", 0, "--no-spool") as first:
        address_of(first)
        assert "is being served already" in shell.fails("serve", "--port", 0)


def test_a_server_that_was_killed_does_not_keep_the_next_from_serving(shell):
    with running("serve", "--port", 0, "--no-spool") as first:
        address_of(first)
        first.process.kill()
        first.process.wait(10)
        with running("serve", "--port", 0, "--no-spool") as second:
            assert call(f"{address_of(second)}/healthz")[0] == 200


@pytest.mark.parametrize("command", [["serve"], ["demo", "--data", "somewhere"]])
def test_a_port_in_use_is_one_line_and_changes_nothing(shell, monkeypatch, command):
    monkeypatch.chdir(shell.folder)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port}" in shell.fails(*command, "--port", port)
    assert not (shell.folder / "somewhere").exists()


def test_a_scan_and_a_label_go_through_a_running_server(shell):
    with VirtualPrinter(tcp=0) as printer:
        shell.config.write_text(CONFIG.format(printer=printer.tcp_url))
        shell("users", "add", "maya", "--name", "Maya Lopez", "--role", "collector")
        shell("devices", "enrol", "desk", "--profile", "station")
        token = shell.out.splitlines()[-1]
        with running("serve", "--port", 0) as server:
            api = f"{address_of(server)}/api/v1"
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            patient = {
                "mrn": "P1",
                "family_name": "RIVERA",
                "given_name": "Ana",
                "birth_date": "1984-03-14",
                "sex": "F",
            }
            tube = {"type": "BLDV", "container": "EDTA", "tests": ["CBC"]}
            body = {
                "patient": patient,
                "collected_at": now,
                "collector": "maya",
                "station": "chair-1",
                "specimens": [tube],
            }
            status, answer = call(f"{api}/collections", token, body)
            assert status == 201, answer
            [specimen] = json.loads(answer)["specimens"]
            assert printer.wait_until(lambda one: one.physical == 1, 20)
            scan = {"scan_id": "s1", "code": specimen["number"], "action": "verify", "scanned_at": now}
            status, answer = call(f"{api}/scans", token, {"scans": [scan]})
            assert (status, json.loads(answer)["results"][0]["outcome"]) == (200, "accepted")


def test_a_file_held_by_a_server_can_still_be_backed_up(shell):
    with running("serve", "--port", 0) as server:
        address_of(server)
        assert shell("backup", shell.folder / "b") == 0
    with closing(Database(f"sqlite:///{shell.folder / 'b'}")) as copy, copy.unit_of_work(write=False):
        assert load_settings().database.url != str(copy.url)
