"""Draws as plain rows: whose they are, how far they came, and why they ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person
from specimen_service.collection.alike import are_alike
from specimen_service.collection.model import Draw, Outcome
from specimen_service.orders.model import Order
from specimen_service.patients.model import Patient, PatientFacts
from specimen_service.specimens.model import Collection, Specimen, SpecimenTest, Status

LATELY = timedelta(hours=24)
"""Who was here this long ago counts as here, when names are compared."""
NEWEST = 500
"""So many of the latest patients and collections are compared besides: a twin record is often a new one."""

_AT_HAND = (Status.ISSUED, Status.COLLECTED, Status.VERIFIED)


@dataclass(frozen=True)
class DrawRow:
    """A draw; each field but the name is a column of the model."""

    id: int
    order_id: int | None
    collection_id: int | None
    person_id: int
    person_name: str
    station: str
    began_at: datetime
    identified: tuple[str, ...]
    is_alike: bool
    answers: dict[str, str]
    left_out: tuple[int, ...]
    downtime: dict[str, str]
    attempts: int
    outcome: Outcome | None
    stopped_by: dict[str, Any] | None
    to_confirm: str
    skipped: tuple[str, ...]
    weight_kg: float | None
    weighed_by: str | None
    weighed_at: datetime | None
    approved_ml: float | None
    ended_at: datetime | None


def open_draw(session: Session, order_number: str) -> DrawRow | None:
    """Find the draw of an order of which nothing is collected yet; None: nobody has begun."""
    wanted = _DRAWS.join(Order, Order.id == Draw.order_id).where(
        Order.number == order_number, Draw.ended_at.is_(None), Draw.collection_id.is_(None)
    )
    return _first(session.execute(wanted).all())


def draw_of_collection(session: Session, collection_id: int) -> DrawRow | None:
    """Find the draw of a collection; None: another program recorded it, and nobody has gone on with it here."""
    return _first(session.execute(_DRAWS.where(Draw.collection_id == collection_id)).all())


def draw_elsewhere(session: Session, patient_id: int, person_id: int) -> DrawRow | None:
    """Find a draw that another person has begun with this patient, by whichever order; None: nobody has."""
    wanted = (
        _DRAWS.join(Order, Order.id == Draw.order_id)
        .where(
            Order.patient_id == patient_id,
            Draw.person_id != person_id,
            Draw.ended_at.is_(None),
            Draw.collection_id.is_(None),
            _has_tubes(),
        )
        .order_by(Draw.id.desc())
    )
    return _first(session.execute(wanted.limit(1)).all())


def address_of_mine(session: Session, now: datetime, station: str, person_id: int) -> str | None:
    """Return the address of the page where a person goes on with the draw left open at a station; None: there is none."""
    at_hand = select(Specimen.id).where(Specimen.collection_id == Draw.collection_id, Specimen.status.in_(_AT_HAND))
    found = session.execute(
        select(Order.number, Collection.accession)
        .select_from(Draw)
        .outerjoin(Order, Order.id == Draw.order_id)
        .outerjoin(Collection, Collection.id == Draw.collection_id)
        .where(
            *(Draw.person_id == person_id, Draw.station == station, Draw.ended_at.is_(None)),
            Draw.began_at > now - LATELY,
            or_(at_hand.exists(), and_(Draw.collection_id.is_(None), _has_tubes())),
        )
        .order_by(Draw.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    return f"/collect/sitting/{found.accession}" if found.accession else f"/collect/order/{found.number}"


def latest_draws(session: Session, order_numbers: Sequence[str]) -> dict[str, DrawRow]:
    """Return the latest draw of each of these orders that had one, by order number."""
    latest = (
        select(func.max(Draw.id))
        .join(Order, Order.id == Draw.order_id)
        .where(Order.number.in_(order_numbers))
        .group_by(Draw.order_id)
    )
    numbers = select(Draw.id, Order.number).join(Order, Order.id == Draw.order_id).where(Draw.id.in_(latest))
    number_of = dict(session.execute(numbers).all())
    return {number_of[row[0].id]: _row(*row) for row in session.execute(_DRAWS.where(Draw.id.in_(list(number_of))))}


def is_alike_another(session: Session, now: datetime, patient_id: int, facts: PatientFacts) -> bool:
    """Tell whether another patient here has a very similar name and birthday; nothing of that patient is returned."""
    waiting = select(Specimen.patient_id).where(Specimen.pending, Specimen.status == Status.TO_COLLECT)
    latest = select(Collection.patient_id, Collection.recorded_at).order_by(Collection.id.desc()).limit(NEWEST)
    seen = latest.subquery()
    lately = select(seen.c.patient_id).where(seen.c.recorded_at > now - LATELY)
    newest = select(select(Patient.id).order_by(Patient.id.desc()).limit(NEWEST).subquery().c.id)
    here = select(Patient.family_name, Patient.given_name, Patient.birth_date).where(
        Patient.id.in_(waiting.union(lately, newest)), Patient.id != patient_id
    )
    own: tuple[str, str, date | None] = (facts.family_name, facts.given_name, facts.birth_date)
    return bool(facts.family_name) and any(are_alike(own, (row[0], row[1], row[2])) for row in session.execute(here))


def _has_tubes() -> Any:  # noqa: ANN401 - an SQL condition
    tubes = select(SpecimenTest.id).join(Specimen, Specimen.id == SpecimenTest.specimen_id)
    return tubes.where(SpecimenTest.order_id == Draw.order_id, Specimen.status == Status.TO_COLLECT).exists()


def _first(rows: Sequence[Any]) -> DrawRow | None:
    return _row(*rows[0]) if rows else None


def _row(draw: Draw, person_name: str) -> DrawRow:
    plain = {name: getattr(draw, name) for name in DrawRow.__dataclass_fields__ if name != "person_name"}
    lists = {name: tuple(plain[name]) for name in ("identified", "left_out", "skipped")}
    return DrawRow(**{**plain, **lists, "person_name": person_name})


_DRAWS = select(Draw, Person.display_name).join(Person, Person.id == Draw.person_id)
