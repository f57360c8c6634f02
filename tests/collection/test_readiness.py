"""What is asked before the needle is what the tests need, and what alike means never says who."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specimen_service.collection.alike import are_alike
from specimen_service.collection.readiness import Need, has_fasted, objections, open_questions, questions

CBC = Need("CBC", "Complete blood count")
LIPID = Need("LIPID", "Lipid panel", fasting_hours=12)
GLU = Need("GLU", "Glucose", fasting_hours=8)
HIV = Need("HIV", "HIV antigen and antibodies", consent=True)
VANC = Need("VANC", "Vancomycin", timing="Just before the next dose")
IRON = Need("IRON", "Iron", preparation="No iron tablets for 24 h")
BORN = date(1984, 3, 14)

needs = st.lists(st.sampled_from([CBC, LIPID, GLU, HIV, VANC, IRON]), unique=True)


def test_a_draw_that_needs_nothing_is_asked_nothing():
    assert questions([CBC]) == []


@given(needs)
def test_the_answers_that_are_hoped_for_leave_nothing_to_ask_and_nothing_against(wanted):
    answers = {one.key: one.choices[0][0] for one in questions(wanted)}
    assert open_questions(wanted, answers) == []
    assert objections(wanted, answers) == []


@given(needs, st.randoms())
def test_every_other_answer_names_a_test_that_needs_it_until_the_provider_agrees(wanted, random):
    answers = {one.key: random.choice(one.choices[1:])[0] for one in questions(wanted)}
    against = objections(wanted, answers)
    assert {one.key for one in against} == answers.keys() or "fasting" in answers
    for one in against:
        assert set(one.tests) <= {need.code for need in wanted}
    agreed = answers | {f"{one.key}:provider": "yes" for one in against}
    assert objections(wanted, agreed) == []


def test_the_message_says_which_test_needs_how_much_and_what_the_patient_reports():
    [against] = objections([LIPID, CBC], {"fasting": "3"})
    assert against.sentence == "Lipid panel needs 12 h fasting. Patient reports 3 h."
    assert (against.tests, against.outcome, against.leaves_others) == (("LIPID",), "not_fasting", True)


def test_each_test_is_named_with_its_own_hours_and_others_are_offered_only_where_there_are_any():
    [against] = objections([LIPID, GLU], {"fasting": "3"})
    assert against.sentence == f"{LIPID.name} needs 12 h fasting. {GLU.name} needs 8 h fasting. Patient reports 3 h."
    assert not against.leaves_others


def test_a_fast_long_enough_for_one_test_objects_only_to_the_other():
    [against] = objections([LIPID, GLU], {"fasting": "10"})
    assert against.tests == ("LIPID",)
    assert has_fasted({"fasting": "10"}) is True
    assert has_fasted({"fasting": "unknown"}) is None


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (("RIVERA", "Anna", date(1948, 3, 14)), True),
        (("Rivéra", "ANA", BORN), True),
        (("Ana", "Rivera", BORN), True),
        (("RIVERA", "Ana", date(1971, 11, 2)), False),
        (("OKAFOR", "Chidi", BORN), False),
    ],
)
def test_alike_are_similar_names_with_similar_birthdays(other, alike):
    assert are_alike(("RIVERA", "Ana", BORN), other) is alike
    assert are_alike(other, ("RIVERA", "Ana", BORN)) is alike
