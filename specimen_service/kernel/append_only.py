"""Tables that only grow: triggers in the database refuse UPDATE and DELETE, whoever asks."""

from collections.abc import Sequence

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection


def guard_append_only(connection: Connection, table: str, *, erasable: Sequence[str] = ()) -> None:
    """Make the database refuse every UPDATE, DELETE and TRUNCATE of `table`; for migrations.

    The one change let through sets all `erasable` columns to NULL and no other. A migration that adds a column takes the
    triggers away first and guards the table again, because the triggers name the columns they know.
    """
    columns = [column["name"] for column in inspect(connection).get_columns(table)]
    allowed = f"NOT ({_erases(connection, columns, erasable)})" if erasable else "TRUE"
    statements = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES
    for statement in statements:
        connection.execute(text(statement.format(table=table, unless=allowed)))


def unguard_append_only(connection: Connection, table: str) -> None:
    """Take the triggers of `guard_append_only` away again; for migrations."""
    if connection.dialect.name == "sqlite":
        for verb in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
    else:
        connection.execute(text(f"DROP FUNCTION {table}_refuse() CASCADE"))


def _erases(connection: Connection, columns: Sequence[str], erasable: Sequence[str]) -> str:
    same = "IS" if connection.dialect.name == "sqlite" else "IS NOT DISTINCT FROM"
    kept = [f"OLD.{name} {same} NEW.{name}" for name in columns if name not in erasable]
    held = " OR ".join(f"OLD.{name} IS NOT NULL" for name in erasable)
    return " AND ".join([f"({held})", *(f"NEW.{name} IS NULL" for name in erasable), *kept])


_SQLITE = [
    """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN {unless}
       BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END""",
    """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
       BEGIN SELECT RAISE(ABORT, 'rows of {table} are never deleted'); END""",
]
_POSTGRES = [
    """CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'rows of {table} are never changed or deleted'; END $$""",
    """CREATE TRIGGER {table}_no_change BEFORE UPDATE ON {table}
       FOR EACH ROW WHEN ({unless}) EXECUTE FUNCTION {table}_refuse()""",
    """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
       FOR EACH ROW EXECUTE FUNCTION {table}_refuse()""",
    """CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
       FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()""",
]
