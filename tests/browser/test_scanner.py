"""Scanning just works: whatever a scanner puts around a code, whatever has the focus, whatever the keyboard's layout."""

import io
import re
from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import expect
from sqlalchemy import select

from specimen_service.custody.model import CustodyEvent
from specimen_service.kernel.clock import utc_now
from specimen_service.web.commands import COMMANDS, Command
from tests.fitness import faults, overhang
from tests.house import RIVERA
from tests.wedge import wedge

FRENCH = dict(zip("1234567890", "&é\"'(-è_çà", strict=True))
"""What the keys 1 to 0 write, without Shift, where the keyboard is French and the scanner is not."""
NUMBERS = {one.command: one.number for one in COMMANDS}


@pytest.fixture
def number(clinic):
    return clinic.house.collect()["specimens"][0]["number"]


def recorded(clinic):
    with clinic.database.unit_of_work(write=False) as session:
        scans = select(CustodyEvent.code, CustodyEvent.entry).where(CustodyEvent.scan_id.is_not(None))
        return [(code, entry.value) for code, entry in session.execute(scans.order_by(CustodyEvent.id))]


def at_the_bench(clinic):
    clinic.sign_in()
    clinic.go(f"/lab/receive?location={clinic.house.locations['Lab bench']}")


def hold_time(clinic):
    """Stop the page's clock: where silence ends a scan, a held-up test must not fall silent within one."""
    clinic.page.wait_for_load_state()
    clinic.page.clock.install()
    clinic.page.clock.pause_at(utc_now() + timedelta(seconds=1))


def scan_with(clinic, code, written):
    """Scan as a scanner set to an American keyboard does on a computer set to another one."""
    clinic.page.wait_for_load_state()
    wedge(clinic.page, code, "Enter", written=written.get)


def scan_with_caps_lock(clinic, code):
    """Scan while Caps Lock is on, which turns letters round: no tool presses that key, so the browser is told that it is."""
    clinic.page.wait_for_load_state()
    clinic.page.evaluate("KeyboardEvent.prototype.getModifierState = key => key === 'CapsLock'")
    wedge(clinic.page, code, "Enter", written=str.swapcase, shifted=str.isupper)


def test_a_scan_is_taken_whatever_the_scanner_puts_around_it(clinic, number):
    at_the_bench(clinic)
    hold_time(clinic)
    for code, end in ((number, ""), (f"]C1{number}", ""), (f"*{number}#", ""), (number, "Tab")):
        with clinic.page.expect_response("**/lab/receive"):
            wedge(clinic.page, code, end)
            clinic.page.clock.run_for(150)
    wedge(clinic.page, number[:8])
    clinic.page.clock.run_for(200)  # a scanner that pauses within a code: longer than the lull behind a whole one
    with clinic.page.expect_response("**/lab/receive"):
        wedge(clinic.page, number[8:])
        clinic.page.clock.run_for(150)
    clinic.answers("Already received")
    wanted = [number, f"]C1{number}", f"*{number}#", number, number]
    assert recorded(clinic) == [(code, "scanned") for code in wanted]


def test_our_numbers_are_read_on_a_foreign_keyboard_and_the_page_says_what_is_set_wrong(clinic, number):
    at_the_bench(clinic)
    scan_with(clinic, number, FRENCH)
    clinic.answers("Received")
    assert recorded(clinic) == [(number, "scanned")]
    written = "".join(FRENCH[digit] for digit in number)
    said = f"Your scanner is sending {written} instead of digits. Open Scanner setup."
    expect(clinic.page.locator("#notice")).to_have_text(re.compile(rf"\s*{re.escape(said)}\s*"))
    clinic.page.get_by_role("link", name="Open Scanner setup").click()
    clinic.page.wait_for_url("**/admin/scanner")


@pytest.mark.long
def test_a_scan_arrives_though_a_choice_list_has_the_focus_and_leaves_the_choice_alone(clinic, number):
    clinic.sign_in()
    clinic.go("/scan?action=see")
    place = clinic.page.get_by_label("You are at")
    place.focus()
    clinic.page.keyboard.type("Cli")
    expect(place).to_have_value(clinic.house.locations["Clinic"])
    clinic.scan(number)
    clinic.answers("Seen")
    expect(place).to_have_value(clinic.house.locations["Clinic"])


