"""The life of one specimen: everything that is recorded of it, and what the fold makes of each event."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person
from specimen_service.custody.fact_queries import histories_of
from specimen_service.custody.facts import Accepted
from specimen_service.custody.fold import Decided, fold
from specimen_service.custody.model import Closing, CustodyEvent, Entry, Event, Outcome, Reason
from specimen_service.devices.model import Device
from specimen_service.places.model import Location


@dataclass(frozen=True)
class CustodyRow:
    """One event of a specimen: as recorded, and what has become of it."""

    id: int
    seq: int
    event: Event
    outcome: Outcome
    reason: str | None
    effective_at: datetime
    occurred_at: datetime
    received_at: datetime
    device: str | None
    device_seq: int | None
    operator: str | None
    location: str | None
    entry: Entry
    matched: bool | None
    code: str
    scan_id: str | None
    said: dict[str, Any]
    """The scan as it was sent; for an event of the service, its details."""
    previous_hash: str
    hash: str
    waits: Reason | None = None
    """Why it waits for a person by now; None: it does not."""
    closed: Closing | None = None
    """How the question it raised was closed; None: it raised none, or it is open."""
    counts: bool = True
    """Whether it counts for this specimen, after all that was said of it."""
    carrier: str = ""
    """The number of the bag, box or rack that was scanned; empty: the tube itself."""
    repeated: bool = False
    """Whether it had happened already and changed nothing."""


@dataclass(frozen=True)
class Life:
    """All events of a specimen: those of its chain in the order of recording, and those that stand in other chains."""

    chain: tuple[CustodyRow, ...]
    elsewhere: tuple[CustodyRow, ...]
    """Scans of bags it was in, scans of a number registered only later, and words of people on these."""


def life_of(session: Session, specimen_id: int) -> Life:
    """Read everything that is recorded of a specimen."""
    facts = histories_of(session, [specimen_id])[specimen_id]
    decided = {one.fact.id: one for one in fold(facts).decided}
    rows = [_row(row) for row in session.execute(_ROWS.where(CustodyEvent.specimen_id == specimen_id))]
    others = _others(decided, {row.id for row in rows})
    found = [_row(row) for row in session.execute(_ROWS.where(CustodyEvent.id.in_(others)))] if others else []
    return Life(*(tuple(_told(row, decided) for row in part) for part in (rows, found)))


def custody_of(session: Session, specimen_id: int) -> list[CustodyRow]:
    """List the events of a specimen's own chain in the order of their recording."""
    return list(life_of(session, specimen_id).chain)


def rejection_reasons(session: Session, specimen_ids: Collection[int]) -> dict[int, str]:
    """Return the reason (HL7 table 0490) last scanned with the rejection of each specimen that has one."""
    scanned = (
        select(CustodyEvent.specimen_id, CustodyEvent.content)
        .where(CustodyEvent.specimen_id.in_(specimen_ids), CustodyEvent.event == Event.REJECTED)
        .order_by(CustodyEvent.seq)
    )
    rows = session.execute(scanned) if specimen_ids else ()
    said = [(specimen_id, json.loads(content).get("reason")) for specimen_id, content in rows]
    return {specimen_id: str(reason) for specimen_id, reason in said if specimen_id and reason}


def _others(decided: Mapping[int, Decided], own: Collection[int]) -> set[int]:
    """Return the events of other chains that concern it: a scan of its bag made while it was not in there does not."""
    concern = {one.fact.hash for one in decided.values() if one.decision or one.closing or not one.fact.carrier}
    return {
        event_id
        for event_id, one in decided.items()
        if event_id not in own
        and (one.fact.correction.of in concern if one.fact.correction else one.fact.hash in concern)
    }


def _told(row: CustodyRow, decided: Mapping[int, Decided]) -> CustodyRow:
    one = decided.get(row.id)
    if one is None:  # its number is another specimen's by now, or nobody can say whose
        return replace(row, counts=False)
    explained = row.outcome is Outcome.PARKED and one.decision is not None and one.open is None
    closed = one.closing or (_by_itself(one) if explained else None)
    repeated = isinstance(one.decision, Accepted) and one.decision.repeated
    counts = one.decision is not None
    return replace(row, waits=one.open, closed=closed, counts=counts, carrier=one.fact.carrier, repeated=repeated)


def _by_itself(one: Decided) -> Closing:
    if one.amended:
        return Closing.AMENDED
    return Closing.REGISTERED if one.fact.claimed else Closing.EXPLAINED


def _row(row: Row[Any]) -> CustodyRow:
    *columns, content, private, previous_hash, own_hash = list(row)
    said = json.loads(content) | json.loads(private or "{}")
    columns += [said, previous_hash, own_hash]
    return CustodyRow(*columns)


_E = CustodyEvent
_ROWS = (
    select(_E.id, _E.seq, _E.event, _E.outcome, _E.reason, _E.effective_at)
    .add_columns(_E.occurred_at, _E.received_at, Device.name, _E.device_seq)
    .add_columns(Person.display_name, Location.name, _E.entry, _E.matched, _E.code)
    .add_columns(_E.scan_id, _E.content, _E.private)
    .add_columns(_E.previous_hash, _E.hash)
    .outerjoin(Device, Device.id == _E.device_id)
    .outerjoin(Person, Person.id == _E.person_id)
    .outerjoin(Location, Location.id == _E.location_id)
    .order_by(_E.seq, _E.id)
)
