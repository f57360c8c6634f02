"""A backup is whole while others write, and a restored one issues no number and prints no label a second time."""

import os
import shutil
import sqlite3
import stat
import threading
from contextlib import closing

import pytest
from sqlalchemy import make_url, select, text

from specimen_service.cli import postgres_copy
from specimen_service.cli.backup import SKIP
from specimen_service.kernel import schema
from specimen_service.kernel.db import Database
from specimen_service.kernel.numbers import checks
from specimen_service.kernel.serials import RESTORE_SKIP, Serial, issue_number
from specimen_service.labels.model import JobState, PrintJob
from specimen_service.settings import load_settings
from tests.cli.shell import Shell
from tests.ground import missing
from tests.labels.bench import queue, tube


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def places(request, tmp_path):
    """The URLs of a database in use and of an empty one, of one kind."""
    if request.param == "postgres" and not (shutil.which("pg_dump") and shutil.which("psql")):
        missing("postgres", "Put pg_dump and psql on the PATH.")
    used = request.getfixturevalue(f"{request.param}_database")
    if request.param == "sqlite":
        return used, f"sqlite:///{tmp_path / 'restored.db'}"
    empty = request.getfixturevalue("bare_postgres_database")
    return used, empty.url.render_as_string(hide_password=False)


@pytest.fixture
def at(bare_shell, monkeypatch):
    """Run a command on the database of a URL."""

    def run(url, *arguments):
        monkeypatch.setenv(
            "SPECIMEN_DATABASE_URL", url if isinstance(url, str) else url.render_as_string(hide_password=False)
        )
        return bare_shell(*arguments)

    run.shell = bare_shell
    return run


def serial_of(database, prefix=10):
    with database.unit_of_work(write=False) as session:
        return session.scalar(select(Serial.next_value).where(Serial.prefix == prefix))


def test_the_skip_that_help_shows_is_the_kernels():
    assert SKIP == RESTORE_SKIP


def test_what_was_backed_up_comes_back_and_no_number_or_label_twice(places, at, tmp_path):
    used, empty = places
    with used.unit_of_work() as session:
        number = tube(session).number
        job_id = queue(session, tube(session)).id
    file = tmp_path / "monday.backup"
    assert at(used.url, "backup", file) == 0, at.shell.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with used.unit_of_work() as session:
        after = {issue_number(session, 10) for _ in range(5)}
    assert at(empty, "restore", file) == 0, at.shell.err
    with closing(Database(empty)) as restored:
        schema.require_current(restored)
        with restored.unit_of_work() as session:
            assert session.scalar(text("SELECT number FROM label WHERE number = :n"), {"n": number}) == number
            assert session.get_one(PrintJob, job_id).state is JobState.HELD
            fresh = issue_number(session, 10)
        assert fresh not in after
        assert checks(fresh)
        assert serial_of(restored) > serial_of(used) + RESTORE_SKIP - 10
    assert at(empty, "restore", file) == 2
    assert "not empty" in at.shell.err


def test_a_restore_moves_on_by_as_much_as_asked(places, at, tmp_path):
    used, empty = places
    with used.unit_of_work() as session:
        tube(session)
    at(used.url, "backup", tmp_path / "b")
    assert at(empty, "restore", tmp_path / "b", "--skip", 500) == 0, at.shell.err
    with closing(Database(empty)) as restored:
        assert serial_of(restored) == serial_of(used) + 500


def test_an_older_backup_is_migrated(places, at, tmp_path):
    used, empty = places
    with used.unit_of_work() as session:
        session.execute(text("SELECT 1"))
    schema.downgrade(used, "-1")
    assert at(used.url, "backup", tmp_path / "old") == 0, at.shell.err
    assert at(empty, "restore", tmp_path / "old") == 0, at.shell.err
    with closing(Database(empty)) as restored:
        schema.require_current(restored)


def test_a_backup_taken_while_others_write_is_of_one_moment(sqlite_database, at, tmp_path):
    stop = threading.Event()

    def write():
        with sqlite_database.unit_of_work() as session:
            tube(session)
        while not stop.wait(0.02):
            with sqlite_database.unit_of_work() as session:
                queue(session, tube(session))

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        codes = [at(sqlite_database.url, "backup", tmp_path / f"b{i}") for i in range(2)]
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert codes == [0] * 2
    with closing(Database(f"sqlite:///{tmp_path / 'b1'}")) as copy, copy.unit_of_work(write=False) as session:
        labels, events = (session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ("label", "custody_event"))
        assert labels == events > 0
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("content", [b"", b"not a backup at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_what_is_no_backup_restores_nothing(bare_shell, tmp_path, content):
    file = tmp_path / "b"
    file.write_bytes(content)
    bare_shell.fails("restore", file)
    with closing(Database(load_settings().database.url)) as database:
        assert schema.stamped_revision(database) is None


def test_a_database_of_another_program_is_no_backup(bare_shell, tmp_path):
    with closing(sqlite3.connect(tmp_path / "b")) as other:
        other.execute("CREATE TABLE things (id)")
    assert "no database of this service" in bare_shell.fails("restore", tmp_path / "b")


def test_a_restore_into_a_used_database_changes_nothing(shell: Shell, tmp_path):
    shell("users", "add", "ana", "--name", "Ana", "--role", "lab")
    shell("backup", tmp_path / "b")
    assert "not empty" in shell.fails("restore", tmp_path / "b")
    shell("users", "list")
    assert "ana" in shell.out


@pytest.mark.postgres
def test_without_its_programs_postgresql_is_not_backed_up_and_one_line_says_so(
    postgres_database, at, tmp_path, monkeypatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert at(postgres_database.url, "backup", tmp_path / "b") == 2
    assert "pg_dump" in at.shell.err
    assert not (tmp_path / "b").exists()


def test_no_password_stands_in_the_arguments_of_a_program(tmp_path, monkeypatch):
    spy = tmp_path / "pg_dump"
    spy.write_text('#!/bin/sh\necho "$@" > "$(dirname "$0")/said"\necho "$PGPASSWORD" >> "$(dirname "$0")/said"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    postgres_copy.dump(make_url("postgresql://me:secret@host/base"), tmp_path / "b")
    arguments, password = (tmp_path / "said").read_text().splitlines()
    assert password == "secret"
    assert "secret" not in arguments
