"""Which tubes are drawn, in which order, and which times can be true."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specimen_service.collection.rules import WantedTest, birth_date_fault, set_numbers, time_fault, tubes_for

NOW = datetime(2026, 11, 21, 14, 15, tzinfo=UTC)

wanted_tests = st.lists(
    st.builds(
        WantedTest,
        test_id=st.integers(1, 50),
        type_id=st.integers(1, 3),
        container_id=st.integers(1, 4),
        draw_order=st.just(0),
        containers=st.integers(1, 2),
    ).map(lambda one: WantedTest(one.test_id, one.type_id, one.container_id, one.container_id % 3, one.containers)),
    max_size=12,
    unique_by=lambda one: one.test_id,
)


@given(wanted_tests)
def test_every_test_gets_its_containers_and_tubes_come_in_the_order_of_draw(wanted):
    tubes = tubes_for(wanted)
    assert [tube.draw_order for tube in tubes] == sorted(tube.draw_order for tube in tubes)
    for test in wanted:
        holding = [tube for tube in tubes if test.test_id in tube.test_ids]
        assert len(holding) == test.containers
        assert {(tube.type_id, tube.container_id) for tube in holding} == {(test.type_id, test.container_id)}


@given(wanted_tests)
def test_no_more_tubes_are_drawn_than_the_hungriest_test_of_each_kind_needs(wanted):
    needed = {}
    for test in wanted:
        kind = (test.type_id, test.container_id)
        needed[kind] = max(needed.get(kind, 0), test.containers)
    assert len(tubes_for(wanted)) == sum(needed.values())


@given(wanted_tests, st.randoms())
def test_the_order_in_which_tests_are_named_changes_nothing_about_the_tubes(wanted, random):
    shuffled = list(wanted)
    random.shuffle(shuffled)
    kinds = [(tube.type_id, tube.container_id, set(tube.test_ids)) for tube in tubes_for(wanted)]
    assert kinds == [(tube.type_id, tube.container_id, set(tube.test_ids)) for tube in tubes_for(shuffled)]


def test_two_blood_culture_sets_alternate_their_bottles_and_count_their_sets():
    aerobic, anaerobic = WantedTest(1, 9, 1, 1, containers=2), WantedTest(2, 9, 2, 1, containers=2)
    tubes = tubes_for([anaerobic, aerobic, WantedTest(3, 9, 5, 2)])
    assert [tube.container_id for tube in tubes] == [1, 2, 1, 2, 5]
    assert set_numbers((tube.container_id, tube.container_id < 5) for tube in tubes) == [1, 1, 2, 2, None]


@pytest.mark.parametrize(
    ("offset", "reason", "refused"),
    [
        (timedelta(minutes=2), "", False),
        (timedelta(minutes=2, seconds=1), "", True),
        (timedelta(minutes=3), "a reason helps nobody here", True),
        (timedelta(days=-7), "", False),
        (timedelta(days=-7, seconds=-1), "", True),
        (timedelta(days=-8), "entered after the downtime", False),
    ],
)
def test_a_collection_time_is_neither_in_the_future_nor_long_ago_without_a_reason(offset, reason, refused):
    assert (time_fault(NOW + offset, NOW, reason) is not None) is refused


def test_nobody_is_born_after_the_collection():
    assert birth_date_fault(date(2026, 11, 22), date(2026, 11, 21)) is not None
    assert birth_date_fault(date(2026, 11, 21), date(2026, 11, 21)) is None
    assert birth_date_fault(None, date(2026, 11, 21)) is None
