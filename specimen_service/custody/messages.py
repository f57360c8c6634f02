"""What a scan is answered with: one or two plain sentences, what happened and what to do, without patient data."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from specimen_service.custody.facts import Accepted, Fact, Parked, State
from specimen_service.custody.model import Event, Reason
from specimen_service.kernel.clock import moment, time_of_day
from specimen_service.kernel.numbers import kind_of
from specimen_service.specimens.model import Status

CONFLICT = "This scan id came with other content before. Nothing was changed; send the scan under a new id."
MALFORMED = "This is no scan we can read. It was kept aside; see its errors, and send it again corrected."

_DONE: Mapping[Event, str] = {
    Event.VERIFIED: "Verified",
    Event.DEPARTED: "Picked up",
    Event.ARRIVED: "Dropped off",
    Event.RECEIVED: "Received",
    Event.ARCHIVED: "Stored",
    Event.RETRIEVED: "Retrieved",
    Event.DISPOSED: "Disposed of",
    Event.SEEN: "Seen",
    Event.ACCEPTED: "Accepted",
    Event.REJECTED: "Rejected",
    Event.SENT_OUT: "Sent out",
    Event.LOST: "Reported lost",
    Event.FOUND: "Found",
    Event.VOIDED: "Label voided",
    Event.RE_IDENTIFIED: "Linked",
    Event.HELD: "Put on hold",
    Event.RELEASED: "Released",
}
_NAMED_PLACE = frozenset({Event.ARRIVED, Event.RECEIVED, Event.ARCHIVED, Event.SEEN, Event.FOUND})
_STATUS: Mapping[Status, str] = {
    Status.ISSUED: "still with the patient",
    Status.IN_TRANSIT: "on its way",
    Status.ON_HOLD: "on hold",
    Status.SENT_OUT: "sent out",
    Status.NOT_OBTAINED: "recorded as not obtained",
    Status.TO_COLLECT: "not collected yet",
}
_NEXT: Mapping[Status, str] = {
    Status.COLLECTED: "Pick it up or receive it first.",
    Status.VERIFIED: "Pick it up or receive it first.",
    Status.IN_TRANSIT: "Drop it off or receive it first.",
    Status.ARRIVED: "Receive it first.",
    Status.STORED: "Retrieve it first.",
    Status.ON_HOLD: "Have it released first.",
}
_PARKED: Mapping[Reason, str] = {
    Reason.UNKNOWN_NUMBER: "No specimen here has this number. Check that it is the specimen label; the laboratory looks into it.",
    Reason.CHECK_DIGIT: "Those digits don't add up. Scan again or retype them.",
    Reason.AMBIGUOUS: "Several specimens carry this number. Scan our own label on the tube.",
    Reason.WRONG_COLLECTION: "This tube belongs to another collection. Set it aside and tell your supervisor.",
    Reason.UNKNOWN_LOCATION: "This place is not known here. Scan the barcode of the place again, then the tube.",
    Reason.UNKNOWN_OPERATOR: "This badge is not known here. Scan your badge again, then the tube.",
    Reason.UNKNOWN_INTO: "This shipment or storage position is not known here. Scan its barcode again, then the tube.",
    Reason.REASON_MISSING: "A rejection needs its reason. Reject it again with one; until then it is not rejected.",
    Reason.NOTHING_TO_LINK: "Scan our label first, then the laboratory's label on the same tube.",
    Reason.NOT_OUR_LABEL: "This is another system's number. Only a label of ours can be voided.",
    Reason.CLOCK_WRONG: "This device's clock is years off. Set it; both times are kept, and the laboratory looks into the scan.",
    Reason.IMPOSSIBLE_JUMP: "It cannot have been here at that time. Check the tube and the device's clock; the scan is kept for review.",
    Reason.REJECTED: "This specimen was rejected. Set it aside; only a new collection can take its place.",
}


def accepted(decision: Accepted, fact: Fact, *, latest: State, matched: bool | None) -> str:
    """Say what an accepted scan did; `latest` is the state after everything known, which may be further on."""
    done, state = _DONE[fact.event], decision.state
    if decision.repeated:
        return _repeated(fact.event, done)
    if decision.handed_over_by:
        return f"Handed over by {decision.handed_over_by} to {state.holder}."
    if decision.of_closed_leg:
        return f"{done}. It had been received by then; nothing more to do."
    if state.status is Status.SENT_OUT and fact.event in {Event.ARRIVED, Event.RECEIVED}:
        return f"Left at {state.holder}: sent out."
    where = f" at {fact.place.name}" if fact.place and fact.event in _NAMED_PLACE else ""
    return f"{done}{where}.{_advice(fact, state, matched)}{_moved_on(state, latest)}"


def _repeated(event: Event, done: str) -> str:
    if event is Event.FOUND:
        return "Seen. It was not reported lost."
    return f"Already {done[:1].lower()}{done[1:]}. Nothing more to do."


def parked(
    decision: Parked, fact: Fact, *, successor: str, retired_at: datetime | None, now: datetime, zone: tzinfo
) -> str:
    """Say why a scan waits for a person, and what to do; `successor` is the specimen's present number, if another."""
    reason, state = decision.reason, decision.state
    if reason is Reason.REPLACED_LABEL:
        return f"This label was replaced{_at(retired_at, now, zone)}. Use the newer one: {successor}."
    if reason is Reason.VOIDED_LABEL:
        newer = f"Use the newer one: {successor}." if successor else "Set the tube aside and ask the laboratory."
        return f"This label was voided{_at(retired_at, now, zone)}. {newer}"
    if reason is Reason.DISPOSED:
        return (
            f"This specimen was disposed of{_at(state.since, now, zone)}. Set the tube aside and tell the laboratory."
        )
    if reason is Reason.NOT_EXPECTED:
        return _not_expected(state.status, fact.event)
    return _PARKED[reason]


