"""What a place expects, what it got since a count began, and which rejections nobody has followed up."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, literal_column, not_, or_, select
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person
from specimen_service.catalog.model import Container
from specimen_service.custody.model import Carrier, CustodyEvent, Event, Outcome
from specimen_service.custody.queries import rejection_reasons
from specimen_service.devices.model import Device
from specimen_service.kernel.language import say
from specimen_service.orders.model import Order, Priority
from specimen_service.patients.model import Patient
from specimen_service.shipments.model import Shipment
from specimen_service.shipments.queries import shipment_details
from specimen_service.specimens.model import Collection, Rejection, Specimen, SpecimenTest, Status

LONGEST = 200
"""So many missing specimens are named; more are counted."""
MOST_REJECTED = 1_000
"""So many rejections of a day are listed: far more than a laboratory has."""
_LEGS = frozenset({"departed", "arrived"})


@dataclass(frozen=True)
class TallyRow:
    """One specimen of a count."""

    id: int
    number: str
    patient_id: int
    family_name: str
    given_name: str
    container: str
    status: Status
    since: datetime
    holder: str
    due_at: datetime
    stable_until: datetime | None
    priority: Priority
    came_by_leg: bool
    """Whether somebody had picked it up or dropped it off before: only then it was expected."""
    left: tuple[datetime, str] | None
    """When and where it was last picked up; None: never."""


@dataclass(frozen=True)
class ParkedRow:
    """A scan of this count that waits for a person."""

    event_id: int
    code: str
    number: str
    """Of the specimen it concerns; empty: none."""
    at: datetime
    message: str


@dataclass(frozen=True)
class Tally:
    """What a place expects and what came since the count began.

    What is in transit to the place, in time, and of whose load nothing came yet, is *on its way* and not yet expected. It is
    *missing* as soon as it ought to be here and was not received: it was left here, alone or in a shipment; or others of
    its shipment, or of what the same person carried, were received in this count; or its limit has passed. *Expected* is
    what is missing and what came by a leg. A shipment addressed to another place is none of this place's business.
    """

    received: tuple[TallyRow, ...]
    """The latest first."""
    missing: tuple[TallyRow, ...]
    """The most urgent first, at most `LONGEST`."""
    missing_count: int
    on_the_way: tuple[TallyRow, ...]
    """The most urgent first, at most `LONGEST`."""
    on_the_way_count: int
    unexpected: tuple[TallyRow, ...]
    """What came although nobody had picked it up or dropped it off; of a shipment: what is not on its manifest."""
    parked: tuple[ParkedRow, ...]

    @property
    def expected(self) -> int:
        """How many ought to be here by now, those that came included."""
        return self.missing_count + len(self.received) - len(self.unexpected)

    @property
    def as_expected(self) -> tuple[TallyRow, ...]:
        """What was expected and came, the latest first: with the missing it is all that was expected."""
        return tuple(row for row in self.received if row not in self.unexpected)

    @property
    def patients(self) -> list[int]:
        """Whose specimens are named."""
        return sorted({row.patient_id for row in (*self.received, *self.missing, *self.on_the_way)})


@dataclass(frozen=True)
class OpenRejection:
    """A rejected specimen whose orderer was not told yet."""

    id: int
    number: str
    patient_id: int
    family_name: str
    given_name: str
    container: str
    rejected_at: datetime
    order_number: str | None
    """By which it is collected again; None: it is not, or nobody decided."""


@dataclass(frozen=True)
class RejectedSpecimen:
    """A rejected specimen, for what, and what became of it."""

    number: str
    patient_id: int
    family_name: str
    given_name: str
    container: str
    rejected_at: datetime
    reason: str
    """HL7 table 0490; empty: nobody said."""
    notified_at: datetime | None
    """When whoever ordered it was told; None: not yet."""
    order_number: str | None
    """By which it is collected again."""


@dataclass(frozen=True)
class Name:
    """What a patient is called."""

    family_name: str
    given_name: str


def names_of(session: Session, patient_ids: Sequence[int]) -> dict[int, Name]:
    """Return what some patients are called."""
    rows = session.execute(_NAMES.where(Patient.id.in_(patient_ids))) if patient_ids else ()
    return {patient_id: Name(family, given) for patient_id, family, given in rows}


def senders(session: Session) -> dict[str, str]:
    """Return the names behind `device:7` and `person:3`, as scans kept aside call their senders."""
    named = [("device", session.execute(select(Device.id, Device.name)))]
    named.append(("person", session.execute(select(Person.id, Person.display_name))))
    return {f"{kind}:{key}": name for kind, rows in named for key, name in rows}


def latest_event(session: Session) -> int:
    """Return the id of the custody event recorded last: a count begins after it."""
    return session.scalar(select(func.max(CustodyEvent.id))) or 0


def tally(session: Session, now: datetime, place_id: int, after: int) -> Tally:
    """Count what a place expects and what it got in the events recorded after the event `after`; `Tally` has the rule."""
    received, parked = _came(session, place_id, after)
    rows = {row.id: row for row in _rows(session, Specimen.id.in_(received))} if received else {}
    came = tuple(rows[key] for key in reversed(received) if key in rows)
    coming, due = _coming(place_id), _due(session, now, came)
    missing, missing_count = _named(session, and_(coming, due))
    on_the_way, on_the_way_count = _named(session, and_(coming, not_(due)))
    unexpected = tuple(row for row in came if not row.came_by_leg)
    return Tally(came, missing, missing_count, on_the_way, on_the_way_count, unexpected, parked)


def shipment_tally(session: Session, number: str) -> Tally:
    """Reconcile a shipment: its manifest beside what was scanned out of it; raises `NotFound`."""
    found = shipment_details(session, number).reckoning
    came = [(one.out.at, one.specimen_id) for one in found.received if one.out]
    strange = {one.specimen_id for one in found.unexpected if one.specimen_id is not None}
    came += [(one.at, one.specimen_id) for one in found.unexpected if one.specimen_id is not None]
    lacking = {one.specimen_id for one in found.missing}
    travelling = {one.specimen_id for one in found.expected if not one.out} - lacking
    wanted = {key for _at, key in came} | lacking | travelling
    rows = {row.id: row for row in _rows(session, Specimen.id.in_(wanted), limit=None)} if wanted else {}
    latest = [rows[key] for _at, key in sorted(came, reverse=True)]
    return Tally(
        received=tuple(latest),
        missing=tuple(row for row in rows.values() if row.id in lacking),
        missing_count=len(lacking),
        on_the_way=tuple(row for row in rows.values() if row.id in travelling),
        on_the_way_count=len(travelling),
        unexpected=tuple(row for row in latest if row.id in strange),
        parked=tuple(
            ParkedRow(0, one.code, "", one.at, say("No specimen here has this number."))
            for one in found.unexpected
            if one.specimen_id is None
        ),
    )


def ordering_site(session: Session, specimen_id: int) -> str:
    """Return who ordered a specimen and is to be told of its rejection: the site, else the sender or the provider."""
    made = session.execute(
        select(Collection.ordering_site, Collection.sender, Collection.ordering_provider)
        .join(Specimen, Specimen.collection_id == Collection.id)
        .where(Specimen.id == specimen_id)
    ).one_or_none()
    orders = session.execute(_ORDERS.where(SpecimenTest.specimen_id == specimen_id)).all()
    names = [site for site, _provider in orders]
    names += list(made[:2]) if made else []
    names += [provider for _site, provider in orders]
    names += list(made[2:]) if made else []
    return next((name for name in names if name), "")


def open_rejections(session: Session) -> list[OpenRejection]:
    """List the rejected specimens of which nobody was told yet, the oldest first."""
    return [OpenRejection(*row) for row in session.execute(_OPEN_REJECTIONS)]


def rejected_since(session: Session, start: datetime) -> list[RejectedSpecimen]:
    """List what was rejected since a moment, the latest first: exactly what the dashboard's tile counts."""
    rows = session.execute(_REJECTED.where(Specimen.since >= start).limit(MOST_REJECTED)).all()
    scanned = rejection_reasons(session, [row.id for row in rows if not row.reason])
    found = [(RejectedSpecimen(*row[1:]), scanned.get(row.id, "")) for row in rows]
    return [replace(one, reason=one.reason or reason) for one, reason in found]


