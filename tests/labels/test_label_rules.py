"""When a label prints again, under which number, on which evidence."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specimen_service.labels import rules
from specimen_service.labels.rules import Evidence, Refused, Reprint, Standing, reprint
from tests.builders import NOW

FRESH = Standing(
    ended=False,
    in_doubt=False,
    came_out=True,
    moved_on=False,
    since=NOW,
    may_relabel=True,
    keeps_number=False,
    reprints=0,
    reprinted_at=None,
)
LIMIT = 2
NOTHING = Evidence(old_code_matches=None, supervisor=False, old_label_destroyed=False)
STANDINGS = st.builds(
    Standing,
    ended=st.booleans(),
    in_doubt=st.booleans(),
    came_out=st.booleans(),
    moved_on=st.booleans(),
    since=st.sampled_from([NOW, NOW - timedelta(minutes=15, seconds=1)]),
    may_relabel=st.booleans(),
    keeps_number=st.booleans(),
    reprints=st.integers(0, 4),
    reprinted_at=st.sampled_from([None, NOW, NOW - timedelta(minutes=1)]),
)
EVIDENCES = st.builds(
    Evidence,
    old_code_matches=st.sampled_from([None, False, True]),
    supervisor=st.booleans(),
    old_label_destroyed=st.booleans(),
)


def decide(evidence=NOTHING, limit=LIMIT, **changes):
    return reprint(replace(FRESH, **changes), evidence, NOW, limit)


def test_a_reprint_right_after_the_collection_carries_a_new_number():
    assert decide() is Reprint.NEW_NUMBER


def test_a_number_that_never_came_out_prints_under_itself_whatever_happened_since():
    assert decide(came_out=False, moved_on=True, since=NOW - timedelta(days=1)) is Reprint.SAME_LABEL


def test_a_label_in_doubt_is_answered_for_first():
    assert decide(in_doubt=True) is rules.IN_DOUBT


@pytest.mark.parametrize("settled", [{"moved_on": True}, {"since": NOW - timedelta(minutes=15, seconds=1)}])
def test_a_relabel_needs_the_old_code_or_a_supervisor(settled):
    assert decide(**settled) is rules.PROVE
    assert decide(replace(NOTHING, old_code_matches=False), **settled) is rules.WRONG_OLD_CODE
    assert decide(replace(NOTHING, old_code_matches=True), **settled) is Reprint.NEW_NUMBER
    assert decide(replace(NOTHING, supervisor=True), **settled) is Reprint.NEW_NUMBER


def test_a_tube_for_transfusion_is_recollected_and_never_relabelled():
    proved = Evidence(old_code_matches=True, supervisor=True, old_label_destroyed=True)
    assert decide(proved, moved_on=True, may_relabel=False) is rules.RECOLLECT
    assert decide(may_relabel=False) is Reprint.NEW_NUMBER


def test_another_systems_number_prints_again_only_when_the_old_label_is_destroyed():
    assert decide(keeps_number=True) is rules.DESTROY
    assert decide(replace(NOTHING, old_label_destroyed=True), keeps_number=True) is Reprint.SAME_NUMBER


def test_a_disposed_specimen_gets_no_label():
    assert decide(ended=True, came_out=False) is rules.ENDED


@given(STANDINGS, EVIDENCES)
def test_a_second_label_never_carries_the_number_of_one_that_may_be_out_unattested(standing, evidence):
    decision = reprint(standing, evidence, NOW, LIMIT)
    if decision is Reprint.SAME_LABEL:
        assert not standing.came_out
        assert not standing.in_doubt
    if decision is Reprint.SAME_NUMBER:
        assert evidence.old_label_destroyed


@given(STANDINGS, EVIDENCES)
def test_a_wrong_old_code_is_never_good_enough_for_a_relabel(standing, evidence):
    decision = reprint(standing, replace(evidence, old_code_matches=False), NOW, LIMIT)
    if standing.came_out and rules.is_relabel(standing, NOW):
        assert isinstance(decision, Refused)


def test_reprints_end_at_the_limit_unless_a_supervisor_signs_or_the_role_has_none():
    assert decide(reprints=LIMIT - 1) is Reprint.NEW_NUMBER
    refused = decide(reprints=LIMIT)
    assert isinstance(refused, Refused)
    assert (refused.code, "2 times" in refused.message) == ("reprint-limit", True)
    assert decide(replace(NOTHING, supervisor=True), reprints=LIMIT) is Reprint.NEW_NUMBER
    assert decide(limit=None, reprints=99) is Reprint.NEW_NUMBER


def test_a_label_that_never_came_out_uses_up_no_reprint():
    assert decide(came_out=False, reprints=LIMIT) is Reprint.SAME_LABEL


@pytest.mark.parametrize(
    ("role", "limit"),
    [("collector", 2), ("courier", 2), ("station", 2), ("integrator", 2), ("lab", None), ("supervisor", None)],
)
def test_the_limit_is_for_collectors_and_devices(role, limit):
    assert rules.limit_of(role, 2) == limit


def test_the_same_number_is_not_printed_twice_by_two_who_ask_at_once():
    attested = replace(NOTHING, old_label_destroyed=True)
    assert decide(attested, keeps_number=True, reprinted_at=NOW - timedelta(seconds=29)) is rules.AGAIN_ALREADY
    assert decide(attested, keeps_number=True, reprinted_at=NOW - timedelta(seconds=30)) is Reprint.SAME_NUMBER


@given(STANDINGS, EVIDENCES)
def test_nobody_passes_the_limit_without_a_supervisor(standing, evidence):
    decision = reprint(standing, replace(evidence, supervisor=False), NOW, LIMIT)
    if decision in {Reprint.NEW_NUMBER, Reprint.SAME_NUMBER}:
        assert standing.reprints < LIMIT
