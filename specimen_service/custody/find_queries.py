"""Where a specimen is, for whoever looks for it: nothing of the patient."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from specimen_service.accounts.model import Person
from specimen_service.places.model import Location
from specimen_service.specimens.model import Specimen, Status
from specimen_service.specimens.queries import specimen_id_of


@dataclass(frozen=True)
class Whereabouts:
    """Where a specimen stands, since when, who holds it, and where it was seen last (which parked scans move, too)."""

    number: str
    status: Status
    since: datetime
    location: str | None
    holder: str
    last_seen_at: datetime | None
    last_seen_location: str | None
    last_seen_by: str


def whereabouts(session: Session, code: str) -> Whereabouts:
    """Find where the specimen of a label number or identifier is; raises `NotFound`, or `Conflict` for several."""
    specimen_id = specimen_id_of(session, code)
    here, seen = aliased(Location), aliased(Location)
    found = session.execute(
        select(
            Specimen.number,
            Specimen.status,
            Specimen.since,
            here.name,
            Specimen.holder,
            Specimen.last_seen_at,
            seen.name,
            Specimen.last_seen_by,
        )
        .outerjoin(here, here.id == Specimen.location_id)
        .outerjoin(seen, seen.id == Specimen.last_seen_location_id)
        .where(Specimen.id == specimen_id)
    ).one()
    return Whereabouts(*found)


def badge_of(session: Session, person_id: int | None) -> str:
    """Return the number on somebody's badge, empty for nobody."""
    return session.scalar(select(Person.badge).where(Person.id == person_id)) or ""
