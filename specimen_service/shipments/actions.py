"""Making shipments, putting seals on and looking at them, and noting that nothing waited at a stop."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.custody.actions import new_carrier
from specimen_service.custody.model import Carrier, CarrierKind
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from specimen_service.kernel.language import say
from specimen_service.places.model import Location
from specimen_service.shipments.model import EmptyStop, Seal, SealAct, Shipment
from specimen_service.shipments.rules import plain_seal

LONGEST_SEAL = 40


def create_shipment(
    session: Session, now: datetime, actor: Actor, *, kind: CarrierKind, destination: str = "", by: str = ""
) -> str:
    """Make a bag, box or rack and return its number; `destination` is a location's number, empty: not known yet.

    Raises `InvalidInput` for a place that is not declared.
    """
    place_id = _place_id(session, destination, "/destination") if destination else None
    carrier = new_carrier(session, now, kind)
    session.add(Shipment(carrier_id=carrier.id, destination_id=place_id, created_by=by or actor.name))
    record(session, now, actor, "shipment.created", subject=carrier.number, detail={"kind": kind})
    session.flush()
    return carrier.number


def seal_shipment(
    session: Session, now: datetime, actor: Actor, *, number: str, seal: str, at: datetime | None = None, by: str = ""
) -> None:
    """Note the seal that was put on; the same seal twice is noted once.

    Raises `NotFound`, and `InvalidInput` for a seal without a number or a time to come.
    """
    shipment_id = _shipment_id(session, number)
    seal = _plain(seal)
    if not seal:
        raise InvalidInput([Fault("/seal_number", say("Scan or type the number on the seal."))])
    latest = session.scalars(
        select(Seal).where(Seal.shipment_id == shipment_id).order_by(Seal.at.desc(), Seal.id.desc()).limit(1)
    ).first()
    if latest is not None and latest.act is SealAct.SEALED and latest.number == seal:
        return
    _add_seal(session, now, actor, shipment_id, number, SealAct.SEALED, seal, intact=True, at=at, by=by)


def check_seal(
    session: Session,
    now: datetime,
    actor: Actor,
    *,
    number: str,
    seal: str,
    intact: bool,
    at: datetime | None = None,
    by: str = "",
) -> None:
    """Note what was seen of the seal, `seal` empty where there was none; what it means follows from what was put on.

    Raises `NotFound`, and `InvalidInput` for a time to come.
    """
    shipment_id = _shipment_id(session, number)
    _add_seal(session, now, actor, shipment_id, number, SealAct.CHECKED, _plain(seal), intact=intact, at=at, by=by)


def record_empty_stop(
    session: Session,
    now: datetime,
    actor: Actor,
    *,
    stop_id: str,
    location: str,
    at: datetime | None = None,
    by: str = "",
) -> int:
    """Note that nothing waited at a place, and return the note's id; the same `stop_id` again is the same note.

    Raises `InvalidInput` for a place that is not declared or a time to come, `Conflict` for an id used for another place.
    """
    place_id = _place_id(session, location, "/location")
    known = session.scalars(select(EmptyStop).where(EmptyStop.stop_id == stop_id)).one_or_none()
    if known is not None:
        if known.location_id != place_id:
            raise Conflict(say("This stop was noted for another place before. Send it under a new id."))
        return known.id
    stop = EmptyStop(stop_id=stop_id, location_id=place_id, at=_past(now, at), recorded_at=now, by=by or actor.name)
    session.add(stop)
    session.flush()
    record(session, now, actor, "stop.empty", subject=clean(location))
    return stop.id


def _add_seal(
    session: Session,
    now: datetime,
    actor: Actor,
    shipment_id: int,
    number: str,
    act: SealAct,
    seal: str,
    *,
    intact: bool,
    at: datetime | None,
    by: str,
) -> None:
    values = {"number": seal, "intact": intact, "at": _past(now, at), "recorded_at": now, "by": by or actor.name}
    session.add(Seal(shipment_id=shipment_id, act=act, **values))
    record(session, now, actor, f"shipment.{act}", subject=number, detail={"seal": seal, "intact": intact})
    session.flush()


def _shipment_id(session: Session, number: str) -> int:
    found = session.scalar(
        select(Shipment.id).join(Carrier, Carrier.id == Shipment.carrier_id).where(Carrier.number == number)
    )
    if found is None:
        raise NotFound("shipment", number)
    return found


def _place_id(session: Session, number: str, pointer: str) -> int:
    found = session.scalar(select(Location.id).where(Location.number == clean(number), Location.active))
    if found is None:
        raise InvalidInput([Fault(pointer, say("This place is not declared here. Scan its barcode again."))])
    return found


def _plain(seal: str) -> str:
    plain = plain_seal(clean(seal))
    if len(plain) > LONGEST_SEAL:
        sentence = say("A seal number has at most %(count)s characters.", count=LONGEST_SEAL)
        raise InvalidInput([Fault("/seal_number", sentence)])
    return plain


def _past(now: datetime, at: datetime | None) -> datetime:
    # Clocks differ a little; what was noted cannot be later than its receipt.
    return min(at, now) if at else now
