"""The database: one engine, one `unit_of_work`, and column types that refuse what must not be stored.

SQLite runs in WAL with `synchronous=FULL`, so that a commit is on disk before anybody is told of it; its writers queue in
one lock inside the process (the database's own waiting is unfair: seconds at 16 writers) and begin IMMEDIATE, because a
lock taken late in a transaction could only fail. PostgreSQL is refused where it acknowledges before it is durable.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, Enum, MetaData, create_engine, event, make_url
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from specimen_service.kernel.errors import Busy, ServiceError, SetupError

WRITER_WAIT_SECONDS = 30.0
_SQLITE_FULL = 2
"""What SQLite calls `synchronous=FULL` when asked."""
_WAL_TRIES, _WAL_PAUSE_SECONDS = 600, 0.05


class Base(DeclarativeBase):
    """Base of every mapped class; constraint names follow one convention, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """Stores aware moments as UTC and returns them aware; a naive value is refused, since nobody knows what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base's signature
        """Refuse a naive value; turn an aware one into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base's signature
        """Return the moment aware, in UTC, whatever the driver made of it."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def words(vocabulary: type[StrEnum], name: str) -> Enum:
    """Make the column type of a closed vocabulary: its values as text, held to them by a CHECK constraint."""
    return Enum(
        vocabulary,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class _WritingSession(Session):
    """A session on a connection whose transaction is under way: it begins one of its own only where objects are mapped.

    Finding the connection of a session costs as much as a small statement; here it is at hand.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, expire_on_commit=False)
        self._connection = connection

    def connection(self, *options: Any, **more: Any) -> Connection:  # noqa: ANN401 - the base's signature
        # A savepoint is set when the session is first asked for its connection within it.
        if options or more or self.in_nested_transaction():
            return super().connection(*options, **more)
        return self._connection


class Database:
    """One database: makes sessions, and commits them in exactly one place."""

    def __init__(self, url: str) -> None:
        """Open the engine of a `sqlite:///` or `postgresql://` URL; nothing is connected yet."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(url, is_sqlite=self.is_sqlite)
        self._writer = threading.Lock()
        self._read = sessionmaker(self.engine.execution_options(write=False), expire_on_commit=False)
        self.after_commit: list[Callable[[dict[Any, Any]], None]] = []
        """Called with what a committed transaction left in `session.info`: how a spooler learns of new jobs at once."""

    @contextmanager
    def unit_of_work(self, *, write: bool = True) -> Iterator[Session]:
        """Yield a session and commit it if the block ends well; roll everything back if it does not.

        A `ServiceError` that keeps its work is raised on after the commit. With `write=False` the transaction only reads
        and waits for nobody. Raises `Busy` if no writer's turn came in time.
        """
        if write and self.is_sqlite:
            if not self._writer.acquire(timeout=WRITER_WAIT_SECONDS):
                raise Busy
            try:
                yield from self._transaction(self._writing())
            finally:
                self._writer.release()
        else:
            yield from self._transaction(self._writing() if write else self._read())

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with self.engine.connect() as connection, connection.begin(), _WritingSession(connection) as session:
            yield session

    def _transaction(self, opened: AbstractContextManager[Session]) -> Iterator[Session]:
        refusal = None
        try:
            with opened as session:
                try:
                    yield session
                except ServiceError as error:
                    if not error.keeps_work:
                        raise
                    refusal = error
                if session.in_transaction():
                    session.commit()
                left = dict(session.info)
        except (OperationalError, sqlite3.OperationalError) as error:
            if "database is locked" in str(error):
                raise Busy from error
            raise
        if left:
            for listener in self.after_commit:
                listener(left)
        if refusal is not None:
            raise refusal

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def _engine(url: str, *, is_sqlite: bool) -> Engine:
    if is_sqlite:
        engine = create_engine(url, hide_parameters=True, pool_size=40, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        engine = create_engine(
            _with_driver(url), hide_parameters=True, pool_size=40, max_overflow=10, pool_pre_ping=True
        )
    except ModuleNotFoundError as error:
        raise SetupError("PostgreSQL needs its driver: pip install 'specimen-service[postgres]'.") from error
    event.listen(engine, "connect", _check_postgres)
    event.listen(engine, "handle_error", _hide_values)
    return engine


def _with_driver(url: str) -> str:
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        raise SetupError(
            f"[database] url: {parsed.get_backend_name()} is not supported; use sqlite:/// or postgresql://."
        )
    return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _open_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection
    connection.isolation_level = None  # SQLAlchemy's `begin` event starts transactions, not the driver
    _turn_to_wal(connection)
    # Without recursive triggers INSERT OR REPLACE would delete a row of an append-only table past its trigger.
    for pragma in ("synchronous=full", "busy_timeout=30000", "foreign_keys=on", "recursive_triggers=on"):
        connection.execute(f"PRAGMA {pragma}")
    if connection.execute("PRAGMA synchronous").fetchone()[0] < _SQLITE_FULL:
        raise SetupError(
            "SQLite does not take synchronous = FULL: an acknowledged scan could be lost. Use another SQLite."
        )


def _turn_to_wal(connection: Any) -> None:  # noqa: ANN401 - a driver's connection
    # Two that open a new file at once: for this one step SQLite does not wait for the other, it fails. So wait here, and
    # here alone: with the driver's own waiting in each try, half a minute would become most of an hour.
    connection.execute("PRAGMA busy_timeout=0")
    for tries_left in reversed(range(_WAL_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode=wal")
        except sqlite3.OperationalError as error:
            if not tries_left or "locked" not in str(error):
                raise
            time.sleep(_WAL_PAUSE_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("write", True)
    # Straight on the driver: through SQLAlchemy it would cost four times as much.
    connection.connection.cursor().execute("BEGIN IMMEDIATE" if writes else "BEGIN")


def _check_postgres(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection
    with connection.cursor() as cursor:
        for setting in ("synchronous_commit", "fsync"):
            cursor.execute(f"SHOW {setting}")
            if cursor.fetchone()[0] == "off":
                raise SetupError(
                    f"PostgreSQL runs with {setting} = off: an acknowledged scan could be lost. Set it to on."
                )
    connection.rollback()


def _hide_values(context: ExceptionContext) -> None:
    # Below its first line PostgreSQL quotes the offending row; an error goes to the log, patient data never does.
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).split("\n", 1)[0], *error.args[1:])
