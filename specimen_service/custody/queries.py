"""Custody as it is recorded: verdicts already given, histories to fold, places and badges as scanned, the chain to show."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, cast, null, select
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person
from specimen_service.custody.fact_queries import members_of
from specimen_service.custody.model import CustodyEvent, Entry, Event, Outcome
from specimen_service.custody.review_queries import (
    AsideRow,
    QuestionRow,
    closed_exceptions,
    exceptions_of,
    open_exceptions,
    scans_aside,
)
from specimen_service.devices.model import Device
from specimen_service.kernel.prepared import Prepared, among
from specimen_service.places.model import Location
from specimen_service.specimens.queries import Place

__all__ = [
    "AsideRow",
    "CustodyRow",
    "Operator",
    "QuestionRow",
    "Stored",
    "closed_exceptions",
    "custody_of",
    "exceptions_of",
    "members_of",
    "named_around",
    "open_exceptions",
    "person_name",
    "place_of",
    "scans_aside",
    "stored_scans",
]


@dataclass(frozen=True, slots=True)
class Stored:
    """A scan recorded before: what was sent, and what was answered."""

    content: str
    verdict: str
    private: str | None
    """What it holds apart; None: nothing, or erased."""
    erased: bool

    def is_sent_again(self, content: str, private: str | None) -> bool:
        """Tell whether a scan says the same; what was erased here can no longer be told from anything else."""
        same = private is not None if self.erased else private == self.private
        return content == self.content and same


@dataclass(frozen=True, slots=True)
class Operator:
    """Who a badge belongs to."""

    id: int
    name: str


@dataclass(frozen=True)
class CustodyRow:
    """One event of a specimen, as recorded."""

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


def stored_scans(session: Session, scan_ids: Iterable[str]) -> dict[str, Stored]:
    """Find the scans recorded under these ids."""
    rows = _STORED.rows(session.connection(), {"keys": list(scan_ids)})
    return {
        scan_id: Stored(content, verdict, private, erased=digest is not None and private is None)
        for scan_id, content, verdict, private, digest in rows
    }


def named_around(
    session: Session, numbers: Sequence[str], badges: Sequence[str]
) -> tuple[dict[str, Place], dict[str, Operator]]:
    """Find the locations of scanned numbers and the active people of scanned badges, in one query for both."""
    places: dict[str, Place] = {}
    operators: dict[str, Operator] = {}
    if numbers or badges:
        for code, person_id, *place in _AROUND.rows(session.connection(), {"numbers": numbers, "badges": badges}):
            if person_id is None:
                places[code] = Place(*place)
            else:
                operators[code] = Operator(person_id, place[1])
    return places, operators


def place_of(session: Session, location_id: int | None) -> Place | None:
    """Find a location by its id."""
    found = session.execute(_PLACE.where(_L.c.id == location_id)).one_or_none() if location_id is not None else None
    return Place(*found) if found else None


def person_name(session: Session, person_id: int | None) -> str:
    """Return a person's name, empty for nobody."""
    found = session.scalar(select(Person.display_name).where(Person.id == person_id)) if person_id is not None else None
    return found or ""


def custody_of(session: Session, specimen_id: int) -> list[CustodyRow]:
    """List a specimen's events in the order of their recording."""
    return [_custody_row(row) for row in session.execute(_CUSTODY.where(CustodyEvent.specimen_id == specimen_id))]


def _custody_row(row: Row[Any]) -> CustodyRow:
    *columns, content, private, previous_hash, own_hash = list(row)
    said = json.loads(content) | json.loads(private or "{}")
    columns += [said, previous_hash, own_hash]
    return CustodyRow(*columns)


_E, _L, _P, _D = CustodyEvent.__table__, Location.__table__, Person.__table__, Device.__table__
_STORED = Prepared(
    select(_E.c.scan_id, _E.c.content, _E.c.verdict, _E.c.private, _E.c.private_digest).where(among(_E.c.scan_id))
)
_PLACE = select(_L.c.id, _L.c.name, _L.c.ends, _L.c.inspect, _L.c.external)
_AROUND = Prepared(
    select(_L.c.number, cast(null(), _P.c.id.type).label("person_id"), *_PLACE.selected_columns)
    .where(among(_L.c.number, "numbers"))
    .union_all(
        select(_P.c.badge, _P.c.id, null(), _P.c.display_name, null(), null(), null()).where(
            among(_P.c.badge, "badges"), _P.c.active
        )
    )
)
_CUSTODY = (
    select(CustodyEvent.seq, CustodyEvent.event, CustodyEvent.outcome, CustodyEvent.reason, CustodyEvent.effective_at)
    .add_columns(CustodyEvent.occurred_at, CustodyEvent.received_at, Device.name, CustodyEvent.device_seq)
    .add_columns(Person.display_name, Location.name, CustodyEvent.entry, CustodyEvent.matched, CustodyEvent.code)
    .add_columns(CustodyEvent.scan_id, CustodyEvent.content, CustodyEvent.private)
    .add_columns(CustodyEvent.previous_hash, CustodyEvent.hash)
    .outerjoin(Device, Device.id == CustodyEvent.device_id)
    .outerjoin(Person, Person.id == CustodyEvent.person_id)
    .outerjoin(Location, Location.id == CustodyEvent.location_id)
    .order_by(CustodyEvent.seq)
)
