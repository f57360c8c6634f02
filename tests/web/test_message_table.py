"""The message table: each row is rendered by a test. Those of which no other test shows the sentence are here.

Rows 2, 3, 4, 7, 10, 18 and 27 are shown in tests/collection/test_draw_pages.py, 17 in tests/collection/test_shortened_names.py, 11 in
tests/browser/test_station.py, 15 in tests/labels/test_label_pages.py, 16 in tests/custody/test_recording.py, 30 in
tests/browser/test_stop.py, 31 in tests/browser/test_scanner.py and 9 in tests/collection/test_volume.py. Of the handheld, 19 to 21 and 29
are in tests/browser/test_handheld.py and test_scan_box.py, 21 and 22 in test_handheld_offline.py; of the laboratory, 23 to 26 are in
tests/receiving/test_bench.py and tests/shipments.
"""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from printers.declared import Declared, judged
from specimen_service.accounts.actions import set_credential
from specimen_service.accounts.rules import Credential
from specimen_service.audit.model import SYSTEM
from specimen_service.labels.model import PrinterState
from specimen_service.specimens.model import Specimen
from specimen_service.web.wording import printer_trouble
from tests.chair import BRANDT
from tests.house import RIVERA, furnish
from tests.printers.test_declared import reporting
from tests.station import Chair, acts, stored

OKAFOR = RIVERA | {"mrn": "P100002", "family_name": "OKAFOR", "given_name": "Chidi", "birth_date": "1948-07-01"}
ANNA = RIVERA | {"mrn": "P100003", "given_name": "Anna", "birth_date": "1948-03-14"}
WRONG = "Wrong patient. This tube belongs to another patient, not BRANDT, Jonas. Set it aside and tell your supervisor."


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


@pytest.fixture
def maya(house):
    return Chair(house, house.sign_in("collector"))


def stopped(maya):
    """Scan another patient's tube at a sitting; returns the page and the number of the sitting's own tube."""
    [other] = maya.collect(OKAFOR, "CBC")
    [own] = maya.collect(BRANDT, "CBC")
    return maya.scan(other), own


@pytest.mark.parametrize(("role", "name"), [("collector", "Collector One"), ("supervisor", "Supervisor One")])
def test_1_a_wrong_tube_is_acknowledged_by_ones_own_badge_or_a_supervisor_s(house, maya, role, name):
    page, own = stopped(maya)
    assert f"STOP. {WRONG}" in page
    assert "Nothing was verified." in page
    assert "Verified 0 of 1" in maya.tap("acknowledge", badge=house.badges[role])
    said = {"stop": "wrong_tube", "by": name, "with": "badge"}
    assert acts(house, "stop.acknowledged") == [("stop.acknowledged", said)]
    assert "The tube is verified" in maya.scan(own)


@pytest.mark.parametrize("whose", ["lab", "courier", "nobody"])
def test_1_the_badge_of_nobody_who_may_leaves_the_stop_where_it_is(house, maya, whose):
    stopped(maya)
    page = maya.tap("acknowledge", badge=house.badges.get(whose, "820000000015"))
    assert WRONG in page
    assert "That badge is neither yours nor a supervisor's. Scan one of those." in page
    assert WRONG in maya.go(maya.path)
    assert acts(house, "stop.acknowledged") == []


def test_1_the_button_acknowledges_in_the_name_of_who_is_signed_in(house, maya):
    stopped(maya)
    maya.tap("acknowledge")
    [(_, said)] = acts(house, "stop.acknowledged")
    assert said == {"stop": "wrong_tube", "by": "Collector One", "with": "button"}


def test_5_who_says_another_birth_year_is_not_drawn(house, maya):
    house.post("/orders", {"patient": ANNA, "tests": ["CBC"]})
    maya.order(RIVERA, "CBC")
    page = maya.identify(birth_year="1948")
    assert "STOP. Details do not match. Do not draw. Send the patient to registration." in page


def test_6_a_typed_mrn_is_asked_why_in_three_words(house, maya):
    house.post("/orders", {"patient": RIVERA, "tests": ["CBC"]})
    found = maya.browser.post("/collect/find", data={"code": "P100001", "entry": "typed"}, follow_redirects=True)
    assert "You typed the MRN. Choose why: band missing won't scan no slip" in maya._read(found)


def test_8_an_incomplete_order_is_parked_with_what_to_ask_for(maya):
    maya.order(RIVERA, "CBC")
    page = maya.tap("not-ready", outcome="order_incomplete")
    assert "This order has no diagnosis code" in page
    assert "Ask the front desk to add it; I'll keep the patient on your list." in page
    assert "P100001" in maya.go("/?tab=parked")


def test_14_a_wrong_roll_is_told_with_both_lengths(house):
    said = judged(reporting(57), Declared(203, "2x1in", 25.4))
    found = PrinterState(name="printer-1", condition=said.condition, detail=said.sentence, asked_at=house.now())
    with house.database.unit_of_work() as session:
        session.add(found)
    page = Chair(house, house.sign_in("supervisor")).go("/printers")
    assert (
        "Label length is 57 mm, this template needs 25 mm. Load the 2\N{MULTIPLICATION SIGN}1 in roll or press Calibrate."
        in page
    )


