"""A handheld in a Wi-Fi hole: no scan is lost, none arrives twice, and all arrive in the order they were made.

The browser has a profile on disk, so that it can be ended and started again; between it and the service stands a proxy that
loses and doubles requests and answers.
"""

import itertools
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from specimen_service.accounts.queries import person_by_username
from specimen_service.custody.model import CustodyEvent
from tests.house import PASSWORD, House
from tests.rough_line import RoughLine
from tests.wedge import wedge

NAME = "specimens.test"
LOST = (
    "Cross-Origin-Opener-Policy",  # which browsers ignore over plain http, and say so
    "ERR_EMPTY_RESPONSE",
    "ERR_CONNECTION",
    "ERR_INTERNET_DISCONNECTED",
    "ERR_SOCKET",
    "ERR_FAILED",
    "401",
)
FAULTS = ("", "request lost", "answer lost", "twice", "answer lost", "")


@dataclass
class Field:
    """The service behind its proxy, and a way to start the courier's browser."""

    house: House
    line: RoughLine
    started: object
    """Starts the browser; called again, starts it on the same profile."""

    def numbers(self, count):
        """So many tubes, each with its label on."""
        wanted = {"specimens": [{"type": "BLDV", "container": "EDTA", "tests": ["CBC"]}] * 10}
        made = [one["number"] for _ in range(-(-count // 10)) for one in self.house.collect(**wanted)["specimens"]]
        return made[:count]

    def person(self, username):
        with self.house.database.unit_of_work(write=False) as session:
            return person_by_username(session, username).id

    def recorded(self):
        """What the service has of scans, in the order of the device, which must be that of their receipt."""
        own = select(CustodyEvent).where(CustodyEvent.device_seq.is_not(None)).order_by(CustodyEvent.device_seq)
        with self.house.database.unit_of_work(write=False) as session:
            events = list(session.scalars(own))
        assert [one.received_at for one in events] == sorted(one.received_at for one in events)
        return events


@pytest.fixture
def field(rough, chromium_on_disk, complaints):
    yield Field(*rough, chromium_on_disk)
    assert [one for one in complaints if not any(lost in one for lost in LOST)] == []


def sign_in(page: Page, url, who="courier"):
    page.goto(url + "/sign-in")
    page.get_by_label("Username").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()


def open_handheld(page: Page, url):
    page.goto(url + "/scan")
    if url.startswith("http://127"):
        page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")


def scan(page: Page, code):
    wedge(page, code, "Enter")


def pill(page: Page):
    return page.get_by_test_id("queue-pill")


def counts(page: Page, scanned):
    """Wait until the last scan is on the device: the pill alone may still speak of those before."""
    expect(page.locator("#count")).to_have_text(f"{scanned} scanned")


def shows(page: Page, text):
    expect(pill(page)).to_contain_text(text)


@pytest.mark.timeout(600)
def test_every_scan_arrives_once_and_in_order_whatever_the_line_does(field, soaking):
    count = 200 if soaking else 16
    numbers = field.numbers(count)
    quarters = [numbers[i * count // 4 : (i + 1) * count // 4] for i in range(4)]
    faults = itertools.cycle(FAULTS)
    field.line.fault = lambda: next(faults)
    with field.started() as page:
        sign_in(page, field.line.url)
        open_handheld(page, field.line.url)
        for number in quarters[0]:  # on a bad line
            scan(page, number)
        counts(page, len(quarters[0]))
        shows(page, "Online · 0")
        field.line.down = True
        for place, number in enumerate(quarters[1], start=1):  # in the hole
            scan(page, number)
            counts(page, len(quarters[0]) + place)
            expect(page.get_by_test_id("scan-result")).to_contain_text("SAVED - not checked")
            shows(page, f"Offline · {place} saved")
        page.reload()  # the page comes from the device
        shows(page, f"Offline · {len(quarters[1])} saved")
        expect(page.get_by_test_id("operator")).to_contain_text("Courier One")
        scan(page, quarters[1][-1])
        expect(page.get_by_test_id("scan-result")).to_contain_text("ALREADY SCANNED")
        for number in quarters[2]:
            scan(page, number)
        saved = len(quarters[1]) + len(quarters[2])
        shows(page, f"Offline · {saved} saved")
    with field.started() as page:  # the battery was changed
        page.goto(field.line.url + "/scan")
        shows(page, f"Offline · {saved} saved")
        for number in quarters[3]:
            scan(page, number)
        saved += len(quarters[3])
        shows(page, f"Offline · {saved} saved")
        expect(page.locator("#offline-note")).to_have_text(
            f"Offline. {saved} scans saved on this device. Keep working."
        )
        held, field.line.fault = field.line.fault, lambda: "request lost"
        field.line.down = False
        sign_in(page, field.line.url, "lab")  # somebody else takes the device
        shows(page, f"{saved} saved")
        page.locator(".who summary").click()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in*")
        shows(page, f"{saved} saved")
        field.line.fault = held
        expect(pill(page)).to_be_hidden()  # all went up with nobody signed in
    events = field.recorded()
    assert [event.code for event in events] == numbers
    assert len({event.device_seq for event in events}) == count
    assert {event.person_id for event in events} == {field.person("courier")}
    assert min(field.line.done[fault] for fault in set(FAULTS)) > 0
    late = events[len(quarters[0])]
    assert late.received_at > late.effective_at


def test_a_bad_scan_moves_aside_and_the_rest_go_on(field):
    good, other, last = field.numbers(3)
    with field.started() as page:
        sign_in(page, field.line.url)
        open_handheld(page, field.line.url)
        shows(page, "Online · 0")
        field.line.down = True
        for number in (good, other, last):
            scan(page, number)
        shows(page, "Offline · 3 saved")
        # One id was used before with other content, and one entry was damaged: as after a restored backup of the device.
        taken = page.evaluate(CHANGE, {"code": other, "changes": {"scan_id": "taken"}})
        page.evaluate(CHANGE, {"code": good, "changes": {"temperature_c": "warm"}})
        assert taken
        field.house.scan(good, "see", scan_id="taken", as_="handheld")
        page.reload()  # the page comes from the device, with nothing of anybody around it
        shows(page, "Offline · 3 saved")
        ways = page.get_by_role("navigation", name="Main")
        expect(ways).to_have_count(0)
        field.line.down = False
        shows(page, "Online · 0")
        expect(ways.get_by_role("link", name="Shipments")).to_be_visible()  # what is around it is back
        expect(page.get_by_test_id("operator")).to_have_text("Courier One")
        expect(page.get_by_label("You are at").locator("option")).not_to_have_count(1)
        looks = page.locator("#looks li")
        expect(looks).to_have_count(2)
        expect(page.locator("#looks")).to_contain_text("This scan does not fit one sent before.")
        expect(page.locator("#looks")).to_contain_text("This scan could not be read. Scan the tube again.")
        expect(page.locator("#looks")).not_to_contain_text("temperature_c")
        expect(page.get_by_text("need a look")).to_have_count(1)  # it is said once, and stays until somebody read it
        expect(page.get_by_test_id("scan-result")).to_contain_text("2 of 3 scans need a look: tube")
        page.wait_for_timeout(700)  # no hasty tap is heard
        page.get_by_test_id("scan-result").get_by_role("button", name="OK, I read it").click()
        expect(page.get_by_text("need a look")).to_have_count(0)
        page.reload()
        expect(looks).to_have_count(2)
        looks.first.get_by_role("button", name="Looked at").click()
        expect(looks).to_have_count(1)
    assert [event.code for event in field.recorded()] == [last]


def test_over_plain_http_the_queue_works_and_the_pill_says_what_does_not(field):
    numbers = field.numbers(3)
    url = f"http://{NAME}:{field.line.port}"
    with field.started(f"--host-resolver-rules=MAP {NAME} 127.0.0.1") as page:
        sign_in(page, url)
        open_handheld(page, url)
        shows(page, "Online · 0 waiting · reloading offline needs https")
        assert not page.evaluate("isSecureContext")
        field.line.down = True
        for number in numbers:
            scan(page, number)
        shows(page, "Offline · 3 saved · reloading offline needs https")
        field.line.down = False
        shows(page, "Online · 0")
    assert [event.code for event in field.recorded()] == numbers


CHANGE = """({ code, changes }) => new Promise((resolve) => {
  const opening = indexedDB.open("specimen-handheld");
  opening.onsuccess = () => {
    const queue = opening.result.transaction("queue", "readwrite").objectStore("queue");
    queue.getAll().onsuccess = (event) => {
      const entry = event.target.result.find((one) => one.scan.code === code);
      Object.assign(entry.scan, changes);
      queue.put(entry).onsuccess = () => { opening.result.close(); resolve(true); };
    };
  };
})"""