@pytest.mark.long
def test_a_scan_presses_no_button_that_happens_to_have_the_focus(clinic, number):
    clinic.sign_in()
    clinic.go("/printers")
    asked = clinic.page.get_by_role("button", name=re.compile("test", re.IGNORECASE)).first
    asked.focus()
    requests = []
    clinic.page.on("request", lambda request: requests.append(request.method))
    clinic.scan(number)
    clinic.scan(NUMBERS[Command.NEXT])
    expect(clinic.page.locator("#notice")).to_contain_text("There is no “Next” to press at this step.")
    assert "POST" not in requests
    with clinic.page.expect_request(lambda request: request.method == "POST"):
        clinic.page.wait_for_timeout(400)  # what comes right behind a scan belongs to it
        asked.press("Enter")


@pytest.mark.long
def test_a_command_in_a_field_for_words_stays_there_as_text(clinic):
    clinic.sign_in()
    clinic.go("/collect/new")
    field = clinic.page.get_by_label("Given name")
    field.click()
    clinic.scan(NUMBERS[Command.BACK])
    expect(field).to_have_value(NUMBERS[Command.BACK])
    assert clinic.page.url.endswith("/collect/new")


def fact(clinic, name):
    return clinic.page.locator(".arrived div", has=clinic.page.get_by_text(name, exact=True)).locator("dd")


def test_the_scanner_doctor_shows_what_arrived_and_what_to_set(clinic):
    clinic.sign_in("lab", None)
    clinic.go("/admin/scanner")
    clinic.scan("]C0" + NUMBERS[Command.TEST])
    expect(clinic.page.get_by_test_id("scan-result")).to_contain_text("All is well.")
    expect(fact(clinic, "Before the code")).to_have_text("]C0, the AIM identifier of Code 128")
    expect(fact(clinic, "Ends with")).to_have_text("Enter")
    expect(fact(clinic, "It is")).to_contain_text("command number")
    expect(fact(clinic, "Between keys")).to_contain_text(re.compile(r"\d+ ms \(\d+ to \d+\), 15 keys"))
    clinic.page.get_by_text("Key by key").click()
    expect(clinic.page.locator("#keys tbody tr")).to_have_count(15)
    hold_time(clinic)
    wedge(clinic.page, "*4006381333931")
    clinic.page.clock.run_for(500)
    expect(clinic.page.get_by_test_id("scan-result")).to_contain_text("It works.")
    expect(fact(clinic, "Ends with")).to_have_text("nothing")
    expect(clinic.page.locator(".bullets")).to_contain_text("Set the suffix Enter (CR).")
    scan_with(clinic, "123456789012", FRENCH)
    expect(clinic.page.get_by_test_id("scan-result")).to_contain_text("Your scanner is sending")
    expect(clinic.page.locator(".bullets")).to_contain_text("Set the scanner's keyboard country")


def printed(clinic, path):
    """Print a page to paper as the browser does, and read every barcode on it."""
    clinic.go(path)
    paper = pypdfium2.PdfDocument(io.BytesIO(clinic.page.pdf(format="A4", prefer_css_page_size=True)))
    pictures = [sheet.render(scale=300 / 72).to_pil() for sheet in paper]
    return sorted(found.text for picture in pictures for found in zxingcpp.read_barcodes(picture))


@pytest.mark.long
def test_every_sheet_prints_barcodes_that_a_reader_reads(clinic):
    clinic.sign_in()
    clinic.go("/admin/sheets")
    expect(clinic.page.locator(".sheets li")).to_have_count(3)
    assert printed(clinic, "/admin/sheets/places") == sorted(clinic.house.locations.values())
    assert printed(clinic, "/admin/sheets/badges") == sorted(clinic.house.badges.values())
    commands = sorted(number for command, number in NUMBERS.items() if command is not Command.TEST)
    assert printed(clinic, "/admin/sheets/commands") == commands
    clinic.go("/admin/scanner")
    screen = pypdfium2.PdfDocument(io.BytesIO(clinic.page.pdf()))[0].render(scale=4).to_pil()
    assert NUMBERS[Command.TEST] in {found.text for found in zxingcpp.read_barcodes(screen)}


