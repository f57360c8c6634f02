"""The pending list: one SELECT a page, whatever the number of rows, its counts included."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import Session

from specimen_service.catalog.model import Container, SpecimenType, Test
from specimen_service.kernel.db import UtcDateTime
from specimen_service.kernel.errors import Fault, InvalidInput
from specimen_service.kernel.language import say
from specimen_service.kernel.paging import decode_cursor, encode_cursor
from specimen_service.orders.model import Priority
from specimen_service.patients.model import Identity, Patient, Sex
from specimen_service.pending.rules import VIEWS, Condition, Sort, Step, View, conditions_of, is_overdue, step_of
from specimen_service.places.model import Location
from specimen_service.specimens.model import NO_LIMIT, Collection, Source, Specimen, SpecimenTest, Status


@dataclass(frozen=True)
class Filters:
    """Which pending specimens are wanted; None: any."""

    state: str | None = None
    """A status or a step."""
    location: str | None = None
    """A location's name or number."""
    priority: Priority | None = None
    overdue: bool = False
    view: View | None = None


@dataclass(frozen=True)
class LastSeen:
    """The last scan of a specimen, of whatever outcome."""

    at: datetime
    location: str | None
    by: str


@dataclass(frozen=True)
class PendingPatient:
    """Whose it is."""

    id: int
    mrn: str
    family_name: str
    given_name: str
    birth_date: date | None
    sex: Sex
    identity: Identity


@dataclass(frozen=True)
class PendingItem:
    """One specimen that is not yet where it should be; without number and accession until it is collected."""

    id: int
    number: str | None
    accession: str | None
    status: Status
    step: Step | None
    since: datetime
    due_at: datetime | None
    overdue: bool
    holder: str
    location: str | None
    last_seen: LastSeen | None
    priority: Priority
    type: str
    container: str
    tests: tuple[str, ...]
    handling: str
    stable_until: datetime | None
    collected_at: datetime | None
    patient: PendingPatient


@dataclass(frozen=True)
class PendingPage:
    """One page, the cursor of the next (None: this is the last), and counts of all that is pending.

    `counts` has every status that occurs, `total` and `overdue`; filters of place and priority apply to it. Those of state
    and lateness do where they were asked to, the view never does, so that the counts can label the tabs.
    """

    items: tuple[PendingItem, ...]
    next: str | None
    counts: dict[str, int]
    timed: int
    """How many to collect have a time."""


def pending_page(
    session: Session,
    now: datetime,
    filters: Filters,
    *,
    limit: int = 50,
    cursor: str | None = None,
    sort: Sort = Sort.URGENT,
    counts_filtered: bool = False,
) -> PendingPage:
    """Return one page, by default in the order priority, due time, number; exactly one SELECT.

    `counts_filtered` counts only what the filters of state and lateness leave. Raises `InvalidInput` for a state or
    location that does not exist, and for a cursor that is not ours.
    """
    conditions = _conditions(filters.state)
    counted = [*_scope(filters), *(_narrowed(replace(filters, view=None), conditions, now) if counts_filtered else ())]
    asked = _page(now, filters, conditions, sort, _after(cursor, sort), limit + 1, counted)
    rows = session.connection().execute(asked).all()
    if filters.location is not None and not rows[0].places:
        sentence = say("There is no location %(name)s. Give its name or its number.", name=filters.location)
        raise InvalidInput([Fault("/location", sentence)])
    found = [row for row in rows if row.id is not None]
    shown = found[:limit]
    following = _cursor(shown[-1], sort) if len(found) > limit else None
    counts, timed = _counts(rows[0].counts)
    return PendingPage(tuple(_item(row, now) for row in shown), following, counts, timed)


def _conditions(state: str | None) -> tuple[Condition, ...] | None:
    if state is None:
        return None
    conditions = conditions_of(state)
    if not conditions:
        known = ", ".join(dict.fromkeys([*Status, *Step]))
        sentence = say("There is no state %(state)s. Give one of: %(known)s.", state=state, known=known)
        raise InvalidInput([Fault("/state", sentence)])
    return conditions


