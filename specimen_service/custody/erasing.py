"""Erasing what an event holds apart (a note, a wristband): the one change that custody allows, and it is on record."""

import json
from datetime import datetime

from sqlalchemy import insert, or_, select, text, update
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.custody.model import CustodyEvent, Erasure, ScanAside
from specimen_service.custody.scans import PRIVATE
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import Conflict, NotFound

LONGEST_REASON = 200


def erase(session: Session, now: datetime, actor: Actor, event: str, reason: str) -> None:
    """Erase what an event, named by its hash or its scan id, holds apart; `reason` stays and may not name a patient.

    The proof stands, as it covers the salted digest alone, and so does the answer to the scan sent once more. Raises
    `NotFound` for no such event, `Conflict` where there is nothing to erase.
    """
    named = or_(CustodyEvent.hash == event, CustodyEvent.scan_id == event)
    found = session.execute(_FOUND.where(named)).one_or_none()
    if found is None:
        raise NotFound("custody event", event)
    if found.private is None:
        raise Conflict("That event holds no note and no wristband. Nothing was erased.")
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete=on"))  # overwrite what is freed, on this connection from now on
    session.execute(insert(Erasure).values(event_id=found.id, at=now, by=actor.name, reason=reason[:LONGEST_REASON]))
    session.execute(update(CustodyEvent).where(CustodyEvent.id == found.id).values(private=None, private_salt=None))
    if found.scan_id is not None:
        _erase_asides(session, found.scan_id)
    record(session, now, actor, "custody.erased", subject=found.hash, detail={"reason": reason})


def drop_traces(database: Database) -> None:
    """Have SQLite move its write-ahead log, where the text still stands, into the file; while others read it waits."""
    if database.is_sqlite:
        with database.engine.connect() as connection:
            driver = connection.connection.driver_connection
            if driver is not None:
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _erase_asides(session: Session, scan_id: str) -> None:
    """Erase the same from what was sent besides under the same id."""
    for aside in session.scalars(select(ScanAside).where(ScanAside.scan_id == scan_id)):
        said = json.loads(aside.content)
        if isinstance(said, dict):
            kept = {name: value for name, value in said.items() if name not in PRIVATE}
            aside.content = json.dumps(kept, sort_keys=True, separators=(",", ":"))


_FOUND = select(CustodyEvent.id, CustodyEvent.hash, CustodyEvent.scan_id, CustodyEvent.private)
