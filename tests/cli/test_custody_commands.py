"""`custody` from the command line: exit codes, one object on one line, keys and signatures."""

import json
import subprocess
import sys

import pytest
from sqlalchemy import text

from specimen_service.custody import proof
from specimen_service.kernel.append_only import unguard_append_only
from specimen_service.kernel.db import Database
from specimen_service.kernel.numbers import number
from tests.scanning import made_site, scan


@pytest.fixture
def recorded(bare_shell, sqlite_database):
    """A database with a few events, and the shell on it."""
    site = made_site(sqlite_database)
    tube = site.tube()
    site.send(scan("s1", tube.number, note="MARIGOLD"), scan("s2", "?", out_of=number(81, 7)))
    return bare_shell


def forge(shell) -> None:
    database = Database(f"sqlite:///{shell.folder / 'specimens.db'}")
    with database.unit_of_work() as session:
        unguard_append_only(session.connection(), "custody_event")
        session.execute(text("UPDATE custody_event SET code = 'forged' WHERE scan_id = 's1'"))
    database.close()


def checkpoint(shell, name="checkpoint.json"):
    assert shell("custody", "checkpoint") == 0
    file = shell.folder / name
    file.write_text(shell.out)
    return file


def sign_from_now_on(shell, name="key.pem"):
    key = shell.folder / name
    assert shell("custody", "new-key", key) == 0
    config = shell.config.read_text().split("[custody]")[0]
    shell.config.write_text(f'{config}[custody]\nsigning_key_file = "{name}"\n')
    return key


def test_a_checkpoint_is_one_json_object_and_says_that_it_is_not_signed(recorded):
    said = json.loads(checkpoint(recorded).read_text())
    assert recorded.out.count("\n") == 1
    assert set(said) == {"size", "root_hash", "time", "signature"}
    assert (said["size"], said["signature"]) == (3, None)


def test_an_untouched_log_is_whole_and_a_forged_row_is_named(recorded):
    kept = checkpoint(recorded)
    assert recorded("custody", "verify", "--checkpoint", kept) == 0
    assert recorded.out == "3 rows checked, 0 not sealed yet, 0 erased, 0 bad.\n"
    forge(recorded)
    assert recorded("custody", "verify", "--json") == 1
    assert [fault["what"] for fault in json.loads(recorded.out)["faults"]] == ["altered"]


def test_what_is_not_sealed_yet_is_said(recorded):
    assert recorded("custody", "verify") == 0
    assert "3 not sealed yet" in recorded.out


@pytest.mark.parametrize("content", ["", "{}", "[3]", '{"size": 1}'])
def test_a_file_that_is_no_checkpoint_is_exit_2(recorded, content):
    file = recorded.folder / "other.json"
    file.write_text(content)
    assert "not a checkpoint" in recorded.fails("custody", "verify", "--checkpoint", file)


def test_a_database_that_is_not_there_is_exit_2(bare_shell):
    bare_shell.fails("custody", "verify")


def test_a_signed_checkpoint_is_believed_and_a_forged_or_unsigned_one_is_not(recorded):
    unsigned = checkpoint(recorded, "unsigned.json")
    key = sign_from_now_on(recorded)
    kept = checkpoint(recorded)
    said = json.loads(kept.read_text())
    assert said["signature"]
    assert recorded("custody", "verify", "--checkpoint", kept) == 0
    for forged in ({"time": "2030-01-01T00:00:00+00:00"}, {"signature": None}, {"signature": "AAAA"}, {"size": 2}):
        kept.write_text(json.dumps(said | forged))
        assert recorded("custody", "verify", "--checkpoint", kept) == 1
        assert "not signed by this key" in recorded.out
    assert recorded("custody", "verify", "--checkpoint", unsigned) == 1
    kept.write_text(json.dumps(said))
    sign_from_now_on(recorded, "newer.pem")
    assert recorded("custody", "verify", "--checkpoint", kept) == 1
    assert recorded("custody", "verify", "--checkpoint", kept, "--public-key", f"{key}.pub") == 0


def test_the_standalone_verifier_knows_the_signature_too(recorded):
    key = sign_from_now_on(recorded)
    kept = checkpoint(recorded)
    file = recorded.folder / "custody.jsonl"
    assert recorded("custody", "export", file) == 0
    command = [sys.executable, "-I", proof.__file__, file, "--checkpoint", kept, "--public-key", f"{key}.pub"]
    assert subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"time": "2030"}))
    done = subprocess.run(command, capture_output=True, timeout=60, text=True)
    assert done.returncode == 1
    assert "not signed by this key" in done.stdout


def test_a_key_is_for_its_owner_alone_and_never_overwritten(recorded):
    key = sign_from_now_on(recorded)
    assert key.stat().st_mode & 0o077 == 0
    before = key.read_bytes()
    recorded.fails("custody", "new-key", key)
    assert key.read_bytes() == before


def test_a_key_file_that_holds_no_key_is_exit_2_and_seals_nothing(recorded):
    sign_from_now_on(recorded).write_text("no key")
    assert "signing_key_file" in recorded.fails("custody", "checkpoint")
    assert recorded("custody", "verify", "--json") == 0
    assert json.loads(recorded.out)["unsealed"] == 3


def test_an_export_leaves_notes_out_and_is_never_written_over_another_file(recorded):
    file = recorded.folder / "custody.jsonl"
    assert recorded("custody", "export", file) == 0
    assert "MARIGOLD" not in file.read_text()
    recorded.fails("custody", "export", file)
    assert recorded("custody", "export", recorded.folder / "all.jsonl", "--private") == 0
    assert "MARIGOLD" in (recorded.folder / "all.jsonl").read_text()


def test_a_note_is_erased_by_the_id_of_its_scan(recorded):
    assert recorded("custody", "erase", "s1", "--reason", "asked for") == 0
    assert b"MARIGOLD" not in (recorded.folder / "specimens.db").read_bytes()
    assert recorded("custody", "verify") == 0
    assert "1 erased" in recorded.out
    recorded.fails("custody", "erase", "s1", "--reason", "asked for")
    recorded.fails("custody", "erase", "nobody", "--reason", "asked for")


def test_a_rebuild_says_what_differs_and_stores_it_only_when_told(recorded):
    assert recorded("custody", "rebuild") == 0
    assert recorded.out == "0 differences.\n"
    database = Database(f"sqlite:///{recorded.folder / 'specimens.db'}")
    with database.unit_of_work() as session:
        session.execute(text("UPDATE specimen SET status = 'lost', open_exceptions = 3"))
        session.execute(text("DELETE FROM custody_exception"))
        unguard_append_only(session.connection(), "unpacking")
        session.execute(text("DELETE FROM unpacking"))
    database.close()
    for _ in range(2):
        assert recorded("custody", "rebuild") == 1
        lines = recorded.out.splitlines()
        assert len(lines) == 5
        assert lines[0].endswith("status is lost, by its events collected")
        assert lines[1].endswith("open_exceptions is 3, by its events 0")
        assert lines[2].endswith("question is none, by its events unknown_number")
        assert lines[3] == f"scan s2: out of is none, by its events {number(81, 7)}"
        assert lines[4] == "4 differences."
    assert recorded("custody", "rebuild", "--apply") == 0
    assert recorded.out.endswith("4 differences, all stored anew.\n")
    assert recorded("custody", "rebuild") == 0
