"""The scanner doctor: what it says of a scan, from what arrived alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specimen_service.kernel.codes import clean
from specimen_service.kernel.numbers import LAST_SERIAL, PREFIXES, Kind, number
from specimen_service.labels.scanner import Arrival, Key, diagnosis
from specimen_service.labels.symbols import svg_symbol

SIGNS = st.text("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", max_size=3)
PLACE = number(PREFIXES[Kind.LOCATION], 1)


def keys(text, ms=8, *, caps=False):
    return tuple(Key(char, "", ms, caps) for char in text)


def facts(text, **more):
    return dict(diagnosis(Arrival(text, **more)).facts)


@given(SIGNS, st.sampled_from([10, 42, 79, *PREFIXES.values()]), st.integers(0, LAST_SERIAL), SIGNS)
def test_signs_around_a_number_of_ours_are_taken_off(before, prefix, serial, behind):
    ours = number(prefix, serial)
    assert clean(f"{before}{ours}{behind}\r\n") == ours


@pytest.mark.parametrize("code", ["A100000000420", "*4006381333931", "-100-", "****100000000420", "P*100000000420"])
def test_anything_else_is_looked_up_as_it_is(code):
    assert clean(code) == code


def test_a_scanner_that_is_set_well_hears_so():
    found = diagnosis(Arrival(PLACE, "Enter", keys(PLACE)))
    assert (found.tone, found.advice) == ("go", ())


@pytest.mark.parametrize(
    ("arrival", "said"),
    [
        (Arrival(PLACE, "", keys(PLACE)), "Set the suffix Enter"),
        (Arrival(f"*{PLACE}", "Enter", keys(PLACE)), "Switch off what it puts around"),
        (Arrival(PLACE, "Enter", keys(PLACE, 90)), "Set the delay between characters to 0"),
        (Arrival(PLACE, "Enter", keys(PLACE, caps=True)), "Caps Lock is on"),
        (Arrival(PLACE, "Enter", keys(PLACE), layout="é_à"), "Set the scanner's keyboard country"),
    ],
)
def test_each_thing_that_could_be_set_better_is_said_alone(arrival, said):
    found = diagnosis(arrival)
    assert found.tone == "wait"
    assert [said in one for one in found.advice] == [True]


def test_digits_that_never_arrive_are_a_stop():
    found = diagnosis(Arrival("é_àé_àé_àé_à", "Enter", layout="é_àé_àé_àé_à"))
    assert (found.tone, found.sentence) == ("stop", "Your scanner is sending é_àé_àé_àé_à instead of digits.")
    read = facts(PLACE, layout="é_à")
    assert (read["What arrived"], read["Read off the keys"]) == ("é_à", PLACE)


def test_control_characters_are_made_visible_and_an_aim_identifier_is_named():
    said = facts(f"\x1d]d2{PLACE}\t", suffix="Tab")
    assert said["Before the code"] == "]d2, the AIM identifier of Data Matrix"
    assert said["What arrived"] == f"␝]d2{PLACE}⇥"
    assert said["It is"].startswith("location number 8000")


@given(st.text(max_size=60), st.sampled_from(["Enter", "Tab", "", None]), st.text(max_size=12))
def test_whatever_arrives_is_answered(text, suffix, layout):
    found = diagnosis(Arrival(text, suffix, keys(text), layout))
    assert found.sentence.endswith(".")
    assert all(value for name, value in found.facts if name not in {"What arrived", "Code"})


def test_a_symbol_says_nothing_to_who_cannot_see_it_and_holds_its_quiet_zones():
    drawn = svg_symbol(PLACE)
    assert 'aria-hidden="true"' in drawn
    assert 'viewBox="0 0 121 1"' in drawn
