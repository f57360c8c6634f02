"""Checking the custody of a database: reads it as it is, row by row, and has `proof.py` judge; `export` writes the same rows.

The driver is asked directly: a value that no longer fits its column must not fail on the way, and a million rows are much
work. Memory does not grow with the number of rows.
"""

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import IO, Any, cast

from sqlalchemy import Boolean, ColumnElement, Integer, Select, Table, func, select
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session

from specimen_service.custody.chain import COVERED
from specimen_service.custody.model import CustodyEvent, DeviceChain, Erasure, Leaf, TreeHead
from specimen_service.custody.proof import Check, Checkpoint, Report
from specimen_service.kernel.db import UtcDateTime
from specimen_service.specimens.model import Specimen

Progress = Callable[[int], None]
"""Told now and then how many rows were read since it was last told."""
Line = tuple[str, tuple[Any, ...]]
"""A row read: its kind, and what `proof.py` wants to know of it."""


def verify(session: Session, checkpoint: Checkpoint | None = None, progress: Progress | None = None) -> Report:
    """Recompute the custody of a database from its rows, beside an earlier checkpoint if there is one; changes nothing."""
    try:
        return _checked(session, checkpoint, progress)
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):
            raise
    with _any_bytes_for_text(session):  # where there are such bytes only: it takes far longer
        return _checked(session, checkpoint, None)


def export(session: Session, file: IO[str], *, with_private: bool, progress: Progress | None = None) -> int:
    """Write all that `verify` reads as JSON lines, for `proof.py` to check alone; returns how many events there are.

    Without `with_private` notes and wristbands are left out. What was scanned is in it: treat it as confidential.
    """
    file.write(_ENCODE({"export": _head(session, with_private=with_private)}) + "\n")
    events = 0
    with _any_bytes_for_text(session):
        for kind, said in _lines(session, progress):
            told = said
            if kind == "event":
                events += 1
                told = said if with_private else (*said[:2], None, None, *said[4:])
            elif kind == "leaf":
                told = said[:3]
            file.write(_ENCODE({kind: told}) + "\n")
    return events


def _checked(session: Session, checkpoint: Checkpoint | None, progress: Progress | None) -> Report:
    check = Check(_head(session, with_private=True), checkpoint)
    for kind, said in _lines(session, progress):
        check.take(kind, said)
    return check.done()


def _lines(session: Session, progress: Progress | None) -> Iterator[Line]:
    yield from _chains(session, _S, "specimen_id", ("chain_length", "chain_head"), progress)
    yield from _chains(session, _C, "chain_device_id", ("length", "head"), progress)
    yield "orphans", ()
    for row in _rows(session, _events(session).where(_E.c.specimen_id.is_(None), _E.c.chain_device_id.is_(None))):
        yield "event", row
    for row in _rows(session, select(_T.c.size, _T.c.root, _T.c.peaks).order_by(_T.c.size)):
        yield "tree_head", row
    for row in _rows(session, _LEAVES, progress):
        yield "leaf", row


def _chains(
    session: Session, owners: Table, key: str, ends: tuple[str, str], progress: Progress | None
) -> Iterator[Line]:
    """Read the owners and their events side by side, both in order: a join would hand out each owner once an event."""
    known = _rows(session, select(owners.c.id, *(owners.c[name] for name in ends)).order_by(owners.c.id))
    of_owners = _events(session).where(_E.c[key].is_not(None)).order_by(_E.c[key], _E.c.seq)
    place, current, waiting = _FIRST_COVERED + COVERED.index(key), None, next(known, None)
    for row in _rows(session, of_owners, progress):
        if row[place] != current:
            current = row[place]
            while waiting is not None and _stands_before(waiting[0], current):
                yield "chain", (owners.name, *waiting)
                waiting = next(known, None)
            if waiting is not None and waiting[0] == current:
                yield "chain", (owners.name, *waiting)
                waiting = next(known, None)
            else:
                yield "orphans", ()
        yield "event", row
    while waiting is not None:
        yield "chain", (owners.name, *waiting)
        waiting = next(known, None)


def _stands_before(owner: int, key: object) -> bool:
    return owner < key if isinstance(key, int | float) else True  # SQLite sorts what is no number behind all numbers


def _rows(
    session: Session, statement: Select[*tuple[Any, ...]], progress: Progress | None = None
) -> Iterator[tuple[Any, ...]]:
    connection = _connection(session)
    driver: Any = connection.connection.driver_connection
    sql = str(statement.compile(connection, compile_kwargs={"literal_binds": True}))
    # A named cursor of PostgreSQL hands out rows as they are asked for; any other reads all of them at once.
    cursor = driver.cursor() if connection.dialect.name == "sqlite" else driver.cursor(name=f"custody_{next(_NAMES)}")
    with closing(cursor):
        cursor.execute(sql)
        while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
            yield from rows
            if progress is not None:
                progress(len(rows))


def _connection(session: Session) -> Any:  # noqa: ANN401 - a connection whose driver's own methods are called
    if session.get_bind().dialect.name == "sqlite" or session.in_transaction():
        return session.connection()
    # All statements must see one moment: between two of them scans are recorded and sealed.
    return session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


@contextmanager
def _any_bytes_for_text(session: Session) -> Iterator[None]:
    """Read text of any bytes from SQLite: those that are no UTF-8 become half characters, which no hash was made of."""
    driver: Any = session.connection().connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = str


def _head(session: Session, *, with_private: bool) -> dict[str, Any]:
    erased = [event_id for (event_id,) in _rows(session, select(_X.c.event_id).order_by(_X.c.event_id))]
    return {"columns": COVERED, "erased": erased, "with_private": with_private}


def _events(session: Session) -> Select[*tuple[Any, ...]]:
    covered: list[ColumnElement[Any]] = [_E.c[name] for name in COVERED]
    if session.get_bind().dialect.name == "postgresql":
        covered = list(map(_as_on_sqlite, covered))
    return select(_E.c.id, _E.c.hash, _E.c.private, _E.c.private_salt, *covered)


def _as_on_sqlite(column: ColumnElement[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, UtcDateTime):
        return func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24:MI:SS.US")
    return as_type(column, Integer) if isinstance(column.type, Boolean) else column


def _bytes(value: object) -> str:
    return f"bytes {bytes(value).hex()}" if isinstance(value, bytes) else repr(value)


_ROWS_AT_A_TIME = 2_000
_FIRST_COVERED = 4
"""Where the covered columns begin in a row of an event."""
_NAMES = itertools.count()
_ENCODE = json.JSONEncoder(separators=(",", ":"), default=_bytes).encode
_E, _S, _C, _L, _T, _X = (
    cast("Table", model.__table__) for model in (CustodyEvent, Specimen, DeviceChain, Leaf, TreeHead, Erasure)
)
_LEAVES = (
    select(_L.c.number, _L.c.event_id, _L.c.hash, _E.c.hash)
    .select_from(_L.outerjoin(_E, _E.c.id == _L.c.event_id))
    .order_by(_L.c.number)
)
