"""Whoever does not believe the service checks an export with one file and Python alone, and gets the same verdicts."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from specimen_service.custody import proof
from specimen_service.custody.proof import What, check_export, read_checkpoint
from specimen_service.custody.verify import export
from tests.tampering import change, checked, disarm, found, lived, rehash, sealed


@pytest.fixture
def history(site):
    return lived(site)


def exported(site, folder: Path, *, with_private: bool = True) -> Path:
    file = folder / "custody.jsonl"
    with file.open("w") as lines, site.database.unit_of_work(write=False) as session:
        export(session, lines, with_private=with_private)
    return file


def alone(folder: Path, *arguments) -> subprocess.CompletedProcess:
    """Run the file by itself, in another folder, without any installed package."""
    copied = shutil.copy(proof.__file__, folder / "proof.py")
    command = [sys.executable, "-I", "-S", str(copied), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, env={})


def kept(folder: Path, checkpoint, name: str = "checkpoint.json") -> Path:
    file = folder / name
    file.write_text(json.dumps(vars(checkpoint)))
    return file


def test_an_export_of_a_whole_log_is_whole(history, tmp_path):
    checkpoint = kept(tmp_path, sealed(history))
    file = exported(history, tmp_path)
    done = alone(tmp_path, file, "--checkpoint", checkpoint)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "30 rows checked, 0 not sealed yet, 0 erased, 0 bad.\n"
    assert json.loads(alone(tmp_path, file, "--json").stdout) == json.loads(checked(history).json())


TAMPERINGS = [
    "UPDATE custody_event SET code = 'forged' WHERE id IN (3, 9)",
    "UPDATE custody_event SET effective_at = received_at, hash = '0f' WHERE id = 12",
    "UPDATE custody_event SET private = '{}' WHERE id = 7",
    "UPDATE custody_event SET private = NULL, private_salt = NULL WHERE id = 7",
    "DELETE FROM custody_event WHERE id IN (1, 10, 28)",
    "DELETE FROM custody_leaf WHERE number = 4",
    "UPDATE custody_tree_head SET peaks = root",
    "UPDATE specimen SET chain_length = 5 WHERE id = 3",
    "DELETE FROM specimen WHERE id = 2",
]


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_an_export_of_a_tampered_database_gets_the_same_verdict(history, tmp_path, statement):
    sealed(history)
    disarm(history)
    change(history, statement)
    assert found(history) != []
    done = alone(tmp_path, exported(history, tmp_path), "--json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout) == json.loads(checked(history).json())


def test_bytes_that_are_no_text_go_through_an_export_too(sqlite_site, tmp_path):
    sealed(lived(sqlite_site))
    disarm(sqlite_site)
    change(sqlite_site, "UPDATE custody_event SET code = CAST(x'c3' AS TEXT) WHERE id = 3")
    change(sqlite_site, "UPDATE custody_event SET verdict = x'00ff' WHERE id = 4")
    done = alone(tmp_path, exported(sqlite_site, tmp_path), "--json")
    assert json.loads(done.stdout) == json.loads(checked(sqlite_site).json())
    assert {fault["id"] for fault in json.loads(done.stdout)["faults"]} == {3, 4}


def test_an_export_changed_afterwards_is_found_line_by_line(history, tmp_path):
    sealed(history)
    lines = exported(history, tmp_path).read_bytes().splitlines()
    chance = random.Random(3)
    for number in range(1, len(lines)):
        kind, said = next(iter(json.loads(lines[number]).items()))
        if kind == "orphans":
            continue
        without = check_export([*lines[:number], *lines[number + 1 :]], None)
        assert not without.whole, lines[number]
        # The first text of a chain is only what it is called here; its events name their specimen themselves.
        place = chance.choice(
            [i for i, value in enumerate(said) if isinstance(value, str) and (kind, i) != ("chain", 0)]
        )
        other = [*said[:place], said[place][:-1] + "~", *said[place + 1 :]]
        changed = check_export([*lines[:number], json.dumps({kind: other}).encode(), *lines[number + 1 :]], None)
        assert not changed.whole, (lines[number], other)


def test_a_chain_rehashed_in_the_export_alone_does_not_fit_its_leaves(history, tmp_path):
    sealed(history)
    disarm(history)
    before = exported(history, tmp_path).read_text().splitlines()
    change(history, "UPDATE custody_event SET code = 'forged' WHERE id = 3")
    rehash(history)
    after = exported(history, tmp_path).read_text().splitlines()
    forged = [line for line in after if not line.startswith('{"leaf"')]
    leaves = [line for line in before if line.startswith('{"leaf"')]
    report = check_export([line.encode() for line in forged + leaves], None)
    assert {fault.what for fault in report.faults} == {What.REWRITTEN}
    assert 3 in {fault.id for fault in report.faults}


def test_notes_and_wristbands_are_left_out_unless_asked_for(history, tmp_path):
    sealed(history)
    assert "receive" in exported(history, tmp_path).read_text().replace('"action":"receive"', "")
    file = exported(history, tmp_path, with_private=False)
    for line in file.read_text().splitlines():
        (kind, said), *_ = json.loads(line).items()
        assert kind != "event" or said[2:4] == [None, None]
        assert "patient_code" not in line
    assert alone(tmp_path, file).returncode == 0


def test_an_older_checkpoint_is_held_against_an_export(history, tmp_path):
    first = sealed(history)
    checkpoint = kept(tmp_path, first)
    disarm(history)
    change(history, "DELETE FROM custody_leaf", "DELETE FROM custody_tree_head")
    done = alone(tmp_path, exported(history, tmp_path), "--checkpoint", checkpoint)
    assert done.returncode == 1
    assert "is truncated" in done.stdout


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", "not json", '{"export": {}}', '{"export": 1}\n', '{"export": {"columns": []}}']
)
def test_what_is_no_export_cannot_be_checked(tmp_path, text):
    file = tmp_path / "custody.jsonl"
    file.write_text(text)
    done = alone(tmp_path, file)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "Line 1" in done.stderr


def test_a_line_that_cannot_be_read_is_named(history, tmp_path):
    file = exported(history, tmp_path)
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:4], "{", *lines[5:]]))
    assert "Line 5" in alone(tmp_path, file).stderr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"size": -1, "root_hash": "", "time": "", "signature": null}',
        '{"size": 1, "root_hash": "xyz", "time": "", "signature": null}',
        '{"size": "1", "root_hash": "' + "0" * 64 + '", "time": "", "signature": null}',
    ],
)
def test_what_is_no_checkpoint_is_said_to_be_none(text):
    with pytest.raises(ValueError, match="not a checkpoint"):
        read_checkpoint(text)
