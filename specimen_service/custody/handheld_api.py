"""What the handheld page sends by itself: scans kept on the device, and scans taken back.

It answers a device, whoever is signed in: numbers, states, places and the names of badges, never anything of a patient.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from specimen_service.custody.actions import record_scans
from specimen_service.custody.again_queries import Earlier, repeated
from specimen_service.custody.desk import Result
from specimen_service.custody.model import Outcome
from specimen_service.custody.queries import named_around
from specimen_service.custody.tiles import tile_named
from specimen_service.custody.undo_actions import undo_scan
from specimen_service.devices.model import device_words
from specimen_service.kernel.clock import moment, time_of_day
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from specimen_service.kernel.language import say
from specimen_service.specimens.actions import policy_of
from specimen_service.web.devices import DeviceCall, DeviceDoor
from specimen_service.web.wording import Answer, scan_answer

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
        call.moment("sent_at"),
    )
    policy = policy_of(call.settings)
    results = record_scans(call.session, call.now, call.actor, scans, sent_at, policy) if scans else []
    wanted = [clean(one) for one in badges if isinstance(one, str)]
    known = named_around(call.session, [], wanted)[1]
    return {
        "now": call.now.isoformat(),
        "results": _shown_all(call, scans, results),
        "badges": {badge: known[badge].name if badge in known else None for badge in wanted},
    }


@door.post("/scan/undo")
def take_back(call: DeviceCall) -> dict[str, Any]:
    """Take one scan of this device back; what cannot be taken back is said, and asked no second time."""
    scan_id, undone_at = call.said.get("scan_id"), call.moment("undone_at")
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


def _shown_all(call: DeviceCall, scans: Sequence[Any], results: Sequence[Result]) -> list[dict[str, Any]]:
    done = [result["scan_id"] for result in results if result["outcome"] == Outcome.ACCEPTED]
    again = repeated(call.session, done) if done else {}
    return [_shown(call, scan, result, again) for scan, result in zip(scans, results, strict=True)]


def _shown(call: DeviceCall, scan: Any, result: Result, again: Mapping[str, Earlier]) -> dict[str, Any]:  # noqa: ANN401
    earlier = again.get(result["scan_id"]) if result["scan_id"] else None
    code = clean(str(scan.get("code", ""))) if isinstance(scan, dict) else ""
    if earlier:
        operator = clean(str(scan.get("operator") or ""))
        person = named_around(call.session, [], [operator])[1].get(operator)
        answer = _already(call, earlier, is_own=person is not None and person.name == earlier.by)
    elif result["outcome"] == Outcome.INVALID:
        answer = scan_answer(Outcome.INVALID, None, say("This scan could not be read. Scan the tube again."))
    elif result["outcome"] == Outcome.CONFLICT:
        answer = scan_answer(
            Outcome.CONFLICT,
            None,
            say("This scan does not fit one sent before. It is kept for review; scan the tube again."),
        )
    else:
        answer = scan_answer(result["outcome"], result["reason"], _with_place(scan, result), code=code)
    shown = {"tone": answer.tone, "sign": answer.sign, "word": answer.word, "message": answer.sentence}
    return {**result, **shown, "again": earlier is not None}


def _with_place(scan: Mapping[str, Any], result: Result) -> str:
    """Say besides that no place was named, where one was asked for and the scan counts without it."""
    message: str = result["message"]
    if result["outcome"] != Outcome.ACCEPTED or scan.get("location") or not tile_named(scan["action"]).asks_place:
        return message
    return f"{message} {say('No place was named: scan its barcode or choose it above.')}"


def _already(call: DeviceCall, earlier: Earlier, *, is_own: bool) -> Answer:
    """Say quietly that it was scanned before: when, and by whom."""
    zone = call.settings.service.zone
    is_today = earlier.at.astimezone(zone).date() == call.now.astimezone(zone).date()
    time = (time_of_day if is_today else moment)(earlier.at, zone)
    sentence = (
        say("%(time)s by you.", time=time)
        if is_own
        else say("%(time)s by %(name)s.", time=time, name=device_words(earlier.by))
    )
    return Answer("info", "info", say("Already scanned"), sentence)


def _list(call: DeviceCall, name: str, most: int) -> list[Any]:
    values = call.said.get(name, [])
    if not isinstance(values, list) or len(values) > most:
        raise InvalidInput([Fault(f"/{name}", say("A list of at most %(count)s is wanted.", count=most))])
    return values
