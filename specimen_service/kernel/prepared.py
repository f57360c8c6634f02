"""Statements compiled once and run straight on the driver, for the few that every scan runs.

SQLAlchemy's own execution costs more than the database does with statements this small: cache key, context and result are
made anew each time. Values are converted as the types of their columns say, in both directions.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Dialect, Insert, Select, Update, bindparam
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

Process = Callable[[Any], Any]
Query = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    named: bool
    """Whether parameters go by name; else by position, in the order of `inward`."""
    inward: tuple[tuple[str, Process | None], ...]

    def bound(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what a driver takes
        if self.named:
            return {name: process(values[name]) if process else values[name] for name, process in self.inward}
        return tuple([process(values[name]) if process else values[name] for name, process in self.inward])


class Prepared:
    """One statement, compiled at its first run on a dialect; `columns` are those an INSERT or UPDATE sets."""

    def __init__(self, statement: Query | Insert | Update, columns: Sequence[str] = ()) -> None:
        """Keep the statement; every parameter in it is given by name with each run."""
        self._statement, self._columns = statement, list(columns) or None
        self._compiled: dict[str, _Compiled] = {}
        self._outward: dict[str, tuple[tuple[int, Process], ...]] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[list[Any]]:
        """Run a SELECT and return its rows."""
        compiled = self._on(connection.dialect)
        with _cursor(connection) as cursor:
            cursor.execute(compiled.sql, compiled.bound(values))
            outward = self._outward.get(connection.dialect.name)
            if outward is None:
                outward = self._outward[connection.dialect.name] = self._outward_on(connection.dialect, cursor)
            rows = [list(row) for row in cursor.fetchall()]
        for row in rows:
            for index, process in outward:
                row[index] = process(row[index])
        return rows

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run an INSERT or UPDATE once for each of `rows`; returns how many rows of the table it touched."""
        compiled = self._on(connection.dialect)
        with _cursor(connection) as cursor:
            if len(rows) == 1:
                cursor.execute(compiled.sql, compiled.bound(rows[0]))
            else:
                cursor.executemany(compiled.sql, [compiled.bound(row) for row in rows])
            return int(cursor.rowcount)

    def _on(self, dialect: Dialect) -> _Compiled:
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = self._compile(dialect)
        return self._compiled[dialect.name]

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._columns)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - statements of these kinds compile to nothing else
        names = compiled.positiontup or list(compiled.binds)
        inward = tuple((name, _impl(compiled.binds[name].type, dialect).bind_processor(dialect)) for name in names)
        return _Compiled(compiled.string, compiled.positiontup is None, inward)

    def _outward_on(self, dialect: Dialect, cursor: DBAPICursor) -> tuple[tuple[int, Process], ...]:
        """Find what turns a driver's values into ours; the cursor tells of what type each column came."""
        columns = self._statement.selected_columns if isinstance(self._statement, Select | CompoundSelect) else ()
        told = zip(columns, cursor.description, strict=True)
        processes = [_impl(column.type, dialect).result_processor(dialect, came[1]) for column, came in told]
        return tuple((index, process) for index, process in enumerate(processes) if process is not None)


class _cursor:  # noqa: N801 - a context manager; as a generator it would cost as much as the statement
    """A cursor of the driver, in the transaction of its connection; the driver's errors leave it as SQLAlchemy's."""

    __slots__ = ("connection", "cursor")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def __enter__(self) -> DBAPICursor:
        self.cursor = self.connection.connection.cursor()
        return self.cursor

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, self.connection.dialect.loaded_dbapi.Error):
            raise _translated(self.connection, error) from error
        self.cursor.close()


def _translated(connection: Connection, error: Exception) -> Exception:
    dialect = connection.dialect
    broken = dialect.is_disconnect(error, connection.connection.driver_connection, None)  # type: ignore[arg-type]
    if broken:
        connection.invalidate(error)
    # Below its first line PostgreSQL quotes the offending row; an error goes to the log, patient data never does.
    error.args = (str(error).split("\n", 1)[0], *error.args[1:])
    base = dialect.loaded_dbapi.Error
    return DBAPIError.instance(
        None, None, error, base, hide_parameters=True, connection_invalidated=broken, dialect=dialect
    )


def _impl(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return kind.dialect_impl(dialect)


class among(ColumnElement[Any]):  # noqa: N801 - reads as the operator it is
    """`column IN (...)` with one parameter for all keys, so that the statement is the same for one key and a thousand."""

    type = NullType()  # as a Boolean, SQLite would be asked whether it "= 1", and would not use the index
    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str = "keys") -> None:
        """Compare a column with the list of keys given under a name."""
        self.column = column
        self.keys = bindparam(name, type_=_Keys())


class _Keys(TypeDecorator[list[Any]]):
    impl = NullType
    cache_ok = True

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:  # noqa: ANN401 - what a driver takes
        return json.dumps(value) if dialect.name == "sqlite" else value


@compiles(among, "sqlite")
def _among_on_sqlite(element: among, compiler: SQLCompiler, **more: Any) -> str:  # noqa: ANN401 - the hook's signature
    column, keys = compiler.process(element.column, **more), compiler.process(element.keys, **more)
    return f"{column} IN (SELECT value FROM json_each({keys}))"  # noqa: S608 - both parts are SQL made by the compiler


@compiles(among, "postgresql")
def _among_on_postgres(element: among, compiler: SQLCompiler, **more: Any) -> str:  # noqa: ANN401 - the hook's signature
    return f"{compiler.process(element.column, **more)} = ANY({compiler.process(element.keys, **more)})"
