"""What tests of labels stand on: a site with three printers, and tubes with queued labels."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.audit.model import SYSTEM
from specimen_service.kernel.db import Database
from specimen_service.labels.actions import queue_label
from specimen_service.labels.ledger import DatabaseLedger
from specimen_service.labels.model import PrinterState, PrintJob
from specimen_service.settings import Settings, parse_settings
from specimen_service.specimens.model import Label, LabelState, Specimen
from tests.builders import NOW, add_specimen, add_tube

AGENTS_PRINTERS = [
    {"name": "chair-1", "url": "tcp://127.0.0.1:9", "agent": "agent"},
    {"name": "chair-2", "url": "tcp://127.0.0.1:9", "agent": "elsewhere"},
    {"name": "folder", "url": "file:///nowhere", "language": "pdf"},
]
"""The first belongs to the agent of a furnished house, the second to another agent, the third to the server itself."""


def settings(printers: Sequence[dict[str, object]] = (), **sections) -> Settings:
    """A site in New York; by default with a two-way printer, another one, and one that cannot be asked."""
    declared = printers or [
        {"name": "chair-1", "url": "tcp://127.0.0.1:9"},
        {"name": "chair-2", "url": "tcp://127.0.0.1:9"},
        {"name": "folder", "url": "file:///nowhere", "language": "pdf"},
    ]
    return parse_settings({"service": {"time_zone": "America/New_York"}, "printer": declared, **sections})


def ledger(database: Database, clock, site: Settings | None = None) -> DatabaseLedger:
    return DatabaseLedger(database, {one.name: one for one in (site or settings()).printer}, clock)


def tube(session: Session, **values) -> Specimen:
    return add_tube(session, SYSTEM, **values)


def sibling(session: Session, first: Specimen, **values) -> Specimen:
    """One more tube of the same sitting."""
    other = tube(session, patient_id=first.patient_id, **values)
    other.collection_id = first.collection_id
    session.flush()
    return other


def label_of(session: Session, specimen: Specimen) -> Label:
    current = select(Label).where(Label.specimen_id == specimen.id, Label.state == LabelState.CURRENT)
    return session.scalars(current).one()


def queue(
    session: Session, specimen: Specimen, printer: str = "chair-1", *, now=NOW, site: Settings | None = None
) -> PrintJob:
    label = label_of(session, specimen)
    return queue_label(session, now, SYSTEM, site or settings(), label_id=label.id, printer=printer)


def queued(database: Database, count: int = 1, printer: str = "chair-1", *, now=NOW) -> list[str]:
    """Queue labels of so many tubes, each of a sitting of its own; returns the jobs' ids as the spooler names them."""
    with database.unit_of_work() as session:
        return [str(queue(session, tube(session), printer, now=now).id) for _ in range(count)]


def job(database: Database, job_id: str | int) -> PrintJob:
    with database.unit_of_work(write=False) as session:
        return session.get_one(PrintJob, int(job_id))


def printer_state(database: Database, printer: str = "chair-1") -> PrinterState:
    with database.unit_of_work(write=False) as session:
        return session.get_one(PrinterState, printer)


__all__ = [
    "AGENTS_PRINTERS",
    "NOW",
    "add_specimen",
    "job",
    "label_of",
    "ledger",
    "printer_state",
    "queue",
    "queued",
    "settings",
    "sibling",
    "tube",
]
