"""What a sitting answers to a scan, in the words of the message table."""

from collections.abc import Mapping
from typing import Any

from specimen_service.patients.model import PatientFacts
from specimen_service.web.wording import Answer, scan_answer

_EAN = frozenset({8, 12, 13, 14})
"""How many digits the barcode of a product has (GTIN, with its check digit)."""
SAYS_NO = Answer(
    "stop",
    "stop",
    "Do not relabel.",
    "Stop. Do not relabel. Discard these tubes, check identity, and draw again.",
    halts=True,
)


def wrong_tube(patient: PatientFacts, *, same_patient: bool) -> Answer:
    """Stop at a tube of another sitting; of another patient nothing is said but that it is another."""
    if same_patient:
        sentence = "This tube is of the right patient, but of another sitting. Set it aside and look at both sittings."
        return Answer("stop", "stop", "Wrong sitting.", sentence, halts=True)
    who = f"{patient.family_name.upper()}, {patient.given_name}".strip(", ") or "the patient at hand"
    sentence = f"This tube belongs to another patient, not {who}. Set it aside and tell your supervisor."
    return Answer("stop", "stop", "Wrong patient.", sentence, halts=True)


def out_of_turn(container: str, expected: str, position: int) -> Answer:
    """Warn that the label is for a later tube than the one whose turn it is; `position` counts from 1."""
    circled = chr(ord("\N{CIRCLED DIGIT ONE}") + position - 1) if position <= 20 else f"tube {position}"  # noqa: PLR2004 - so many circled numbers there are
    sentence = f"This label is for the {container} tube. You are on {circled} {expected}. Check the tube in your hand."
    return Answer("wait", "alert", "Another tube's label", sentence)


def scan_said(result: Mapping[str, Any], code: str, bottle: int | None) -> Answer:
    """Put the verdict on a scan into the words of the chair; `bottle` is the position of the one whose own code it is."""
    answer = scan_answer(result["outcome"], result["reason"], result["message"], accepted="Right tube")
    if result["reason"] in {"unknown_number", "not_a_specimen"} and code.isdigit() and is_product(code):
        sentence = f"I read {code} (looks like a product barcode). Scan the specimen label."
        return Answer("info", "info", "Not our label", sentence)
    if bottle is not None and answer.tone == "go":
        return Answer("go", "check", "Bottle", f"The code of bottle {bottle} is kept with its specimen.")
    return answer


def is_product(digits: str) -> bool:
    """Tell whether digits are the number of a product (GTIN: weights 3 and 1 from the right, check digit last)."""
    if len(digits) not in _EAN:
        return False
    weighed = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(reversed(digits)))
    return weighed % 10 == 0
