"""The verbs of a draw at the station; each is on record, and doing one twice does it once."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.catalog.model import Test
from specimen_service.collection.actions import OrderRequest, place_order, set_stability
from specimen_service.collection.draw_queries import DrawRow
from specimen_service.collection.missed_queries import PLANNED_AGAIN, MissedTubeRow
from specimen_service.collection.model import Draw, Outcome
from specimen_service.collection.queries import PlannedOrder, PlannedTubeRow, Sitting
from specimen_service.custody.actions import append_event, correct_event, record_scans
from specimen_service.custody.model import CustodyEvent, Event
from specimen_service.kernel.language import say
from specimen_service.settings import Settings
from specimen_service.specimens.actions import policy_of
from specimen_service.specimens.model import Collection, Specimen, SpecimenTest, Status

NOT_SURE = "RI"
"""HL7 table 0490: identification problem. What the patient says is not theirs is rejected for it."""
_NEVER_FILLED = frozenset({Status.NOT_OBTAINED, Status.CANCELLED})


def begin(session: Session, now: datetime, actor: Actor, station: str, order: PlannedOrder, *, is_alike: bool) -> Draw:
    """Begin the draw of an order; the caller holds the lock of its patient and knows that nobody else has one."""
    draw = Draw(order_id=order.order_id, person_id=actor.id, station=station, began_at=now, is_alike=is_alike)
    session.add(draw)
    session.flush()
    alert = {"name_alert": True} if is_alike else {}
    record(session, now, actor, "draw.begun", subject=order.order_number, patients=[order.patient_id], detail=alert)
    return draw


def attest(session: Session, draw: Draw, identifier: str) -> None:
    """Note that an identifier was compared and matches."""
    draw.identified = [*draw.identified, identifier] if identifier not in draw.identified else draw.identified
    session.flush()


def note(
    session: Session, now: datetime, actor: Actor, order: PlannedOrder, act: str, detail: dict[str, object]
) -> None:
    """Put one act of a draw on record: `draw.attempted`, `draw.answered`."""
    record(session, now, actor, act, subject=order.order_number, patients=[order.patient_id], detail=detail)


def park(session: Session, now: datetime, actor: Actor, order: PlannedOrder, draw: Draw, outcome: Outcome) -> None:
    """End a draw early; its order waits under `parked` from here on."""
    draw.outcome, draw.ended_at, draw.stopped_by = outcome, now, None
    session.flush()
    note(session, now, actor, order, "draw.parked", {"outcome": outcome.value, "attempts": draw.attempts})


def park_rest(
    session: Session, now: datetime, actor: Actor, order: PlannedOrder, station: str, outcome: Outcome
) -> None:
    """Leave what was not drawn of an order under `parked`, with why."""
    rest = {"order_id": order.order_id, "person_id": actor.id, "station": station, "began_at": now}
    draw = Draw(**rest)
    session.add(draw)
    park(session, now, actor, order, draw, outcome)


def take_over(session: Session, now: datetime, actor: Actor, draw: DrawRow, *, subject: str, patient_id: int) -> None:
    """Make a draw this person's; before anything is collected, the patient is identified again by who now draws."""
    mine = session.get_one(Draw, draw.id)
    if mine.person_id == actor.id:
        return
    if mine.collection_id is None:
        mine.identified = []
    mine.person_id = actor.id
    session.flush()
    detail = {"from": draw.person_name, "attempts": draw.attempts}
    record(session, now, actor, "draw.taken_over", subject=subject, patients=[patient_id], detail=detail)


def split_off(session: Session, now: datetime, tube: PlannedTubeRow, tests: Iterable[str]) -> int:
    """Leave some tests of a planned tube for another day, in a tube of their own where others stay; return its id."""
    wanted = set(tests)
    if wanted >= set(tube.tests):
        return tube.specimen_id
    other = _planned_copy(session, now, tube.specimen_id)
    ids = select(Test.id).where(Test.code.in_(wanted))
    moved = update(SpecimenTest).where(SpecimenTest.specimen_id == tube.specimen_id, SpecimenTest.test_id.in_(ids))
    session.execute(moved.values(specimen_id=other.id), execution_options={"synchronize_session": False})
    return other.id


def fail_tube(session: Session, now: datetime, actor: Actor, settings: Settings, specimen_id: int, reason: str) -> int:
    """Record that a tube was not obtained, and plan it anew; returns the id of the planned one."""
    planned = _planned_copy(session, now, specimen_id)
    links = select(SpecimenTest.test_id, SpecimenTest.order_id).where(SpecimenTest.specimen_id == specimen_id)
    rows = [{"specimen_id": planned.id, "test_id": test, "order_id": order} for test, order in session.execute(links)]
    session.execute(insert(SpecimenTest), rows)
    append_event(
        session,
        now,
        actor,
        policy_of(settings),
        specimen_id=specimen_id,
        event=Event.COLLECTION_FAILED,
        effective_at=now,
        code="",
        detail={"not_obtained": reason, PLANNED_AGAIN: planned.id},
    )
    return planned.id


def draw_after_all(
    session: Session, now: datetime, actor: Actor, settings: Settings, draw: Draw, missed: MissedTubeRow
) -> None:
    """Take back that a tube was not obtained: it is drawn in this draw, and the one planned in its place is not needed."""
    reason = say("Taken back at the chair: the tube is drawn after all.")
    correct_event(
        session,
        now,
        actor,
        policy_of(settings),
        specimen_id=missed.specimen_id,
        event_hash=missed.event_hash,
        reason=reason,
    )
    planned = session.get_one(Specimen, missed.planned_id)
    give_up(session, now, planned, missed.specimen_id)
    draw.left_out = [one for one in draw.left_out if one != planned.id]
    session.flush()


