"""What waits for a person: open questions and scans kept aside, oldest first, and what was closed of late."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, select, tuple_
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person
from specimen_service.custody.model import (
    Closing,
    CustodyEvent,
    CustodyException,
    Entry,
    Event,
    Outcome,
    Reason,
    ScanAside,
)
from specimen_service.devices.model import Device
from specimen_service.places.model import Location
from specimen_service.specimens.model import Specimen, Status

After = tuple[datetime, int]
"""The key of the last row of a page: what is listed next comes after it."""


@dataclass(frozen=True)
class QuestionRow:
    """A question that an event raises for a person; answered with `resolve_exception(exception_id=id, ...)`."""

    id: int
    reason: Reason
    effective_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    closed_how: Closing | None
    closed_by: str
    """Who closed it; empty: it closed itself, or is open."""
    event_id: int
    event: Event
    occurred_at: datetime
    """The device's own clock."""
    received_at: datetime
    code: str
    """As scanned."""
    entry: Entry
    hash: str
    message: str
    """What the scan was answered with; empty where it was parked only later."""
    said: dict[str, Any]
    """The scan as it was sent."""
    device: str | None
    operator: str | None
    location: str | None
    location_id: int | None
    specimen_id: int | None
    """None: its code led to no specimen."""
    number: str | None
    status: Status | None
    patient_id: int | None


@dataclass(frozen=True)
class AsideRow:
    """A scan that could not become an event: malformed, or a known id with other content."""

    id: int
    outcome: Outcome
    scan_id: str | None
    sender: str
    """Who sent it: `device:7` or `person:3`."""
    received_at: datetime
    content: str
    """As it came."""
    faults: list[dict[str, str]]
    seen_at: datetime | None
    seen_by: str | None
    finding: str | None


def open_exceptions(
    session: Session,
    *,
    reason: Reason | None = None,
    location_id: int | None = None,
    after: After | None = None,
    limit: int = 50,
) -> list[QuestionRow]:
    """List the open questions, the oldest first; the key of a row is `(effective_at, id)`."""
    wanted = _QUESTIONS.where(CustodyException.closed_how.is_(None))
    if reason is not None:
        wanted = wanted.where(CustodyException.reason == reason)
    if location_id is not None:
        wanted = wanted.where(CustodyEvent.location_id == location_id)
    if after is not None:
        wanted = wanted.where(tuple_(CustodyException.effective_at, CustodyException.id) > after)
    ordered = wanted.order_by(CustodyException.effective_at, CustodyException.id).limit(limit)
    return [_question(row) for row in session.execute(ordered).mappings()]


def closed_exceptions(session: Session, since: datetime, limit: int = 50) -> list[QuestionRow]:
    """List the questions closed since a time, the last one first."""
    closed = _QUESTIONS.where(CustodyException.closed_at >= since)
    ordered = closed.order_by(CustodyException.closed_at.desc(), CustodyException.id.desc()).limit(limit)
    return [_question(row) for row in session.execute(ordered).mappings()]


def exceptions_of(session: Session, specimen_id: int) -> list[QuestionRow]:
    """List all questions about a specimen, open and closed, the oldest first."""
    about = _QUESTIONS.where(CustodyException.specimen_id == specimen_id)
    ordered = about.order_by(CustodyException.effective_at, CustodyException.id)
    return [_question(row) for row in session.execute(ordered).mappings()]


def scans_aside(session: Session, *, after: int = 0, limit: int = 50) -> list[AsideRow]:
    """List the scans kept aside that nobody has looked into, the oldest first; the key of a row is its id."""
    waiting = _ASIDES.where(ScanAside.seen_at.is_(None), ScanAside.id > after).order_by(ScanAside.id).limit(limit)
    return [_aside(row) for row in session.execute(waiting).mappings()]


def _question(row: RowMapping) -> QuestionRow:
    values = dict(row)
    verdict, private = json.loads(values.pop("verdict")), json.loads(values.pop("private") or "{}")
    said = json.loads(values.pop("content")) | private
    message = verdict.get("message", "") if values.pop("outcome") is Outcome.PARKED else ""
    return QuestionRow(**values, said=said, message=message)


def _aside(row: RowMapping) -> AsideRow:
    values = dict(row)
    return AsideRow(**values | {"faults": json.loads(values["faults"])})


def _questions() -> Select[*tuple[Any, ...]]:
    x, e = CustodyException, CustodyEvent
    return (
        select(x.id, x.reason, x.effective_at, x.opened_at, x.closed_at, x.closed_how, x.closed_by)
        .add_columns(x.event_id, e.event, e.occurred_at, e.received_at, e.code, e.entry, e.hash, e.outcome)
        .add_columns(e.verdict, e.content, e.private, e.location_id)
        .add_columns(Device.name.label("device"), Person.display_name.label("operator"))
        .add_columns(Location.name.label("location"), x.specimen_id, Specimen.number, Specimen.status)
        .add_columns(Specimen.patient_id)
        .select_from(x)
        .join(e, e.id == x.event_id)
        .outerjoin(Specimen, Specimen.id == x.specimen_id)
        .outerjoin(Device, Device.id == e.device_id)
        .outerjoin(Person, Person.id == e.person_id)
        .outerjoin(Location, Location.id == e.location_id)
    )


_QUESTIONS = _questions()
_ASIDES = select(
    ScanAside.id,
    ScanAside.outcome,
    ScanAside.scan_id,
    ScanAside.sender,
    ScanAside.received_at,
    ScanAside.content,
    ScanAside.faults,
    ScanAside.seen_at,
    ScanAside.seen_by,
    ScanAside.finding,
)
