"""What the dashboard and the wall are made of: a constant number of statements, none of them over all specimens ever."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_, select
from sqlalchemy.orm import Session

from specimen_service.collection.model import Draw
from specimen_service.custody.model import CustodyEvent, Entry
from specimen_service.custody.queries import rejection_reasons
from specimen_service.labels.model import PrintJob
from specimen_service.pending.sight import BINS, EDGES, NO_BIN, Live, Tube
from specimen_service.specimens.model import NO_LIMIT, Collection, Label, LabelState, Rejection, Specimen, Status

DAYS = 7
MOST = 5_000
"""How many of the latest specimens are looked at, at most."""
SAMPLE = 1_000
"""Of how many tubes, the latest, the overrides are counted."""


@dataclass(frozen=True)
class Overrides:
    """How often somebody went around the scanner, among the latest `of` tubes."""

    typed: int
    unverified: int
    reprinted: int
    late_entries: int
    voided: int
    approved: int
    """Draws of more blood than a child's day allows, let go by a supervisor."""
    of: int


def live_bins(session: Session, now: datetime) -> Live:
    """Count the pending specimens by status and by how far they are from their limit; read from the partial index alone."""
    # Past its limit by any time is late: what is due exactly now is in time, so that edge alone belongs to its left.
    edges = [now - timedelta(minutes=edge) for edge in EDGES]
    within = [_S.c.due_at >= at if at == now else _S.c.due_at > at for at in edges]
    bins = ((condition, place) for place, condition in enumerate(within))
    place = case((_S.c.due_at >= NO_LIMIT, NO_BIN), *bins, else_=BINS - 1).label("place")
    counted = select(_S.c.status, place, func.count().label("many")).where(literal_column("specimen.pending"))
    rows = session.connection().execute(counted.group_by(_S.c.status, place))
    return {(row.status, row.place): row.many for row in rows}


def rejected_since(session: Session, start: datetime) -> int:
    """Count the rejections since a moment, along their partial index."""
    where: tuple[ColumnElement[bool], ...] = (literal_column("specimen.status = 'rejected'"), _S.c.since >= start)
    return session.connection().execute(select(func.count()).select_from(_S).where(*where)).scalar_one()


def latest_tubes(session: Session, since: datetime) -> tuple[list[Tube], int]:
    """Return the tubes collected since a moment, newest first, and the id from which the sample of overrides counts."""
    columns = (_S.c.id, _S.c.status, _S.c.collected_at, _S.c.verified, _S.c.leg_times)
    latest = select(*columns, _S.c.collection_id).order_by(_S.c.id.desc()).limit(MOST).subquery()
    found = (
        select(latest, _R.c.reason, _C.c.late_reason)
        .join(_C, _C.c.id == latest.c.collection_id)
        .outerjoin(_R, _R.c.specimen_id == latest.c.id)
        .where(latest.c.collected_at >= since)
        .order_by(latest.c.id.desc())
    )
    rows = session.connection().execute(found).all()
    # A rejection scanned at a handheld has no row of its own until somebody says who was told.
    scanned = rejection_reasons(session, [row.id for row in rows if row.status == Status.REJECTED and not row.reason])
    tubes = [
        Tube(
            status=row.status,
            collected_at=row.collected_at,
            verified=row.verified,
            legs=row.leg_times,
            rejected_for=row.reason or scanned.get(row.id),
            is_late_entry=bool(row.late_reason),
        )
        for row in rows
    ]
    return tubes, rows[:SAMPLE][-1].id if rows else 0


def overrides(session: Session, tubes: list[Tube], first_id: int, unverified: int) -> Overrides:
    """Count what went around the scanner among the tubes of the sample."""
    sample = tubes[:SAMPLE]
    typed = and_(_E.c.specimen_id >= first_id, _E.c.entry == Entry.TYPED, _E.c.scan_id.is_not(None))
    voided = and_(_L.c.specimen_id >= first_id, _L.c.state == LabelState.VOIDED)
    replaced = and_(_L.c.specimen_id >= first_id, or_(_J.c.reprint, _L.c.state == LabelState.REPLACED))
    counted = select(
        _count(_E, typed).label("typed"),
        select(func.count(_L.c.id.distinct()))
        .select_from(_L.outerjoin(_J, _J.c.label_id == _L.c.id))
        .where(replaced)
        .scalar_subquery()
        .label("reprinted"),
        _count(_L, voided).label("voided"),
        select(func.count(_D.c.id.distinct()))
        .select_from(_S.join(_D, _D.c.collection_id == _S.c.collection_id))
        .where(_S.c.id >= first_id, _D.c.approved_ml.is_not(None))
        .scalar_subquery()
        .label("approved"),
    )
    row = session.connection().execute(counted).one() if sample else None
    late = sum(tube.is_late_entry for tube in sample)
    typed_ids, reprinted, void, approved = tuple(row) if row else (0, 0, 0, 0)
    return Overrides(typed_ids, unverified, reprinted, late, void, approved, len(sample))


def _count(table: Any, where: ColumnElement[bool]) -> Any:  # noqa: ANN401 - a table, a scalar subquery
    return select(func.count()).select_from(table).where(where).scalar_subquery()


_S, _C, _R, _L = Specimen.__table__, Collection.__table__, Rejection.__table__, Label.__table__
_E, _J, _D = CustodyEvent.__table__, PrintJob.__table__, Draw.__table__