def _after(cursor: str | None, sort: Sort) -> ColumnElement[bool] | None:
    if cursor is None:
        return None
    order = _ORDERS[sort]
    said, *parts = decode_cursor(cursor, len(order) + 1)
    try:
        values = [_read(column, part) for column, part in zip(order, parts, strict=True)]
    except (ValueError, OverflowError) as error:
        raise _not_ours() from error
    if said != sort:
        raise _not_ours()
    return tuple_(*order) > tuple_(*(literal(value, column.type) for value, column in zip(values, order, strict=True)))


def _not_ours() -> InvalidInput:
    return InvalidInput([Fault("/cursor", say("This cursor is not one of ours. Start again without it."))])


def _read(column: ColumnElement[Any], part: object) -> int | str | datetime:
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(str(part)).astimezone(UTC)
    return str(part) if isinstance(column.type, String) else int(str(part))


def _cursor(row: Row[Any], sort: Sort) -> str:
    values = [getattr(row, column.name) for column in _ORDERS[sort]]
    return encode_cursor([sort, *(one.isoformat() if isinstance(one, datetime) else one for one in values)])


def _page(
    now: datetime,
    filters: Filters,
    conditions: Sequence[Condition] | None,
    sort: Sort,
    after: ColumnElement[bool] | None,
    rows: int,
    counted: Sequence[ColumnElement[bool]],
) -> Select[*tuple[Any, ...]]:
    counts = _counted(counted, now, filters).cte("counts")
    wanted = [*_scope(filters), *_narrowed(filters, conditions, now), *([after] if after is not None else [])]
    page = select(*(_S.c[name] for name in _COLUMNS)).where(*wanted).order_by(*_ORDERS[sort]).limit(rows).cte("page")
    seen = _L.alias("seen")
    return (
        select(counts.c.counts, counts.c.places, *page.c, _C.c.accession, _tests(page.c.id).label("tests"))
        .add_columns(_is_by_patient.label("by_patient"))
        .add_columns(_K.c.code.label("type"), _B.c.code.label("container"))
        .add_columns(_L.c.name.label("location"), _L.c.inspect, seen.c.name.label("seen_location"))
        .add_columns(_P.c.mrn, _P.c.family_name, _P.c.given_name, _P.c.birth_date, _P.c.sex, _P.c.identity)
        .select_from(counts.outerjoin(page, true()))
        .outerjoin(_P, _P.c.id == page.c.patient_id)
        .outerjoin(_K, _K.c.id == page.c.type_id)
        .outerjoin(_B, _B.c.id == page.c.container_id)
        .outerjoin(_C, _C.c.id == page.c.collection_id)
        .outerjoin(_L, _L.c.id == page.c.location_id)
        .outerjoin(seen, seen.c.id == page.c.last_seen_location_id)
        .order_by(*(page.c[column.name] for column in _ORDERS[sort]))
    )


def _scope(filters: Filters) -> list[ColumnElement[bool]]:
    # Written bare: as `pending = 1`, SQLite would not see that the partial index serves it.
    scope: list[ColumnElement[bool]] = [literal_column("specimen.pending")]
    if filters.priority is not None:
        scope.append(_S.c.urgency == filters.priority.urgency)
    if filters.location is not None:
        scope.append(_S.c.location_id.in_(select(_L.c.id).where(_is_named(filters.location))))
    return scope


def _narrowed(filters: Filters, conditions: Sequence[Condition] | None, now: datetime) -> list[ColumnElement[bool]]:
    narrowed = [_S.c.due_at < now] if filters.overdue or filters.view is View.OVERDUE else []
    if filters.view in VIEWS and filters.view is not View.OVERDUE:
        narrowed.append(_S.c.status.in_(sorted(VIEWS[filters.view])))
    if filters.view is View.TIMED_DUE:
        narrowed.append(_S.c.due_at < NO_LIMIT)
    if conditions is not None:
        narrowed.append(or_(*(_meets(condition) for condition in conditions)))
    return narrowed


def _meets(condition: Condition) -> ColumnElement[bool]:
    inspects = func.coalesce(_S.c.location_id.in_(select(_L.c.id).where(_L.c.inspect)), literal(value=False))
    by_patient = func.coalesce(_S.c.collection_id.in_(select(_C.c.id).where(_is_by_patient)), literal(value=False))
    wanted = [(inspects, condition.inspect), (by_patient, condition.by_patient)]
    narrower = [fact if holds else ~fact for fact, holds in wanted if holds is not None]
    return and_(_S.c.status == condition.status, *narrower)


