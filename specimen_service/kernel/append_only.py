"""Tables that only grow: triggers in the database refuse UPDATE and DELETE, whoever asks."""

from sqlalchemy import text
from sqlalchemy.engine import Connection


def guard_append_only(connection: Connection, table: str) -> None:
    """Make the database refuse every UPDATE, DELETE and TRUNCATE of `table`; for migrations."""
    statements = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES
    for statement in statements:
        connection.execute(text(statement.format(table=table)))


def unguard_append_only(connection: Connection, table: str) -> None:
    """Take the triggers of `guard_append_only` away again; for migrations."""
    if connection.dialect.name == "sqlite":
        for verb in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
    else:
        connection.execute(text(f"DROP FUNCTION {table}_refuse() CASCADE"))


_SQLITE = [
    """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
       BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END""",
    """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
       BEGIN SELECT RAISE(ABORT, 'rows of {table} are never deleted'); END""",
]
_POSTGRES = [
    """CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'rows of {table} are never changed or deleted'; END $$""",
    """CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
       FOR EACH ROW EXECUTE FUNCTION {table}_refuse()""",
    """CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
       FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()""",
]
