"""What the handheld page sends by itself: scans kept on the device, and scans taken back.

It answers a device, whoever is signed in: numbers, states, places and the names of badges, never anything of a patient.
"""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from specimen_service.custody.actions import record_scans
from specimen_service.custody.desk import Result
from specimen_service.custody.queries import named_around
from specimen_service.custody.scans import Moment
from specimen_service.custody.undo_actions import undo_scan
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from specimen_service.kernel.language import say
from specimen_service.specimens.actions import policy_of
from specimen_service.web.devices import DeviceCall, DeviceDoor
from specimen_service.web.wording import scan_answer

door = DeviceDoor()

MOST_SCANS = 50
MOST_BADGES = 5


@door.post("/scan/queue")
def take_queue(call: DeviceCall) -> dict[str, Any]:
    """Record the scans a device kept, in their order, and say the time and who the scanned badges belong to.

    Without scans it only says those: how a device finds out that it is connected again.
    """
    scans, badges, sent_at = (
        _list(call, "scans", MOST_SCANS),
        _list(call, "badges", MOST_BADGES),
        _moment(call, "sent_at"),
    )
    policy = policy_of(call.settings)
    results = record_scans(call.session, call.now, call.actor, scans, sent_at, policy) if scans else []
    wanted = [clean(one) for one in badges if isinstance(one, str)]
    known = named_around(call.session, [], wanted)[1]
    return {
        "now": call.now.isoformat(),
        "results": [_shown(result) for result in results],
        "badges": {badge: known[badge].name if badge in known else None for badge in wanted},
    }


@door.post("/scan/undo")
def take_back(call: DeviceCall) -> dict[str, Any]:
    """Take one scan of this device back; what cannot be taken back is said, and asked no second time."""
    scan_id, undone_at = call.said.get("scan_id"), _moment(call, "undone_at")
    if not isinstance(scan_id, str) or undone_at is None:
        raise InvalidInput([Fault("/scan_id", say("Say which scan, and when it was taken back."))])
    badge = clean(str(call.said.get("operator") or ""))
    operator = named_around(call.session, [], [badge])[1].get(badge)
    try:
        undo_scan(
            call.session,
            call.now,
            call.actor,
            policy_of(call.settings),
            scan_id=scan_id,
            undone_at=undone_at,
            by=operator.name if operator else "",
        )
    except (NotFound, Conflict) as refusal:
        return {"now": call.now.isoformat(), "undone": False, "message": str(refusal)}
    return {"now": call.now.isoformat(), "undone": True, "message": say("Taken back. The laboratory sees that it was.")}


def _shown(result: Result) -> dict[str, Any]:
    answer = scan_answer(result["outcome"], result["reason"], result["message"])
    return {**result, "tone": answer.tone, "sign": answer.sign, "word": answer.word}


def _list(call: DeviceCall, name: str, most: int) -> list[Any]:
    values = call.said.get(name, [])
    if not isinstance(values, list) or len(values) > most:
        raise InvalidInput([Fault(f"/{name}", say("A list of at most %(count)s is wanted.", count=most))])
    return values


def _moment(call: DeviceCall, name: str) -> datetime | None:
    value = call.said.get(name)
    try:
        return _MOMENT.validate_python(value) if value is not None else None
    except ValidationError:
        raise InvalidInput([Fault(f"/{name}", say("A time with its offset is wanted."))]) from None


_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
