"""A calibration: asked for on a page or by a claim, taken up once by whoever holds the printer, never beside a label in doubt."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from printers.declared import Declared, judged
from printers.printer import Result
from printers.proof import Outcome
from printers.spool import CALIBRATE
from printers.status import Condition
from specimen_service.audit.model import SYSTEM, AuditEntry
from specimen_service.kernel.errors import Conflict
from specimen_service.labels.calibration import LASTS, is_awaited
from specimen_service.labels.model import PrinterState, PrintJob
from specimen_service.labels.queries import printer_rows
from specimen_service.labels.reprints import Answer, resolve_job
from specimen_service.labels.testing import want_calibrated, want_no_calibration
from tests.house import RIVERA, furnish
from tests.labels.bench import AGENTS_PRINTERS, ledger, queued, settings
from tests.printers.test_declared import reporting
from tests.station import Chair, acts

THEN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WRONG = judged(reporting(57), Declared(203, "2x1in", 25.4))
IN_DOUBT = Result(Outcome.UNKNOWN, Condition.NOT_ANSWERING, "Look whether the label came out, and answer for it.")
moments = st.none() | st.integers(-20, 20).map(lambda minutes: THEN + timedelta(minutes=minutes))


@pytest.fixture
def book(database, clock):
    return ledger(database, clock)


@pytest.fixture
def token(book):
    return book.acquire("chair-1", "first", 3600)


@pytest.fixture
def wish(database, clock):
    def ask(printer="chair-1"):
        with database.unit_of_work() as session:
            want_calibrated(session, clock(), SYSTEM, settings(), printer)

    return ask


@given(moments, moments, st.integers(0, 20))
def test_a_wish_stands_until_it_is_begun_or_minutes_old(wanted, begun, minutes):
    now = THEN + timedelta(minutes=minutes)
    if is_awaited(wanted, begun, now):
        assert now - wanted <= LASTS
        assert begun is None or begun < wanted
    else:
        assert wanted is None or now - wanted > LASTS or (begun is not None and begun >= wanted)


def test_a_wish_is_kept_goes_before_the_labels_and_is_granted_once(book, token, wish, database, clock):
    [job_id] = queued(database, now=clock())
    wish()
    assert book.next_job("chair-1", token) == CALIBRATE
    after_a_restart = ledger(database, clock)
    assert after_a_restart.next_job("chair-1", token) == CALIBRATE
    assert after_a_restart.begin_calibration("chair-1", token)
    assert not book.begin_calibration("chair-1", token)
    assert book.next_job("chair-1", token).id == job_id
    with database.unit_of_work(write=False) as session:
        assert session.scalar(select(func.count()).select_from(PrintJob)) == 1


def test_asked_twice_it_is_one_wish_and_once_on_record(book, token, wish, database, clock):
    wish()
    wish()
    clock.advance(seconds=1)
    assert book.begin_calibration("chair-1", token)
    assert book.next_job("chair-1", token) is None
    with database.unit_of_work(write=False) as session:
        asked = select(AuditEntry.subject).where(AuditEntry.action == "printer.calibration_wanted")
        assert session.scalars(asked).all() == ["chair-1"]


def test_while_it_is_under_way_it_is_said_and_another_wish_adds_nothing(book, token, wish, database, clock):
    def row():
        with database.unit_of_work(write=False) as session:
            return printer_rows(session, ["chair-1"], clock())[0]

    wish()
    assert row().calibrating
    clock.advance(seconds=1)
    assert book.begin_calibration("chair-1", token)
    clock.advance(seconds=5)
    wish()
    assert row().calibrating
    assert book.next_job("chair-1", token) is None
    book.report_condition("chair-1", token, Condition.READY, "The printer is ready.")
    assert not row().calibrating
    clock.advance(seconds=1)
    wish()
    assert book.begin_calibration("chair-1", token)
    clock.advance(seconds=61)
    assert not row().calibrating  # cut off: the button is there again


def test_nobody_but_who_holds_the_lease_takes_up_a_wish(book, token, wish, clock):
    wish()
    clock.advance(seconds=3601)
    newer = book.acquire("chair-1", "second", 3600)
    assert not book.begin_calibration("chair-1", token)
    assert not book.begin_calibration("chair-1", newer)  # an hour later nobody stands there any more
    wish()
    assert not book.begin_calibration("chair-1", token)
    assert book.begin_calibration("chair-1", newer)


def test_a_label_in_doubt_hinders_it_until_somebody_answers(book, token, wish, database, clock):
    [job_id] = queued(database, now=clock())
    wish()
    assert book.begin(job_id, token)
    assert not book.begin_calibration("chair-1", token)
    book.finish(job_id, token, IN_DOUBT)
    assert not book.begin_calibration("chair-1", token)
    with pytest.raises(Conflict, match="may or may not have come out"):
        wish()
    with database.unit_of_work() as session:
        resolve_job(session, clock(), SYSTEM, settings(), int(job_id), Answer.PRINTED)
    assert book.begin_calibration("chair-1", token)


def test_a_wish_is_taken_back_whole(book, token, wish, database):
    wish()
    with database.unit_of_work() as session:
        want_no_calibration(session, "chair-1")
    assert book.next_job("chair-1", token) is None


@pytest.mark.parametrize(("printer", "why"), [("folder", "its own buttons"), ("chair-2", "Nobody drives")])
def test_a_printer_that_cannot_be_told_is_not_promised_one(book, wish, printer, why):
    book.acquire("folder", "first", 3600)
    with pytest.raises(Conflict, match=why):
        wish(printer)


def test_an_agent_is_told_and_sends_only_what_the_answer_repeats(claim, database, clock):
    token = claim()["token"]
    assert claim()["calibrate"] is False
    with database.unit_of_work() as session:
        want_calibrated(session, clock(), SYSTEM, settings(AGENTS_PRINTERS), "chair-1")
    assert claim()["calibrate"] is True
    assert claim(token=token - 1, calibrating=True)["calibrate"] is False
    assert claim(token=token, calibrating=True)["calibrate"] is True
    assert claim(token=token, calibrating=True)["calibrate"] is False
    assert claim()["calibrate"] is False
    assert claim(422, calibrating=True)["status"] == 422


@pytest.fixture
def house(sqlite_database, clock):
    made = furnish(sqlite_database, clock)
    with sqlite_database.unit_of_work() as session:
        found = {"condition": WRONG.condition, "detail": WRONG.sentence, "asked_at": clock()}
        session.add(PrinterState(name="printer-1", **found))
    return made


def test_14_calibrate_stands_beside_its_message_at_the_sitting_and_on_the_page(house):
    maya = Chair(house, house.sign_in("collector"))
    maya.collect(RIVERA, "CBC")
    page = maya.go(maya.path)
    assert "Load the 2\N{MULTIPLICATION SIGN}1 in roll or press Calibrate." in page
    assert " Calibrate " in page.replace("press Calibrate.", "")
    sent = maya.browser.post("/printers/calibrate", data={"printer": "printer-1", "next": maya.path})
    assert (sent.status_code, sent.location) == (303, maya.path)
    assert "Calibrating: the printer feeds some blank labels" in maya.go(maya.path)
    assert "Calibrating: the printer feeds some blank labels" in maya.go("/printers")
    assert [action for action, _ in acts(house, "printer.calibration_wanted")] == ["printer.calibration_wanted"]


def test_a_courier_reads_the_message_and_may_not_press(house):
    courier = house.sign_in("courier")
    assert "/printers/calibrate" not in courier.get("/printers").get_data(as_text=True)
    assert courier.post("/printers/calibrate", data={"printer": "printer-1"}).status_code == 403


def test_a_printer_with_a_label_in_doubt_is_answered_for_first(house, sqlite_database):
    house.collect(print=True)
    with sqlite_database.unit_of_work() as session:
        session.execute(update(PrintJob).values(state="unknown"))
    supervisor = house.sign_in("supervisor")
    page = supervisor.get("/printers").get_data(as_text=True)
    assert "It can be calibrated once its label in doubt is answered for." in page
    assert "/printers/calibrate" not in page
    assert supervisor.post("/printers/calibrate", data={"printer": "printer-1"}).status_code == 409
