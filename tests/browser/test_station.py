"""The whole draw at a real station: browser, service, spooler, printer, and a scanner that types."""

import re
import time

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select, update

from specimen_service.custody.model import CustodyEvent, Entry
from specimen_service.kernel.numbers import grouped
from specimen_service.labels.model import JobState, PrintJob
from tests.chair import BOTH, BRANDT, RIVERA, Hands, collected, identified, order


def test_three_tubes_take_eight_actions_and_not_one_typed_character(clinic, record_property):
    clinic.sign_in()
    number = order(clinic, BRANDT, "CBC", "PT", "CMP")
    clinic.go("/")
    hands, began = Hands(clinic), time.perf_counter()
    hands.scan(BRANDT["mrn"])
    clinic.page.wait_for_url(f"**/collect/order/{number}")
    for words in BOTH:
        hands.tap(words)
    clinic.says("Draw the 3 tubes in this order")
    expect(clinic.page.get_by_test_id("tube-row").first).to_contain_text("invert 3\N{EN DASH}4 times")
    hands.tap("Collected")
    clinic.page.wait_for_url("**/collect/sitting/*")
    for place, label in enumerate(clinic.numbers_printed(3), start=1):
        hands.scan(label)
        expect(clinic.page.get_by_role("heading", name=f"Verified {place} of 3")).to_be_visible()
    hands.tap("Yes, they match")
    clinic.says("Done.")
    seconds = time.perf_counter() - began
    assert (hands.actions, hands.typed) == (8, 0)
    record_property("draw_seconds", round(seconds, 2))
    expect(clinic.page.get_by_test_id("done")).to_contain_text("Let it clot upright until")
    overridden = select(func.count()).where(CustodyEvent.entry == Entry.TYPED)
    with clinic.database.unit_of_work(write=False) as session:
        assert session.scalar(overridden) == 0
    clinic.page.get_by_role("link", name="Next patient").click()
    clinic.says("Nobody is waiting")


def register_walk_in(page):
    page.get_by_role("link", name="Register a walk-in").click()
    page.get_by_label("MRN", exact=True).fill("P100001")
    page.get_by_label("Family name").fill("RIVERA")
    page.get_by_label("Given name").fill("Ana")
    page.get_by_label("Birth date", exact=True).fill("14 MAR 1984")
    page.get_by_label("Sex", exact=True).select_option("F")
    page.get_by_role("checkbox", name=re.compile("^PT ")).check()
    page.get_by_label("Find a test").fill("CBC, CMP")
    page.get_by_role("button", name="Go on to the tubes").click()


def test_a_walk_in_leaves_the_pending_list_as_a_received_specimen(clinic):
    clinic.sign_in()
    clinic.says("Nobody is waiting")
    register_walk_in(clinic.page)
    for words in BOTH:
        clinic.page.get_by_role("button", name=words).click()
    clinic.says("Draw the 3 tubes in this order")
    expect(clinic.page.get_by_test_id("patient-banner")).to_contain_text("14 MAR 1984")
    rows = clinic.page.get_by_test_id("tube-row")
    assert [re.search("Light blue|Gold|Lavender", row)[0] for row in rows.all_inner_texts()] == [
        "Light blue",
        "Gold",
        "Lavender",
    ]
    clinic.page.get_by_role("button", name="Collected").click()
    numbers = clinic.numbers_printed(3)
    for place, number in enumerate(numbers, start=1):
        expect(clinic.page.get_by_test_id("label-preview")).to_be_visible()
        clinic.scan(number)
        expect(clinic.page.get_by_role("heading", name=f"Verified {place} of 3").first).to_be_visible()
    clinic.says("tubes are verified")
    expect(clinic.page.get_by_text("Scan the label on each tube")).not_to_be_in_viewport()
    clinic.scan(numbers[0])
    clinic.answers("Already verified")
    clinic.page.get_by_role("button", name="Yes, they match").click()
    clinic.says("Done. Put the 3 tubes where they are picked up")
    clinic.page.set_viewport_size({"width": 360, "height": 740})
    clinic.page.reload()
    expect(clinic.page.get_by_test_id("scan-input")).to_be_focused()
    expect(clinic.page.get_by_test_id("now")).to_be_in_viewport(ratio=1)
    clinic.page.set_viewport_size({"width": 1280, "height": 800})
    clinic.go("/scan")
    for tile in ("Pick up", "Receive"):
        clinic.page.locator("#main").get_by_text(tile, exact=True).click()
        clinic.scan(clinic.house.locations["Lab bench"])
        clinic.answers("You are at Lab bench")
        for number in numbers:
            clinic.scan(number)
            expect(clinic.page.locator("#scans li", has_text="ACCEPTED")).not_to_have_count(0)
        expect(clinic.page.locator("#scans li")).to_have_count(3 if tile == "Pick up" else 6)
    clinic.go("/lab/pending")
    clinic.says("Nothing is pending")


