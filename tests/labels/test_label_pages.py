"""The pages about printers and labels: what is shown, what one tap does, and what is refused beside its field."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from specimen_service.audit.model import AuditEntry
from specimen_service.labels.model import JobState, PrinterState, PrintJob
from tests.house import PIN, RIVERA, furnish

PRINTERS = [
    {"name": "printer-1", "url": "tcp://127.0.0.1:9", "fallback": "printer-2"},
    {"name": "printer-2", "url": "tcp://127.0.0.1:9", "fallback": "browser"},
]


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock, printer=PRINTERS)


@pytest.fixture
def page_house(sqlite_database, clock):
    """A clinic whose station prints from the page."""
    return furnish(
        sqlite_database, clock, station=[{"name": "chair-1", "location": "Clinic", "printer": "browser"}], printer=[]
    )


def collected(house, **changes):
    recorded = house.collect(**{"print": True} | changes)
    return (
        recorded["accession"],
        [one["number"] for one in recorded["specimens"]],
        [one["print_job"] for one in recorded["specimens"]],
    )


def put(database, job_id, state, **values):
    with database.unit_of_work() as session:
        session.execute(update(PrintJob).where(PrintJob.id == job_id).values(state=state, **values))


def job(database, job_id):
    with database.unit_of_work(write=False) as session:
        return session.get_one(PrintJob, job_id)


def newest(database):
    with database.unit_of_work(write=False) as session:
        return session.scalars(select(PrintJob).order_by(PrintJob.id.desc())).first()


def text(reply):
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", reply.get_data(as_text=True)).split()))


def test_a_clinic_without_printers_is_told_how_to_declare_one(page_house):
    assert "No printer is declared" in text(page_house.sign_in().get("/printers"))


def test_the_page_of_printers_names_no_patient(house):
    collected(house)
    shown = text(house.sign_in().get("/printers"))
    assert "1 label waits" in shown
    assert "RIVERA" not in shown
    assert "P100001" not in shown


@pytest.mark.parametrize(("said", "state"), [("printed", "printed"), ("not_printed", "failed"), ("damaged", "failed")])
def test_one_tap_answers_for_a_label_in_doubt(house, sqlite_database, said, state):
    _accession, _numbers, [job_id] = collected(house)
    put(sqlite_database, job_id, JobState.UNKNOWN)
    browser = house.sign_in()
    assert "did these labels come out" in text(browser.get("/printers"))
    assert browser.post(f"/printers/jobs/{job_id}/answer", data={"outcome": said}).status_code == 303
    assert job(sqlite_database, job_id).state == state
    again = browser.post(f"/printers/jobs/{job_id}/answer", data={"outcome": said})
    assert again.status_code == 409
    assert f"Print job {job_id} is {state}. Only one that is unknown takes an answer." in text(again)


def test_one_tap_moves_what_waits_to_the_fallback_and_the_audit_names_both(house, sqlite_database):
    moved = [collected(house)[2][0] for _ in range(2)]
    browser = house.sign_in()
    assert "Print what waits on Printer 2 instead" in text(browser.get("/printers"))
    assert browser.post("/printers/move", data={"printer": "printer-1"}).status_code == 303
    assert {job(sqlite_database, one).state for one in moved} == {JobState.CANCELLED}
    assert newest(sqlite_database).printer == "printer-2"
    with sqlite_database.unit_of_work(write=False) as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "print_jobs.moved"))
    assert (entry.actor_name, entry.subject, entry.detail["to"]) == ("Collector One", "printer-1", "printer-2")


def test_a_station_whose_printer_fails_offers_the_other_one_for_its_own_sitting(house, sqlite_database):
    accession, _numbers, [mine] = collected(house)
    _other, _their_numbers, [theirs] = collected(house)
    with sqlite_database.unit_of_work() as session:
        session.add(PrinterState(name="printer-1", condition="not_answering"))
    browser = house.sign_in()
    sitting = f"/collect/sitting/{accession}"
    assert "Print what waits on Printer 2 instead" in text(browser.get(sitting))
    form = {"printer": "printer-1", "accession": accession, "next": sitting}
    assert browser.post("/printers/move", data=form).location == sitting
    assert job(sqlite_database, mine).state is JobState.CANCELLED
    assert job(sqlite_database, theirs).state is JobState.QUEUED


@pytest.mark.parametrize(
    ("condition", "why"), [("paused", "paused"), ("not_answering", "not answering"), ("unknown", "a fault")]
)
def test_a_printer_that_cannot_print_either_is_not_offered_anywhere(house, sqlite_database, condition, why):
    accession, _numbers, [job_id] = collected(house)
    with sqlite_database.unit_of_work() as session:
        session.add(PrinterState(name="printer-1", condition="out_of_labels"))
        session.add(PrinterState(name="printer-2", condition=condition, asked_at=house.now()))
    browser = house.sign_in()
    for state in (JobState.QUEUED, JobState.HELD):
        put(sqlite_database, job_id, state)
        for page in ("/printers", f"/collect/sitting/{accession}"):
            shown = text(browser.get(page))
            assert f"Printer 2 cannot print either: {why}" in shown
            assert "on Printer 2" not in shown


@pytest.mark.parametrize(
    ("condition", "waits", "said"),
    [
        ("not_answering", True, "Check the power and cable of Printer 1."),
        ("not_answering", True, "Can't reach Printer 1. Labels are waiting (1)."),
        ("not_answering", False, "Can't reach Printer 1. Check its power and cable."),
        ("lid_open", True, "See to Printer 1: 1 label waits there."),
        ("lid_open", True, "Close the printer lid. Printing continues by itself."),
        ("wrong_roll", False, "A label of the 2\N{MULTIPLICATION SIGN}1 in roll is 51 mm by 25 mm."),
    ],
)
def test_a_printer_s_trouble_is_told_with_its_name_and_what_to_do(house, sqlite_database, condition, waits, said):
    if waits:
        collected(house)
    with sqlite_database.unit_of_work() as session:
        session.add(PrinterState(name="printer-1", condition=condition))
    assert said in text(house.sign_in().get("/printers"))


def test_the_label_that_came_out_last_stands_first(house, sqlite_database):
    jobs = [collected(house)[2][0] for _ in range(3)]
    for job_id, minutes in zip(jobs, (2, 9, 5), strict=True):
        put(sqlite_database, job_id, JobState.PRINTED, finished_at=house.now() + timedelta(minutes=minutes))
    times = re.findall(r"Printed · (\d\d:\d\d)", text(house.sign_in().get("/printers")))
    assert times == ["09:24", "09:20", "09:17"]


def test_a_held_label_is_released_or_dropped(house, sqlite_database):
    jobs = [collected(house)[2][0] for _ in range(2)]
    for one in jobs:
        put(sqlite_database, one, JobState.HELD, error="It waited too long.")
    browser = house.sign_in()
    shown = text(browser.get("/printers"))
    assert shown.count("Print it now") == shown.count("Drop it") == 2
    browser.post(f"/printers/jobs/{jobs[0]}/again", data={"printer": "printer-1"})
    browser.post(f"/printers/jobs/{jobs[1]}/drop")
    assert (newest(sqlite_database).printer, newest(sqlite_database).state) == ("printer-1", JobState.QUEUED)
    assert job(sqlite_database, jobs[1]).state is JobState.CANCELLED
    assert "Drop it" not in text(browser.get("/printers"))


def test_labels_of_a_printer_that_is_gone_are_shown_and_printed_elsewhere(house, sqlite_database):
    _accession, _numbers, [job_id] = collected(house)
    put(sqlite_database, job_id, JobState.HELD, printer="gone")
    browser = house.sign_in()
    assert "Not declared any more" in text(browser.get("/printers"))
    browser.post(f"/printers/jobs/{job_id}/again", data={"printer": "printer-2"})
    assert newest(sqlite_database).printer == "printer-2"


def test_a_label_that_does_not_fit_says_which_field_at_the_station(house):
    accession, _numbers, _jobs = collected(house, patient=RIVERA | {"mrn": "W" * 40})
    page = house.sign_in().get(f"/collect/sitting/{accession}")
    shown = text(page)
    assert "cannot be printed" in shown
    assert re.search(r"label's MRN does not fit.+Use larger labels", shown)
    assert b"label.svg" not in page.data  # there is no picture of what cannot be drawn


def test_a_test_page_and_a_question_are_one_tap_and_a_courier_only_looks(house, sqlite_database):
    browser = house.sign_in("lab")
    assert browser.post("/printers/test", data={"printer": "printer-1"}).status_code == 303
    assert (newest(sqlite_database).label_id, newest(sqlite_database).reason) == (None, "Test page")
    assert browser.post("/printers/ask", data={"printer": "printer-1"}).status_code == 303
    courier = house.sign_in("courier")
    assert "Print a test page" not in text(courier.get("/printers"))
    assert courier.post("/printers/test", data={"printer": "printer-1"}).status_code == 403


def test_a_reprint_says_that_the_old_label_dies_and_one_tap_on_a_reason_prints(house, sqlite_database):
    accession, [number], [job_id] = collected(house)
    put(sqlite_database, job_id, JobState.PRINTED)
    browser = house.sign_in()
    back = f"/collect/sitting/{accession}"
    asked = text(browser.get(f"/specimens/{number}/reprint?next={back}"))
    assert "Replacing label 1 of 1 with a new number. The old label stops working — destroy it. Why?" in asked
    assert "Not printed again so far. Without a supervisor: 2 times." in asked
    form = {"printer": "printer-1", "reason": "Smudged or torn", "next": back}
    assert browser.post(f"/specimens/{number}/reprint", data=form).location == back
    made = newest(sqlite_database)
    assert (made.reason, made.reprint, made.state) == ("Smudged or torn", True, JobState.QUEUED)


def reprint(browser, number, **form):
    return browser.post(f"/specimens/{number}/reprint", data={"printer": "printer-1", "reason": "Lost"} | form)


def test_a_relabel_asks_for_the_old_code_or_a_signature_with_a_pin(house, sqlite_database, clock):
    _accession, [number], [job_id] = collected(house)
    put(sqlite_database, job_id, JobState.PRINTED)
    clock.advance(minutes=16)
    browser = house.sign_in()
    refused = reprint(browser, number)
    assert (refused.status_code, "Scan the old label on the tube" in text(refused)) == (409, True)
    badge = house.badges["supervisor"]
    wrong = reprint(browser, number, badge=badge, pin="111222")
    assert (wrong.status_code, "That badge and PIN do not fit" in text(wrong)) == (403, True)
    assert reprint(browser, number, badge=house.badges["collector"], pin=PIN).status_code == 422
    assert newest(sqlite_database).id == job_id
    assert reprint(browser, number, badge=badge, pin=PIN, statement="I saw the name.").status_code == 303
    with sqlite_database.unit_of_work(write=False) as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "label.printed_again"))
    assert (entry.actor_name, entry.detail["supervisor"], entry.detail["with_pin"]) == (
        "Collector One",
        "supervisor",
        True,
    )


def test_wrong_pins_on_the_page_are_counted(house, sqlite_database, clock):
    _accession, [number], [job_id] = collected(house)
    put(sqlite_database, job_id, JobState.PRINTED)
    clock.advance(minutes=16)
    browser, badge = house.sign_in(), house.badges["supervisor"]
    for _ in range(5):
        reprint(browser, number, badge=badge, pin="111222")
    assert "Wait five minutes" in text(reprint(browser, number, badge=badge, pin=PIN))


def test_a_reprint_without_a_reason_is_asked_for_one(house, sqlite_database):
    _accession, [number], [job_id] = collected(house)
    put(sqlite_database, job_id, JobState.PRINTED)
    refused = reprint(house.sign_in(), number, reason="")
    assert (refused.status_code, "Say why the label is printed again" in text(refused)) == (422, True)


def test_what_cannot_be_printed_again_shows_why_and_no_form(house, sqlite_database):
    _accession, [number], [job_id] = collected(house)
    put(sqlite_database, job_id, JobState.UNKNOWN)
    shown = text(house.sign_in().get(f"/specimens/{number}/reprint"))
    assert "answer for that print job first" in shown
    assert "One tap prints" not in shown


def test_a_station_without_a_printer_opens_its_labels_as_one_pdf_once(page_house, sqlite_database):
    tubes = [{"type": "BLDV", "container": one, "tests": [test]} for one, test in (("EDTA", "CBC"), ("SST", "BMP"))]
    accession, _numbers, jobs = collected(page_house, specimens=tubes)
    browser = page_house.sign_in()
    shown = text(browser.get(f"/collect/sitting/{accession}"))
    assert "Print the labels from this page" in shown
    assert "Print 2 labels" in shown
    opened = browser.post("/printers/documents", data={"job": jobs})
    assert (opened.content_type, opened.data[:5]) == ("application/pdf", b"%PDF-")
    assert {job(sqlite_database, one).state for one in jobs} == {JobState.SENT}
    again = browser.post("/printers/documents", data={"job": jobs})
    assert (again.status_code, "reprint" in text(again)) == (409, True)
    assert "Print the labels from this page" not in text(browser.get(f"/collect/sitting/{accession}"))


def test_labels_go_on_a_sheet_from_a_free_position_and_not_beside_it(page_house, sqlite_database):
    _accession, _numbers, jobs = collected(page_house)
    browser = page_house.sign_in()
    for wrong in ({"sheet": "a4-9x9"}, {"sheet": "a4-3x7", "start": "22"}, {"sheet": "a4-3x7", "start": "0"}):
        refused = browser.post("/printers/documents", data={"job": jobs} | wrong)
        assert refused.status_code == 422
        assert job(sqlite_database, jobs[0]).state is JobState.QUEUED
    assert "from 1 to 21" in text(refused)
    opened = browser.post("/printers/documents", data={"job": jobs, "sheet": "a4-3x7", "start": "21"})
    assert opened.content_type == "application/pdf"
    assert job(sqlite_database, jobs[0]).snapshot["stock"] != "2x1in"


def texts(database, job_id):
    return [element.get("text", "") for element in job(database, job_id).snapshot["elements"]]


SHARED = [{"name": "printer-1", "url": "tcp://127.0.0.1:9", "shared": True}]
TWO_CHAIRS = [{"name": name, "location": "Clinic", "printer": "printer-1"} for name in ("chair-1", "chair-2")]


@pytest.mark.parametrize("declared", [{"printer": SHARED}, {"station": TWO_CHAIRS}])
def test_labels_of_a_shared_printer_say_their_chair_and_which_of_how_many_they_are(sqlite_database, clock, declared):
    house = furnish(sqlite_database, clock, **declared)
    _accession, _numbers, [job_id] = collected(house)
    said = " ".join(texts(sqlite_database, job_id))
    assert "chair-1" in said
    assert "1/1" in said


def test_a_label_says_its_chair_on_the_printer_of_another_chair_and_not_on_its_own(house, sqlite_database):
    _accession, _numbers, [job_id] = collected(house)
    assert "chair-1" not in " ".join(texts(sqlite_database, job_id))
    house.sign_in().post("/printers/move", data={"printer": "printer-1"})
    assert "chair-1" in " ".join(texts(sqlite_database, newest(sqlite_database).id))
