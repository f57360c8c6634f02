"""The one sentence at the chair always names what a person can do next."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specimen_service.collection.steps import (
    Step,
    TubeStep,
    is_done,
    next_step,
    not_scanned,
    parked_by,
    step_after,
    step_before,
)

TROUBLE = "Printer chair-1 is out of labels."
STATES = [None, "queued", "sending", "printed", "sent", "unknown", "failed", "held", "cancelled"]


def tube(position=1, *, verified=False, job="printed", bottle=False, error=""):
    return TubeStep(position, "Lavender EDTA", verified, bottle, job, error)


@st.composite
def sittings(draw):
    count = draw(st.integers(1, 5))
    return [
        tube(place, verified=draw(st.booleans()), job=draw(st.sampled_from(STATES)), bottle=draw(st.booleans()))
        for place in range(1, count + 1)
    ]


@given(sittings(), st.sampled_from([None, TROUBLE]))
def test_there_is_always_one_sentence_and_it_says_verified_only_when_all_are(tubes, trouble):
    sentence = next_step(tubes, trouble)
    assert sentence.endswith((".", "?"))
    assert ("verified" in sentence) == is_done(tubes)


def test_a_label_in_doubt_comes_before_everything_else():
    assert "did the label of tube 2 come out?" in next_step([tube(), tube(2, job="unknown")], TROUBLE)


def test_trouble_of_the_printer_is_said_while_a_label_waits_for_it():
    assert next_step([tube(job="queued")], TROUBLE) == TROUBLE
    assert next_step([tube(job="printed")], TROUBLE) == "Put the label on tube 1, Lavender EDTA, and scan it."


def test_a_label_that_cannot_be_printed_says_why():
    said = next_step([tube(job="failed", error="The MRN does not fit.")], None)
    assert said == "The label of tube 1 cannot be printed. The MRN does not fit."


@pytest.mark.parametrize(("to_draw", "then"), [(True, ". Draw it, and scan its label."), (False, ", and scan it.")])
def test_a_label_is_put_on_its_tube_once_it_has_come_out(to_draw, then):
    first = TubeStep(1, "Lavender EDTA", False, False, "sending", "", to_draw=to_draw)
    assert next_step([first], None) == f"Labels are printing. Put the first on tube 1, Lavender EDTA{then}"
    assert next_step([replace(first, job_state="printed")], None) == f"Put the label on tube 1, Lavender EDTA{then}"


def test_the_first_tube_not_verified_is_next():
    tubes = [tube(1, verified=True), tube(2), tube(3)]
    assert next_step(tubes, None) == "Put the label on tube 2, Lavender EDTA, and scan it."


def test_a_bottle_wants_its_own_code_before_the_next_tube():
    assert "own barcode on tube 1" in next_step([tube(verified=True, bottle=True), tube(2)], None)


@pytest.mark.parametrize(("tubes", "said"), [(1, "The tube is"), (2, "Both tubes are"), (3, "All 3 tubes are")])
def test_how_many_tubes_are_verified_is_said_as_people_do(tubes, said):
    assert next_step([tube(place, verified=True) for place in range(1, tubes + 1)], None).startswith(
        f"{said} verified."
    )


def test_a_doubt_about_a_verified_tube_is_no_question_any_more():
    assert next_step([tube(verified=True, job="unknown")], None).startswith("The tube is verified.")


def test_a_skipped_label_is_said_and_never_called_verified():
    tubes = [tube(1, verified=True), TubeStep(2, "Lavender EDTA", False, False, "printed", "", skipped=True)]
    assert step_after(tubes, agreed=False) is Step.SHOW
    assert not_scanned(1, 2) == "1 of 2 tubes not scanned. The patient's labels are not verified."
    assert not_scanned(1, 1) == "1 tube not scanned. The patient's label is not verified."
    assert "verified" not in next_step(tubes, None)


def test_whose_draw_it_is_says_how_far_it_came():
    assert parked_by("M. Lopez", Step.LABEL, 2, 3) == "Parked by M. Lopez at step 6 (2 of 3 tubes verified)."
    assert parked_by("M. Lopez", Step.IDENTIFY, 0, 3) == "Parked by M. Lopez at step 2."


def test_both_identifiers_come_before_the_questions_and_the_questions_before_the_needle():
    both = ("name", "birth_date")
    assert step_before(["name"], both, asks=True) is Step.IDENTIFY
    assert step_before(both, both, asks=True) is Step.READY
    assert step_before(both, both, asks=False) is Step.DRAW
