"""What a scan is answered with: one or two plain sentences, what happened and what to do, without patient data."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from specimen_service.custody.facts import Accepted, Fact, Parked, State
from specimen_service.custody.model import Event, Reason
from specimen_service.kernel.clock import moment, time_of_day
from specimen_service.kernel.language import say, say_many, to_say
from specimen_service.kernel.numbers import Kind, grouped, kind_of
from specimen_service.specimens.model import Status, status_words

CONFLICT = to_say("This scan id came with other content before. Nothing was changed; send the scan under a new id.")
MALFORMED = to_say("This is no scan we can read. It was kept aside; see its errors, and send it again corrected.")

_DONE: Mapping[Event, str] = {
    Event.VERIFIED: to_say("Verified"),
    Event.DEPARTED: to_say("Picked up"),
    Event.ARRIVED: to_say("Dropped off"),
    Event.RECEIVED: to_say("Received"),
    Event.ARCHIVED: to_say("Stored"),
    Event.RETRIEVED: to_say("Retrieved"),
    Event.DISPOSED: to_say("Disposed of"),
    Event.SEEN: to_say("Seen"),
    Event.ACCEPTED: to_say("Accepted"),
    Event.REJECTED: to_say("Rejected"),
    Event.SENT_OUT: to_say("Sent out"),
    Event.LOST: to_say("Reported lost"),
    Event.FOUND: to_say("Found"),
    Event.VOIDED: to_say("Label voided"),
    Event.RE_IDENTIFIED: to_say("Linked"),
    Event.HELD: to_say("Put on hold"),
    Event.RELEASED: to_say("Released"),
}
_NAMED_PLACE = frozenset({Event.ARRIVED, Event.RECEIVED, Event.ARCHIVED, Event.SEEN, Event.FOUND})
_STATUS: Mapping[Status, str] = {
    Status.ISSUED: to_say("labelled but not yet recorded as collected"),
    Status.IN_TRANSIT: to_say("on its way"),
    Status.ON_HOLD: to_say("on hold"),
    Status.SENT_OUT: to_say("sent out"),
    Status.NOT_OBTAINED: to_say("recorded as not obtained"),
    Status.TO_COLLECT: to_say("not collected yet"),
}
_NEXT: Mapping[Status, str] = {
    Status.ISSUED: to_say("Have its collection recorded first."),
    Status.COLLECTED: to_say("Pick it up or receive it first."),
    Status.VERIFIED: to_say("Pick it up or receive it first."),
    Status.IN_TRANSIT: to_say("Drop it off or receive it first."),
    Status.ARRIVED: to_say("Receive it first."),
    Status.STORED: to_say("Retrieve it first."),
    Status.ON_HOLD: to_say("Have it released first."),
}
_PARKED: Mapping[Reason, str] = {
    Reason.UNKNOWN_NUMBER: to_say(
        "No specimen here has this number. Check that it is the specimen label; the scan is kept for review."
    ),
    Reason.CHECK_DIGIT: to_say("Those digits don't add up. Scan again or retype them."),
    Reason.AMBIGUOUS: to_say("Several specimens carry this number. Scan our own label on the tube."),
    Reason.WRONG_COLLECTION: to_say("This tube belongs to another collection. Set it aside and tell your supervisor."),
    Reason.UNKNOWN_LOCATION: to_say(
        "This place is not known here. Scan the barcode of the place again, then the tube."
    ),
    Reason.UNKNOWN_OPERATOR: to_say("This badge is not known here. Scan your badge again, then the tube."),
    Reason.UNKNOWN_INTO: to_say(
        "This shipment or storage position is not known here. Scan its barcode again, then the tube."
    ),
    Reason.REASON_MISSING: to_say(
        "A rejection needs its reason. Reject it again with one; until then it is not rejected."
    ),
    Reason.NOTHING_TO_LINK: to_say("Scan our label first, then the laboratory's label on the same tube."),
    Reason.NOT_OUR_LABEL: to_say("This is another system's number. Only a label of ours can be voided."),
    Reason.CLOCK_WRONG: to_say(
        "This device's clock is years off. Set it; both times are kept, and the laboratory looks into the scan."
    ),
    Reason.IMPOSSIBLE_JUMP: to_say(
        "It cannot have been here at that time. Check the tube and the device's clock; the scan is kept for review."
    ),
    Reason.REJECTED: to_say("This specimen was rejected. Set it aside; only a new collection can take its place."),
}
_REPLACED = (
    to_say("This label was replaced."),
    to_say("This label was replaced at %(time)s."),
    to_say("This label was replaced on %(day)s."),
)
_VOIDED = (
    to_say("This label was voided."),
    to_say("This label was voided at %(time)s."),
    to_say("This label was voided on %(day)s."),
)
_DISPOSED = (
    to_say("This specimen was disposed of."),
    to_say("This specimen was disposed of at %(time)s."),
    to_say("This specimen was disposed of on %(day)s."),
)
_BARCODE_OF: Mapping[Kind, str] = {
    Kind.LOCATION: to_say("This is the barcode of a location, not of a specimen. Scan the specimen label."),
    Kind.SHIPMENT: to_say("This is the barcode of a shipment, not of a specimen. Scan the specimen label."),
    Kind.BADGE: to_say("This is the barcode of a badge, not of a specimen. Scan the specimen label."),
    Kind.COMMAND: to_say("This is the barcode of a command, not of a specimen. Scan the specimen label."),
    Kind.STORAGE: to_say("This is the barcode of a storage position, not of a specimen. Scan the specimen label."),
    Kind.DEVICE: to_say("This is the barcode of a device, not of a specimen. Scan the specimen label."),
}


def accepted(decision: Accepted, fact: Fact, *, latest: State, matched: bool | None) -> str:
    """Say what an accepted scan did; `latest` is the state after everything known, which may be further on."""
    done, state = say(_DONE[fact.event]), decision.state
    if decision.repeated:
        return _repeated(fact.event, done)
    if decision.handed_over_by:
        return say("Handed over by %(giver)s to %(taker)s.", giver=decision.handed_over_by, taker=state.holder)
    if decision.of_closed_leg:
        return say("%(done)s. It had been received by then; nothing more to do.", done=done)
    if state.status is Status.SENT_OUT and fact.event in {Event.ARRIVED, Event.RECEIVED}:
        return say("Left at %(place)s: sent out.", place=state.holder)
    return _joined(f"{_where(done, fact)}.", _advice(fact, state, matched), _moved_on(state, latest))


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _where(done: str, fact: Fact) -> str:
    if fact.place and fact.event in _NAMED_PLACE:
        return say("%(done)s at %(place)s", done=done, place=fact.place.name)
    return done


def _repeated(event: Event, done: str) -> str:
    if event is Event.FOUND:
        return say("Seen. It was not reported lost.")
    return say("Already %(done)s. Nothing more to do.", done=_within(done))


def _within(done: str) -> str:
    """Write a word as it stands within a sentence."""
    return f"{done[:1].lower()}{done[1:]}"


def parked(
    decision: Parked, fact: Fact, *, successor: str, retired_at: datetime | None, now: datetime, zone: tzinfo
) -> str:
    """Say why a scan waits for a person, and what to do; `successor` is the specimen's present number, if another."""
    reason, state = decision.reason, decision.state
    newer = say("Use the newer one: %(number)s.", number=grouped(successor))
    if reason is Reason.REPLACED_LABEL:
        return _joined(_when(_REPLACED, retired_at, now, zone), newer)
    if reason is Reason.VOIDED_LABEL:
        aside = say("Set the tube aside and ask the laboratory.")
        return _joined(_when(_VOIDED, retired_at, now, zone), newer if successor else aside)
    if reason is Reason.DISPOSED:
        return _joined(_when(_DISPOSED, state.since, now, zone), say("Set the tube aside and tell the laboratory."))
    if reason is Reason.NOT_EXPECTED:
        return _not_expected(state.status, fact.event)
    return say(_PARKED[reason])


