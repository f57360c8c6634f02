"""A late label never comes out beside the next patient: it waits for a person."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printers.printer import Result
from printers.proof import Outcome
from printers.spool import ASK
from printers.status import Condition
from specimen_service.audit.model import SYSTEM
from specimen_service.kernel.errors import InvalidInput
from specimen_service.labels.lateness import LATE_AFTER, WITHOUT_SITTING, Waiting, too_late
from specimen_service.labels.model import JobState, PrintJob
from specimen_service.labels.testing import queue_test_page, want_asked
from specimen_service.places.model import Station
from specimen_service.specimens.model import Collection, Label, Specimen
from tests.builders import add_location, add_patient
from tests.labels.bench import job, ledger, printer_state, queue, settings, sibling, tube

THEN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BLOCKED = Result(Outcome.NOTHING_SENT, Condition.OUT_OF_LABELS, "The printer is out of labels.")
moments = st.none() | st.integers(-60, 60).map(lambda minutes: THEN + timedelta(minutes=minutes))


@given(st.booleans(), moments, moments, st.integers(0, 60))
def test_a_label_prints_by_itself_only_while_somebody_waits_for_it(is_open, next_patient, failed, minutes):
    why = too_late(Waiting(THEN, is_open, next_patient, failed), THEN + timedelta(minutes=minutes))
    limit = LATE_AFTER if is_open else WITHOUT_SITTING
    if timedelta(minutes=minutes) > limit:
        assert why is not None
    elif why is not None:
        assert next_patient > THEN
        assert failed > THEN


@pytest.fixture
def book(database, clock):
    return ledger(database, clock)


class Chair:
    """A station with its printer, where one patient after the other sits."""

    def __init__(self, database, clock):
        self._database, self._clock = database, clock
        with database.unit_of_work() as session:
            place = add_location(session, "Clinic")
            station = Station(name="chair-1", location_id=place.id, printer="chair-1")
            session.add(station)
            session.flush()
            self._station = station.id
            self._patients = [add_patient(session, f"P20000{number}").id for number in range(3)]

    def sits(self, patient: int, printer: str = "chair-1", tubes: int = 1, **values) -> list[int]:
        """Record a collection of a patient at the chair, its labels queued; returns the jobs."""
        now = self._clock()
        with self._database.unit_of_work() as session:
            first = tube(session, at=now, patient_id=self._patients[patient], **values)
            session.get_one(Collection, first.collection_id).station_id = self._station
            more = [sibling(session, first, at=now) for _ in range(tubes - 1)]
            return [queue(session, one, printer, now=now).id for one in (first, *more)]


@pytest.fixture
def chair(database, clock):
    return Chair(database, clock)


def taken(book, printer="chair-1"):
    """Which job the spooler would print now."""
    token = book.acquire(printer, "first", 3600)
    found = book.next_job(printer, token)
    return int(found.id) if found else None


def fails(book, job_id, printer="chair-1"):
    book.finish(str(job_id), book.acquire(printer, "first", 3600), BLOCKED)


def test_while_its_sitting_is_open_a_label_prints_by_itself_for_a_quarter_of_an_hour(book, chair, clock, database):
    [waits] = chair.sits(0)
    fails(book, waits)
    clock.advance(minutes=14)
    assert taken(book) == waits
    clock.advance(minutes=2)
    assert taken(book) is None
    assert job(database, waits).state is JobState.HELD
    assert "longer than 15 minutes" in job(database, waits).error


def test_a_label_that_nobody_sits_by_waits_for_a_person_after_five_minutes(book, database, clock):
    with database.unit_of_work() as session:
        waits = queue(session, tube(session, at=clock()), now=clock()).id
    clock.advance(minutes=4)
    assert taken(book) == waits
    clock.advance(minutes=2)
    assert taken(book) is None
    assert "longer than 5 minutes" in job(database, waits).error


def test_once_the_next_patient_came_what_a_failing_printer_kept_back_is_held(book, chair, clock, database):
    kept = chair.sits(0, tubes=3)
    fails(book, kept[0])
    clock.advance(minutes=1)
    [now_sits] = chair.sits(1)
    fails(book, kept[0])
    assert taken(book) == now_sits
    assert [job(database, one).state for one in kept] == [JobState.HELD] * 3
    assert "the next patient came" in job(database, kept[0]).error


def test_a_printer_that_failed_before_a_label_was_wanted_holds_nothing_back(book, chair, clock):
    [early] = chair.sits(0)
    clock.advance(seconds=1)
    fails(book, early)
    clock.advance(seconds=5)
    first, second = chair.sits(1)[0], chair.sits(2)[0]
    assert taken(book) == first
    token = book.acquire("chair-1", "first", 3600)
    book.begin(str(first), token)
    book.finish(str(first), token, Result(Outcome.PRINTED, Condition.READY, ""))
    assert taken(book) == second


def test_a_long_queue_alone_makes_no_label_late(book, chair, clock):
    line = [chair.sits(patient % 3)[0] for patient in range(6)]
    for waits in line:
        clock.advance(seconds=2)
        token = book.acquire("chair-1", "first", 3600)
        assert taken(book) == waits
        book.begin(str(waits), token)
        book.finish(str(waits), token, Result(Outcome.PRINTED, Condition.READY, ""))


def test_more_tubes_of_the_same_patient_end_no_sitting(book, chair, clock):
    [first] = chair.sits(0)
    fails(book, first)
    clock.advance(minutes=6)
    chair.sits(0)
    fails(book, first)
    assert taken(book) == first


def test_beside_another_chair_a_label_waits_five_minutes_for_whoever_moved_it(book, chair, clock, database):
    [moved] = chair.sits(0, printer="chair-2")
    clock.advance(minutes=6)
    assert taken(book, "chair-2") is None
    assert job(database, moved).state is JobState.HELD


def test_a_label_of_a_verified_tube_is_a_reprint_that_somebody_wants_now(book, chair, clock, database):
    [waits] = chair.sits(0)
    with database.unit_of_work() as session:
        label = session.get_one(Label, session.get_one(PrintJob, waits).label_id)
        session.get_one(Specimen, label.specimen_id).verified = True
    clock.advance(minutes=6)
    assert taken(book) is None


def test_a_test_page_goes_out_like_a_label_and_names_nobody(book, database, clock):
    with database.unit_of_work() as session:
        page = queue_test_page(session, clock(), SYSTEM, settings(), "chair-1").id
        assert queue_test_page(session, clock(), SYSTEM, settings(), "chair-1").id == page
    token = book.acquire("chair-1", "first", 3600)
    book.report_condition("chair-1", token, Condition.READY, "The printer is ready.", ["~HI Model X"])
    found = book.next_job("chair-1", token)
    assert (int(found.id), found.payload[:3]) == (page, b"^XA")
    assert b"Model X" in found.payload
    assert book.begin(found.id, token)
    book.finish(found.id, token, Result(Outcome.PRINTED, Condition.READY, ""))
    assert job(database, page).state is JobState.PRINTED


def test_a_test_page_that_nobody_waits_for_any_more_is_dropped(book, database, clock):
    with database.unit_of_work() as session:
        page = queue_test_page(session, clock(), SYSTEM, settings(), "chair-1").id
    clock.advance(minutes=6)
    assert taken(book) is None
    assert job(database, page).state is JobState.CANCELLED


def test_a_test_page_does_not_part_the_labels_of_a_collection(book, chair, database, clock):
    [first] = chair.sits(0)
    with database.unit_of_work() as session:
        page = queue_test_page(session, clock(), SYSTEM, settings(), "chair-1").id
        label = session.get_one(Label, session.get_one(PrintJob, first).label_id)
        second = queue(session, sibling(session, session.get_one(Specimen, label.specimen_id)), now=clock()).id
    token = book.acquire("chair-1", "first", 3600)
    assert taken(book) == first
    book.begin(str(first), token)
    book.finish(str(first), token, Result(Outcome.PRINTED, Condition.READY, ""))
    assert taken(book) == second
    book.begin(str(second), token)
    book.finish(str(second), token, Result(Outcome.PRINTED, Condition.READY, ""))
    assert taken(book) == page


def test_a_test_page_for_a_printer_that_is_not_declared_is_refused(database, clock):
    with database.unit_of_work() as session, pytest.raises(InvalidInput):
        queue_test_page(session, clock(), SYSTEM, settings(), "chair-9")


def test_a_wish_to_have_a_printer_asked_is_told_to_its_holder_until_it_is_done(book, database, clock):
    token = book.acquire("chair-1", "first", 3600)
    assert book.next_job("chair-1", token) is None
    with database.unit_of_work() as session:
        want_asked(session, clock(), "chair-1")
    assert book.next_job("chair-1", token) == ASK
    clock.advance(seconds=1)
    book.report_condition("chair-1", token, Condition.READY, "The printer is ready.", ["~HS ready", "Counter 7 labels"])
    assert book.next_job("chair-1", token) is None
    assert printer_state(database).answers == "~HS ready\nCounter 7 labels"
    book.report_condition("chair-1", token, Condition.READY, "The printer is ready.")
    assert printer_state(database).answers == "~HS ready\nCounter 7 labels"
