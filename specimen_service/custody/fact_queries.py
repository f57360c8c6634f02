"""The facts of specimens as they are recorded: their own events, those of the bags they were in, and what was put right.

Besides its own chain a specimen's facts stand in the chains of senders: scans of a number that was registered for it only
later, scans of the bags, boxes and racks it was packed into, and events that a person said were its.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person
from specimen_service.custody.contested import whose
from specimen_service.custody.contested_queries import contested, scans_of, sharing_links
from specimen_service.custody.defects import Said, defect_of, not_ours
from specimen_service.custody.facts import BY_STATE, Correction, Fact, How
from specimen_service.custody.model import Carrier, CarrierKind, CustodyEvent, Event, Reason
from specimen_service.devices.model import Device
from specimen_service.kernel.codes import clean, is_number
from specimen_service.kernel.numbers import Kind
from specimen_service.places.model import Location
from specimen_service.specimens.model import Collection as Sitting
from specimen_service.specimens.model import Identifier, Specimen
from specimen_service.specimens.queries import Place

Histories = dict[int, list[Fact]]
"""Facts by specimen, in no particular order; one may be in it twice."""


def histories_of(
    session: Session, specimen_ids: Collection[int], packing: Mapping[int, Iterable[str]] | None = None
) -> Histories:
    """Read all facts of some specimens, to fold them anew.

    `packing` names the bags that scans still to be recorded put specimens into.
    """
    histories: Histories = {specimen_id: [] for specimen_id in specimen_ids}
    if not histories:
        return histories
    keys = {"keys": list(specimen_ids)}
    for row in session.connection().execute(_OWN, keys):
        histories[row.specimen_id].append(fact_of(row))
    for row in session.connection().execute(_CLAIMED, keys):
        histories[row.claimed_by].append(_claimed(row, row.accession))
    _share_out(session, histories)
    bags = {one: {*(packing or {}).get(one, ()), *_bags_of(facts)} for one, facts in histories.items()}
    _add_taken_over(session, histories)
    _add_carried(session, histories, bags)
    return histories


def members_of(
    session: Session, number: str, packed: Mapping[str, Collection[str]], own: Mapping[str, set[int]]
) -> set[int]:
    """Find the specimens ever put into a bag, directly or within other bags.

    Scans still to be recorded put `own` specimens, by the bag's number, and `packed` bags into bags.
    """
    found, numbers, new = set[int](), {number}, {number}
    while new:
        within = set[str]()
        for one in new:
            found |= own.get(one, set())
            within |= set(packed.get(one, ()))
        for row in session.execute(_PACKED, {"numbers": list(new)}):
            if row.specimen_id is not None:
                found.add(row.specimen_id)
            elif row.about is not None:
                within.add(row.about)
        new = within - numbers
        numbers |= new
    # What was packed under a code that nobody knew by then is a specimen's once the code is registered.
    foreign = numbers - {number}
    if foreign:
        found |= set(session.scalars(_CARRYING, {"numbers": list(foreign)}))
    return found | sharing_links(session, found)


def scans_of_bags(session: Session, numbers: Iterable[str]) -> dict[str, list[Fact]]:
    """Read the scans of bags by their own numbers and what was said of them, and those of all they were ever put into."""
    scans: dict[str, list[Fact]] = defaultdict(list)
    known, new = set[str](), set(numbers)
    while new:
        for row in session.connection().execute(_ABOUT, {"numbers": list(new)}):
            fact = fact_of(row)
            scans[row.about].append(fact if fact.event is Event.CORRECTED else replace(fact, carrier=row.about))
        known |= new
        new = {fact.into for facts in scans.values() for fact in facts if fact.into} - known
    return scans


def reaching(numbers: Iterable[str], scans: Mapping[str, list[Fact]]) -> list[Fact]:
    """Return the scans that can concern what is in some bags: theirs, and those of all they were ever put into."""
    reached, new = set[str](), set(numbers)
    while new:
        reached |= new
        new = {fact.into for number in new for fact in scans.get(number, ()) if fact.into} - reached
    return [fact for number in sorted(reached) for fact in scans.get(number, ())]


def carriers(session: Session, numbers: Collection[str], *, lock: bool = False) -> dict[str, CarrierKind]:
    """Find bags, boxes and racks by their numbers; `lock` keeps others from packing them until the transaction ends."""
    if not numbers:
        return {}
    found = select(Carrier.number, Carrier.kind, Carrier.id).where(Carrier.number.in_(numbers)).order_by(Carrier.id)
    rows = session.execute(found.with_for_update() if lock else found)
    return {row.number: row.kind for row in rows}


def fact_of(row: Row[Any]) -> Fact:
    """Make the fact of a recorded event."""
    place = None
    if row.location_id is not None:
        place = Place(row.location_id, row.location, row.ends, row.inspect, row.external)
    reason = Reason(row.reason) if row.reason else None
    return Fact(
        event=row.event,
        effective_at=row.effective_at,
        place=place,
        by=row.person or row.device or "",
        defect=None if reason in BY_STATE else reason,
        device=row.device_id or 0,
        device_seq=-1 if row.device_seq is None else row.device_seq,
        scan_id=row.scan_id or "",
        seq=row.seq,
        id=row.id,
        code=clean(row.code),
        into=row.put_into or "",
        hash=row.hash,
        correction=_correction(row, place) if row.event is Event.CORRECTED else None,
    )


def _correction(row: Row[Any], place: Place | None) -> Correction:
    said = json.loads(row.content)
    at, source = said.get("effective_at"), said.get("source")
    return Correction(
        of=said["corrects"],
        how=How(said["how"]),
        effective_at=datetime.fromisoformat(at) if at else None,
        place=place,
        by=said.get("by"),
        source=(source[0], source[1], source[2]) if source else None,
    )


def _claimed(row: Row[Any], accession: str | None) -> Fact:
    """Make the fact of a scan that became a specimen's by its number only later: what it says is looked at only now."""
    fact = fact_of(row)
    if fact.event is Event.CORRECTED:
        return fact
    raw = json.loads(row.content)
    said = Said(
        event=fact.event,
        occurred_at=row.occurred_at,
        effective_at=row.effective_at,
        received_at=row.received_at,
        location_known=row.location_id is not None or not raw.get("location"),
        operator_known=row.person_id is not None or not raw.get("operator"),
        into_known=row.put_into is not None or not raw.get("into"),
        collection=clean(raw.get("collection") or ""),
        accession=accession,
        reason=clean(raw.get("reason") or "").upper(),
        links_to=clean(raw.get("links_to") or ""),
    )
    return replace(fact, defect=not_ours(fact.event) or defect_of(said), claimed=True)


