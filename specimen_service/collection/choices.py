"""What can be tapped at the chair instead of typed: the stock reasons and places, in the words of the screen."""

from specimen_service.collection.model import Outcome

OUTCOMES = (
    (Outcome.NOT_FASTING, "Not fasting"),
    (Outcome.WRONG_PREPARATION, "Prep wrong"),
    (Outcome.LEFT, "Left"),
    (Outcome.REFUSED, "Refused"),
    (Outcome.ORDER_INCOMPLETE, "Order incomplete"),
    (Outcome.WRONG_TIME, "Wrong time"),
)
"""Why a patient is not ready, in the order of how often it happens."""
OUTCOME_WORDS = {
    **dict(OUTCOMES),
    Outcome.IDENTITY_MISMATCH: "Details do not match",
    Outcome.NOT_OBTAINED: "Not obtained",
    Outcome.HANDED_ON: "Handed on",
}
OUTCOME_SENTENCES = {
    Outcome.NOT_FASTING: "Not fasting: agree on another day. The order waits under Parked.",
    Outcome.WRONG_PREPARATION: "Not prepared: say how to prepare, and agree on another day. The order waits under Parked.",
    Outcome.LEFT: "The patient left. The order waits under Parked.",
    Outcome.REFUSED: "The patient refused. Tell who ordered it; the order waits under Parked.",
    Outcome.ORDER_INCOMPLETE: "This order is incomplete. Ask the front desk to complete it; I'll keep the patient on your list.",
    Outcome.WRONG_TIME: "It is not the right time. The order waits under Parked.",
    Outcome.IDENTITY_MISMATCH: "Send the patient to registration. The order waits under Parked.",
    Outcome.NOT_OBTAINED: "Nothing was obtained. The order waits under Parked, to be tried again.",
    Outcome.HANDED_ON: "Ask a colleague to go on: the order waits under Parked.",
}
TYPED_BECAUSE = ("band missing", "won't scan", "no slip")
ATTEMPT_BECAUSE = (
    "No blood return",
    "Vein rolled or collapsed",
    "Flow stopped",
    "Patient moved",
    "Tube lost its vacuum",
)
FAILED_BECAUSE = (
    "Difficult vein",
    "Flow stopped",
    "Patient felt faint",
    "Patient declined",
    "No such tube here",
    "Draw it later",
)
"""Why a tube drawn by needle was not obtained."""
NOT_GIVEN_BECAUSE = ("Could not give it", "Patient declined", "No such container here", "Collect it later")
"""Why a container filled without a needle was not obtained."""
SKIPPED_BECAUSE = ("Scanner does not work", "Label unreadable", "Tube gone already")
LATE_BECAUSE = (
    "Entered after a downtime",
    "Drawn at the bedside",
    "Interrupted by an emergency",
    "Forgot to press Collected",
)
SITES = ("Throat", "Nose", "Nasopharynx", "Wound", "Ear", "Eye", "Arm", "Hand", "Leg", "Foot")
SIDES = (("", "Not stated"), ("left", "Left"), ("right", "Right"), ("bilateral", "Both"))
HANDLINGS = (
    ("", "As the tests need"),
    ("AMB", "Room temperature"),
    ("REF", "Refrigerated"),
    ("CREF", "On ice"),
    ("FRZ", "Frozen"),
    ("C37", "Body temperature"),
    ("PRTL", "Protect from light"),
)
