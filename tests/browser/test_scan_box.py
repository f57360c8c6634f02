"""The scan box takes what a scanner types, whatever has the focus, and leaves alone what people type elsewhere."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from specimen_service.custody.model import CustodyEvent

# How far the middle of the words that the box is paused is from the middle of its icon, in pixels.
PAUSED_BESIDE = """() => {
  const [words, icon] = [".scan .paused", ".scan > .icon"].map((one) => document.querySelector(one).getBoundingClientRect());
  return words.height ? Math.abs(words.top + words.bottom - icon.top - icon.bottom) / 2 : Infinity;
}"""


@pytest.fixture
def number(clinic):
    return clinic.house.collect()["specimens"][0]["number"]


def recorded(clinic):
    with clinic.database.unit_of_work(write=False) as session:
        scans = select(CustodyEvent.code, CustodyEvent.entry).where(CustodyEvent.scan_id.is_not(None))
        return [(code, entry.value) for code, entry in session.execute(scans.order_by(CustodyEvent.id))]


def choose(clinic, tile):
    clinic.page.locator(".tiles").get_by_text(tile, exact=True).click()


def choose_more(clinic, tile):
    clinic.page.get_by_text("Verify, see, retrieve", exact=True).click()
    choose(clinic, tile)


def test_a_scan_arrives_whatever_was_clicked_before(clinic, number):
    clinic.sign_in()
    clinic.go("/scan")
    choose_more(clinic, "See")
    clinic.page.locator("#scans-title").click()
    assert clinic.page.evaluate(PAUSED_BESIDE) < 1
    clinic.scan(number)
    clinic.answers("ACCEPTED 1")
    clinic.page.get_by_role("radio", name="Pick up").focus()
    clinic.scan(clinic.house.collect()["specimens"][0]["number"])
    clinic.answers("ACCEPTED 2")
    expect(clinic.page.locator("#scans li")).to_have_count(2)
    assert [entry for _code, entry in recorded(clinic)] == ["scanned", "scanned"]


@pytest.mark.parametrize(("before", "end"), [pytest.param("", "Tab", marks=pytest.mark.long), ("]C0", "Enter")])
def test_a_scanners_prefix_and_line_end_do_no_harm(clinic, number, before, end):
    clinic.sign_in()
    clinic.go("/scan")
    choose_more(clinic, "See")
    clinic.scan(before + number, end)
    clinic.answers("ACCEPTED")
    assert recorded(clinic) == [(before + number, "scanned")]


def test_a_number_typed_by_hand_is_kept_as_typed(clinic, number):
    clinic.sign_in()
    clinic.go("/scan")
    choose_more(clinic, "See")
    clinic.page.keyboard.type(number, delay=90)
    clinic.page.keyboard.press("Enter")
    clinic.answers("ACCEPTED")
    assert recorded(clinic) == [(number, "typed")]


def test_typing_in_other_fields_stays_there(clinic):
    clinic.sign_in()
    clinic.go("/collect/new")
    field = clinic.page.get_by_label("Given name")
    field.click()
    clinic.page.keyboard.type("*Ana]C0 3", delay=8)
    expect(field).to_have_value("*Ana]C0 3")


def test_a_password_with_signs_of_a_scanner_goes_in_whole(clinic):
    clinic.go("/sign-in")
    clinic.page.get_by_label("Username").fill("supervisor")
    clinic.page.get_by_label("Password").click()
    clinic.page.keyboard.type("*]C0", delay=8)
    expect(clinic.page.get_by_label("Password")).to_have_value("*]C0")


def test_misread_digits_are_said_in_plain_words(clinic, number):
    clinic.sign_in()
    clinic.go("/scan")
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    clinic.scan(wrong)
    clinic.answers("Those digits don't add up. Scan again or retype them.")


def test_a_scan_that_does_not_fit_is_kept_and_says_what_comes_first(clinic, number):
    clinic.sign_in("lab", None)
    clinic.go("/scan")
    choose_more(clinic, "Retrieve")
    clinic.scan(number)
    clinic.answers("NOT EXPECTED")
    clinic.answers("kept for review")
    clinic.go(f"/specimens/{number}")
    expect(clinic.page.locator(".timeline .parked")).to_contain_text("it did not fit where the specimen stood")


def test_scans_made_while_the_service_is_out_of_reach_are_sent_once_it_is_back(clinic, number):
    clinic.sign_in()
    clinic.go("/scan")
    choose(clinic, "Pick up")
    clinic.page.context.set_offline(True)
    clinic.scan(number)
    expect(clinic.page.get_by_test_id("queue-pill")).to_contain_text("Offline · 1 saved")
    assert recorded(clinic) == []
    clinic.page.context.set_offline(False)
    clinic.answers("ACCEPTED")
    expect(clinic.page.get_by_test_id("queue-pill")).to_contain_text("Online · 0 waiting")
    assert len(recorded(clinic)) == 1
    clinic.forgive("ERR_INTERNET_DISCONNECTED")
    clinic.overlook("error occurred when fetching the script")  # the worker, if it was just being looked for


def test_the_next_step_follows_tile_and_place(clinic):
    clinic.sign_in("courier", None)
    clinic.go("/scan")
    clinic.says("Scan the barcode of the place first, then each tube.")
    clinic.page.get_by_label("You are at").select_option("Lab bench")
    clinic.says("Scan each tube or bag you take at Lab bench.")
    clinic.page.get_by_label("You are at").select_option("")
    choose(clinic, "Drop off")
    clinic.says("Scan the barcode of the place first")
    clinic.scan(clinic.house.locations["Clinic"])
    clinic.says("Scan each tube or bag you leave at Clinic")


@pytest.mark.long
def test_a_tile_is_chosen_at_the_first_tap_on_a_handheld(clinic):
    clinic.page.set_viewport_size({"width": 360, "height": 740})
    clinic.sign_in()
    clinic.go("/scan")
    for tile in ("Receive", "Dispose", "Pick up"):
        clinic.page.locator(".tiles").get_by_text(tile, exact=True).click()
        expect(clinic.page.get_by_role("radio", name=tile)).to_be_checked()
        expect(clinic.page.get_by_test_id("scan-input")).to_be_focused()