def _came(session: Session, place_id: int, after: int) -> tuple[list[int], tuple[ParkedRow, ...]]:
    received: dict[int, None] = {}
    parked = []
    for event in session.execute(_EVENTS.where(CustodyEvent.id > after, CustodyEvent.location_id == place_id)):
        if event.outcome is Outcome.PARKED:
            verdict = json.loads(event.verdict)
            number = (verdict["specimen"] or {}).get("number") or ""
            parked.append(ParkedRow(event.id, event.code, number, event.effective_at, verdict["message"]))
        elif event.specimen_id is not None:
            received.pop(event.specimen_id, None)
            received[event.specimen_id] = None
    return list(received), tuple(reversed(parked))


def _coming(place_id: int) -> ColumnElement[bool]:
    elsewhere = _ADDRESSED.where(Shipment.destination_id != place_id)
    here = and_(Specimen.status == Status.ARRIVED, Specimen.location_id == place_id)
    to_here = and_(Specimen.status == Status.IN_TRANSIT, func.coalesce(Specimen.inside, "").not_in(elsewhere))
    return and_(Specimen.pending, or_(here, to_here))


def _due(session: Session, now: datetime, came: Sequence[TallyRow]) -> ColumnElement[bool]:
    """Return what ought to be here among what is coming: left here, late, or of a load of which something came."""
    shipments, carriers = set(), set()
    for event in session.execute(_LOADS.where(CustodyEvent.specimen_id.in_([row.id for row in came]))) if came else ():
        shipments.add(event.put_into)
        if event.event is Event.DEPARTED:
            carriers.add(event.person or event.device)
    # What the same person took up after the last of them came is the load of another round.
    until = max((row.since for row in came), default=now)
    return or_(
        Specimen.status == Status.ARRIVED,
        Specimen.due_at < now,
        func.coalesce(Specimen.inside, "").in_(shipments - {None}),
        and_(Specimen.holder.in_(carriers - {None}), Specimen.since <= until),
    )


