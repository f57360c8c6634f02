"""What a sitting answers to a scan, in the words of the message table."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from specimen_service.kernel.language import say, say_many, to_say
from specimen_service.patients.model import PatientFacts
from specimen_service.web.wording import Answer, scan_answer

_HANDING_OUT = timedelta(minutes=5)
"""How long it is said how to hand a container out; then, only what to do when it is back."""
_CIRCLED = 20
"""So many circled numbers there are."""
_CUT = "\N{HORIZONTAL ELLIPSIS}"
"""The visible mark of a shortened text on a label."""


def says_no() -> Answer:
    """Stop where the patient says that a label is not theirs."""
    sentence = say("Stop. Do not relabel. Discard these tubes, check identity, and draw again.")
    return Answer("stop", "stop", say("The patient says no."), sentence, halts=True)


def wrong_tube(patient: PatientFacts, *, same_patient: bool) -> Answer:
    """Stop at a tube of another sitting; of another patient nothing is said but that it is another."""
    if same_patient:
        sentence = say("This tube is of the right patient, but of another draw. Set it aside and look at both draws.")
        return Answer("stop", "stop", say("Wrong draw."), sentence, halts=True)
    who = f"{patient.family_name.upper()}, {patient.given_name}".strip(", ") or say("the patient at hand")
    sentence = say(
        "This tube belongs to another patient, not %(patient)s. Set it aside and tell your supervisor.", patient=who
    )
    return Answer("stop", "stop", say("Wrong patient."), sentence, halts=True)


def out_of_turn(container: str, expected: str, position: int) -> Answer:
    """Warn that the label is for a later tube than the one whose turn it is; `position` counts from 1."""
    in_words = say("tube %(position)s", position=position)
    circled = chr(ord("\N{CIRCLED DIGIT ONE}") + position - 1) if position <= _CIRCLED else in_words
    sentence = say(
        "This label is for the %(container)s tube. You are on %(place)s %(expected)s. Check the tube in your hand.",
        container=container,
        place=circled,
        expected=expected,
    )
    return Answer("wait", "alert", say("Another tube's label"), sentence)


def scan_said(result: Mapping[str, Any], code: str, bottle: int | None) -> Answer:
    """Put the verdict on a scan into the words of the chair; `bottle` is the position of the one whose own code it is."""
    right = say("Right tube")
    answer = scan_answer(result["outcome"], result["reason"], result["message"], code=code, accepted=right)
    if bottle is not None and answer.tone == "go":
        sentence = say("The code of bottle %(position)s is kept with its specimen.", position=bottle)
        return Answer("go", "check", say("Bottle"), sentence)
    return answer


def name_shortened(patient: PatientFacts, printed: str) -> str:
    """Say that the label's name is a shorter one than the record's; empty: it is whole, or nothing is printed."""
    whole = ", ".join(part for part in (patient.family_name, patient.given_name) if part)
    if _CUT not in printed or printed == whole:
        return ""
    sentence = (
        to_say("Name shortened on label: %(name)s. Full name is in the record. MRN and DOB are complete.")
        if patient.birth_date
        else to_say("Name shortened on label: %(name)s. Full name is in the record. MRN is complete.")
    )
    # The full stop of the sentence stands for the mark after an initial, as the message table has it.
    return say(sentence, name=re.sub(rf"(, \w){_CUT}$", r"\1", printed))


def left_said(containers: Sequence[str]) -> str:
    """Say what of a draw was not collected, by the names of its containers, and where it waits; empty: nothing."""
    if not containers:
        return ""
    return say_many(
        "Not collected: %(tubes)s. It waits under Parked.",
        "Not collected: %(tubes)s. They wait under Parked.",
        len(containers),
        tubes=", ".join(containers),
    )


def out_step(out_for: timedelta, count: int) -> str:
    """Return what is next with so many containers that the patient fills elsewhere, handed out so long ago."""
    if out_for > _HANDING_OUT:
        return say_many(
            "It is with the patient. When it comes back, say so here.",
            "They are with the patient. When they come back, say so here.",
            count,
        )
    return say_many(
        "Stick the label on the container and hand it out. When it comes back, say so here.",
        "Stick the labels on the %(count)s containers and hand them out. When they come back, say so here.",
        count,
    )
