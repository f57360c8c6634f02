"""Erasing what an event holds apart (a note, a wristband): the one change that custody allows, and it is on record."""

import json
import re
from datetime import datetime

from sqlalchemy import insert, or_, select, text, update
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.custody.model import CustodyEvent, Erasure, ScanAside
from specimen_service.custody.scans import PRIVATE
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import Conflict, NotFound
from specimen_service.kernel.language import say

LONGEST_REASON = 200
ERASED = "(erased)"
"""What stands for a scan kept aside that was erased."""


def erase(session: Session, now: datetime, actor: Actor, event: str, reason: str) -> None:
    """Erase what an event, named by its hash or its scan id, holds apart; `reason` stays and may not name a patient.

    The same goes from all that was kept aside under that scan id; what was kept aside is named by `aside-7`, too. The
    proof stands, as it covers the salted digest alone, and so does the answer to the scan sent once more. Raises
    `NotFound` for no such event, `Conflict` where there is nothing to erase.
    """
    named = or_(CustodyEvent.hash == event, CustodyEvent.scan_id == event)
    found = session.execute(_FOUND.where(named)).one_or_none()
    asides = _asides(session, event if found is None else found.scan_id)
    if found is None and not asides:
        raise NotFound("custody event", event)
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete=on"))  # overwrite what is freed, on this connection from now on
    erased = sum(_erase_aside(aside, whole=found is None) for aside in asides)
    if found is not None and found.private is not None:
        values = {"event_id": found.id, "at": now, "by": actor.name, "reason": reason[:LONGEST_REASON]}
        session.execute(insert(Erasure).values(values))
        session.execute(update(CustodyEvent).where(CustodyEvent.id == found.id).values(private=None, private_salt=None))
        erased += 1
    if not erased:
        raise Conflict(say("That event holds no note and no wristband. Nothing was erased."))
    record(session, now, actor, "custody.erased", subject=found.hash if found else event, detail={"reason": reason})


def drop_traces(database: Database) -> None:
    """Have SQLite move its write-ahead log, where the text still stands, into the file; while others read it waits."""
    if database.is_sqlite:
        with database.engine.connect() as connection:
            driver = connection.connection.driver_connection
            if driver is not None:
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _asides(session: Session, name: str | None) -> list[ScanAside]:
    """Return what was kept aside under a scan id, or the one that `aside-7` names."""
    if name is None:
        return []
    number = re.fullmatch(r"aside-(\d{1,18})", name, re.ASCII)
    same = or_(ScanAside.scan_id == name, ScanAside.id == int(number[1])) if number else ScanAside.scan_id == name
    return list(session.scalars(select(ScanAside).where(same)))


def _erase_aside(aside: ScanAside, *, whole: bool) -> bool:
    """Erase what names a patient, or all of it: in what is no scan that may stand anywhere. Tell whether there was any."""
    said: object = json.loads(aside.content)
    kept: object = ERASED
    if not whole and isinstance(said, dict):
        kept = {name: value for name, value in said.items() if name not in PRIVATE}
    aside.content = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    return kept != said


_FOUND = select(CustodyEvent.id, CustodyEvent.hash, CustodyEvent.scan_id, CustodyEvent.private)
