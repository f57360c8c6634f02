"""Known patients met again."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specimen_service.patients.model import Identity, PatientFacts, Sex
from specimen_service.patients.rules import differing_fields, is_somebody_else, plain

KNOWN = PatientFacts("P100004", "", "NGUYỄN", "Thị Bích", date(1979, 4, 2), Sex.FEMALE, Identity.CONFIRMED)


@pytest.mark.parametrize(
    ("family", "given"),
    [("Nguyen", "Thi Bich"), ("NGUYỄN", "THỊ BÍCH"), ("nguyễn", "thị-bích"), (" Nguyễn ", "Thi  Bich")],
)
def test_case_marks_and_punctuation_make_nobody_somebody_else(family, given):
    assert differing_fields(KNOWN, replace(KNOWN, family_name=family, given_name=given)) == {}


@pytest.mark.parametrize(
    ("one", "other"), [("Đặng", "DANG"), ("Müller", "muller"), ("Søren", "Soren"), ("Łódź", "LODZ"), ("Æsa", "aesa")]
)
def test_letters_that_unicode_does_not_decompose_lose_their_marks_too(one, other):
    assert plain(one) == plain(other)


def test_another_name_alone_is_a_difference_and_not_another_person():
    differing = differing_fields(KNOWN, replace(KNOWN, family_name="TRAN"))
    assert differing == {"family_name": "TRAN"}
    assert not is_somebody_else(differing)


def test_another_birth_date_alone_is_a_difference_and_not_another_person():
    differing = differing_fields(KNOWN, replace(KNOWN, birth_date=date(1979, 2, 4)))
    assert differing == {"birth_date": "1979-02-04"}
    assert not is_somebody_else(differing)


@pytest.mark.parametrize("field", ["family_name", "given_name"])
def test_another_name_and_another_birth_date_are_another_person(field):
    sent = replace(KNOWN, **{field: "ZHOU"}, birth_date=date(1990, 1, 1))
    assert is_somebody_else(differing_fields(KNOWN, sent))


def test_a_temporary_identity_without_a_name_contradicts_nothing():
    sent = PatientFacts("P100004", "", "", "", None, Sex.UNKNOWN, Identity.TEMPORARY)
    assert differing_fields(KNOWN, sent) == {}


@given(st.text(max_size=40))
@example("\N{MATHEMATICAL BOLD ITALIC CAPITAL A}")
def test_a_name_is_plain_once_it_has_been_made_plain(name):
    assert plain(plain(name)) == plain(name)
