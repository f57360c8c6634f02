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
    asked = {
        "column": inspector.get_columns,
        "primary key": lambda table: [inspector.get_pk_constraint(table)],
        "foreign key": inspector.get_foreign_keys,
        "unique": inspector.get_unique_constraints,
        "check": inspector.get_check_constraints,
        "index": inspector.get_indexes,
    }
    tables = [table for table in inspector.get_table_names() if table != VERSION_TABLE]
    return {f"{table}: {what} {_said(fact)}" for table in tables for what, ask in asked.items() for fact in ask(table)}


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
