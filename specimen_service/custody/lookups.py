"""Looking up what the scans of one request name, in a fixed number of queries, with the locks in one order.

The order is the same for everybody, so that no two servers wait for each other: bags, then specimens, each by id, then the
chain of the sender.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.audit.model import Actor
from specimen_service.custody.chains import sender_chain
from specimen_service.custody.desk import Surroundings, effective_at, tube_named
from specimen_service.custody.fact_queries import carriers, histories_of, members_of
from specimen_service.custody.queries import named_around
from specimen_service.custody.scans import Read
from specimen_service.kernel.codes import is_number
from specimen_service.kernel.numbers import Kind
from specimen_service.specimens.model import Identifier, Label
from specimen_service.specimens.queries import Tube, tubes_of


@dataclass(frozen=True, slots=True)
class _Bags:
    """The bags, boxes and racks that scans name."""

    known: frozenset[str]
    members: Mapping[str, Collection[int]]
    """The specimens that were ever in each of those whose own barcode was scanned."""


def look_up(
    session: Session,
    now: datetime,
    actor: Actor,
    reads: Sequence[Read],
    skew: timedelta,
    fold_anew: Collection[int],
) -> Surroundings:
    """Find what scans name, locked until the transaction ends; `fold_anew` are specimens whose history is wanted."""
    bags = _bags(session, reads)
    packed = sorted({one for members in bags.members.values() for one in members})
    tubes: dict[str, list[Tube]] = defaultdict(list)
    # With those who carry a number that is to be linked: it may take scans away from them.
    codes = _distinct(code for read in reads for code in (read.code, read.links_to))
    for found in tubes_of(session, codes, packed) if reads else ():
        tubes[found.code].append(found)
    members = {tube.id: tube for tube in tubes.pop("", ())}
    named = [(tube_named(read.code, tubes), read) for read in reads]
    places, operators = named_around(
        session, _distinct(read.location for read in reads), _distinct(read.operator for read in reads)
    )
    packing: dict[int, set[str]] = defaultdict(set)
    for tube, read in named:
        if read.into in bags.known:
            # A bag that is put into a box brings all that was ever in it under what the box went through.
            for specimen_id in bags.members.get(read.code, () if tube is None else (tube.id,)):
                packing[specimen_id].add(read.into)
    anew = {
        *fold_anew,
        *packing,
        *members,
        *_out_of_order((tube, effective_at(read.scan, now, skew)) for tube, read in named if tube),
    }
    return Surroundings(
        tubes=tubes,
        places=places,
        operators=operators,
        histories=histories_of(session, sorted(anew), packing),
        bags=bags.known,
        packed={number: [members[one] for one in sorted(ids)] for number, ids in bags.members.items()},
        sender_chain=sender_chain(session, actor) if any(tube is None for tube, _read in named) else None,
    )


def _bags(session: Session, reads: Sequence[Read]) -> _Bags:
    numbers = {code for read in reads for code in (read.code, read.into) if code and is_number(code, Kind.SHIPMENT)}
    if not numbers:
        return _Bags(frozenset(), {})
    known = frozenset(carriers(session, sorted(numbers), lock=True))
    scanned = {read.code for read in reads if read.code in known}
    if not scanned:
        return _Bags(known, {})
    own: dict[str, set[int]] = defaultdict(set)
    nested: dict[str, set[str]] = defaultdict(set)
    ids = _ids_of(session, [read.code for read in reads if read.into in known])
    for read in reads:
        if read.into in known:
            own[read.into] |= ids.get(read.code, set())
            nested[read.into] |= {read.code} & known
    return _Bags(known, {number: members_of(session, number, nested, own) for number in scanned})


def _ids_of(session: Session, codes: Collection[str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for model, column in ((Label, Label.number), (Identifier, Identifier.value)):
        for code, specimen_id in session.execute(select(column, model.specimen_id).where(column.in_(codes))):
            found[code].add(specimen_id)
    return found


def _distinct(codes: Iterable[str]) -> list[str]:
    return [code for code in set(codes) if code]


def _out_of_order(moves: Iterable[tuple[Tube, datetime]]) -> set[int]:
    """Return the specimens that cannot be moved step by step.

    An event is not later than all before it, or something waits for a person that a later event may explain.
    """
    latest: dict[int, datetime | None] = {}
    late = set()
    for tube, at in moves:
        before = latest.get(tube.id, tube.folded_until)
        if tube.open_exceptions or (before is not None and at <= before):
            late.add(tube.id)
        latest[tube.id] = at
    return late
