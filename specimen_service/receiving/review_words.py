"""What waits for a person, in plain words (pure)."""

from specimen_service.custody.model import Closing, Event, Reason

REASONS = {
    Reason.UNKNOWN_NUMBER: "Not known here",
    Reason.CHECK_DIGIT: "Misread digits",
    Reason.NOT_A_SPECIMEN: "Not a specimen",
    Reason.AMBIGUOUS: "More than one specimen",
    Reason.REPLACED_LABEL: "Old label",
    Reason.VOIDED_LABEL: "Void label",
    Reason.WRONG_COLLECTION: "Tube of another collection",
    Reason.UNKNOWN_LOCATION: "Place not known",
    Reason.UNKNOWN_OPERATOR: "Badge not known",
    Reason.UNKNOWN_INTO: "Bag or position not known",
    Reason.REASON_MISSING: "Rejected without a reason",
    Reason.NOTHING_TO_LINK: "Linked to nothing",
    Reason.NOT_OUR_LABEL: "Not a label of ours",
    Reason.CLOCK_WRONG: "Clock years off",
    Reason.IMPOSSIBLE_JUMP: "Cannot have been here",
    Reason.NOT_EXPECTED: "Not expected",
    Reason.DISPOSED: "Disposed of before",
    Reason.REJECTED: "Rejected before",
}
_EVENTS = {
    Event.DEPARTED: "Picked up",
    Event.ARRIVED: "Dropped off",
    Event.ARCHIVED: "Stored",
    Event.DISPOSED: "Disposed of",
    Event.RE_IDENTIFIED: "Linked",
    Event.VOIDED: "Label voided",
    Event.LOST: "Reported lost",
}
_CLOSINGS = {
    Closing.EXPLAINED: "Explained by a scan that came later",
    Closing.REPEATED: "Scanned rightly soon after",
    Closing.REGISTERED: "Its number was registered",
    Closing.REAL: "It happened",
    Closing.MISTAKEN: "A mistake",
    Closing.OTHER_SPECIMEN: "Another specimen",
    Closing.AMENDED: "Put right",
}


def reason_words(reason: Reason) -> str:
    """Say in two or three words why a scan waits."""
    return REASONS.get(reason, reason.value.replace("_", " ").capitalize())


def event_words(event: Event) -> str:
    """Say what the scan was to record."""
    return _EVENTS.get(event, event.value.replace("_", " ").capitalize())


def closing_words(how: Closing) -> str:
    """Say how a question was closed."""
    return _CLOSINGS[how]


def review_step(view: str, waiting: int, *, more: bool) -> str:
    """Say what to do next in a view with so many entries; `more`: there are more than are listed."""
    if not waiting:
        return "Nothing waits for you here."
    many = f"More than {waiting}" if more else str(waiting)
    one = waiting == 1 and not more
    if view == "rejected":
        return f"{many} rejected {'specimen' if one else 'specimens'}: tell who ordered {'it' if one else 'them'}."
    if view == "aside":
        return (
            f"{many} {'scan was' if one else 'scans were'} kept aside: look what became of {'it' if one else 'them'}."
        )
    if view == "closed":
        return "These are closed. Nothing to do."
    return f"{many} {'scan waits' if one else 'scans wait'} for an answer: begin with the oldest."