def bag(fact: Fact, *, moved: int, parked: int) -> str:
    """Say what the scan of a bag, box or rack did to what is in it."""
    tubes = say_many("%(count)s specimen", "%(count)s specimens", moved) if moved else say("nothing")
    done = _where(say("Arrived") if fact.event is Event.RECEIVED else say(_DONE[fact.event]), fact)
    return _joined(
        say("%(done)s, with %(tubes)s in it.", done=done, tubes=tubes),
        say("Scan each tube to receive it.") if fact.event is Event.RECEIVED and moved else "",
        say("%(count)s more did not fit and are kept for review.", count=parked) if parked else "",
    )


def unknown(reason: Reason, code: str) -> str:
    """Say what is wrong with a code that names no specimen, or several."""
    kind = kind_of(code) if reason is Reason.NOT_A_SPECIMEN else None
    return say(_BARCODE_OF[kind]) if kind else say(_PARKED[reason])


def _not_expected(status: Status, event: Event) -> str:
    kept = say("The scan is kept for review.")
    if status is Status.STORED and event in {Event.DEPARTED, Event.ARRIVED, Event.RECEIVED}:
        return _joined(say("This specimen is stored. Retrieve it first."), kept)
    if event is Event.VOIDED:
        return _joined(say("This label was read on its tube and cannot be voided. Print a new label instead."), kept)
    is_so = say(
        "This specimen is %(status)s and cannot be %(done)s.", status=_status(status), done=_within(say(_DONE[event]))
    )
    step = _NEXT.get(status, to_say("Check the tube, and ask the laboratory if it is right."))
    return _joined(is_so, say(step), kept)


def _status(status: Status) -> str:
    return say(_STATUS[status]) if status in _STATUS else status_words(status)


def _advice(fact: Fact, state: State, matched: bool | None) -> str:  # noqa: FBT001 - three-valued, as in the table
    if fact.event is Event.VERIFIED:
        return "" if matched else say("The label was read; no collection was named to match.")
    if fact.event is Event.VOIDED:
        return say("Destroy it: from here on it names no tube.")
    if state.status is Status.ON_HOLD:
        return say("The specimen stays on hold.")
    if fact.event is Event.DEPARTED and not state.verified:
        return say("Its label was not verified on the tube.")
    return ""


def _moved_on(state: State, latest: State) -> str:
    if latest.status is state.status:
        return ""
    return say("That was earlier; by now it is %(status)s.", status=_status(latest.status))


def _when(sentences: tuple[str, str, str], at: datetime | None, now: datetime, zone: tzinfo) -> str:
    """Say the sentence without a moment, with the hour of today, or with the day, whichever fits."""
    never, today, before = sentences
    if at is None:
        return say(never)
    if at.astimezone(zone).date() == now.astimezone(zone).date():
        return say(today, time=time_of_day(at, zone))
    return say(before, day=moment(at, zone))
