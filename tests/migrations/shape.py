"""What a database says of its own schema, in sentences that two databases can be compared by."""

from sqlalchemy import Connection, inspect, text

from tests.migrations.rows import VERSION_TABLE

TRIGGERS = {
    "sqlite": "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal",
}
FUNCTIONS = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"


def shape(connection: Connection) -> set[str]:
    """Return one sentence for each column, key, CHECK and index (with its condition), as the database tells of it."""
    inspector = inspect(connection)
    said = {
        "column": inspector.get_multi_columns(),
        "primary key": {table: [key] for table, key in inspector.get_multi_pk_constraint().items()},
        "foreign key": inspector.get_multi_foreign_keys(),
        "unique": inspector.get_multi_unique_constraints(),
        "check": inspector.get_multi_check_constraints(),
        "index": inspector.get_multi_indexes(),
    }
    return {
        f"{table}: {what} {_said(fact)}"
        for what, found in said.items()
        for (_schema, table), facts in found.items()
        if table != VERSION_TABLE
        for fact in facts
    }


def triggers(connection: Connection) -> set[tuple[str, str]]:
    """Return (table, name) of every trigger."""
    return {tuple(row) for row in connection.execute(text(TRIGGERS[connection.dialect.name]))}


def functions(connection: Connection) -> set[str]:
    """Return the names of our functions in the database; SQLite has none."""
    return set(connection.scalars(text(FUNCTIONS))) if connection.dialect.name == "postgresql" else set()


def _said(fact: dict) -> str:
    # Reflected types and conditions are objects that differ although they say the same.
    plain = {key: _said(value) if isinstance(value, dict) else str(value) for key, value in fact.items()}
    return ", ".join(f"{key}={plain[key]}" for key in sorted(plain))
