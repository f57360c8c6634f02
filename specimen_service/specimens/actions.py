"""Giving specimens their labels and identifiers, and storing where the custody fold says they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, cast

from sqlalchemy import Boolean, Table, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from specimen_service.kernel.errors import Conflict
from specimen_service.kernel.language import say
from specimen_service.kernel.prepared import Prepared
from specimen_service.kernel.serials import issue_number
from specimen_service.orders.model import Priority
from specimen_service.settings import LimitSection, Settings
from specimen_service.specimens.lifecycle import Leg, Limit, Policy, due_at, is_pending
from specimen_service.specimens.model import Identifier, Label, LabelState, Rejection, Specimen, Status
from specimen_service.specimens.queries import Place

__all__ = [
    "Leg",
    "Policy",
    "Standing",
    "due_at",
    "end_recollection",
    "is_pending",
    "issue_label",
    "policy_of",
    "register_identifier",
    "replace_label",
    "store_standings",
    "void_label",
]


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything about a specimen that scans move: the result of its custody fold, and the end of its chain."""

    specimen_id: int
    urgency: int
    status: Status
    since: datetime
    place: Place | None
    holder: str
    verified: bool
    last_seen_at: datetime | None
    last_seen_location_id: int | None
    last_seen_by: str
    legs: Mapping[str, Leg]
    inside: str | None
    open_exceptions: int
    remembered: dict[str, Any] | None
    folded_until: datetime | None
    chain_length: int
    chain_head: str


def policy_of(settings: Settings) -> Policy:
    """Make the rules of legs out of the configuration."""
    return Policy(tuple(_limit(section) for section in settings.limit), settings.service.zone)


def issue_label(session: Session, now: datetime, specimen_id: int, block: int) -> Label:
    """Give a specimen a label under a new number, in the caller's transaction; it becomes the specimen's number.

    Raises `NumbersExhausted`.
    """
    label = Label(number=issue_number(session, block), specimen_id=specimen_id, state=LabelState.CURRENT, issued_at=now)
    session.add(label)
    session.execute(update(Specimen).where(Specimen.id == specimen_id).values(number=label.number))
    session.flush()
    return label


def replace_label(
    session: Session, now: datetime, label: Label, block: int, reason: str, *, retired: LabelState = LabelState.REPLACED
) -> Label:
    """Put a new label in the place of the current one, which is dead at once and names its successor.

    `retired` is `VOIDED` for a label that never came out or is spoilt. Raises `Conflict` where the label is dead already.
    """
    _lock_current(session, label)
    successor = issue_label(session, now, label.specimen_id, block)
    label.state, label.retired_at, label.reason, label.replaced_by_id = retired, now, reason, successor.id
    session.flush()
    return successor


def void_label(session: Session, now: datetime, label: Label, reason: str) -> None:
    """Make a label dead without a successor; raises `Conflict` where it is dead already."""
    _lock_current(session, label)
    label.state, label.retired_at, label.reason = LabelState.VOIDED, now, reason
    session.flush()


def register_identifier(
    session: Session, now: datetime, specimen_id: int, *, system: str, kind: str, value: str
) -> Identifier:
    """Register another system's number of a specimen; the same one again only makes it known from the earlier time."""
    identifier = session.scalar(
        select(Identifier).where(
            Identifier.value == value,
            Identifier.specimen_id == specimen_id,
            Identifier.system == system,
            Identifier.kind == kind,
        )
    )
    if identifier is None:
        identifier = Identifier(specimen_id=specimen_id, system=system, kind=kind, value=value, registered_at=now)
        session.add(identifier)
    identifier.registered_at = min(identifier.registered_at, now)
    session.flush()
    return identifier


def end_recollection(session: Session, now: datetime, order_id: int) -> None:
    """Note that an order was collected: a rejected specimen that waited for it is pending no more."""
    waiting = Rejection.order_id == order_id, Rejection.recollected_at.is_(None)
    specimen_id = session.scalar(select(Rejection.specimen_id).where(*waiting))
    if specimen_id is None:
        return
    session.execute(update(Rejection).where(*waiting).values(recollected_at=now))
    ended = update(Specimen).where(Specimen.id == specimen_id, Specimen.status == Status.REJECTED)
    session.execute(ended.values(pending=False))


def store_standings(session: Session, standings: Sequence[Standing], policy: Policy) -> None:
    """Store what the fold says of specimens, and what follows from it: whether each is pending, and until when."""
    if standings:
        _STORE.run(session.connection(), [_columns(standing, policy) for standing in standings])


def _columns(standing: Standing, policy: Policy) -> dict[str, Any]:
    pending = is_pending(standing.status, standing.place)
    return {
        "key": standing.specimen_id,
        "status": standing.status,
        "since": standing.since,
        "is_pending": pending,
        "is_rejected": standing.status is Status.REJECTED,
        "due_at": due_at(standing.legs, standing.urgency, policy),
        "location_id": standing.place.id if standing.place else None,
        "holder": standing.holder,
        "verified": standing.verified,
        "last_seen_at": standing.last_seen_at,
        "last_seen_location_id": standing.last_seen_location_id,
        "last_seen_by": standing.last_seen_by,
        "leg_times": {event: [at.isoformat(), place] for event, (at, place) in standing.legs.items()},
        "inside": standing.inside,
        "open_exceptions": standing.open_exceptions,
        "remembered": standing.remembered,
        "folded_until": standing.folded_until,
        "chain_length": standing.chain_length,
        "chain_head": standing.chain_head,
    }


def _lock_current(session: Session, label: Label) -> None:
    # The specimen's row is what scans lock too: none of them sees the old label alive once this is committed.
    session.execute(select(Specimen.id).where(Specimen.id == label.specimen_id).with_for_update())
    session.refresh(label)
    if label.state is not LabelState.CURRENT:
        raise Conflict(say("Label %(number)s is no longer current. Look at the specimen again.", number=label.number))


def _limit(section: LimitSection) -> Limit:
    urgency = Priority(section.priority).urgency if section.priority else None
    return Limit(section.from_, section.to, section.minutes, urgency, section.location, _hours(section.hours))


def _hours(text: str | None) -> tuple[time, time] | None:
    if text is None:
        return None
    opens, closes = text.split("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


_TABLE = cast("Table", Specimen.__table__)
_TO_RECOLLECT = exists().where(
    Rejection.specimen_id == _TABLE.c.id, Rejection.order_id.is_not(None), Rejection.recollected_at.is_(None)
)
_PENDING = or_(bindparam("is_pending", type_=Boolean), and_(bindparam("is_rejected", type_=Boolean), _TO_RECOLLECT))
_STORE = Prepared(
    update(_TABLE).where(_TABLE.c.id == bindparam("key")).values(pending=_PENDING),
    [
        *("status", "since", "due_at", "location_id", "holder", "verified"),
        *("last_seen_at", "last_seen_location_id", "last_seen_by", "leg_times"),
        *("inside", "open_exceptions", "remembered", "folded_until", "chain_length", "chain_head"),
    ],
)