def _bags_of(facts: Iterable[Fact]) -> set[str]:
    return {fact.into for fact in facts if fact.into and is_number(fact.into, Kind.SHIPMENT)}


def _share_out(session: Session, histories: Histories) -> None:
    """Give each scan of a number that several specimens carry to the one it is of, in whosever chain it stands."""
    numbers = contested(session, histories)
    if not numbers:
        return
    for specimen_id, facts in histories.items():
        histories[specimen_id] = [one for one in facts if not (one.scan_id and one.code in numbers)]
    for row in scans_of(session, numbers, _SCANS):
        carriers = numbers[clean(row.code)]
        owner = whose(carriers, row.effective_at, row.received_at)
        if owner in histories:
            accession = next(one.accession for one in carriers if one.specimen_id == owner)
            histories[owner].append(_claimed(row, accession))


def _add_taken_over(session: Session, histories: Histories) -> None:
    """Add the events of other chains that a person said happened to these specimens."""
    wanted: dict[tuple[int | None, int | None, int], set[int]] = defaultdict(set)
    for specimen_id, facts in histories.items():
        for fact in facts:
            if fact.correction and fact.correction.source:
                wanted[fact.correction.source].add(specimen_id)
    if not wanted:
        return
    places = [
        and_(_E.c.specimen_id == specimen, _E.c.seq == seq)
        if specimen is not None
        else and_(_E.c.chain_device_id == sender, _E.c.seq == seq)
        for specimen, sender, seq in wanted
    ]
    for row in session.connection().execute(_FACTS.where(or_(*places))):
        for specimen_id in wanted[row.specimen_id, row.chain_device_id, row.seq]:
            histories[specimen_id].append(fact_of(row))


def _add_carried(session: Session, histories: Histories, bags: Mapping[int, set[str]]) -> None:
    """Add the scans of the bags that specimens were ever put into, and of those that the bags were put into."""
    scans = scans_of_bags(session, set[str]().union(*bags.values()))
    for specimen_id, numbers in bags.items():
        histories[specimen_id] += reaching(numbers, scans)


_E, _L, _P, _D = CustodyEvent.__table__, Location.__table__, Person.__table__, Device.__table__
_I = cast("Table", Identifier.__table__)
_FACTS = (
    select(_E.c.id, _E.c.specimen_id, _E.c.chain_device_id, _E.c.seq, _E.c.event, _E.c.effective_at, _E.c.reason)
    .add_columns(_E.c.device_id, _E.c.device_seq, _E.c.scan_id, _E.c.location_id, _E.c.code, _E.c.put_into, _E.c.hash)
    .add_columns(_E.c.content, _E.c.about)
    .add_columns(_L.c.name.label("location"), _L.c.ends, _L.c.inspect, _L.c.external)
    .add_columns(_P.c.display_name.label("person"), _D.c.name.label("device"))
    .select_from(_E)
    .outerjoin(_L, _L.c.id == _E.c.location_id)
    .outerjoin(_P, _P.c.id == _E.c.person_id)
    .outerjoin(_D, _D.c.id == _E.c.device_id)
)
_SCANS = _FACTS.add_columns(_E.c.occurred_at, _E.c.received_at, _E.c.person_id)
_OWN = _FACTS.where(_E.c.specimen_id.in_(bindparam("keys", expanding=True)))
_ABOUT = _FACTS.where(_E.c.about.in_(bindparam("numbers", expanding=True)))
_CLAIMED = (
    _SCANS.add_columns(_I.c.specimen_id.label("claimed_by"), Sitting.accession)
    .join(_I, _I.c.value == _E.c.about)
    .join(Specimen, Specimen.id == _I.c.specimen_id)
    .outerjoin(Sitting, Sitting.id == Specimen.collection_id)
    .where(_I.c.specimen_id.in_(bindparam("keys", expanding=True)))
    .where(or_(_E.c.reason.in_([Reason.UNKNOWN_NUMBER, Reason.AMBIGUOUS]), _E.c.event == Event.CORRECTED))
)
_PACKED = select(_E.c.specimen_id, _E.c.about).where(_E.c.put_into.in_(bindparam("numbers", expanding=True))).distinct()
_CARRYING = select(_I.c.specimen_id).where(_I.c.value.in_(bindparam("numbers", expanding=True))).distinct()
