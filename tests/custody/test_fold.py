"""A specimen's state and its open questions are a pure function of its set of facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from specimen_service.custody.facts import BLANK, Accepted, Correction, Fact, How, Parked, State
from specimen_service.custody.fold import Folded, fold, order
from specimen_service.custody.model import Closing, Event, Reason
from specimen_service.custody.rules import judge
from specimen_service.custody.scans import EVENTS
from specimen_service.places.model import Ends
from specimen_service.specimens.model import Status
from specimen_service.specimens.queries import Place

START = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
CLINIC, LAB, OUTSIDE = Place(1, "Clinic"), Place(2, "Lab", Ends.STORED, inspect=True), Place(3, "Quest", external=True)
BAG, BOX = "810000000014", "810000000022"
GONE = {Status.REJECTED, Status.DISPOSED, Status.NOT_OBTAINED, Status.CANCELLED, Status.TO_COLLECT}


def at(minutes: float, event: Event, **values) -> Fact:
    known = {"place": LAB, "by": "Dee", "scan_id": f"{event}-{minutes}"}
    return Fact(event=event, effective_at=START + timedelta(minutes=minutes), **known | values)


COLLECTED = at(0, Event.COLLECTED, place=CLINIC, by="Maya", scan_id="", seq=1, hash="birth")

# Few minutes, devices and sequences, so that equal times and equal keys abound; scan ids alone are always different.
MINUTES = [*range(-2, 7), 10, 15, 21, 22, 40]
DEFECTS = [None] * 6 + [Reason.REPLACED_LABEL, Reason.UNKNOWN_OPERATOR, Reason.UNKNOWN_LOCATION]
OF_BAGS = [Event.DEPARTED, Event.ARRIVED, Event.RECEIVED, Event.SEEN, Event.ARCHIVED, Event.LOST]


def made(chance: Random) -> list[Fact]:
    """A history of up to 40 facts: scans of the tube and of its bag and box, holds, new labels, corrections of some."""
    facts = [_any(chance, i) for i in range(chance.randint(1, 36))]
    words = [_word(chance.choice(facts), i, chance) for i in range(chance.randint(0, 3))]
    return [COLLECTED, *facts, *words]


def _any(chance: Random, i: int) -> Fact:
    kind = chance.choice(["own", "own", "own", "own", "bag", "bag", "box", "service"])
    minute, known = chance.choice(MINUTES), {"hash": f"h{i}", "scan_id": f"s{i}"}
    if kind == "service":
        event = chance.choice([Event.HELD, Event.RELEASED, Event.RE_IDENTIFIED])
        return at(minute, event, place=None, hash=f"h{i}", scan_id="", seq=i + 2)
    known |= {"place": chance.choice([None, CLINIC, LAB, OUTSIDE]), "by": chance.choice(["Dee", "Sam", ""])}
    known |= {"device": chance.randint(0, 2), "device_seq": chance.randint(-1, 2), "defect": chance.choice(DEFECTS)}
    if kind == "own":
        code = chance.choice(["100000000420", "100000000438"])
        event = chance.choice(list(EVENTS.values()))
        return at(minute, event, code=code, into=chance.choice(["", "", "", BAG, BOX]), **known)
    if kind == "bag":
        return at(minute, chance.choice(OF_BAGS), carrier=BAG, into=chance.choice(["", BOX]), **known)
    return at(minute, chance.choice(OF_BAGS), carrier=BOX, **known)


def _word(fact: Fact, i: int, chance: Random) -> Fact:
    how = chance.choice(list(How))
    said = Correction(fact.hash, how)
    if how is How.AMENDED:
        said = replace(said, effective_at=START + timedelta(minutes=chance.choice(MINUTES)), place=CLINIC, by="Ann")
    return at(60 + i % 2, Event.CORRECTED, place=None, scan_id="", seq=500 + i, hash=f"w{i}", correction=said)


seeds = st.integers(0, 2**64).map(Random)
histories = seeds.map(made)


def asked(folded: Folded) -> set[tuple[str, Reason]]:
    return {(one.fact.hash, one.open) for one in folded.decided if one.open}


@settings(max_examples=2000)
@given(histories, seeds)
def test_any_order_and_any_repetition_ends_in_the_same_state_and_the_same_open_questions(history, chance):
    shuffled = history + chance.choices(history, k=8)
    chance.shuffle(shuffled)
    one, other = fold(history), fold(shuffled)
    assert other.state == one.state
    assert asked(other) == asked(one)
    assert other == one, "every single decision"


def in_steps(history: list[Fact]) -> list[Fact]:
    """Those that are applied one on top of the other: no corrections, no bags."""
    return sorted((one for one in history if not one.correction and not one.carrier), key=order)


@given(histories)
def test_applying_each_later_fact_on_top_equals_folding_anew(history):
    state, facts = BLANK, []
    for fact in in_steps(history):
        facts.append(fact)
        state = judge(state, fact).state
        assert state == fold(facts).state


@given(histories)
def test_somebody_or_some_place_holds_a_specimen_from_its_collection_on(history):
    facts = []
    for fact in sorted(history, key=order):
        facts.append(fact)
        state = fold(facts).state
        assert state.holder or state.status in GONE


@given(histories)
def test_a_parked_scan_moves_last_seen_only_and_a_look_never_moves_more(history):
    state = BLANK
    for fact in in_steps(history):
        after = judge(state, fact)
        if isinstance(after, Parked) or (fact.event is Event.SEEN and not fact.into):
            seen = {name: getattr(after.state, name) for name in ("last_seen_at", "last_seen_place_id", "last_seen_by")}
            assert replace(state, **seen) == after.state
            if fact.event not in {Event.LOST, Event.VOIDED, Event.HELD, Event.RELEASED}:
                assert seen["last_seen_at"] == max(fact.effective_at, state.last_seen_at)
                assert seen["last_seen_by"] == fact.by
        state = after.state


@given(histories)
def test_a_disposed_specimen_never_moves_again(history):
    facts = [one for one in history if not one.correction]
    state = fold([*facts, at(99, Event.DISPOSED, defect=None)]).state
    if state.status is Status.DISPOSED:
        later = fold([*facts, at(99, Event.DISPOSED), at(120, Event.DEPARTED)]).state
        assert (later.status, later.place, later.holder) == (state.status, state.place, state.holder)


@given(histories)
def test_what_is_called_mistaken_or_another_specimens_leaves_no_trace_in_the_state(history):
    facts = [one for one in history if not one.correction]
    for how in (How.MISTAKEN, How.OTHER_SPECIMEN):
        wrong = facts[-1]
        word = at(
            60, Event.CORRECTED, place=None, scan_id="", seq=500, hash="w", correction=Correction(wrong.hash, how)
        )
        if wrong is not COLLECTED:
            assert fold([*facts, word]).state == fold(facts[:-1]).state


def test_what_made_the_specimen_comes_first_even_if_a_handhelds_clock_was_behind():
    early = at(-2, Event.VERIFIED)
    assert fold([early, COLLECTED]).state.status is Status.VERIFIED


def test_a_late_pick_up_does_not_undo_the_receipt_after_it():
    facts = [COLLECTED, at(30, Event.RECEIVED), at(10, Event.DEPARTED, place=CLINIC)]
    folded = fold(facts)
    assert folded.state.status is Status.RECEIVED
    assert folded.state.legs["departed"] == (START + timedelta(minutes=10), "Clinic")
    assert all(isinstance(one.decision, Accepted) for one in folded.decided)


def test_a_late_event_explains_a_scan_that_did_not_fit_before():
    facts = [COLLECTED, at(5, Event.RECEIVED), at(30, Event.RETRIEVED)]
    assert [reason for _hash, reason in asked(fold(facts))] == [Reason.NOT_EXPECTED]
    assert asked(fold([*facts, at(20, Event.ARCHIVED)])) == set()


def test_a_step_repeated_rightly_within_the_hour_closes_the_question_and_later_it_does_not():
    slip = at(5, Event.RECEIVED, defect=Reason.UNKNOWN_OPERATOR)
    for minute, closing in ((64, Closing.REPEATED), (66, None)):
        decided = fold([COLLECTED, slip, at(minute, Event.RECEIVED)]).decided
        assert [one.closing for one in decided] == [None, closing, None]


def test_a_dead_label_in_use_is_never_closed_by_a_repetition():
    old = at(5, Event.RECEIVED, defect=Reason.REPLACED_LABEL)
    assert len(asked(fold([COLLECTED, old, at(6, Event.RECEIVED)]))) == 1


def packed(minute: float, **values) -> Fact:
    return at(minute, Event.SEEN, place=CLINIC, into=BAG, **values)


def bag(minute: float, event: Event, place: Place | None = None, **values) -> Fact:
    return at(minute, event, place=place, carrier=BAG, scan_id=f"bag-{event}-{minute}", **values)


def state_of(*facts: Fact) -> State:
    return fold([COLLECTED, *facts]).state


def test_a_bag_moves_what_is_in_it_from_when_it_was_put_in():
    assert state_of(packed(5), bag(4, Event.DEPARTED, CLINIC)).status is Status.COLLECTED, "it was not in it yet"
    away = state_of(packed(5), bag(6, Event.DEPARTED, CLINIC))
    assert (away.status, away.holder, away.inside) == (Status.IN_TRANSIT, "Dee", BAG)


def test_what_is_in_a_bag_has_arrived_with_it_and_is_received_once_it_is_scanned_itself():
    here = [packed(5), bag(6, Event.DEPARTED, CLINIC), bag(60, Event.RECEIVED, LAB)]
    assert (state_of(*here).status, state_of(*here).place) == (Status.ARRIVED, LAB)
    unpacked = [*here, at(70, Event.RECEIVED)]
    assert (state_of(*unpacked).status, state_of(*unpacked).inside) == (Status.RECEIVED, "")
    assert state_of(*unpacked, bag(80, Event.DEPARTED, LAB)).status is Status.RECEIVED, "the empty bag goes on alone"


def test_a_fast_handheld_does_not_take_a_bag_away_again():
    facts = [packed(5), bag(60, Event.RECEIVED, LAB), bag(65, Event.DEPARTED, CLINIC)]
    assert state_of(*facts).status is Status.ARRIVED
    onward = [packed(5), bag(6, Event.DEPARTED, CLINIC), bag(60, Event.RECEIVED, LAB), bag(65, Event.DEPARTED, LAB)]
    assert state_of(*onward).status is Status.IN_TRANSIT


def test_what_was_packed_after_its_receipt_leaves_with_its_bag():
    facts = [at(5, Event.RECEIVED), at(6, Event.SEEN, into=BAG), bag(8, Event.DEPARTED, LAB)]
    assert state_of(*facts).status is Status.IN_TRANSIT


def test_a_bag_in_a_box_moves_with_the_box():
    in_box = bag(6, Event.SEEN, CLINIC, into=BOX)
    box = at(8, Event.DEPARTED, place=CLINIC, carrier=BOX)
    assert state_of(packed(5), in_box, box).status is Status.IN_TRANSIT
    assert state_of(in_box, packed(7), box).status is Status.IN_TRANSIT
    assert (
        state_of(packed(5), replace(in_box, effective_at=START + timedelta(minutes=9)), box).status is Status.COLLECTED
    )


def test_a_bag_that_was_put_into_itself_goes_nowhere():
    assert state_of(packed(5), bag(6, Event.SEEN, into=BOX), at(7, Event.SEEN, carrier=BOX, into=BAG)).inside == BAG


def test_the_question_about_a_bags_scan_is_not_asked_of_each_tube_in_it():
    folded = fold([COLLECTED, packed(5), bag(6, Event.DEPARTED, defect=Reason.UNKNOWN_OPERATOR)])
    assert asked(folded) == set()
    assert folded.state.status is Status.COLLECTED
    rejected = fold([COLLECTED, packed(4), at(5, Event.REJECTED), bag(6, Event.DEPARTED)])
    assert {reason for _hash, reason in asked(rejected)} == {Reason.REJECTED}


def test_a_label_is_void_from_when_it_was_voided_whenever_the_scans_arrived():
    number = "100000000420"
    early = at(3, Event.RECEIVED, code=number, defect=Reason.VOIDED_LABEL, hash="early")
    late = at(9, Event.ARCHIVED, code=number, hash="late")
    folded = fold([COLLECTED, at(5, Event.VOIDED, code=number), early, late])
    assert (folded.state.status, folded.state.voided) == (Status.STORED, frozenset()), "it was on a tube by then"
    folded = fold([COLLECTED, at(2, Event.VOIDED, code=number), early, late])
    assert asked(folded) == {("early", Reason.VOIDED_LABEL), ("late", Reason.VOIDED_LABEL)}