@pytest.mark.long
def test_scanner_pages_are_fit_for_everybody_and_for_the_smallest_screen(clinic):
    clinic.sign_in()
    clinic.page.set_viewport_size({"width": 320, "height": 640})
    for path in ("/admin/scanner", "/admin/sheets", "/admin/sheets/commands"):
        clinic.go(path)
        if path == "/admin/scanner":
            wedge(clinic.page, "*" + NUMBERS[Command.TEST])
            clinic.page.get_by_text("Key by key").click()
        assert (path, overhang(clinic.page)) == (path, 0)
        assert (path, faults(clinic.page)) == (path, [])
        clinic.page.emulate_media(color_scheme="dark")
        assert (path, faults(clinic.page, runOnly=["color-contrast"])) == (path, [])
        clinic.page.emulate_media(color_scheme="light")


BRANDT = {"mrn": "P100008", "family_name": "BRANDT", "given_name": "Jonas", "birth_date": "1971-02-02", "sex": "M"}


def test_a_stop_is_acknowledged_by_a_command_and_by_no_other_scan(clinic):
    other = clinic.house.collect()["specimens"][0]["number"]
    sitting = clinic.house.collect(patient=BRANDT)
    clinic.sign_in()
    clinic.go(f"/collect/sitting/{sitting['accession']}")
    clinic.scan(other)
    stop = clinic.page.get_by_role("alert")
    expect(stop).to_contain_text("Wrong patient.")
    for code in (other, sitting["specimens"][0]["number"], NUMBERS[Command.YES]):
        clinic.scan(code)
    expect(stop).to_contain_text("Nothing was verified.")
    clinic.scan(NUMBERS[Command.NEXT])
    expect(stop).to_have_count(0)
    clinic.scan(sitting["specimens"][0]["number"])
    expect(clinic.page.get_by_text("Verified 1 of 1").first).to_be_visible()


def test_a_whole_draw_is_done_by_the_scanner_alone(clinic):
    clinic.house.post("/orders", {"patient": BRANDT, "tests": ["PT", "CMP", "CBC"]})
    clinic.sign_in("collector")
    clinic.says("scan the wristband")
    scan_with_caps_lock(clinic, "P100008")
    expect(clinic.page.get_by_test_id("patient-banner")).to_contain_text("BRANDT, Jonas")
    clinic.scan(NUMBERS[Command.NEXT])
    expect(clinic.page.locator("#notice")).to_contain_text("There is no “Next” to press at this step.")
    for command in (Command.NAME_MATCHES, Command.BIRTH_DATE_MATCHES, Command.COLLECTED):
        expect(clinic.page.locator(f"[data-command~={command}]")).to_be_visible()
        clinic.scan(NUMBERS[command])
    for place, label in enumerate(clinic.numbers_printed(3), start=1):
        clinic.scan(label)
        expect(clinic.page.get_by_text(f"Verified {place} of 3").first).to_be_visible()
    clinic.scan(NUMBERS[Command.YES])
    clinic.says("Done.")
    clinic.house.post("/orders", {"patient": RIVERA, "tests": ["CBC"]})
    clinic.scan(RIVERA["mrn"])  # the next patient's band
    expect(clinic.page.get_by_test_id("patient-banner")).to_contain_text("RIVERA, Ana")
    clinic.page.go_back()
    clinic.says("Done.")
    clinic.scan(NUMBERS[Command.NEXT])
    clinic.page.wait_for_url(f"{clinic.url}/")
    clinic.scan(NUMBERS[Command.LOCK])
    expect(clinic.page.get_by_test_id("patient-banner")).to_have_count(0)
    clinic.page.wait_for_url("**/sign-in**")
