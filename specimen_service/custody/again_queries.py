"""Which scans said what had happened already, and who had said it before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.custody.fact_queries import histories_of
from specimen_service.custody.facts import Accepted, Fact
from specimen_service.custody.fold import Decided, fold
from specimen_service.custody.model import CustodyEvent


@dataclass(frozen=True, slots=True)
class Earlier:
    """When something had happened already, and by whom (a person's name or, failing that, the device's)."""

    at: datetime
    by: str


def repeated(session: Session, scan_ids: Collection[str]) -> dict[str, Earlier]:
    """Find, of some recorded scans, those of tubes that changed nothing, and what each of them repeats."""
    found = select(CustodyEvent.specimen_id).where(CustodyEvent.scan_id.in_(scan_ids)).distinct()
    tubes = [specimen_id for specimen_id in session.scalars(found) if specimen_id is not None]
    again = {}
    for facts in histories_of(session, tubes).values():
        decided = fold(facts).decided
        for place, one in enumerate(decided):
            if one.fact.scan_id in scan_ids and isinstance(one.decision, Accepted) and one.decision.repeated:
                before = _before(decided[:place], one.fact)
                if before is not None:
                    again[one.fact.scan_id] = Earlier(before.effective_at, before.by)
    return again


def _before(decided: Sequence[Decided], fact: Fact) -> Fact | None:
    """Return the fact that a scan repeats: the last of its kind, else the last that moved the tube at all."""
    moved = [one.fact for one in decided if isinstance(one.decision, Accepted) and not one.decision.repeated]
    return next((one for one in reversed(moved) if one.event is fact.event), moved[-1] if moved else None)
