"""What answers prove: never too much, and never doubt without need."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printers.proof import Evidence, Outcome
from printers.status import Condition, HostStatus

TEARING = ("paper_out", "head_open", "ribbon_out")
FLAGS = (*TEARING, "paused", "too_hot")


def status(**fields):
    names = dict.fromkeys(HostStatus.__dataclass_fields__, False)
    numbers = {"label_length": 203, "formats_waiting": 0, "labels_remaining": 0}
    return HostStatus(**{**names, **numbers, **fields})


class Case(Evidence):
    """Evidence that is told a status as the printer gave it; `why` is what it told by ~HQES alone."""

    def hear(self, answer, count, now, why=Condition.NOT_ANSWERING):
        return self.weigh(answer.condition if answer else why, answer, count, now)


def evidence(counted=None):
    return Case(counted_before=counted, began=100.0, silence=9.0, stuck=60.0)


def test_the_counter_proves_a_label_at_once():
    assert evidence(41).hear(status(), 42, 100.5) is Outcome.PRINTED


def test_the_counter_proves_the_last_label_of_a_roll():
    assert evidence(41).hear(status(paper_out=True), 42, 100.5) is Outcome.PRINTED


@pytest.mark.parametrize("count", [41, 43, 40, None])
def test_any_other_count_proves_nothing_even_from_an_idle_printer(count):
    case = evidence(41)
    assert [case.hear(status(), count, 100.0 + second) for second in range(9)] == [None] * 9
    assert case.hear(status(), count, 109.0) is Outcome.UNKNOWN


def test_a_count_does_not_vouch_for_a_label_still_in_the_buffer():
    assert evidence(41).hear(status(formats_waiting=1), 42, 100.5) is None


def test_without_a_counter_two_empty_answers_running_prove_a_label():
    case = evidence()
    assert case.hear(status(), None, 100.5) is None
    assert case.hear(status(), None, 101.0) is Outcome.PRINTED


@pytest.mark.parametrize("flag", ["paused", "too_hot"])
def test_a_flag_between_two_empty_answers_starts_the_count_again(flag):
    case = evidence()
    moments = [status(), status(**{flag: True}), status()]
    assert [case.hear(moment, None, 100.5) for moment in moments] == [None] * 3
    assert case.hear(status(), None, 101.0) is Outcome.PRINTED


@pytest.mark.parametrize("flag", TEARING)
def test_a_label_that_may_be_torn_is_not_proved_by_an_empty_printer(flag):
    """With ^JZN a printer drops the label that tore, and is as empty as after a whole one."""
    case = evidence()
    assert case.hear(status(labels_remaining=1), None, 100.5) is None
    assert case.hear(status(**{flag: True}), None, 101.0) is None
    assert [case.hear(status(), None, 102.0 + second) for second in range(8)] == [None] * 8
    assert case.hear(status(), None, 110.0) is Outcome.UNKNOWN


@pytest.mark.parametrize("flag", TEARING)
def test_a_counter_still_proves_a_label_after_a_fault(flag):
    case = evidence(41)
    assert case.hear(status(**{flag: True}, labels_remaining=1), 41, 101.0) is None
    assert case.hear(status(), 42, 102.0) is Outcome.PRINTED


def test_a_printer_that_tells_only_its_errors_is_waited_for_and_not_taken_for_one_switched_off():
    case = evidence()
    assert all(case.hear(None, None, 100.0 + second, Condition.PAUSED) is None for second in range(0, 500, 5))
    assert case.hear(None, None, 603.9) is None
    assert case.hear(None, None, 604.0) is Outcome.UNKNOWN


def test_after_a_silence_an_empty_printer_without_counter_proves_nothing():
    case = evidence()
    assert case.hear(None, None, 102.0) is None
    assert case.hear(status(), None, 103.0) is None
    assert case.hear(status(), None, 104.0) is None
    assert case.hear(status(), None, 109.0) is Outcome.UNKNOWN


def test_after_a_silence_the_counter_still_proves():
    case = evidence(41)
    assert case.hear(None, None, 102.0) is None
    assert case.hear(status(), 42, 103.0) is Outcome.PRINTED


@pytest.mark.parametrize("flag", FLAGS)
def test_a_printer_that_says_why_it_waits_is_waited_for(flag):
    case = evidence(41)
    assert all(case.hear(status(**{flag: True}), 41, 100.0 + second) is None for second in range(0, 5000, 5))
    assert case.hear(status(), 42, 5001.0) is Outcome.PRINTED


def test_silence_after_a_pause_ends_in_doubt_nine_seconds_later():
    case = evidence(41)
    case.hear(status(paused=True), 41, 500.0)
    assert case.hear(None, None, 508.9) is None
    assert case.hear(None, None, 509.0) is Outcome.UNKNOWN


def test_a_printer_busy_for_a_minute_with_one_label_is_in_doubt():
    case = evidence(41)
    outcomes = [case.hear(status(labels_remaining=1), 41, 100.0 + second) for second in range(68)]
    assert set(outcomes) == {None}
    assert case.hear(status(labels_remaining=1), 41, 168.0) is Outcome.UNKNOWN


def test_the_beginning_of_a_label_that_never_ends_is_in_doubt():
    case = evidence(41)
    assert case.hear(status(partial_format=True), 41, 108.9) is None
    assert case.hear(status(partial_format=True), 41, 109.0) is Outcome.UNKNOWN


@given(st.lists(st.sampled_from([None, "idle", "paused", "busy"]), max_size=40), st.booleans())
def test_nothing_is_proved_without_a_count_or_two_empty_answers_running(answers, counts):
    case = evidence(7 if counts else None)
    meaning = {None: None, "idle": status(), "paused": status(paused=True), "busy": status(formats_waiting=1)}
    heard = []
    for number, answer in enumerate(answers):
        heard.append(answer)
        outcome = case.hear(meaning[answer], 7 if counts else None, 100.0 + number / 10)
        if outcome is Outcome.PRINTED:
            assert not counts
            assert heard[-2:] == ["idle", "idle"]
            assert None not in heard
            return
