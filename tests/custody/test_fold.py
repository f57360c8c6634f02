"""A specimen's state is a pure function of its set of facts."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from specimen_service.custody.facts import BLANK, Accepted, Fact, Parked
from specimen_service.custody.fold import fold
from specimen_service.custody.model import Event, Reason
from specimen_service.custody.rules import judge
from specimen_service.custody.scans import EVENTS
from specimen_service.places.model import Ends
from specimen_service.specimens.model import Status
from specimen_service.specimens.queries import Place

START = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
CLINIC, LAB, OUTSIDE = Place(1, "Clinic"), Place(2, "Lab", Ends.STORED, inspect=True), Place(3, "Quest", external=True)


def at(minutes: int, event: Event, **values) -> Fact:
    known = {"place": LAB, "by": "Dee", "scan_id": f"{event}-{minutes}"}
    return Fact(event=event, effective_at=START + timedelta(minutes=minutes), **known | values)


COLLECTED = at(0, Event.COLLECTED, place=CLINIC, by="Maya", scan_id="", seq=1)

# Few minutes, devices and sequences, so that equal times and equal keys abound; scan ids alone are always different.
scans = st.builds(
    lambda event, minute, place, by, device, device_seq, defect: at(
        minute, event, place=place, by=by, device=device, device_seq=device_seq, defect=defect
    ),
    st.sampled_from([*EVENTS.values(), Event.REJECTED, Event.SENT_OUT]),
    st.integers(-2, 6),
    st.sampled_from([None, CLINIC, LAB, OUTSIDE]),
    st.sampled_from(["Dee", "Sam", ""]),
    st.integers(0, 2),
    st.integers(-1, 2),
    st.sampled_from([None, None, None, None, Reason.REPLACED_LABEL, Reason.UNKNOWN_OPERATOR]),
)


def named(facts: list[Fact]) -> list[Fact]:
    return [
        Fact(**{name: getattr(one, name) for name in Fact.__slots__} | {"scan_id": f"s{i}"})
        for i, one in enumerate(facts)
    ]


histories = st.lists(scans, min_size=1, max_size=25).map(named)


@settings(max_examples=600)
@given(histories, st.data())
def test_any_order_and_any_repetition_of_the_same_scans_ends_in_the_same_state(history, data):
    facts = [COLLECTED, *history]
    shuffled = data.draw(st.permutations(facts + data.draw(st.lists(st.sampled_from(history), max_size=8))))
    assert fold(shuffled) == fold(facts)
    verdicts = {fact.scan_id: decision for fact, decision in decisions(facts)}
    assert {fact.scan_id: decision for fact, decision in decisions(shuffled)} == verdicts


@given(histories)
def test_applying_each_later_fact_on_top_equals_folding_anew(history):
    state = BLANK
    for fact, decision in decisions([COLLECTED, *history]):
        state = judge(state, fact).state
        assert state == decision.state
    assert state == fold([COLLECTED, *history])


@given(histories)
def test_a_parked_scan_moves_last_seen_only_and_a_look_never_moves_more(history):
    state = BLANK
    for fact, decision in decisions([COLLECTED, *history]):
        if isinstance(decision, Parked) or fact.event is Event.SEEN:
            after = decision.state
            assert (after.status, after.since, after.place, after.holder) == (
                state.status,
                state.since,
                state.place,
                state.holder,
            )
            assert (after.verified, after.legs) == (state.verified, state.legs)
            assert (after.last_seen_at, after.last_seen_by) == (fact.effective_at, fact.by)
        state = decision.state


@given(histories)
def test_a_disposed_specimen_never_moves_again(history):
    state = fold([COLLECTED, *history, at(99, Event.DISPOSED, defect=None)])
    if state.status is Status.DISPOSED:
        later = fold([COLLECTED, *history, at(99, Event.DISPOSED), at(120, Event.DEPARTED)])
        assert (later.status, later.place, later.holder) == (state.status, state.place, state.holder)


def test_what_made_the_specimen_comes_first_even_if_a_handhelds_clock_was_behind():
    early = at(-2, Event.VERIFIED)
    assert fold([early, COLLECTED]).status is Status.VERIFIED


def test_a_late_pick_up_does_not_undo_the_receipt_after_it():
    facts = [COLLECTED, at(30, Event.RECEIVED), at(10, Event.DEPARTED, place=CLINIC)]
    state = fold(facts)
    assert state.status is Status.RECEIVED
    assert state.legs["departed"] == (START + timedelta(minutes=10), "Clinic")
    assert all(isinstance(decision, Accepted) for _fact, decision in decisions(facts))


def test_a_late_event_explains_a_scan_that_did_not_fit_before():
    retrieved = at(30, Event.RETRIEVED)
    assert dict(_by_event([COLLECTED, at(5, Event.RECEIVED), retrieved]))[Event.RETRIEVED] == Reason.NOT_EXPECTED
    with_late = [COLLECTED, at(5, Event.RECEIVED), retrieved, at(20, Event.ARCHIVED)]
    assert dict(_by_event(with_late))[Event.RETRIEVED] is None


def _by_event(facts):
    for fact, decision in decisions(facts):
        yield fact.event, decision.reason if isinstance(decision, Parked) else None
