"""One unit of work: whole or not at all, one writer after the other, readers never waiting, naive times refused."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, literal, select, text, type_coerce
from sqlalchemy.exc import IntegrityError, StatementError

from specimen_service.kernel import db
from specimen_service.kernel.db import Database, UtcDateTime
from specimen_service.kernel.errors import Busy, SetupError
from specimen_service.kernel.serials import Serial
from tests.postgres import running_server

THREADS, WRITES = 16, 20


def add_serial(session, prefix, value=0):
    session.execute(insert(Serial).values(prefix=prefix, next_value=value))


def add_serials(database, *prefixes):
    with database.unit_of_work() as session:
        for prefix in prefixes:
            add_serial(session, prefix)


def serials(database):
    with database.unit_of_work(write=False) as session:
        return dict(session.execute(select(Serial.prefix, Serial.next_value)).all())


def kept(database, moment):
    """Send a moment through the database and back."""
    with database.unit_of_work(write=False) as session:
        return session.scalar(select(type_coerce(literal(moment, UtcDateTime()), UtcDateTime())))


def test_a_naive_time_is_refused(database):
    with pytest.raises(StatementError, match="a naive time cannot be stored"):
        kept(database, datetime(2026, 11, 21, 9, 15))  # noqa: DTZ001 - the thing that is refused


def test_a_time_comes_back_aware_and_in_utc(database):
    there = datetime(2026, 11, 21, 20, 0, tzinfo=timezone(timedelta(hours=7)))
    here = kept(database, there)
    assert here == there
    assert here.tzinfo is UTC


@given(st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30), timezones=st.timezones()))  # noqa: DTZ001 - bounds
def test_what_is_bound_is_utc_whatever_the_zone(moment):
    bound = UtcDateTime().process_bind_param(moment, None)
    assert bound.tzinfo is UTC
    assert bound == moment.astimezone(UTC)


def test_what_a_unit_of_work_did_is_there_for_others(database):
    add_serials(database, 10, 11)
    assert set(serials(database)) == {10, 11}


def test_a_failed_unit_of_work_leaves_nothing_behind(database):
    def half_done():
        with database.unit_of_work() as session:
            add_serial(session, 10)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert serials(database) == {}


def test_what_is_taken_back_to_a_savepoint_is_gone_though_it_was_written_on_the_connection(database):
    def add(session, prefix):
        session.connection().execute(insert(Serial), {"prefix": prefix, "next_value": 0})

    with database.unit_of_work() as session:
        add(session, 10)
        with session.begin_nested() as savepoint:
            add(session, 11)
            savepoint.rollback()
        add(session, 12)
    assert set(serials(database)) == {10, 12}


def test_an_error_of_the_database_leaves_nothing_behind(database):
    with pytest.raises(IntegrityError):
        add_serials(database, 10, 11, 10)
    assert serials(database) == {}
    add_serials(database, 12)
    assert set(serials(database)) == {12}


def test_an_error_never_quotes_the_values(database):
    with pytest.raises(IntegrityError) as refusal:
        add_serials(database, 4711, 4711)
    assert "4711" not in str(refusal.value) + str(refusal.value.orig)


def test_sixteen_writers_lose_nothing_and_never_find_it_locked(database):
    add_serials(database, 10)

    def count_up(_worker):
        worst = 0.0
        for _ in range(WRITES):
            asked = time.monotonic()
            with database.unit_of_work() as session:
                worst = max(worst, time.monotonic() - asked)
                before = session.scalar(select(Serial.next_value).where(Serial.prefix == 10).with_for_update())
                session.execute(text("UPDATE serial SET next_value = :n"), {"n": before + 1})
        return worst

    with ThreadPoolExecutor(THREADS) as pool:
        worst = max(pool.map(count_up, range(THREADS)))
    assert serials(database) == {10: THREADS * WRITES}
    assert worst < 10, "seconds of the longest wait"


def test_a_reader_does_not_wait_for_the_writer_and_sees_nothing_half_done(database):
    with database.unit_of_work() as session:
        add_serial(session, 10)
        session.flush()
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(serials, database).result(timeout=10) == {}
    assert set(serials(database)) == {10}


def test_a_writer_whose_turn_never_comes_is_told_to_try_again(sqlite_database, monkeypatch):
    monkeypatch.setattr(db, "WRITER_WAIT_SECONDS", 0.05)
    entered, done = threading.Event(), threading.Event()

    def hold():
        with sqlite_database.unit_of_work():
            entered.set()
            done.wait(10)

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(hold)
        assert entered.wait(10)
        with pytest.raises(Busy, match="Nothing was stored"), sqlite_database.unit_of_work() as session:
            add_serial(session, 10)
        done.set()
        holder.result(timeout=10)
    add_serials(sqlite_database, 11)  # the turn was not lost with the refusal
    assert set(serials(sqlite_database)) == {11}


def test_a_unit_of_work_holds_the_file_from_its_first_look(sqlite_database):
    with sqlite_database.unit_of_work() as session:
        session.scalar(select(Serial.next_value))
        # What it has read is still true when it writes: nobody can get in between.
        with (
            closing(sqlite3.connect(sqlite_database.url.database, isolation_level=None, timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="database is locked"),
        ):
            other.execute("BEGIN IMMEDIATE")


def test_a_file_held_by_another_program_is_busy_not_an_error(sqlite_database):
    with sqlite_database.unit_of_work(write=False) as session:
        session.execute(text("PRAGMA busy_timeout=1"))  # stays with the one pooled connection
    with closing(sqlite3.connect(sqlite_database.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy), sqlite_database.unit_of_work() as session:
            add_serial(session, 10)
    assert serials(sqlite_database) == {}


def test_sqlite_acknowledges_only_what_is_on_disk(sqlite_database):
    with sqlite_database.unit_of_work(write=False) as session:
        settings = {
            name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_sqlite_that_would_acknowledge_too_early_is_refused(tmp_path):
    class Hasty(sqlite3.Connection):
        """As a library built or patched to be fast at any price."""

        def execute(self, statement, *more):
            return super().execute(statement.replace("synchronous=full", "synchronous=normal"), *more)

    with (
        closing(sqlite3.connect(tmp_path / "hasty.db", factory=Hasty)) as hasty,
        pytest.raises(SetupError, match="synchronous = FULL"),
    ):
        db._open_sqlite(hasty, None)


@pytest.mark.postgres
def test_a_postgres_started_without_fsync_is_refused():
    with (
        running_server("fsync=off") as server,
        closing(Database(server.admin.render_as_string(hide_password=False))) as careless,
        pytest.raises(SetupError, match="fsync = off"),
        careless.unit_of_work() as session,
    ):
        session.execute(text("SELECT 1"))


@pytest.mark.postgres
def test_a_postgres_that_acknowledges_too_early_is_refused(bare_postgres_database):
    url = bare_postgres_database.url
    with bare_postgres_database.unit_of_work() as session:
        session.execute(text(f"ALTER DATABASE {url.database} SET synchronous_commit = off"))
    with (
        closing(Database(url.render_as_string(hide_password=False))) as careless,
        pytest.raises(SetupError, match="synchronous_commit = off"),
        careless.unit_of_work() as session,
    ):
        session.execute(text("SELECT 1"))


@pytest.mark.parametrize("url", ["mysql://localhost/x", "oracle://localhost/x"])
def test_another_kind_of_database_is_refused_by_name(url):
    with pytest.raises(SetupError, match=r"use sqlite:/// or postgresql://"):
        Database(url)
