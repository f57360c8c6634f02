"""Recomputing every chain from the data: names each row that was altered, added, swapped or is missing.

Rows are read as the database holds them, in the order of the chains, one at a time: a value that no longer fits its column
is compared like any other, and memory does not grow with the number of rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import RowMapping, Select, Table, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from specimen_service.custody.chain import COVERED, digest
from specimen_service.custody.model import CustodyEvent, DeviceChain
from specimen_service.kernel.db import UtcDateTime
from specimen_service.specimens.model import Specimen


class What(StrEnum):
    """What is wrong with a row of a chain."""

    ALTERED = "altered"
    """Its columns do not give its hash."""
    MISSING = "missing"
    """No row has this place in the chain."""
    ADDED = "added"
    """It stands behind the end of the chain, or in a chain that does not exist."""
    SWAPPED = "swapped"
    """It was made to follow another row than the one before it."""
    HEAD = "head"
    """The end of the chain, as its owner has it, is another."""


@dataclass(frozen=True)
class ChainFault:
    """One row that is not as it was recorded; `id` is None where there is no row."""

    table: str
    id: int | None
    chain: str
    seq: int
    what: What


@dataclass
class Report:
    """What a verification found."""

    rows: int = 0
    faults: list[ChainFault] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


@dataclass(slots=True)
class _Walk:
    """A walk along one chain: what the next row must be."""

    table: str
    owner: int
    length: int
    head: str
    place: int = 1
    """The place the next row must have."""
    previous: str | None = ""
    """What the next row must name as the hash before it; None after an altered row, with which nothing can be compared."""
    altered: set[int] = field(default_factory=set)
    """Places claimed by altered rows that stand out of order: not reported missing as well."""
    behind: list[ChainFault] = field(default_factory=list)
    """Whole rows behind the end the owner knows of."""

    def step(self, row: RowMapping) -> Iterator[ChainFault]:
        """Check the next row of the chain."""
        seq, stored, own = row["seq"], row["hash"], _own_hash(row)
        if own != stored:
            yield self._fault(row["id"], seq, What.ALTERED)
            if seq == self.place:
                self.place, self.previous = seq + 1, None
            else:
                self.altered.add(seq)
            return
        yield from self._missing(seq)
        if seq == self.place and self.previous not in {None, row["previous_hash"]}:
            yield self._fault(row["id"], seq, What.SWAPPED)
        if seq > self.length:
            self.behind.append(self._fault(row["id"], seq, What.ADDED))
        self.place, self.previous = seq + 1, stored

    def end(self) -> Iterator[ChainFault]:
        """Compare where the rows end with what the owner of the chain says."""
        last, ends_there = self.place - 1, self.previous in {None, self.head}
        if last == self.length and ends_there:
            return
        if last == self.length or ends_there:
            yield ChainFault(self.table, self.owner, self._name, self.length, What.HEAD)
            return
        yield from self.behind
        yield from self._missing(self.length + 1)

    def _missing(self, until: int) -> Iterator[ChainFault]:
        for seq in range(self.place, min(until, self.place + _LONGEST_GAP)):
            if seq not in self.altered:
                yield self._fault(None, seq, What.MISSING)

    def _fault(self, row_id: int | None, seq: int, what: What) -> ChainFault:
        return ChainFault("custody_event", row_id, self._name, seq, what)

    @property
    def _name(self) -> str:
        return f"{self.table} {self.owner}"


def verify(session: Session) -> Report:
    """Recompute every chain of the database; reads it all, changes nothing."""
    report = Report()
    for statement, table in ((_BY_SPECIMEN, "specimen"), (_BY_SENDER, "device_chain")):
        rows = session.connection().execute(statement, execution_options={"yield_per": 1000}).mappings()
        for walk, row in _walks(rows, table):
            if row is None:
                report.faults += walk.end()
            else:
                report.rows += 1
                report.faults += walk.step(row)
    for row_id, seq in session.execute(_ORPHANS):
        report.rows += 1
        report.faults.append(ChainFault("custody_event", row_id, "none", seq, What.ADDED))
    return report


def _walks(rows: Iterable[RowMapping], table: str) -> Iterator[tuple[_Walk, RowMapping | None]]:
    """Yield each row with the walk along its chain, and None at the end of each chain."""
    walk = None
    for row in rows:
        if walk is None or walk.owner != row["owner"]:
            if walk is not None:
                yield walk, None
            walk = _Walk(table, row["owner"], row["length"], row["head"])
        if row["id"] is not None:
            yield walk, row
    if walk is not None:
        yield walk, None


def _own_hash(row: RowMapping) -> str:
    columns = {name: _as_recorded(name, row[name]) for name in COVERED}
    try:
        return digest(columns)
    except TypeError:
        return ""  # a value of a type that no column has was put there from outside


def _as_recorded(name: str, value: object) -> object:
    # SQLite keeps UTC without saying so; a text of another form is no time of ours and is left to differ.
    return f"{value}+00:00" if name in _TIMES and isinstance(value, str) else value


def _along(owners: Table, key: str, length: str, head: str) -> Select[*tuple[Any, ...]]:
    ends = (owners.c.id.label("owner"), owners.c[length].label("length"), owners.c[head].label("head"))
    raw = (type_coerce(_E.c[name], NullType()).label(name) for name in ("id", "hash", *COVERED))
    joined = owners.outerjoin(_E, _E.c[key] == owners.c.id)
    return select(*ends, *raw).select_from(joined).order_by(owners.c.id, _E.c.seq)


_LONGEST_GAP = 1000
"""How many missing places of one chain are named one by one."""
_E, _S, _C = (cast("Table", model.__table__) for model in (CustodyEvent, Specimen, DeviceChain))
_TIMES = frozenset(column.name for column in _E.c if isinstance(column.type, UtcDateTime))
_BY_SPECIMEN = _along(_S, "specimen_id", "chain_length", "chain_head")
_BY_SENDER = _along(_C, "chain_device_id", "length", "head")
_ORPHANS = (
    select(_E.c.id, _E.c.seq)
    .select_from(_E.outerjoin(_S, _S.c.id == _E.c.specimen_id).outerjoin(_C, _C.c.id == _E.c.chain_device_id))
    .where(_S.c.id.is_(None), _C.c.id.is_(None))
    .order_by(_E.c.id)
)
