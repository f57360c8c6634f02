"""The journeys of bags, boxes and racks as their facts tell them, in a fixed number of queries however much is in them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.custody.contents import Stay, Step, counted_scans, last_stay, own_steps
from specimen_service.custody.fact_queries import histories_of, members_of, reaching, scans_of_bags
from specimen_service.custody.fold import fold
from specimen_service.custody.model import CustodyEvent, Unpacking
from specimen_service.kernel.codes import clean

__all__ = ["Journey", "Stay", "Step", "Unpacked", "journey_of", "steps_of"]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What somebody scanned while unpacking: the cleaned code, and its specimen (None: it names none)."""

    code: str
    specimen_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Journey:
    """What a bag went through, what was ever in it, and what was scanned out of it."""

    steps: tuple[Step, ...]
    stays: tuple[Stay, ...]
    unpacked: tuple[Unpacked, ...]


def journey_of(session: Session, number: str) -> Journey:
    """Read the journey of one bag; that of an unknown number is empty."""
    scans = list(session.execute(_UNPACKED.where(Unpacking.carrier == number)))
    named = {row.specimen_id for row in scans if row.specimen_id is not None}
    histories = histories_of(session, sorted(named | members_of(session, number, {}, {})))
    folds = {specimen_id: fold(facts) for specimen_id, facts in histories.items()}
    stays = (last_stay(number, specimen_id, folded) for specimen_id, folded in folds.items())
    counted = frozenset[str]().union(*(counted_scans(folds[one]) for one in named))
    unpacked = [
        Unpacked(clean(row.code), row.specimen_id, row.effective_at)
        for row in scans
        if row.specimen_id is None or row.scan_id in counted
    ]
    return Journey(steps_of(session, [number])[number], tuple(stay for stay in stays if stay), tuple(unpacked))


def steps_of(session: Session, numbers: Collection[str]) -> dict[str, tuple[Step, ...]]:
    """Read what some bags went through, by number."""
    scans = scans_of_bags(session, numbers)
    return {number: own_steps(number, reaching([number], scans)) for number in numbers}


_UNPACKED = (
    select(CustodyEvent.scan_id, CustodyEvent.code, CustodyEvent.specimen_id, CustodyEvent.effective_at)
    .join(Unpacking, Unpacking.scan_id == CustodyEvent.scan_id)
    .order_by(CustodyEvent.effective_at, CustodyEvent.scan_id)
)