def test_11_and_12_a_printer_is_called_by_its_name_once():
    assert printer_trouble("chair-2", "not_answering", "2x1in", 3) == (
        "Can't reach Chair 2 printer. Labels are waiting (3)."
    )
    assert str(printer_trouble("chair-2", "out_of_labels", "2x1in", 3)).startswith("Printer Chair 2 is out of labels.")
    assert str(printer_trouble("printer-1", "paused", "2x1in", 0)).startswith("Printer 1 is paused.")


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("not_answering", "Can't reach Printer 1. Labels are waiting (1)."),
        ("lid_open", "Close the printer lid. Printing continues by itself."),
    ],
)
def test_12_and_13_a_printer_s_trouble_is_told_at_the_sitting_itself(house, maya, condition, sentence):
    with house.database.unit_of_work() as session:
        session.add(PrinterState(name="printer-1", condition=condition, asked_at=house.now()))
    maya.collect(RIVERA, "CBC")
    assert sentence in maya.go(maya.path)


def certified(house, moment, username="collector"):
    """Give somebody a credential that holds to the end of February, and sign in at a moment; returns the browser's chair."""
    with house.database.unit_of_work() as session:
        credential = Credential("CMA (AAMA)", date(2027, 2, 28))
        set_credential(session, house.now(), SYSTEM, username=username, credential=credential)
    house.now.now = moment
    return Chair(house, house.sign_in(username))


def test_28_a_credential_is_warned_of_on_the_worklist_and_one_may_draw(house):
    maya = certified(house, datetime(2027, 1, 18, 15, 0, tzinfo=UTC))
    assert "Your CMA (AAMA) expires 28 FEB 2027 (41 days)." in maya.go("/")
    [number] = maya.collect(RIVERA, "CBC")
    assert "The tube is verified" in maya.scan(number)


@pytest.mark.parametrize(
    ("role", "first"),
    [("collector", "/"), ("supervisor", "/"), ("admin", "/"), ("lab", "/lab/pending"), ("courier", "/scan")],
)
def test_28_everybody_is_warned_on_the_first_page(house, role, first):
    them = certified(house, datetime(2027, 1, 18, 15, 0, tzinfo=UTC), role)
    assert them.browser.get("/", follow_redirects=True).request.path == first
    assert "Your CMA (AAMA) expires 28 FEB 2027 (41 days)." in them.go("/")
    house.now.now = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
    them = Chair(house, house.sign_in(role))
    assert "Your CMA (AAMA) expired 28 FEB 2027; ask your manager." in them.go("/")
    assert "Your CMA" in them.go("/scan")


def test_28_nobody_else_hears_of_it_and_nothing_is_said_too_early(house):
    assert "CMA" not in certified(house, datetime(2026, 12, 29, 15, 0, tzinfo=UTC)).go("/")
    house.now.now = datetime(2027, 1, 18, 15, 0, tzinfo=UTC)
    assert "CMA" not in Chair(house, house.sign_in("supervisor")).go("/")


def test_28_a_credential_holds_until_midnight_at_the_site_and_then_stops_the_draw(house):
    maya = certified(house, datetime(2027, 3, 1, 4, 59, tzinfo=UTC))
    assert "Your CMA (AAMA) expires today, 28 FEB 2027." in maya.go("/")
    maya.order(RIVERA, "CBC")
    maya.identify()
    house.now.advance(minutes=1)
    expired = "Your CMA (AAMA) expired 28 FEB 2027; ask your manager."
    page = maya.go("/")
    assert f"You cannot draw for now {expired}" in page
    assert "Let somebody else draw" in page
    order = maya.path
    for refused in (maya.browser.get(order), maya.browser.post(f"{order}/collected")):
        assert refused.status_code == 403
        assert f"{expired} A colleague can go on with this draw under their own badge." in refused.text
    assert stored(house, select(Specimen.id).where(Specimen.collection_id.is_not(None))) == []


def test_28_what_was_drawn_before_midnight_is_labelled_after_it(house):
    maya = certified(house, datetime(2027, 3, 1, 4, 59, tzinfo=UTC))
    [number] = maya.collect(RIVERA, "CBC")
    house.now.advance(minutes=1)
    assert "The tube is verified" in maya.scan(number)


def test_28_labels_that_came_before_the_needle_are_not_taken_over_to_draw(sqlite_database, clock):
    house = furnish(sqlite_database, clock, labels={"timing": "before_in_presence"})
    maya = certified(house, datetime(2027, 3, 1, 5, 0, tzinfo=UTC))
    grace = Chair(house, house.sign_in("supervisor"))
    grace.collect(RIVERA, "CBC")
    assert "Parked by Supervisor One" in maya.go(grace.path)
    assert maya.browser.post(f"{grace.path}/take-over").status_code == 403
    assert "Parked by Supervisor One" in maya.go(grace.path)


def test_28_a_renewed_credential_lets_one_draw_again_and_both_are_on_record(house):
    maya = certified(house, datetime(2027, 3, 2, 15, 0, tzinfo=UTC))
    with house.database.unit_of_work() as session:
        renewed = Credential("CMA (AAMA)", date(2032, 2, 28))
        set_credential(session, house.now(), SYSTEM, username="collector", credential=renewed)
    assert "CMA" not in maya.go("/")
    assert maya.collect(RIVERA, "CBC")
    said = [detail["until"] for _, detail in acts(house, "person.credential_set")]
    assert said == ["2027-02-28", "2032-02-28"]


def test_32_labels_that_the_patient_denies_are_discarded_and_never_relabelled(maya):
    [number] = maya.collect(RIVERA, "CBC")
    maya.scan(number)
    page = maya.tap("shown", answer="no")
    assert "Stop. Do not relabel. Discard these tubes, check identity, and draw again." in page
    assert "They are discarded. Draw again" in page