def test_a_tube_of_another_patient_stops_the_sitting_until_somebody_acknowledges(clinic):
    clinic.sign_in()
    [other] = collected(clinic, RIVERA, "CBC")
    [own] = collected(clinic, BRANDT, "CBC")
    clinic.scan(other)
    stop = clinic.page.get_by_role("alert")
    expect(stop).to_contain_text(
        "Wrong patient. This tube belongs to another patient, not BRANDT, Jonas.", use_inner_text=True
    )
    assert "RIVERA" not in clinic.page.locator("main").inner_text()
    clinic.scan(own)
    clinic.page.reload()
    expect(stop).to_contain_text("Nothing was verified")
    expect(clinic.page.get_by_test_id("patient-banner")).to_be_hidden()
    clinic.go("/")
    expect(clinic.page.locator("#waiting")).to_contain_text("STOP not acknowledged")
    clinic.page.get_by_role("link", name="BRANDT").click()
    expect(stop).to_have_attribute("data-tone", "stop")
    clinic.page.get_by_role("button", name="I have set it aside").click()
    expect(stop).to_have_count(0)
    expect(clinic.page.get_by_role("heading", name="Verified 0 of 1")).to_be_visible()
    clinic.scan(own)
    clinic.answers("Verified")
    clinic.says("The tube is verified")


def test_a_dead_label_is_never_verified_and_names_its_successor(clinic):
    clinic.sign_in()
    [number] = collected(clinic, RIVERA, "CBC")
    wish = {"printer": "printer-1", "reason": "smudged"}
    again = clinic.house.post(f"/specimens/{number}/labels", wish)
    assert again.status_code == 202, again.json
    clinic.scan(number)
    clinic.answers("This label was replaced")
    clinic.answers(grouped(again.json["number"]))
    expect(clinic.page.get_by_role("heading", name="Verified 0 of 1")).to_be_visible()
    clinic.go(f"/specimens/{number}")
    expect(clinic.page.get_by_role("alert")).to_contain_text("replaced")
    expect(clinic.page.get_by_text("smudged").first).to_be_visible()


def test_a_printer_out_of_labels_says_so_and_prints_once_each_by_itself(clinic):
    clinic.sign_in()
    clinic.printer.set_fault("out_of_labels")
    identified(clinic, order(clinic, BRANDT, "CBC", "PT"))
    clinic.page.get_by_role("button", name="Collected").click()
    clinic.says("Printer 1 is out of labels. Load a 2\N{MULTIPLICATION SIGN}1 in roll, close the lid")
    expect(clinic.page.get_by_test_id("printer-pill")).to_contain_text("out of labels")
    clinic.page.reload()
    clinic.says("out of labels")
    clinic.printer.set_fault("out_of_labels", present=False)
    clinic.says("Put the label on tube 1")
    assert len(set(clinic.numbers_printed(2))) == clinic.printer.physical == 2


def test_a_label_in_doubt_is_asked_for_beside_its_tube_and_replaced_in_one_tap(clinic):
    clinic.sign_in()
    [lost] = collected(clinic, BRANDT, "CBC")
    with clinic.database.unit_of_work() as session:
        session.execute(update(PrintJob).values(state=JobState.UNKNOWN))
    clinic.says("did the label of tube 1 come out?")
    clinic.page.get_by_role("button", name="Nothing came out").click()
    clinic.says("Put the label on tube 1")
    fresh = clinic.numbers_printed(2)[1]
    assert fresh != lost
    clinic.scan(lost)
    clinic.answers("Void label")
    clinic.scan(fresh)
    clinic.says("The tube is verified")


def test_a_blood_culture_bottle_is_verified_by_our_label_and_then_by_its_own_code(clinic):
    clinic.sign_in()
    aerobic, anaerobic = collected(clinic, BRANDT, "BCXAER", "BCXANA")
    clinic.scan(aerobic)
    clinic.says("Scan the bottle's own barcode on tube 1")
    expect(clinic.page.locator(".tube.turn")).to_contain_text("Scan the bottle's code")
    clinic.scan("SAKX4711AB")
    clinic.answers("The code of bottle 1 is kept")
    clinic.scan(anaerobic)
    clinic.says("Scan the bottle's own barcode on tube 2")
    clinic.scan("SNKX0815CD")
    clinic.says("tubes are verified")
    clinic.go(f"/specimens/{aerobic}")
    expect(clinic.page.get_by_text("SAKX4711AB")).to_be_visible()


