"""When a specimen is pending, and until when it should have moved on."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specimen_service.places.model import Ends
from specimen_service.settings import parse_settings
from specimen_service.specimens.actions import policy_of
from specimen_service.specimens.lifecycle import Limit, Policy, due_at, is_pending, within_hours
from specimen_service.specimens.model import NO_LIMIT, Status
from specimen_service.specimens.queries import Place

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
DAY = (time(7), time(18))


def place(ends: Ends, *, inspect: bool = False) -> Place:
    return Place(1, "Lab", ends, inspect)


@pytest.mark.parametrize(
    ("where", "done"),
    [
        (place(Ends.STORED), "stored"),
        (place(Ends.STORED, inspect=True), "stored"),
        (place(Ends.RECEIVED), "received accepted retrieved stored"),
        (place(Ends.RECEIVED, inspect=True), "accepted retrieved stored"),
        (None, "stored"),
    ],
)
def test_a_specimen_leaves_the_list_where_its_place_says(where, done):
    gone = {*done.split(), "sent_out", "disposed", "not_obtained", "cancelled", "rejected"}
    assert {status for status in Status if not is_pending(status, where)} == gone


def due(*limits: Limit, urgency: int = 2, **legs: int | tuple[int, str]) -> datetime:
    times = {}
    for event, minute in legs.items():
        minutes, where = minute if isinstance(minute, tuple) else (minute, "Clinic")
        times[event] = (NOON + timedelta(minutes=minutes), where)
    return due_at(times, urgency, Policy(limits, UTC))


def test_a_leg_is_due_from_its_first_event_until_its_second_has_happened():
    limit = Limit("collected", "departed", 60)
    assert due(limit, collected=0) == NOON + timedelta(minutes=60)
    assert due(limit, collected=0, verified=5) == NOON + timedelta(minutes=60)
    assert due(limit, collected=0, departed=5) == NO_LIMIT
    assert due(limit, verified=0) == NO_LIMIT


def test_a_leg_opened_again_is_due_again():
    limit = Limit("departed", "received", 30)
    assert due(limit, departed=0, received=10) == NO_LIMIT
    assert due(limit, received=10, departed=20) == NOON + timedelta(minutes=50)


def test_what_comes_later_closes_a_leg_too():
    assert due(Limit("departed", "arrived", 30), departed=0, received=10) == NO_LIMIT
    assert due(Limit("received", "departed", 30), received=10) == NOON + timedelta(minutes=40)


def test_the_tightest_limit_that_applies_counts():
    limits = (Limit("collected", "departed", 60), Limit("collected", "received", 45), Limit("departed", "received", 5))
    assert due(*limits, collected=0) == NOON + timedelta(minutes=45)
    assert due(*limits, collected=0, departed=10) == NOON + timedelta(minutes=15)


def test_a_limit_may_be_of_one_priority_or_of_one_place_where_the_leg_starts():
    assert due(Limit("collected", "departed", 60, urgency=0), collected=0) == NO_LIMIT
    assert due(Limit("collected", "departed", 60, urgency=0), urgency=0, collected=0) != NO_LIMIT
    at_hub = Limit("collected", "received", 60, location="Hub")
    assert due(at_hub, collected=0, departed=(5, "Hub")) == NO_LIMIT
    assert due(at_hub, collected=(0, "Hub"), departed=(5, "Clinic")) == NOON + timedelta(minutes=60)


def local(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=NEW_YORK)


def test_outside_opening_hours_the_limit_waits():
    assert within_hours(local(20, 17, 30), 60, DAY, NEW_YORK) == local(21, 7, 30)
    assert within_hours(local(20, 3), 60, DAY, NEW_YORK) == local(20, 8)
    assert within_hours(local(20, 9), 60, DAY, NEW_YORK) == local(20, 10)
    assert within_hours(local(20, 18), 22 * 60, DAY, NEW_YORK) == local(22, 18)


def test_hours_may_run_past_midnight():
    night = (time(22), time(6))
    assert within_hours(local(20, 1), 60, night, NEW_YORK) == local(20, 2)
    assert within_hours(local(20, 5, 30), 60, night, NEW_YORK) == local(20, 22, 30)


def test_the_night_of_a_change_of_clocks_counts_real_hours():
    # 1 NOV 2026, 01:00-02:00 comes twice: 00:00 to 06:00 has seven hours.
    whole_night = (time(0), time(6))
    assert within_hours(local(1, 0), 7 * 60, whole_night, NEW_YORK) == local(1, 6)
    assert within_hours(local(8, 0, month=3), 5 * 60, whole_night, NEW_YORK) == local(8, 6, month=3)


clock_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 59]))


@given(st.integers(-400_000, 400_000), st.integers(1, 4000), clock_times, clock_times)
def test_an_end_within_hours_is_never_early_and_more_minutes_end_later(start, minutes, opens, closes):
    begin = NOON + timedelta(minutes=start)
    ends = [within_hours(begin, m, (opens, closes), NEW_YORK) for m in (minutes, minutes + 1, minutes + 600)]
    assert ends[0] >= begin + timedelta(minutes=minutes)
    assert all(earlier < later for earlier, later in pairwise(ends))


def test_the_configuration_makes_the_policy():
    settings = parse_settings(
        {
            "service": {"time_zone": "America/New_York"},
            "location": [{"name": "Clinic"}],
            "limit": [
                {"from": "collected", "to": "departed", "minutes": 60, "priority": "stat", "location": "Clinic"},
                {"from": "departed", "to": "received", "minutes": 90, "hours": "07:00-18:00"},
            ],
        }
    )
    first = Limit("collected", "departed", 60, urgency=0, location="Clinic")
    assert policy_of(settings) == Policy((first, Limit("departed", "received", 90, hours=DAY)), NEW_YORK)
