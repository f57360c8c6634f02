"""Times as people read them: no date that can be misread, no hour that could be either of two."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specimen_service.kernel.clock import day, moment, since, span, time_of_day, utc_now

NEW_YORK = ZoneInfo("America/New_York")
ZONES = ["America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"]
AUTUMN = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
"""01:30 in New York, for the first time that night."""


def test_the_present_is_aware_and_utc():
    assert utc_now().tzinfo is UTC


def test_a_date_names_its_month():
    assert day(date(1984, 3, 4)) == "04 MAR 1984"
    assert day(date(984, 12, 31)) == "31 DEC 0984"


def test_a_moment_is_shown_in_the_zone_of_the_site():
    late = datetime(2026, 3, 15, 2, 5, tzinfo=UTC)
    assert moment(late, NEW_YORK) == "14 MAR 2026 22:05"
    assert moment(late, ZoneInfo("Asia/Kathmandu")) == "15 MAR 2026 07:50"


def test_the_hour_that_autumn_repeats_names_its_zone():
    assert time_of_day(AUTUMN, NEW_YORK) == "01:30 EDT"
    assert time_of_day(AUTUMN + timedelta(hours=1), NEW_YORK) == "01:30 EST"


@pytest.mark.parametrize("away", [timedelta(minutes=-31), timedelta(minutes=90)])
def test_the_hours_beside_it_do_not(away):
    assert time_of_day(AUTUMN + away, NEW_YORK) in {"00:59", "02:00"}


def test_the_hour_that_spring_skips_is_never_shown():
    before = datetime(2026, 3, 8, 6, 59, tzinfo=UTC)
    assert time_of_day(before, NEW_YORK) == "01:59"
    assert time_of_day(before + timedelta(minutes=1), NEW_YORK) == "03:00"


@given(
    st.integers(0, 6 * 366 * 24 * 60).map(
        lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.integers(1, 180),
    st.sampled_from(ZONES),
)
@example(AUTUMN, 60, "America/New_York")
@example(datetime(2027, 4, 3, 14, 45, tzinfo=UTC), 30, "Australia/Lord_Howe")
def test_two_minutes_never_look_the_same(at, minutes, zone):
    later = at + timedelta(minutes=minutes)
    assert moment(at, ZoneInfo(zone)) != moment(later, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "under 1 min"),
        (59, "59 min"),
        (60, "1 h"),
        (310, "5 h 10 min"),
        (1440, "1 d"),
        (1441, "1 d"),
        (4440, "3 d 2 h"),
    ],
)
def test_a_span_names_only_what_there_is_of_it(minutes, words):
    assert span(minutes) == words
    assert since(AUTUMN, AUTUMN + timedelta(minutes=minutes, seconds=59)) == words
    assert since(AUTUMN, AUTUMN - timedelta(minutes=minutes)) == "under 1 min"