def give_up(session: Session, now: datetime, planned: Specimen, other_id: int) -> None:
    """Cancel a planned tube in favour of another of its kind, which serves all that was ordered for either."""
    links = select(SpecimenTest).where(SpecimenTest.specimen_id.in_([planned.id, other_id]))
    rows = session.scalars(links).all()
    served = {(link.test_id, link.order_id) for link in rows if link.specimen_id == other_id}
    for link in rows:
        if link.specimen_id == planned.id and (link.test_id, link.order_id) in served:
            session.delete(link)
        else:
            link.specimen_id = other_id
    planned.status, planned.since, planned.pending = Status.CANCELLED, now, False
    session.flush()


def take_back(
    session: Session, now: datetime, actor: Actor, settings: Settings, at: Sitting, collected_at: datetime
) -> None:
    """Record that what a patient filled at home has come back, with when it was filled."""
    issued = [tube.specimen_id for tube in at.tubes if tube.is_issued]
    mark_collected(session, collected_at, actor, settings, at.collection_id, issued, returned_at=now)
    record(session, now, actor, "container.returned", subject=at.accession, patients=[at.patient_id])


def mark_collected(
    session: Session,
    collected_at: datetime,
    actor: Actor,
    settings: Settings,
    collection_id: int,
    issued: Sequence[int],
    returned_at: datetime | None = None,
) -> None:
    """Record when containers were filled whose labels came first; `returned_at`: when a patient brought them back."""
    collection = session.get_one(Collection, collection_id)
    collection.collected_at = collection.collected_at or collected_at
    filled = select(Specimen).where(Specimen.id.in_(issued), Specimen.status == Status.ISSUED)
    for specimen in session.scalars(filled.order_by(Specimen.id).with_for_update()).all():
        specimen.collected_at = collected_at
        tests = select(Test.stable_minutes).join(SpecimenTest, SpecimenTest.test_id == Test.id)
        set_stability(specimen, session.scalars(tests.where(SpecimenTest.specimen_id == specimen.id)))
        append_event(
            session,
            returned_at or collected_at,
            actor,
            policy_of(settings),
            specimen_id=specimen.id,
            event=Event.COLLECTED,
            effective_at=collected_at,
            code=specimen.number,
            detail={"returned_at": returned_at.isoformat()} if returned_at else {},
        )


def discard(session: Session, now: datetime, actor: Actor, settings: Settings, at: Sitting) -> list[str]:
    """Reject what the patient says is not theirs, before anybody carries it away; returns the ids of these rejections."""
    scans = [
        {
            "scan_id": str(uuid.uuid4()),
            "code": tube.number,
            "action": "reject",
            "reason": NOT_SURE,
            "scanned_at": now.isoformat(),
        }
        for tube in at.tubes
        if tube.status not in _NEVER_FILLED
    ]
    record_scans(session, now, actor, scans, sent_at=None, policy=policy_of(settings))
    return [scan["scan_id"] for scan in scans]


def keep_after_all(session: Session, now: datetime, actor: Actor, settings: Settings, discarded: Sequence[str]) -> None:
    """Take the rejections of these ids back: it was a mistake, the tubes are the patient's."""
    reason = say("Taken back at the chair: the labels match the patient.")
    found = select(CustodyEvent.specimen_id, CustodyEvent.hash).where(CustodyEvent.scan_id.in_(discarded))
    for specimen_id, event_hash in session.execute(found).all():
        if specimen_id is not None:
            correct_event(
                session,
                now,
                actor,
                policy_of(settings),
                specimen_id=specimen_id,
                event_hash=event_hash,
                reason=reason,
            )


def draw_again(session: Session, now: datetime, actor: Actor, settings: Settings, at: Sitting) -> str:
    """Order anew what was discarded; returns the number of the new order."""
    tests = tuple(dict.fromkeys(code for tube in at.tubes for code in tube.tests))
    request = OrderRequest(patient=at.patient, tests=tests)
    placed = place_order(session, now, actor, now.astimezone(settings.service.zone).date(), request)
    detail = {"order": placed.number}
    record(session, now, actor, "draw.repeated", subject=at.accession, patients=[at.patient_id], detail=detail)
    return placed.number


def draw_for(session: Session, now: datetime, actor: Actor, at: Sitting, draw: DrawRow | None) -> Draw:
    """Return the draw of a sitting to write to; one that another program recorded gets one, this person's."""
    if draw is not None:
        return session.get_one(Draw, draw.id)
    mine = Draw(collection_id=at.collection_id, person_id=actor.id, station=at.station, began_at=now)
    session.add(mine)
    session.flush()
    return mine


def remaining(order: PlannedOrder, left_out: Sequence[int]) -> list[PlannedTubeRow]:
    """Return the tubes of an order that are drawn this time, in order of draw."""
    return [tube for tube in order.tubes if tube.specimen_id not in left_out]


def _planned_copy(session: Session, now: datetime, specimen_id: int) -> Specimen:
    old = session.get_one(Specimen, specimen_id)
    same = ("patient_id", "type_id", "container_id", "position", "urgency", "set_number", "due_at")
    copy = Specimen(**{name: getattr(old, name) for name in same})
    copy.status, copy.since, copy.pending = Status.TO_COLLECT, now, True
    session.add(copy)
    session.flush()
    return copy