def bag(fact: Fact, *, moved: int, parked: int) -> str:
    """Say what the scan of a bag, box or rack did to what is in it."""
    tubes = "1 specimen" if moved == 1 else f"{moved} specimens" if moved else "nothing"
    done = "Arrived" if fact.event is Event.RECEIVED else _DONE[fact.event]
    where = f" at {fact.place.name}" if fact.place and fact.event in _NAMED_PLACE else ""
    advice = " Scan each tube to receive it." if fact.event is Event.RECEIVED and moved else ""
    look = f" {parked} more did not fit and are kept for review." if parked else ""
    return f"{done}{where}, with {tubes} in it.{advice}{look}"


def unknown(reason: Reason, code: str) -> str:
    """Say what is wrong with a code that names no specimen, or several."""
    if reason is Reason.NOT_A_SPECIMEN:
        return f"This is the barcode of a {kind_of(code)}, not of a specimen. Scan the specimen label."
    return _PARKED[reason]


def _not_expected(status: Status, event: Event) -> str:
    if status is Status.STORED and event in {Event.DEPARTED, Event.ARRIVED, Event.RECEIVED}:
        return "This specimen is stored. Retrieve it first. The scan is kept for review."
    if event is Event.VOIDED:
        return "This label was read on its tube and cannot be voided. Print a new label instead. The scan is kept for review."
    done = _DONE[event]
    step = _NEXT.get(status, "Check the tube, and ask the laboratory if it is right.")
    return f"This specimen is {_STATUS.get(status, status)} and cannot be {done[:1].lower()}{done[1:]}. {step} The scan is kept for review."


def _advice(fact: Fact, state: State, matched: bool | None) -> str:  # noqa: FBT001 - three-valued, as in the table
    if fact.event is Event.VERIFIED:
        return (
            " The label is on the tube of this collection."
            if matched
            else " The label was read; no collection was named to match."
        )
    if fact.event is Event.VOIDED:
        return " Destroy it: from here on it names no tube."
    if state.status is Status.ON_HOLD:
        return " The specimen stays on hold."
    if fact.event is Event.DEPARTED and not state.verified:
        return " Its label was not verified on the tube."
    return ""


def _moved_on(state: State, latest: State) -> str:
    if latest.status is state.status:
        return ""
    return f" That was earlier; by now it is {_STATUS.get(latest.status, latest.status)}."


def _at(moment_: datetime | None, now: datetime, zone: tzinfo) -> str:
    if moment_ is None:
        return ""
    same_day = moment_.astimezone(zone).date() == now.astimezone(zone).date()
    return f" at {time_of_day(moment_, zone)}" if same_day else f" on {moment(moment_, zone)}"
