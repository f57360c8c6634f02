"""What can be tapped at the chair instead of typed: the stock reasons and places, as constants to be said."""

from collections.abc import Iterable

from specimen_service.collection.model import Outcome
from specimen_service.kernel.language import say, to_say

OUTCOMES = (
    (Outcome.NOT_FASTING, to_say("Not fasting")),
    (Outcome.WRONG_PREPARATION, to_say("Prep wrong")),
    (Outcome.LEFT, to_say("Patient left")),
    (Outcome.REFUSED, to_say("Refused")),
    (Outcome.ORDER_INCOMPLETE, to_say("Order incomplete")),
    (Outcome.WRONG_TIME, to_say("Wrong time")),
)
"""Why a patient is not ready, in the order of how often it happens."""
OUTCOME_WORDS = {
    **dict(OUTCOMES),
    Outcome.IDENTITY_MISMATCH: to_say("Details do not match"),
    Outcome.NOT_OBTAINED: to_say("Not obtained"),
    Outcome.HANDED_ON: to_say("Handed on"),
}
OUTCOME_SENTENCES = {
    Outcome.NOT_FASTING: to_say("Agree on another day. The order waits under Parked."),
    Outcome.WRONG_PREPARATION: to_say("Say how to prepare, and agree on another day. The order waits under Parked."),
    Outcome.LEFT: to_say("The order waits under Parked."),
    Outcome.REFUSED: to_say("Tell whoever ordered it; the order waits under Parked."),
    Outcome.ORDER_INCOMPLETE: to_say(
        "This order has no diagnosis code, or lacks something else. "
        "Ask the front desk to add it; I'll keep the patient on your list."
    ),
    Outcome.WRONG_TIME: to_say("The order waits under Parked."),
    Outcome.IDENTITY_MISMATCH: to_say("Send the patient to registration. The order waits under Parked."),
    Outcome.NOT_OBTAINED: to_say("Nothing was obtained. The order waits under Parked, to be tried again."),
    Outcome.HANDED_ON: to_say("Ask a colleague to go on: the order waits under Parked."),
}
TYPED_BECAUSE = (to_say("band missing"), to_say("won't scan"), to_say("no slip"))
ATTEMPT_BECAUSE = (
    to_say("No blood return"),
    to_say("Vein rolled or collapsed"),
    to_say("Flow stopped"),
    to_say("Patient moved"),
    to_say("Tube lost its vacuum"),
)
FAILED_BECAUSE = (
    to_say("Difficult vein"),
    to_say("Flow stopped"),
    to_say("Patient felt faint"),
    to_say("Patient declined"),
    to_say("No such tube here"),
    to_say("Draw it later"),
)
"""Why a tube drawn by needle was not obtained."""
NOT_GIVEN_BECAUSE = (
    to_say("Could not give it"),
    to_say("Patient declined"),
    to_say("No such container here"),
    to_say("Collect it later"),
)
"""Why a container filled without a needle was not obtained."""
SKIPPED_BECAUSE = (to_say("Scanner does not work"), to_say("Label unreadable"), to_say("Tube gone already"))
LATE_BECAUSE = (
    to_say("Entered after a downtime"),
    to_say("Drawn at the bedside"),
    to_say("Interrupted by an emergency"),
    to_say("Forgot to press Collected"),
)
SITES = (
    to_say("Throat"),
    to_say("Nose"),
    to_say("Nasopharynx"),
    to_say("Wound"),
    to_say("Ear"),
    to_say("Eye"),
    to_say("Arm"),
    to_say("Hand"),
    to_say("Leg"),
    to_say("Foot"),
)
_ON_THE_BODY = (
    to_say("Face"),
    to_say("Trunk"),
    to_say("Arm"),
    to_say("Hand"),
    to_say("Leg"),
    to_say("Foot"),
)
_SITES_OF = {
    "RES": SITES[:3],
    "CNJT": (to_say("Eye"),),
    "GENV": (to_say("Vagina"),),
    "CVM": (to_say("Cervix"),),
    "SNV": (to_say("Knee"), to_say("Shoulder"), to_say("Hip"), to_say("Elbow")),
    "PLR": (to_say("Chest"),),
    "FLU": (to_say("Abdomen"), to_say("Chest")),
    "MAR": (to_say("Hip bone"), to_say("Breastbone")),
    "CALC": (to_say("Kidney"), to_say("Bladder")),
    "CTP": (to_say("Neck"), to_say("Arm"), to_say("Groin")),
    "NAIL": (to_say("Hand"), to_say("Foot")),
    **dict.fromkeys(("WND", "WNDD", "LESN", "ABS", "PUS", "EXUDTE", "TISS", "BX", "SKBP", "BON", "ASP"), _ON_THE_BODY),
}
"""Where a material is taken most often, by its code (HL7 table 0487); of others, any of `SITES`."""
URINE = "UR"
"""How the codes of urine begin (HL7 table 0487)."""
METHODS = (
    to_say("Clean catch"),
    to_say("Midstream"),
    to_say("First of the day"),
    to_say("Catheter"),
    to_say("Collection bag"),
)
"""How urine was got."""
SIDES = (
    ("", to_say("Not stated")),
    ("left", to_say("Left")),
    ("right", to_say("Right")),
    ("bilateral", to_say("Both")),
)
HANDLINGS = (
    ("", to_say("As the tests need")),
    ("AMB", to_say("Room temperature")),
    ("REF", to_say("Refrigerated")),
    ("CREF", to_say("On ice")),
    ("FRZ", to_say("Frozen")),
    ("C37", to_say("Body temperature")),
    ("PRTL", to_say("Protect from light")),
)


def sites_of(type_code: str) -> list[str]:
    """Return where a material is taken most often, in words."""
    return [say(site) for site in _SITES_OF.get(type_code, SITES)]


def methods_of(type_code: str) -> list[str]:
    """Return how a material can be got where that is to be said, in words; empty: nowhere else."""
    return [say(method) for method in METHODS] if type_code.startswith(URINE) else []


def in_words(choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return choices with their words in the site's language."""
    return [(value, say(words)) for value, words in choices]


def by_name(choices: Iterable[str]) -> list[tuple[str, str]]:
    """Return choices that are kept as they are written here, with their words in the site's language."""
    return [(choice, say(choice)) for choice in choices]
