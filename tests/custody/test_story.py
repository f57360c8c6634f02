"""A timeline says what happened in words, and what was odd about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from specimen_service.custody.model import Reason
from specimen_service.custody.model import Entry, Event, Outcome
from specimen_service.custody.queries import CustodyRow
from specimen_service.custody.story import told

NO_SPECIMEN = {"unknown_number", "check_digit", "not_a_specimen", "ambiguous", "not_supported"}
"""Verdicts on scans that are in no specimen's chain."""
ZONE = ZoneInfo("America/New_York")
AT = datetime(2026, 11, 21, 14, 15, tzinfo=UTC)
RECEIVED = CustodyRow(
    seq=3,
    event=Event.RECEIVED,
    outcome=Outcome.ACCEPTED,
    reason=None,
    effective_at=AT,
    occurred_at=AT,
    received_at=AT,
    device="bench-1",
    device_seq=None,
    operator="Priya Raman",
    location="Laboratory",
    entry=Entry.SCANNED,
    matched=None,
    code="100000000420",
    scan_id="s-1",
    said={},
    previous_hash="",
    hash="abc",
)


def test_an_ordinary_scan_says_what_who_where_and_how():
    story = told(RECEIVED, ZONE)
    said = (story.what, story.who, story.where, story.how, story.parked, story.clocks)
    assert said == ("Received", "Priya Raman", "Laboratory", "scanned at bench-1", None, "")


@pytest.mark.parametrize("event", list(Event))
def test_every_event_has_words_and_a_sign(event):
    story = told(replace(RECEIVED, event=event), ZONE)
    assert story.what != event.value
    assert story.sign


@pytest.mark.parametrize("reason", sorted(set(Reason) - NO_SPECIMEN))
def test_every_parked_scan_of_a_specimen_says_why_in_words(reason):
    story = told(replace(RECEIVED, outcome=Outcome.PARKED, reason=reason.value), ZONE)
    assert story.what.endswith("kept for review")
    assert "_" not in story.parked
    assert story.parked.startswith(("the ", "it "))


def test_a_clock_that_is_wrong_shows_both_times():
    row = replace(RECEIVED, occurred_at=AT - timedelta(minutes=12))
    assert told(row, ZONE).clocks == "The device's clock said 09:03, 12 min behind; both times are kept."
    row = replace(RECEIVED, occurred_at=AT + timedelta(minutes=3))
    assert "3 min ahead" in told(row, ZONE).clocks


def test_a_scan_kept_on_its_device_says_when_it_came_in():
    assert told(replace(RECEIVED, received_at=AT + timedelta(minutes=40)), ZONE).clocks == "It came in at 09:55."


def test_an_unmatched_verify_does_not_call_itself_verified():
    assert told(replace(RECEIVED, event=Event.VERIFIED, matched=False), ZONE).what == "Label read, not matched"


def test_a_new_label_names_its_number():
    assert told(replace(RECEIVED, event=Event.RE_IDENTIFIED), ZONE).label == "100000000420"
    assert told(RECEIVED, ZONE).label == ""