def _named(session: Session, wanted: ColumnElement[bool]) -> tuple[tuple[TallyRow, ...], int]:
    """Return the first of some specimens, and how many they are."""
    rows = _rows(session, wanted)
    if len(rows) < LONGEST:
        return tuple(rows), len(rows)
    return tuple(rows), session.scalar(select(func.count()).select_from(Specimen).where(wanted)) or 0


def _rows(session: Session, wanted: ColumnElement[bool], limit: int | None = LONGEST) -> list[TallyRow]:
    return [_row(found) for found in session.execute(_TALLY.where(wanted).limit(limit))]


def _row(found: Row[Any]) -> TallyRow:
    *columns, urgency, leg_times = tuple[Any, ...](found)
    left = leg_times.get("departed")
    by_leg = not _LEGS.isdisjoint(leg_times)
    return TallyRow(
        *[*columns, list(Priority)[urgency], by_leg, (datetime.fromisoformat(left[0]), left[1]) if left else None]
    )


_NAMES = select(Patient.id, Patient.family_name, Patient.given_name)
_EVENTS = (
    select(CustodyEvent.id, CustodyEvent.specimen_id, CustodyEvent.outcome, CustodyEvent.code)
    .add_columns(CustodyEvent.effective_at, CustodyEvent.verdict)
    .where(or_(CustodyEvent.event == Event.RECEIVED, CustodyEvent.outcome == Outcome.PARKED))
    .order_by(CustodyEvent.id)
)
_LOADS = (
    select(CustodyEvent.event, CustodyEvent.put_into, Person.display_name.label("person"), Device.name.label("device"))
    .outerjoin(Person, Person.id == CustodyEvent.person_id)
    .outerjoin(Device, Device.id == CustodyEvent.device_id)
    .where(or_(CustodyEvent.event == Event.DEPARTED, CustodyEvent.put_into.is_not(None)))
)
"""In whose hands and in which shipments specimens were."""
_ADDRESSED = select(Carrier.number).join(Shipment, Shipment.carrier_id == Carrier.id)
_TALLY = (
    select(Specimen.id, Specimen.number, Specimen.patient_id, Patient.family_name, Patient.given_name, Container.code)
    .add_columns(Specimen.status, Specimen.since, Specimen.holder, Specimen.due_at, Specimen.stable_until)
    .add_columns(Specimen.urgency, Specimen.leg_times)
    .join(Patient, Patient.id == Specimen.patient_id)
    .join(Container, Container.id == Specimen.container_id)
    .order_by(Specimen.urgency, Specimen.due_at, Specimen.number, Specimen.id)
)
_ORDERS = (
    select(Order.ordering_site, Order.ordering_provider)
    .join(SpecimenTest, SpecimenTest.order_id == Order.id)
    .group_by(Order.id, Order.ordering_site, Order.ordering_provider)
    .order_by(Order.id)
)
_REJECTED = (
    select(Specimen.id, Specimen.number, Specimen.patient_id, Patient.family_name, Patient.given_name, Container.code)
    .add_columns(
        Specimen.since, func.coalesce(Rejection.reason, "").label("reason"), Rejection.notified_at, Order.number
    )
    .join(Patient, Patient.id == Specimen.patient_id)
    .join(Container, Container.id == Specimen.container_id)
    .outerjoin(Rejection, Rejection.specimen_id == Specimen.id)
    .outerjoin(Order, Order.id == Rejection.order_id)
    .where(literal_column("specimen.status = 'rejected'"))
    .order_by(Specimen.since.desc(), Specimen.id.desc())
)
_OPEN_REJECTIONS = (
    select(Specimen.id, Specimen.number, Specimen.patient_id, Patient.family_name, Patient.given_name, Container.code)
    .add_columns(Specimen.since, Order.number)
    .join(Patient, Patient.id == Specimen.patient_id)
    .join(Container, Container.id == Specimen.container_id)
    .outerjoin(Rejection, Rejection.specimen_id == Specimen.id)
    .outerjoin(Order, Order.id == Rejection.order_id)
    .where(
        Specimen.status == Status.REJECTED,
        or_(Rejection.notified_at.is_(None), Rejection.notified_at < Specimen.since),
    )
    .order_by(Specimen.since, Specimen.id)
    .limit(LONGEST)
)
