"""Every revision goes up and down with data in it, on both engines, and the last one is what the models say."""

import importlib
import pkgutil
import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

import specimen_service
from specimen_service.kernel import schema, serials
from specimen_service.kernel.db import Base
from tests.migrations.rows import contents, fill
from tests.migrations.shape import functions, shape, triggers

APPEND_ONLY = [
    *("audit_entry", "custody_event", "custody_leaf", "custody_tree_head", "custody_erasure", "signed_exception"),
    *("shipment_seal", "empty_stop", "unpacking"),
]


def _script():
    config = Config()
    config.set_main_option("script_location", str(schema.migrations_folder()).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


REVISIONS = [revision.revision for revision in reversed(list(_script().walk_revisions()))]


@pytest.fixture
def models():
    """The metadata of every mapped class of the service."""
    for module in pkgutil.walk_packages(specimen_service.__path__, "specimen_service."):
        if module.name.endswith(".model"):
            importlib.import_module(module.name)
    assert serials.Serial.metadata is Base.metadata
    return Base.metadata


def seen(database, look):
    with database.engine.connect() as connection:
        return look(connection)


def fill_new_tables(database, before):
    with database.engine.begin() as connection:
        fill(connection, skip=set(before))


def shared(before, after):
    """Return the part of `before` whose tables and columns are in `after` too."""
    columns = {table: set(rows[0]) for table, rows in after.items() if rows}
    return {
        table: [{name: row[name] for name in row if name in columns[table]} for row in rows]
        for table, rows in before.items()
        if table in columns
    }


def test_there_is_one_line_of_numbered_revisions():
    script = _script()
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
    assert [f"{i:04d}" for i in range(1, len(REVISIONS) + 1)] == REVISIONS


def test_every_file_is_named_by_its_number_and_says_what_it_does():
    for revision in _script().walk_revisions():
        name = revision.path.rpartition("/")[2]
        assert re.fullmatch(rf"{revision.revision}_[a-z0-9_]+\.py", name)
        assert revision.doc.endswith(".")


def test_every_revision_goes_up_and_down_with_the_data_in_it(bare_database):
    below = seen(bare_database, made)
    for revision in REVISIONS:
        below = goes_up_and_down(bare_database, revision, below)


def goes_up_and_down(database, revision, below):
    """Go up, down and up again; `below` is what was made before, and what is made then is returned."""
    rows_below = seen(database, contents)
    goes_up(database, revision, rows_below)
    schema.downgrade(database, "-1")
    assert (revision, seen(database, made)) == (revision, below)
    assert (revision, seen(database, contents)) == (revision, rows_below)
    goes_up(database, revision, rows_below)
    return seen(database, made)


def goes_up(database, revision, rows_below):
    schema.upgrade(database, revision)
    rows_above = seen(database, contents)
    assert (revision, shared(rows_below, rows_above)) == (revision, shared(rows_above, rows_below))
    fill_new_tables(database, rows_below)


def made(connection):
    """Return all that a migration makes besides rows."""
    return shape(connection), triggers(connection), functions(connection)


def test_a_full_database_goes_down_to_nothing_and_up_again(database):
    at_head = seen(database, shape)
    with database.engine.begin() as connection:
        fill(connection, skip=set())
    schema.downgrade(database, "base")
    assert (seen(database, shape), seen(database, triggers), seen(database, functions)) == (set(), set(), set())
    schema.upgrade(database)
    assert seen(database, shape) == at_head


def test_the_migrated_schema_is_what_the_models_say(database, models):
    def differences(connection):
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, models)

    assert seen(database, differences) == []


def test_constraints_and_indexes_too_are_what_the_models_say(database, models, request):
    modelled = request.getfixturevalue("bare_sqlite_database" if database.is_sqlite else "bare_postgres_database")
    with modelled.engine.begin() as connection:
        models.create_all(connection)
    assert seen(database, shape) == seen(modelled, shape)


def test_the_database_itself_refuses_to_change_what_only_grows(database):
    with database.engine.begin() as connection:
        fill(connection, skip=set())
    before = seen(database, contents)
    for table in APPEND_ONLY:
        key = seen(database, lambda connection, of=table: inspect(connection).get_pk_constraint(of))
        for change in (f"UPDATE {table} SET {key['constrained_columns'][0]} = 1", f"DELETE FROM {table}"):
            refused = pytest.raises(DatabaseError, match=f"rows of {table} are never")
            with refused, database.engine.begin() as connection:
                connection.execute(text(change))
    assert seen(database, contents) == before
