"""A clinic, a laboratory, a courier and a handheld, and a way to scan with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from specimen_service.accounts.model import Person
from specimen_service.audit.model import Actor
from specimen_service.custody.actions import record_scans
from specimen_service.custody.model import CustodyEvent
from specimen_service.kernel.db import Database
from specimen_service.places.model import Location
from specimen_service.specimens.model import Specimen
from tests.builders import NO_POLICY, NOW, add_device, add_location, add_person, add_tube


@dataclass
class Site:
    database: Database
    clinic: Location
    lab: Location
    courier: Person
    handheld: Actor

    def tube(self, **values) -> Specimen:
        with self.database.unit_of_work() as session:
            return add_tube(session, self.handheld, location_id=self.clinic.id, **values)

    def send(
        self, *scans, now: datetime = NOW + timedelta(hours=1), sent_at=None, policy=NO_POLICY, actor=None
    ) -> list[dict]:
        """Each call is one request in a transaction of its own."""
        with self.database.unit_of_work() as session:
            return record_scans(session, now, actor or self.handheld, list(scans), sent_at, policy)

    def specimen(self, specimen: Specimen) -> Specimen:
        with self.database.unit_of_work(write=False) as session:
            return session.get_one(Specimen, specimen.id)

    def events(self, *criteria) -> list[CustodyEvent]:
        with self.database.unit_of_work(write=False) as session:
            return list(session.scalars(select(CustodyEvent).where(*criteria).order_by(CustodyEvent.id)))

    def count(self, model) -> int:
        with self.database.unit_of_work(write=False) as session:
            return session.scalar(select(func.count()).select_from(model))


def scan(scan_id: str, code: str, action: str = "see", minute: float = 1, **fields) -> dict:
    return {"scan_id": scan_id, "code": code, "action": action, "scanned_at": time_at(minute), **fields}


def time_at(minute: float) -> str:
    return (NOW + timedelta(minutes=minute)).isoformat()


def made_site(database: Database) -> Site:
    with database.unit_of_work() as session:
        places = add_location(session, "Clinic", kind="clinic"), add_location(session, "Lab")
        return Site(database, *places, add_person(session, "Dee"), add_device(session))
