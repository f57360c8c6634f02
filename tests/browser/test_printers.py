"""What people do about prints, in a real browser: answer, move, release, print from the page, and relabel."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from printers.simulator import VirtualPrinter
from specimen_service.cli.spooling import Spoolers
from specimen_service.kernel.clock import utc_now
from specimen_service.labels.model import JobState, PrintJob
from specimen_service.specimens.model import Specimen
from tests.browser.conftest import Clinic, read_barcode
from tests.house import PIN, furnish
from tests.serving import served

SECONDS = 10


@pytest.fixture
def floor(sqlite_database, page, complaints):
    """A clinic of two chairs: at the first a printer that may fail, at the other one to fall back on, at a third none."""
    with VirtualPrinter(tcp=0) as printer, VirtualPrinter(tcp=0) as other:
        printers = [
            {"name": "printer-1", "url": printer.tcp_url, "fallback": "printer-2"},
            {"name": "printer-2", "url": other.tcp_url},
        ]
        beside = {"chair-1": "printer-1", "chair-2": "printer-2", "chair-3": "browser"}
        stations = [{"name": name, "location": "Clinic", "printer": own} for name, own in beside.items()]
        house = furnish(sqlite_database, utc_now, printer=printers, station=stations)
        with served(house.app) as url, Spoolers(house.app.config["SETTINGS"], sqlite_database):
            floor = Clinic(url, house, sqlite_database, printer, page, complaints)
            floor.other = other
            yield floor
            page.close()  # no page asks on while the service goes


def sitting(floor, station="chair-1", tubes=1):
    """Open the page of a sitting just recorded at a station; returns its numbers."""
    kinds = [("EDTA", "CBC"), ("SST", "BMP"), ("CIT", "PT")][:tubes]
    specimens = [{"type": "BLDV", "container": one, "tests": [test]} for one, test in kinds]
    recorded = floor.house.collect(print=True, station=station, specimens=specimens)
    floor.go(f"/collect/sitting/{recorded['accession']}")
    return [one["number"] for one in recorded["specimens"]]


def out_of(printer, count=1):
    assert printer.wait_until(lambda one: len(one.labels) >= count, SECONDS), "no paper came out"
    return [read_barcode(label.png) for label in printer.labels]


def tap(floor, name):
    floor.page.get_by_role("button", name=name).click()


def test_what_waits_at_a_dead_printer_is_moved_by_one_tap_and_comes_out_once(floor):
    floor.printer.set_fault("out_of_labels")
    floor.sign_in("collector")
    numbers = sitting(floor, tubes=2)
    floor.says("Printer 1 is out of labels")
    tap(floor, "Print what waits on Printer 2 instead")
    assert out_of(floor.other, 2) == numbers
    floor.says("Put the label on tube 1")
    floor.printer.set_fault("out_of_labels", present=False)
    for number in numbers:
        floor.scan(number)
    floor.says("Both tubes are verified")
    assert (floor.printer.physical, floor.other.physical) == (0, 2)


def test_the_page_of_printers_answers_for_a_label_in_doubt_in_one_tap(floor):
    floor.sign_in("collector")
    [number] = sitting(floor)
    assert out_of(floor.printer) == [number]
    floor.says("Put the label on tube 1")
    with floor.database.unit_of_work() as session:
        session.execute(update(PrintJob).values(state=JobState.UNKNOWN))
    floor.go("/printers")
    floor.says("did these labels come out?")
    assert "RIVERA" not in floor.page.locator("main").inner_text()
    tap(floor, "It is damaged")
    fresh = out_of(floor.printer, 2)[1]
    assert fresh != number
    expect(floor.page.get_by_test_id("unknown-job")).to_have_count(0)
    floor.says("Nothing to do")


def test_a_test_page_comes_out_with_what_the_printer_answered(floor):
    floor.sign_in("lab", station=None)
    floor.go("/printers")
    floor.page.get_by_role("button", name="Print a test page").first.click()
    assert floor.printer.wait_until(lambda one: one.physical == 1, SECONDS)
    card = floor.page.get_by_test_id("printer-card").first
    expect(card.get_by_test_id("printer-pill")).to_contain_text("Ready")
    expect(card.get_by_text("Test page").first).to_be_visible()
    card.get_by_text("What it answered").click()
    expect(card.locator("pre")).not_to_be_empty()


@pytest.mark.long
def test_labels_are_printed_from_the_page_once_where_there_is_no_printer(floor):
    floor.sign_in("collector", station="chair-3")
    numbers = sitting(floor, "chair-3", tubes=2)
    floor.says("Print the labels from this page")
    with floor.page.expect_popup() as opened:
        tap(floor, "Print 2 labels")
    # The browser's own viewer shows the PDF; a refusal would be a page of ours.
    opened.value.wait_for_load_state()
    expect(opened.value.get_by_test_id("now")).to_have_count(0)
    expect(floor.page.get_by_text("Label printed")).to_have_count(2)
    expect(floor.page.get_by_role("button", name="Print 2 labels")).to_have_count(0)
    for number in numbers:
        floor.scan(number)
    floor.says("Both tubes are verified")


def test_a_verified_tube_is_relabelled_by_its_old_code_and_verified_anew(floor):
    floor.sign_in("collector")
    [old] = sitting(floor)
    out_of(floor.printer)
    floor.scan(old)
    floor.says("The tube is verified")
    here = floor.page.url
    floor.go(f"/specimens/{old}")
    floor.page.get_by_role("link", name="Print it again").click()
    floor.says("Scan the old label on the tube")
    floor.scan(old)
    tap(floor, "Smudged or torn")
    floor.page.wait_for_url(lambda url: "reprint" not in url)
    fresh = out_of(floor.printer, 2)[1]
    floor.page.goto(here)
    floor.scan(old)
    floor.answers("replaced")
    floor.scan(fresh)
    floor.says("The tube is verified")


@pytest.mark.long
def test_a_supervisor_signs_for_a_tube_whose_label_nobody_can_read(floor):
    floor.sign_in("collector")
    [old] = sitting(floor)
    floor.says("Put the label on tube 1")
    with floor.database.unit_of_work() as session:
        session.execute(update(Specimen).values(collected_at=utc_now() - timedelta(minutes=20)))
    floor.go(f"/specimens/{old}/reprint")
    tap(floor, "Does not scan")
    expect(floor.page.get_by_role("alert")).to_contain_text("let a supervisor sign")
    floor.page.get_by_text("No readable label?").click()
    floor.page.get_by_label("Supervisor's badge").fill(floor.house.badges["supervisor"])
    floor.page.get_by_label("PIN").fill("111222")
    tap(floor, "Does not scan")
    expect(floor.page.get_by_role("alert")).to_contain_text("That badge and PIN do not fit")
    expect(floor.page.get_by_label("PIN")).to_have_value("")
    floor.page.get_by_label("PIN").fill(PIN)
    tap(floor, "Does not scan")
    floor.page.wait_for_url(lambda url: "reprint" not in url)
    assert len(set(out_of(floor.printer, 2))) == 2
    floor.forgive("409")
    floor.forgive("403")
