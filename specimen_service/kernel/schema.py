"""Bringing a database to the schema of this code, and saying plainly when that cannot be."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import inspect
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError

from specimen_service.kernel.db import Base, Database
from specimen_service.kernel.errors import SetupError


def migrations_folder() -> Path:
    """Return the folder of the migrations: inside the installed wheel, or at the top of a checkout."""
    # An editable install leaves a stale copy in site-packages, but never beside this file: look here first.
    package = Path(__file__).resolve().parent.parent
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrate up to `revision`; raises `SetupError` for a database that is not ours or newer than this code."""
    _migrate(database, command.upgrade, revision)


def downgrade(database: Database, revision: str) -> None:
    """Migrate down to `revision`; what the newer schema alone could hold is lost."""
    _migrate(database, command.downgrade, revision)


def stamped_revision(database: Database) -> str | None:
    """Return the revision the database is at; None for an empty one. Raises `SetupError` for one that is not ours."""
    try:
        with database.engine.connect() as connection:
            return _revision_of(connection)
    except DatabaseError as error:
        raise SetupError(_unreachable(database, error)) from error


def head_revision() -> str:
    """Return the newest revision this code knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise SetupError(f"No migrations in {migrations_folder()}: the installation is incomplete.")
    return head


def require_current(database: Database) -> None:
    """Raise `SetupError`, naming the remedy, unless the database is exactly at this code's schema."""
    stamped, head = stamped_revision(database), head_revision()
    if stamped != head:
        _refuse_newer(stamped)
        raise SetupError(
            f"The database is at schema {stamped or 'none'}, this code needs {head}. Run: specimen-service db upgrade"
        )


def _migrate(database: Database, verb: Callable[[Config, str], None], revision: str) -> None:
    _refuse_newer(stamped_revision(database))
    config = _config()
    with database.engine.connect() as connection, _keys_checked_at_the_end(connection), connection.begin():
        # With the metadata come its names for constraints, so that a later migration can name what this one made.
        config.attributes.update(connection=connection, metadata=Base.metadata)
        verb(config, revision)
        _require_whole_keys(connection)


@contextmanager
def _keys_checked_at_the_end(connection: Connection) -> Iterator[None]:
    if connection.dialect.name != "sqlite":
        yield
        return
    # A batch migration copies a table and drops the old one; enforced keys, even deferred ones, would refuse the
    # commit for the rows that point to it. The pragma works outside a transaction only: ask the driver.
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=off")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=on")


def _require_whole_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and (
        broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    ):
        raise SetupError(
            f"The migration would leave a row of {broken[0]} without its {broken[2]}. Nothing was changed."
        )


def _refuse_newer(stamped: str | None) -> None:
    if stamped is None:
        return
    try:
        ScriptDirectory.from_config(_config()).get_revision(stamped)
    except CommandError as error:
        raise SetupError(
            f"The database is at schema {stamped}, which is newer than this code. Install the newer version; nothing was changed."
        ) from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return config


def _revision_of(connection: Connection) -> str | None:
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        if tables:
            raise SetupError("This database holds other tables and none of ours. Name an empty one in [database] url.")
        return None
    if len(tables) > 1 and not tables >= {"audit_entry", "serial"}:  # there since the first revision
        raise SetupError("This database belongs to another program. Name an empty one in [database] url.")
    return MigrationContext.configure(connection).get_current_revision()


def _unreachable(database: Database, error: DatabaseError) -> str:
    where = database.url.render_as_string(hide_password=True)
    return f"The database {where} cannot be used: {str(error.orig).splitlines()[0]}."
