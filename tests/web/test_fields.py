"""Form fields are read as people mean them, or not at all."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specimen_service.kernel.clock import day, time_of_day
from specimen_service.web.fields import Form, clean_line, local_moment, own_path, read_date

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 21, 14, 15, tzinfo=UTC)


@given(st.dates())
def test_a_date_as_we_write_it_is_read_as_the_same_date(value):
    assert read_date(day(value)) == value
    assert read_date(value.isoformat()) == value


@pytest.mark.parametrize("text", ["14 mar 1984", "14MAR1984", "14-Mar-1984", "14 March 1984", "1984-3-14"])
def test_dates_are_read_however_people_space_them(text):
    assert read_date(text) == date(1984, 3, 14)


@pytest.mark.parametrize("text", ["03/04/1984", "14.03.1984", "84-03-14", "31 FEB 1984", "14 MAX 1984", "1984", "soon"])
def test_a_date_that_could_be_read_two_ways_is_not_read(text):
    form = Form({"birth_date": text})
    assert form.birth_date("birth_date") is None
    assert "14 MAR 1984" in form.faults["birth_date"]


def test_a_bare_time_is_today_on_the_sites_clock():
    assert local_moment("09:05", NEW_YORK, NOW) == datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
    assert local_moment("9:05", NEW_YORK, NOW) == datetime(2026, 11, 21, 14, 5, tzinfo=UTC)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)))  # noqa: DTZ001 - a wall clock
def test_a_time_as_we_write_it_is_read_as_that_time(wall):
    moment = wall.replace(second=0, microsecond=0, tzinfo=NEW_YORK).astimezone(UTC)
    local = moment.astimezone(NEW_YORK)
    read = local_moment(f"{day(local.date())} {local:%H:%M}", NEW_YORK, moment + timedelta(minutes=1))
    assert time_of_day(read, NEW_YORK)[:5] == f"{local:%H:%M}"
    assert read <= moment + timedelta(hours=1)


def test_in_the_repeated_hour_of_autumn_the_time_is_the_later_one_that_has_been():
    one_thirty = "01 NOV 2026 01:30"
    early, late = datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert local_moment(one_thirty, NEW_YORK, early + timedelta(minutes=5)) == early
    assert local_moment(one_thirty, NEW_YORK, late + timedelta(minutes=5)) == late


@pytest.mark.parametrize("text", ["9", "25:00", "09:15:77", "tomorrow", "21 NOV 2026"])
def test_a_time_that_is_none_is_a_fault_of_its_field(text):
    form = Form({"due_at": text})
    assert form.moment("due_at", NEW_YORK, NOW) is None
    assert "09:15" in form.faults["due_at"]


@given(st.text())
def test_a_line_has_no_controls_and_no_double_blanks(text):
    line = clean_line(text)
    assert "\n" not in line
    assert "\x1b" not in line
    assert "  " not in line
    assert clean_line(line) == line


def test_what_is_too_long_is_named_and_never_reaches_the_database():
    form = Form({"family_name": "x" * 201})
    assert len(form.line("family_name", 200)) == 200
    assert form.faults == {"family_name": "Write this in at most 200 characters."}


@pytest.mark.parametrize("text", ["-1", "0", "1e9", "two", "nan"])
def test_a_volume_that_is_none_is_a_fault(text):
    form = Form({"volume_ml": text})
    assert form.number("volume_ml") is None
    assert "volume_ml" in form.faults


@pytest.mark.parametrize(
    "link", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)", "page"]
)
def test_a_form_leads_nowhere_else(link):
    assert own_path(link) == "/"
    assert own_path("/lab/pending?state=verified") == "/lab/pending?state=verified"
