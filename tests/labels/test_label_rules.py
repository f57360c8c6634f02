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
    ended=False, in_doubt=False, came_out=True, moved_on=False, since=NOW, may_relabel=True, keeps_number=False
)
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
)
EVIDENCES = st.builds(
    Evidence,
    old_code_matches=st.sampled_from([None, False, True]),
    supervisor=st.booleans(),
    old_label_destroyed=st.booleans(),
)


def decide(evidence=NOTHING, **changes):
    return reprint(replace(FRESH, **changes), evidence, NOW)


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
    decision = reprint(standing, evidence, NOW)
    if decision is Reprint.SAME_LABEL:
        assert not standing.came_out
        assert not standing.in_doubt
    if decision is Reprint.SAME_NUMBER:
        assert evidence.old_label_destroyed


@given(STANDINGS, EVIDENCES)
def test_a_wrong_old_code_is_never_good_enough_for_a_relabel(standing, evidence):
    decision = reprint(standing, replace(evidence, old_code_matches=False), NOW)
    if standing.came_out and rules.is_relabel(standing, NOW):
        assert isinstance(decision, Refused)
