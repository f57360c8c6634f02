"""Custody as it is recorded: verdicts already given, histories to fold, places and badges as scanned, the chain to show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import cast, null, select
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person
from specimen_service.custody.again_queries import repeated
from specimen_service.custody.fact_queries import members_of
from specimen_service.custody.journey_queries import Journey, Stay, Step, Unpacked, journey_of, steps_of
from specimen_service.custody.life_queries import CustodyRow, Life, custody_of, life_of, rejection_reasons
from specimen_service.custody.model import CustodyEvent
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
    "Journey",
    "Life",
    "Operator",
    "QuestionRow",
    "Stay",
    "Step",
    "Stored",
    "Unpacked",
    "closed_exceptions",
    "custody_of",
    "exceptions_of",
    "journey_of",
    "life_of",
    "members_of",
    "named_around",
    "open_exceptions",
    "person_name",
    "place_of",
    "rejection_reasons",
    "repeated",
    "scans_aside",
    "steps_of",
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
