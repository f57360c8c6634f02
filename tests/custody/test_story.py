"""A timeline says what happened in words, and what was odd about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from specimen_service.custody.model import Closing, Entry, Event, Outcome, Reason
from specimen_service.custody.queries import CustodyRow
from specimen_service.custody.story import Words, told

NO_SPECIMEN = {"unknown_number", "check_digit", "not_a_specimen", "ambiguous"}
"""Verdicts on scans that are in no specimen's chain."""
ZONE = ZoneInfo("America/New_York")
WORDS = Words(ZONE, {"RH": "Hemolysis"}, {"820000000015": "Dee Ortiz"})
AT = datetime(2026, 11, 21, 14, 15, tzinfo=UTC)
RECEIVED = CustodyRow(
    id=7,
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
    story = told(RECEIVED, WORDS)
    said = (story.what, story.who, story.where, story.how, story.parked, story.clocks)
    assert said == ("Received", "Priya Raman", "Laboratory", "scanned at bench-1", None, "")


@pytest.mark.parametrize("event", list(Event))
def test_every_event_has_words_and_a_sign(event):
    story = told(replace(RECEIVED, event=event), WORDS)
    assert story.what != event.value
    assert story.sign


@pytest.mark.parametrize("reason", sorted(set(Reason) - NO_SPECIMEN))
def test_every_parked_scan_of_a_specimen_says_why_in_words(reason):
    story = told(replace(RECEIVED, outcome=Outcome.PARKED, reason=reason.value, waits=Reason(reason)), WORDS)
    assert story.what.endswith("kept for review")
    assert "_" not in story.parked
    assert story.parked.startswith(("the ", "it "))


def test_a_clock_that_is_wrong_shows_both_times():
    row = replace(RECEIVED, occurred_at=AT - timedelta(minutes=12))
    assert told(row, WORDS).clocks == "The device's clock said 09:03, 12 min behind; both times are kept."
    row = replace(RECEIVED, occurred_at=AT + timedelta(minutes=3))
    assert "3 min ahead" in told(row, WORDS).clocks


def test_a_scan_kept_on_its_device_says_when_it_came_in():
    assert (
        told(replace(RECEIVED, received_at=AT + timedelta(minutes=40)), WORDS).clocks
        == "It came in at 21 NOV 2026 09:55."
    )


def test_an_unmatched_verify_does_not_call_itself_verified():
    assert told(replace(RECEIVED, event=Event.VERIFIED, matched=False), WORDS).what == "Label read, not matched"


def test_a_new_label_names_its_number():
    assert told(replace(RECEIVED, event=Event.RE_IDENTIFIED), WORDS).label == "100000000420"
    assert told(RECEIVED, WORDS).label == ""


@pytest.mark.parametrize("how", list(Closing))
def test_a_question_that_was_closed_says_how(how):
    parked = replace(RECEIVED, outcome=Outcome.PARKED, reason="not_expected", closed=how)
    story = told(parked, WORDS)
    assert (story.what, story.open) == ("Received", False)
    assert story.parked == "it did not fit where the specimen stood"
    assert story.closed.endswith(".")
    assert "_" not in story.closed


def test_what_else_a_scan_says_is_told_in_words():
    said = {
        "counterparty": "]C0820000000015\r",
        "into": "810000000014",
        "reason": "rh",
        "condition": "CL",
        "temperature_c": 4.5,
    }
    story = told(replace(RECEIVED, event=Event.REJECTED, said=said), WORDS)
    assert story.details == (
        "Put into 8100 0000 0014.",
        "Reason: Hemolysis (RH).",
        "Condition: container leaking (CL).",
        "Handed over with Dee Ortiz.",
        "4.5 °C.",
    )
    linked = told(replace(RECEIVED, event=Event.RE_IDENTIFIED, said={"links_to": "LAB-1"}), WORDS)
    assert (linked.what, linked.details) == ("Linked to another system's number", ("The other number is LAB-1.",))
    story = told(replace(RECEIVED, carrier="810000000014"), WORDS)
    assert story.what == "Its shipment was received"  # the tube itself may still be missing
    assert story.details[0].startswith("In shipment 8100 0000 0014")


def test_only_the_specimens_own_entries_are_numbered_and_others_say_where_they_stand():
    afar = replace(WORDS, elsewhere=frozenset({RECEIVED.hash}))
    assert told(RECEIVED, WORDS).entry == f"Entry {RECEIVED.seq}"
    assert told(replace(RECEIVED, carrier="810000000014"), afar).entry == "Kept with the shipment"
    assert told(RECEIVED, afar).entry == "Kept with another number"


def test_a_correction_names_what_it_corrects_and_how_it_was():
    def corrected(**said):
        row = replace(RECEIVED, event=Event.CORRECTED, scan_id=None, location="Clinic", said={"corrects": "abc"} | said)
        return told(row, replace(WORDS, rows={"abc": RECEIVED})).details

    assert corrected(how="mistaken") == ("“Received” of 21 NOV 2026 09:15 was mistaken and does not count.",)
    at = (AT - timedelta(minutes=5)).isoformat()
    assert corrected(how="amended", effective_at=at, by="Ann") == (
        "“Received” of 21 NOV 2026 09:15 was 21 NOV 2026 09:10 at Clinic by Ann.",
    )


def test_a_clock_years_off_says_so_in_days():
    row = replace(RECEIVED, occurred_at=AT.replace(year=1999))
    assert (
        told(row, WORDS).clocks == "The device's clock said 21 NOV 1999 09:15, 9862 days behind; both times are kept."
    )
