"""Fills any schema with rows, knowing only what the database itself tells of its tables: no mapped class is asked."""

import re
from datetime import UTC, date, datetime

from sqlalchemy import Connection, MetaData, Table, inspect, text, types
from sqlalchemy.exc import DatabaseError

ROWS = 3
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
VERSION_TABLE = "alembic_version"


def reflected(connection: Connection) -> list[Table]:
    """Return the tables as the database describes them, parents first, without the one that holds the revision."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != VERSION_TABLE]


def fill(connection: Connection, skip: set[str]) -> None:
    """Put rows into every table not named in `skip`; raises AssertionError if a table takes none."""
    for table in reflected(connection):
        if table.name not in skip:
            words = vocabularies(connection, table.name)
            for row in range(1, ROWS + 1):
                _insert(connection, table, row, words)


def contents(connection: Connection) -> dict[str, list[dict]]:
    """Return all rows of all tables as the driver gives them, in one order."""
    tables = [table for table in inspect(connection).get_table_names() if table != VERSION_TABLE]
    return {table: sorted(_all(connection, table), key=repr) for table in tables}


def _all(connection: Connection, table: str) -> list[dict]:
    # Columns by name, not by place: a table that is made anew may have them in another order.
    rows = connection.execute(text(f'SELECT * FROM "{table}"')).mappings()
    return [{name: row[name] for name in sorted(row)} for row in rows]


def vocabularies(connection: Connection, table: str) -> dict[str, str]:
    """Return, for each column held to a closed vocabulary by a CHECK, its first word."""
    found = {}
    for check in inspect(connection).get_check_constraints(table):
        # SQLite: kind IN ('a', 'b'); PostgreSQL: kind::text = ANY (ARRAY['a'::character varying, ...
        if match := re.match(r"\W*(\w+)[^']*?(?: IN |= ANY)[^']*'([^']*)'", check["sqltext"]):
            found[match[1]] = match[2]
    return found


def _insert(connection: Connection, table: Table, row: int, words: dict[str, str]) -> None:
    needed = {c.name: _value(c, row, words) for c in table.columns if not c.nullable}
    optional = {c.name: _value(c, row, words) for c in table.columns if c.nullable}
    # All columns at once if the table allows it; else one optional column more than needed ("exactly one of these").
    attempts = [needed | optional, *({**needed, name: value} for name, value in optional.items()), needed]
    for values in attempts:
        try:
            with connection.begin_nested():
                connection.execute(table.insert().values(values))
        except DatabaseError:
            continue
        return
    raise AssertionError(f"{table.name} takes no row")


def _value(column, row, words):  # noqa: PLR0911 - one line a type
    if column.name in words:
        return words[column.name]
    if column.foreign_keys:
        return row  # every table gets the keys 1 to ROWS
    match column.type:
        case types.Boolean():
            return True
        case types.Integer():
            return row
        case types.Float():
            return row + 0.5
        case types.DateTime():
            return NOON.replace(minute=row)
        case types.Date():
            return date(1984, 3, row)
        case types.JSON():
            return {"row": row}
    return f"{column.name} {row}"[: column.type.length]
