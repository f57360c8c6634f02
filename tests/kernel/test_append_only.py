"""A guarded table only grows, on both engines and by every verb that could change it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from specimen_service.kernel.append_only import guard_append_only, unguard_append_only

INSERT = "INSERT INTO ledger (id, code, chain, seq) VALUES "
CHANGES = [
    "UPDATE ledger SET code = 'x'",
    "UPDATE ledger SET code = code",
    "DELETE FROM ledger",
    "DELETE FROM ledger WHERE id = 1",
    INSERT + "(1, 'x', 9, 9) ON CONFLICT (id) DO UPDATE SET code = 'x'",
    INSERT + "(9, 'a', 9, 9) ON CONFLICT (code) DO UPDATE SET seq = 9",
]
ONLY_SQLITE = [
    INSERT.replace("INSERT", "INSERT OR REPLACE") + "(1, 'x', 9, 9)",
    INSERT.replace("INSERT", "REPLACE") + "(9, 'a', 9, 9)",
    INSERT.replace("INSERT", "REPLACE") + "(9, 'x', 1, 1)",
    "UPDATE OR REPLACE ledger SET id = 2 WHERE id = 1",
]
ONLY_POSTGRES = ["TRUNCATE ledger", "TRUNCATE ledger CASCADE"]


def run(database, statement):
    with database.unit_of_work() as session:
        session.execute(text(statement))


def rows(database):
    with database.unit_of_work(write=False) as session:
        return [tuple(row) for row in session.execute(text("SELECT * FROM ledger ORDER BY id"))]


def make_ledger(database):
    run(database, "CREATE TABLE ledger (id INTEGER PRIMARY KEY, code TEXT UNIQUE, chain INTEGER, seq INTEGER)")
    run(database, "CREATE UNIQUE INDEX one_place ON ledger (chain, seq)")
    with database.unit_of_work() as session:
        guard_append_only(session.connection(), "ledger")
    run(database, INSERT + "(1, 'a', 1, 1), (2, 'b', 1, 2)")


def test_nothing_changes_a_guarded_row(bare_database):
    make_ledger(bare_database)
    for statement in CHANGES + (ONLY_SQLITE if bare_database.is_sqlite else ONLY_POSTGRES):
        with pytest.raises(DatabaseError, match="rows of ledger are never"):
            run(bare_database, statement)
    assert rows(bare_database) == [(1, "a", 1, 1), (2, "b", 1, 2)]


def test_a_guarded_table_still_grows_and_says_when_a_row_is_there_already(bare_database):
    make_ledger(bare_database)
    run(bare_database, INSERT + "(3, 'c', 1, 3)")
    run(bare_database, INSERT + "(4, 'c', 1, 4) ON CONFLICT DO NOTHING")
    assert [row[0] for row in rows(bare_database)] == [1, 2, 3]


def test_a_guard_can_be_taken_away_for_a_downgrade(bare_database):
    make_ledger(bare_database)
    with bare_database.unit_of_work() as session:
        unguard_append_only(session.connection(), "ledger")
    run(bare_database, "DELETE FROM ledger")
    assert rows(bare_database) == []
