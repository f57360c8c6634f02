"""What waits for a person, in plain words (pure)."""

from specimen_service.custody.model import Closing, Event, Reason
from specimen_service.kernel.language import say, say_many, to_say, to_say_many

REASONS = {
    Reason.UNKNOWN_NUMBER: to_say("Not known here"),
    Reason.CHECK_DIGIT: to_say("Misread digits"),
    Reason.NOT_A_SPECIMEN: to_say("Not a specimen"),
    Reason.AMBIGUOUS: to_say("More than one specimen"),
    Reason.REPLACED_LABEL: to_say("Old label"),
    Reason.VOIDED_LABEL: to_say("Void label"),
    Reason.WRONG_COLLECTION: to_say("Tube of another collection"),
    Reason.UNKNOWN_LOCATION: to_say("Place not known"),
    Reason.UNKNOWN_OPERATOR: to_say("Badge not known"),
    Reason.UNKNOWN_INTO: to_say("Bag or position not known"),
    Reason.REASON_MISSING: to_say("Rejected without a reason"),
    Reason.NOTHING_TO_LINK: to_say("Linked to nothing"),
    Reason.NOT_OUR_LABEL: to_say("Not a label of ours"),
    Reason.CLOCK_WRONG: to_say("Clock years off"),
    Reason.IMPOSSIBLE_JUMP: to_say("Cannot have been here"),
    Reason.NOT_EXPECTED: to_say("Not expected"),
    Reason.DISPOSED: to_say("Disposed of before"),
    Reason.REJECTED: to_say("Rejected before"),
}
_PURPOSES = {
    Event.PREPARED: to_say("to prepare it"),
    Event.COLLECTED: to_say("to collect it"),
    Event.COLLECTION_FAILED: to_say("as not obtained"),
    Event.DEPARTED: to_say("to pick it up"),
    Event.ARRIVED: to_say("to drop it off"),
    Event.ACCEPTED: to_say("to accept it"),
    Event.REJECTED: to_say("to reject it"),
    Event.RE_IDENTIFIED: to_say("to link its labels"),
    Event.DE_IDENTIFIED: to_say("to make it anonymous"),
    Event.ARCHIVED: to_say("to store it"),
    Event.RETRIEVED: to_say("to retrieve it"),
    Event.DISPOSED: to_say("to dispose of it"),
    Event.DERIVED: to_say("to take an aliquot"),
    Event.PROCESSED: to_say("to process it"),
    Event.PROCESSING_FAILED: to_say("as processing that failed"),
    Event.VERIFIED: to_say("to verify it"),
    Event.RECEIVED: to_say("to receive it"),
    Event.SEEN: to_say("to see where it is"),
    Event.ISSUED: to_say("to hand it out"),
    Event.VOIDED: to_say("to void its label"),
    Event.SENT_OUT: to_say("to send it out"),
    Event.LOST: to_say("to report it lost"),
    Event.FOUND: to_say("to report it found"),
    Event.HELD: to_say("to put it on hold"),
    Event.RELEASED: to_say("to release it"),
    Event.CORRECTED: to_say("to correct its record"),
}
"""What a scan was for: whether it did that is the question."""
_CLOSINGS = {
    Closing.EXPLAINED: to_say("Explained by a scan that came later"),
    Closing.REPEATED: to_say("Scanned rightly soon after"),
    Closing.REGISTERED: to_say("Its number was registered"),
    Closing.REAL: to_say("It happened"),
    Closing.MISTAKEN: to_say("A mistake"),
    Closing.OTHER_SPECIMEN: to_say("Another specimen"),
    Closing.AMENDED: to_say("Put right"),
}
_NONE = {
    "waiting": to_say("Nothing waits for you here."),
    "rejected": to_say("Every rejection was told to whoever ordered it."),
    "rejected_today": to_say("Nothing was rejected today."),
    "aside": to_say("Nothing is kept aside."),
    "closed": to_say("Nothing was closed today."),
}
_BELONGS = {
    "waiting": to_say("Scans that do not fit are kept and listed here until somebody looks into them."),
    "rejected": to_say("A rejected specimen is listed here until somebody says who was told."),
    "rejected_today": to_say("Each specimen that is rejected today is listed here."),
    "aside": to_say("What a device sent and nobody could read is kept here until somebody looks into it."),
    "closed": to_say("Each question that is answered is listed here for a day."),
}
_MORE = {
    "waiting": to_say("More than %(count)s scans wait for an answer: begin with the oldest."),
    "aside": to_say("More than %(count)s scans were kept aside: look what became of them."),
}
"""By the views that have pages."""
_ALL = {
    "waiting": to_say_many(
        "%(count)s scan waits for an answer: begin with the oldest.",
        "%(count)s scans wait for an answer: begin with the oldest.",
    ),
    "rejected": to_say_many(
        "%(count)s rejected specimen: tell whoever ordered it.",
        "%(count)s rejected specimens: tell whoever ordered them.",
    ),
    "rejected_today": to_say_many("%(count)s specimen was rejected today.", "%(count)s specimens were rejected today."),
    "aside": to_say_many(
        "%(count)s scan was kept aside: look what became of it.",
        "%(count)s scans were kept aside: look what became of them.",
    ),
}


def reason_words(reason: Reason) -> str:
    """Say in two or three words why a scan waits."""
    return say(REASONS[reason])


def purpose_words(event: Event) -> str:
    """Say what somebody scanned it for, as the end of a sentence."""
    return say(_PURPOSES[event])


def answer_words(*, of_specimen: bool) -> dict[str, str]:
    """Say in a line what each answer (`How`) will do with a scan, which led to a specimen or to none."""
    if of_specimen:
        real, other = to_say("The scan counts for this specimen."), to_say("The scan counts for the other one alone.")
    else:
        real, other = (
            to_say("The scan stays on record as it is."),
            to_say("The scan counts for the one you scan above."),
        )
    mistaken = to_say("The scan stays on record and does not count.")
    return {"real": say(real), "mistaken": say(mistaken), "other_specimen": say(other)}


def closing_words(how: Closing) -> str:
    """Say how a question was closed."""
    return say(_CLOSINGS[how])


def belongs_here(view: str) -> str:
    """Say what a view lists once there is something to list."""
    return say(_BELONGS[view])


def review_step(view: str, waiting: int, *, more: bool) -> str:
    """Say what to do next in a view with so many entries; `more`: there are more than are listed."""
    if not waiting:
        return say(_NONE[view])
    if view == "closed":
        return say("These are closed. Nothing to do.")
    return say(_MORE[view], count=waiting) if more else say_many(*_ALL[view], waiting)