def test_collected_pressed_on_two_pages_draws_once(clinic):
    clinic.sign_in()
    number = order(clinic, BRANDT, "CBC")
    identified(clinic, number)
    pages = [clinic.page, clinic.page.context.new_page()]
    pages[1].goto(f"{clinic.url}/collect/order/{number}")
    for page in pages:
        page.get_by_role("button", name="Collected").click()
        page.wait_for_url("**/collect/sitting/*")
    assert pages[0].url == pages[1].url
    assert clinic.numbers_printed(1) == clinic.numbers_printed(1)
    expect(pages[1].get_by_test_id("tube-row")).to_have_count(1)


def test_every_bad_field_of_a_walk_in_is_named_at_once(clinic):
    clinic.sign_in()
    clinic.go("/collect/new")
    clinic.page.get_by_label("Birth date", exact=True).fill("03/04/1984")
    clinic.page.get_by_label("Find a test").fill("NOPE")
    clinic.page.get_by_role("button", name="Go on to the tubes").click()
    named = clinic.page.get_by_role("alert").get_by_role("listitem")
    expect(named).to_have_count(5)
    clinic.page.wait_for_load_state()
    for field in ("MRN", "Family name", "Given name", "Birth date"):
        expect(clinic.page.get_by_label(field, exact=True)).to_have_attribute("aria-invalid", "true")
    expect(clinic.page.get_by_label("Birth date", exact=True)).to_have_value("03/04/1984")
    expect(clinic.page.get_by_text("There is no test NOPE").first).to_be_visible()
    wanted = clinic.page.get_by_label("Find a test")
    wanted.fill("CBC wound")
    clinic.page.get_by_role("checkbox", name="WCX").check()
    expect(wanted).to_have_value("CBC ")
    expect(clinic.page.get_by_role("checkbox", name="TSH")).to_be_hidden()
    wanted.click()
    expect(clinic.page.get_by_role("checkbox", name="TSH")).to_be_visible()
    clinic.go("/")
    clinic.says("Nobody is waiting")
    clinic.forgive("422")


@pytest.mark.long
def test_on_a_small_screen_the_button_of_a_walk_in_is_always_in_sight_and_never_over_the_field(clinic):
    clinic.sign_in()
    clinic.page.set_viewport_size({"width": 360, "height": 740})
    clinic.go("/collect/new")
    button = clinic.page.get_by_role("button", name="Go on to the tubes")
    expect(button).to_be_in_viewport(ratio=1)
    for _ in range(20):
        clinic.page.keyboard.press("Tab")
        field, foot = clinic.page.locator(":focus").bounding_box(), button.bounding_box()
        assert field["y"] + field["height"] <= foot["y"]
    expect(clinic.page.get_by_role("link", name="Back to the list")).not_to_be_in_viewport()


def test_enter_in_a_field_moves_on_and_submits_nothing(clinic):
    clinic.sign_in()
    clinic.go("/collect/new")
    clinic.page.get_by_label("MRN", exact=True).click()
    clinic.scan("P100001")
    expect(clinic.page.get_by_label("Family name")).to_be_focused()
    assert clinic.page.url.endswith("/collect/new")
    expect(clinic.page.get_by_role("alert")).to_have_count(0)


def test_a_wristband_scanned_at_the_worklist_opens_the_order(clinic):
    clinic.sign_in()
    number = order(clinic, BRANDT, "CBC")
    clinic.go("/")
    clinic.scan("P999999")
    clinic.answers("No waiting order")
    clinic.forgive("404")
    clinic.scan("brandt, j")
    clinic.answers("1 order found")
    clinic.page.keyboard.type("zzz")
    expect(clinic.page.get_by_role("heading", name="Nobody on this list fits")).to_be_visible()
    clinic.says("Nobody on this list fits")
    clinic.page.get_by_role("button", name="Show all").click()
    clinic.says("Pick the right one")
    expect(clinic.page.get_by_role("link", name="BRANDT")).to_be_visible()
    clinic.scan("P100008")
    clinic.page.wait_for_url(f"**/collect/order/{number}")
    expect(clinic.page.get_by_test_id("patient-banner")).to_contain_text("BRANDT, Jonas")


def test_a_swab_of_somebody_unknown_wants_the_wristband_the_site_and_the_side(clinic):
    clinic.sign_in()
    stranger = {"mrn": "T-0001", "identity": "temporary"}
    identified(clinic, order(clinic, stranger, "WCX"), ("MRN on the wristband matches", "A second sign matches"))
    clinic.page.get_by_role("button", name="Collected").click()
    expect(clinic.page.get_by_role("alert")).to_contain_text("needs the body site")
    clinic.page.get_by_label("Another place").fill("Forearm")
    clinic.page.get_by_role("radio", name="Left").check()
    clinic.page.get_by_role("button", name="Collected").click()
    [number] = clinic.numbers_printed(1)
    clinic.go(f"/specimens/{number}")
    expect(clinic.page.get_by_text("Forearm")).to_be_visible()
    expect(clinic.page.get_by_test_id("patient-banner")).to_contain_text("Temporary identity")
    clinic.forgive("422")
