"""Bringing a database to this code's schema, and a plain sentence, with nothing changed, where that cannot be."""

import shutil
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import inspect, text

from specimen_service.kernel import schema
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import SetupError

UPGRADER = """
import sys
from specimen_service.kernel import schema
from specimen_service.kernel.db import Database
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
schema.upgrade(database)
schema.require_current(database)
database.close()
"""
REBUILD = '''"""Rebuild a table that others point to."""

import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"


def upgrade():
    with op.batch_alter_table("parent") as table:  # a new constraint means a copy of the table on SQLite
        table.add_column(sa.Column("note", sa.String(10)))
        table.create_check_constraint("counted", "id > 0")
    {more}


def downgrade():
    with op.batch_alter_table("parent") as table:
        table.drop_constraint("counted", type_="check")
        table.drop_column("note")
'''


def run(database, *statements):
    with database.unit_of_work() as session:
        for statement in statements:
            session.execute(text(statement))


def tables(database):
    return set(inspect(database.engine).get_table_names())


def at_next_revision(tmp_path, monkeypatch, more="pass"):
    """Let the code know one more revision than it ships, which rebuilds the table `parent`."""
    folder = shutil.copytree(schema.migrations_folder(), tmp_path / "next%20migrations")
    (folder / "versions" / "9001_rebuild.py").write_text(REBUILD.format(head=schema.head_revision(), more=more))
    monkeypatch.setattr(schema, "migrations_folder", lambda: folder)


def family(database):
    run(
        database,
        "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
        "CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id))",
        "INSERT INTO parent (id) VALUES (1)",
        "INSERT INTO child (id, parent_id) VALUES (7, 1)",
    )


def test_an_empty_database_is_brought_up_to_date_and_stays_so(bare_database):
    assert schema.stamped_revision(bare_database) is None
    schema.upgrade(bare_database)
    assert schema.stamped_revision(bare_database) == schema.head_revision()
    schema.require_current(bare_database)
    schema.upgrade(bare_database)
    schema.require_current(bare_database)


def test_two_nodes_may_upgrade_at_once(bare_database):
    command = [sys.executable, "-W", "error", "-c", UPGRADER, bare_database.url.render_as_string(hide_password=False)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as other:
        for process in (one, other):
            assert process.stdout.readline() == "ready\n"
        for process in (one, other):
            process.stdin.write("\n")
            process.stdin.flush()
        assert [process.communicate(timeout=60)[1] for process in (one, other)] == ["", ""]
    assert (one.returncode, other.returncode) == (0, 0)


def test_a_database_behind_the_code_is_told_the_command(bare_database):
    with pytest.raises(SetupError, match=r"schema none.*specimen-service db upgrade"):
        schema.require_current(bare_database)
    schema.upgrade(bare_database)
    schema.downgrade(bare_database, "-1")
    with pytest.raises(SetupError, match="specimen-service db upgrade"):
        schema.require_current(bare_database)


def test_a_database_newer_than_the_code_is_refused_and_left_alone(database):
    run(database, "UPDATE alembic_version SET version_num = '9999'")
    before = tables(database)
    for act in (schema.upgrade, schema.require_current):
        with pytest.raises(SetupError, match="schema 9999, which is newer than this code"):
            act(database)
    with pytest.raises(SetupError, match="newer than this code"):
        schema.downgrade(database, "base")
    assert tables(database) == before


@pytest.mark.parametrize("foreign", ["CREATE TABLE invoice (id INTEGER)", "CREATE TABLE patient (id INTEGER)"])
def test_a_database_with_other_tables_is_refused_and_left_alone(bare_database, foreign):
    run(bare_database, foreign)
    before = tables(bare_database)
    for act in (schema.upgrade, schema.require_current, schema.stamped_revision):
        with pytest.raises(SetupError, match="Name an empty one"):
            act(bare_database)
    assert tables(bare_database) == before


def test_another_program_that_uses_alembic_too_is_refused_and_left_alone(bare_database):
    run(
        bare_database,
        "CREATE TABLE invoice (id INTEGER)",
        "CREATE TABLE alembic_version (version_num VARCHAR(32))",
        "INSERT INTO alembic_version VALUES ('0001')",
    )
    with pytest.raises(SetupError, match="belongs to another program"):
        schema.upgrade(bare_database)
    assert tables(bare_database) == {"invoice", "alembic_version"}


@pytest.mark.parametrize("content", [b"not a database at all, but a letter to somebody " * 100, b"\0" * 4096])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path, content):
    file = tmp_path / "letter.db"
    file.write_bytes(content)
    with closing(Database(f"sqlite:///{file}")) as garbage:
        for act in (schema.upgrade, schema.require_current):
            with pytest.raises(SetupError, match=r"letter\.db cannot be used"):
                act(garbage)
    assert file.read_bytes() == content


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with (
        closing(Database(f"sqlite:///{tmp_path}/nowhere/specimens.db")) as nowhere,
        pytest.raises(SetupError, match=r"nowhere/specimens\.db cannot be used: unable to open database file"),
    ):
        schema.upgrade(nowhere)


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path):
    with (
        closing(Database(f"postgresql://lab:secret@/specimens?host={tmp_path}")) as nowhere,
        pytest.raises(SetupError, match=r"cannot be used: .*No such file or directory") as refusal,
    ):
        schema.upgrade(nowhere)
    assert "secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_table_that_others_point_to_can_be_rebuilt_with_its_rows(database, tmp_path, monkeypatch):
    family(database)
    at_next_revision(tmp_path, monkeypatch)
    schema.upgrade(database)
    run(database, "UPDATE parent SET note = 'kept'")
    schema.downgrade(database, "-1")
    with database.unit_of_work(write=False) as session:
        assert session.execute(
            text("SELECT child.id, parent.id FROM child JOIN parent ON parent_id = parent.id")
        ).all() == [(7, 1)]


def test_a_migration_that_loses_a_row_others_point_to_changes_nothing(sqlite_database, tmp_path, monkeypatch):
    family(sqlite_database)
    head = schema.head_revision()
    at_next_revision(tmp_path, monkeypatch, more='op.execute("DELETE FROM parent")')
    with pytest.raises(SetupError, match="row of child without its parent"):
        schema.upgrade(sqlite_database)
    assert schema.stamped_revision(sqlite_database) == head
    assert "note" not in {column["name"] for column in inspect(sqlite_database.engine).get_columns("parent")}
    with pytest.raises(Exception, match="FOREIGN KEY constraint failed"):  # and keys are enforced again
        run(sqlite_database, "INSERT INTO child (id, parent_id) VALUES (8, 99)")
