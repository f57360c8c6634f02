"""What the handheld page sends of stops and bags by itself: a stop where nothing waited, and a count against a manifest.

It answers a device, whoever is signed in, with numbers and places alone.
"""

import re
from typing import Any

from specimen_service.accounts.queries import person_by_badge
from specimen_service.kernel.codes import clean, is_number
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from specimen_service.kernel.language import say
from specimen_service.kernel.numbers import Kind
from specimen_service.shipments.actions import record_empty_stop
from specimen_service.shipments.queries import shipment_details
from specimen_service.shipments.rules import Reckoning
from specimen_service.web.devices import DeviceCall, DeviceDoor
from specimen_service.web.wording import manifest_short

door = DeviceDoor()
_ID = r"[!-~]{1,64}"
"""What a device may call a stop: visible ASCII, as for scans."""


@door.post("/scan/empty-stop")
def note_nothing_here(call: DeviceCall) -> dict[str, Any]:
    """Note that nothing waited at a place; what cannot be noted is said, and sent no second time."""
    stop_id, at, sent_at = str(call.said.get("stop_id") or ""), call.moment("at"), call.moment("sent_at")
    if at is None or not re.fullmatch(_ID, stop_id):
        raise InvalidInput([Fault("/stop_id", say("Say which stop, and when nothing was there."))])
    person = person_by_badge(call.session, _number(call, "operator", Kind.BADGE))
    try:
        record_empty_stop(
            call.session,
            call.now,
            call.actor,
            stop_id=stop_id,
            location=_number(call, "location", Kind.LOCATION),
            at=at + (call.now - sent_at) if sent_at else at,
            by=person.display_name if person else "",
        )
    except (InvalidInput, Conflict) as refusal:
        return {"now": call.now.isoformat(), "noted": False, "message": refusal.sentence}
    return {"now": call.now.isoformat(), "noted": True, "message": say("Noted. The clinic sees it under Shipments.")}


@door.post("/scan/manifest")
def count_against_manifest(call: DeviceCall) -> dict[str, Any]:
    """Compare what was scanned out of a bag with what is said to be in it; null: it fits, or is no shipment of ours."""
    try:
        details = shipment_details(call.session, _number(call, "number", Kind.SHIPMENT))
    except NotFound:
        return {"now": call.now.isoformat(), "message": None}
    numbers = {key: one.number for key, one in details.contents.items()}
    return {"now": call.now.isoformat(), "message": _mismatch(details.reckoning, numbers)}


def _mismatch(reckoning: Reckoning, numbers: dict[int, str]) -> str | None:
    """Say what is missing by its numbers: couriers see no names."""
    missing = [numbers[stay.specimen_id] for stay in reckoning.missing]
    return manifest_short(len(reckoning.expected), len(reckoning.received), missing) if missing else None


def _number(call: DeviceCall, name: str, kind: Kind) -> str:
    """Return a number of ours that was said; empty: it is none of that kind."""
    code = clean(str(call.said.get(name) or ""))
    return code if is_number(code, kind) else ""
