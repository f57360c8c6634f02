"""Practice mode: a visitor without scanner and printer finishes a draw, and nothing of it can pass for real."""

import re

import pytest
from playwright.sync_api import expect

from printers.simulator import VirtualPrinter
from specimen_service.cli.spooling import Spoolers
from specimen_service.kernel.clock import utc_now
from tests.browser.conftest import Clinic
from tests.fitness import faults, overhang
from tests.house import PIN, furnish
from tests.serving import served

BRANDT = {"mrn": "P100008", "family_name": "BRANDT", "given_name": "Jonas", "birth_date": "1971-02-02", "sex": "M"}
# Both at one moment: the tray opens as its script runs, and the page moves aside with it.
BOXES = "() => ['main', '#practice'].map((one) => document.querySelector(one).getBoundingClientRect().toJSON())"


@pytest.fixture
def practice(sqlite_database, page, complaints):
    """A clinic of practice, with its printer on the screen."""
    with VirtualPrinter(tcp=0) as printer:
        sections = {"printer": [{"name": "printer-1", "url": printer.tcp_url}]}
        service = {"time_zone": "America/New_York", "training": True}
        house = furnish(sqlite_database, utc_now, {"printer-1": printer}, service=service, **sections)
        with served(house.app) as url, Spoolers(house.app.config["SETTINGS"], sqlite_database):
            yield Clinic(url, house, sqlite_database, printer, page, complaints)
            page.close()


def tap(practice, shelf, words):
    """Tap something on a shelf of the practice scanner, as a finger does."""
    practice.page.locator(".segments").get_by_text(shelf, exact=True).click()
    practice.page.locator(".shelf").get_by_role("button", name=re.compile(words)).first.click()


def covered(page):
    """Whether the open tray lies over any part of the page."""
    expect(page.locator("#practice")).to_have_attribute("open", "")
    main, tray = page.evaluate(BOXES)
    return main["right"] > tray["left"] + 1 and main["bottom"] > tray["top"] + 1


def test_a_visitor_without_hardware_finishes_a_draw_by_taps_alone(practice):
    practice.house.post("/orders", {"patient": BRANDT, "tests": ["PT", "CBC"]})
    page = practice.page
    page.set_viewport_size({"width": 1280, "height": 800})
    practice.sign_in("collector")
    assert not covered(practice.page)
    tap(practice, "Wristbands", "BRANDT")
    expect(page.get_by_test_id("patient-banner")).to_contain_text("BRANDT, Jonas")
    for command in ("Name matches", "Birth date matches", "Collected"):
        tap(practice, "Commands", f"^{command}")
        expect(page.locator("#notice")).to_have_count(0)
    papers = page.locator("#practice-tubes .paper")
    expect(papers).to_have_count(2)
    expect(page.get_by_role("radio", name="Tubes")).to_be_checked()
    expect(page.locator(".newest .paper")).to_contain_text("Newest")
    for printed in range(2):
        assert (
            papers.nth(printed).locator("img").evaluate("picture => picture.decode().then(() => picture.naturalWidth)")
            > 300
        )
        papers.nth(printed).click()
        expect(page.get_by_text(f"Verified {printed + 1} of 2").first).to_be_visible()
    tap(practice, "Commands", "^Yes")
    practice.says("Done.")
    assert all(b"TRAINING" in label.zpl for label in practice.printer.labels)
    expect(page.get_by_text("TRAINING", exact=True)).to_be_visible()
    assert faults(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert overhang(page) == 0
    assert not covered(page)
    page.emulate_media(color_scheme="dark")
    assert faults(page, runOnly=["color-contrast"]) == []


@pytest.mark.long
def test_the_tray_stays_as_it_was_left(practice):
    practice.sign_in("lab", None)
    tray = practice.page.locator("#practice")
    expect(tray).to_have_attribute("open", "")
    practice.page.set_viewport_size({"width": 1280, "height": 500})
    practice.page.get_by_role("radio", name="Places").focus()
    practice.page.keyboard.press("Space")
    assert practice.page.evaluate("scrollY") == 0
    by_server = re.compile(r'<details class="practice"[^>]* open>')  # before any script: the page does not jump
    assert by_server.search(practice.page.request.get(practice.page.url).text())
    practice.page.locator("#practice summary").click()
    expect(tray).not_to_have_attribute("open", "")
    practice.page.reload()
    assert not by_server.search(practice.page.request.get(practice.page.url).text())
    expect(practice.page.locator("#practice-places button")).not_to_have_count(0)
    expect(tray).not_to_have_attribute("open", "")
    expect(practice.page.locator("#practice [value=places]")).to_be_checked()
    practice.page.set_viewport_size({"width": 360, "height": 740})
    practice.go("/scan")
    lowest = [tile.bounding_box() for tile in practice.page.locator("fieldset > .tiles .tile").all()][5]
    assert lowest["y"] + lowest["height"] <= tray.bounding_box()["y"]


@pytest.mark.long
def test_a_badge_is_scanned_at_the_door_and_at_another_person_s_pin(practice):
    page = practice.page
    page.set_viewport_size({"width": 1280, "height": 800})
    practice.go("/sign-in")
    page.locator("#practice-badges").get_by_role("button", name="Lab One").click()
    expect(page.get_by_role("heading", name="Lab One")).to_be_visible()
    page.locator("#practice-badges").get_by_role("button", name="Collector One").click()
    expect(page.get_by_role("heading", name="Collector One")).to_be_visible()
    assert not covered(page)
    page.get_by_label("PIN, six digits").press_sequentially(PIN, delay=90)
    expect(page.locator(".who summary")).to_contain_text("Collector One")


def test_a_service_that_is_not_for_practice_has_none_of_it(sqlite_database):
    browser = furnish(sqlite_database, utc_now).sign_in("supervisor")
    page = browser.get("/").text
    assert "practice" not in page
    assert "TRAINING" not in page
    assert browser.get("/practice/tray").status_code == 404
    assert browser.get("/practice/badges").status_code == 404
    assert browser.get("/practice/paper/printer-1/1.png").status_code == 404