def _is_named(location: str) -> ColumnElement[bool]:
    return or_(_L.c.name == location, _L.c.number == location)


def _counted(scope: Sequence[ColumnElement[bool]], now: datetime, filters: Filters) -> Select[Any, Any]:
    """Count what is in scope by status, in one text: `collected=12=3=9`: of twelve three are late, nine have a limit."""
    timed = func.sum(case((_S.c.due_at < NO_LIMIT, 1), else_=0))
    late = func.sum(case((_S.c.due_at < now, 1), else_=0))
    groups = (
        select(_S.c.status, func.count().label("all"), late.label("late"), timed.label("timed"))
        .where(*scope)
        .group_by(_S.c.status)
        .subquery()
    )
    figures = (cast(groups.c[name], String) for name in ("all", "late", "timed"))
    text: ColumnElement[str] = type_coerce(groups.c.status, String)
    for figure in figures:
        text = text + "=" + figure
    named = select(func.count()).select_from(_L).where(_is_named(filters.location or "")).scalar_subquery()
    return select(func.aggregate_strings(text, " ").label("counts"), named.label("places"))


def _tests(specimen_id: ColumnElement[int]) -> ScalarSelect[str]:
    joined = _ST.join(_T, _T.c.id == _ST.c.test_id)
    codes = select(func.aggregate_strings(_T.c.code, _BETWEEN)).select_from(joined)
    return codes.where(_ST.c.specimen_id == specimen_id).scalar_subquery()


def _item(row: Row[Any], now: datetime) -> PendingItem:
    seen = LastSeen(row.last_seen_at, row.seen_location, row.last_seen_by) if row.last_seen_at else None
    return PendingItem(
        id=row.id,
        number=row.number or None,
        accession=row.accession,
        status=row.status,
        step=step_of(row.status, inspect=bool(row.inspect), by_patient=bool(row.by_patient)),
        since=row.since,
        due_at=None if row.due_at == NO_LIMIT else row.due_at,
        overdue=is_overdue(row.due_at, now),
        holder=row.holder,
        location=row.location,
        last_seen=seen,
        priority=list(Priority)[row.urgency],
        type=row.type,
        container=row.container,
        tests=tuple(sorted(set(row.tests.split(_BETWEEN)))) if row.tests else (),
        handling=row.handling,
        stable_until=row.stable_until,
        collected_at=row.collected_at,
        patient=_patient(row),
    )


def _patient(row: Row[Any]) -> PendingPatient:
    identity = (row.sex, row.identity)
    return PendingPatient(row.patient_id, row.mrn, row.family_name, row.given_name, row.birth_date, *identity)


def _counts(text: str | None) -> tuple[dict[str, int], int]:
    counts, late, timed = {}, 0, 0
    for part in (text or "").split():
        status, *figures = part.split("=")
        counts[status] = int(figures[0])
        late += int(figures[1])
        timed += int(figures[2]) if status == Status.TO_COLLECT else 0
    return {**counts, "total": sum(counts.values()), "overdue": late}, timed


_BETWEEN = "\x1f"
_S, _C, _P, _K = Specimen.__table__, Collection.__table__, Patient.__table__, SpecimenType.__table__
_is_by_patient = _C.c.source == Source.PATIENT
_B, _L, _T, _ST = Container.__table__, Location.__table__, Test.__table__, SpecimenTest.__table__
_ORDERS = {
    Sort.URGENT: (_S.c.urgency, _S.c.due_at, _S.c.number, _S.c.id),
    Sort.DUE: (_S.c.due_at, _S.c.urgency, _S.c.number, _S.c.id),
    Sort.WAITED: (_S.c.since, _S.c.id),
}
_COLUMNS = (
    *("id", "number", "status", "since", "due_at", "urgency", "holder", "handling", "stable_until", "collected_at"),
    *("patient_id", "type_id", "container_id", "collection_id", "location_id"),
    *("last_seen_at", "last_seen_location_id", "last_seen_by"),
)
