"""A whole clinic for the browser: the service on a real port, a virtual printer, and the spooler between them."""

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from printers.simulator import VirtualPrinter
from specimen_service.accounts.sign_in_pages import STATION_COOKIE
from specimen_service.cli.spooling import Spoolers
from specimen_service.kernel.clock import utc_now
from specimen_service.kernel.db import Database
from specimen_service.web.kit import COOKIE
from tests.house import PASSWORD, House, furnish
from tests.rough_line import RoughLine, rough_line
from tests.serving import SECONDS, served
from tests.wedge import wedge


@dataclass
class Clinic:
    """The running service as a visitor's browser sees it, and the paper that comes out of its printer."""

    url: str
    house: House
    database: Database
    printer: VirtualPrinter
    tab: Page
    complaints: list[str] = field(repr=False)
    arrives: bool = field(default=False, init=False)
    """Whether somebody has just signed in: they arrive at the first page, unless they are led elsewhere."""

    @property
    def page(self) -> Page:
        """The page that the visitor looks at."""
        if self.arrives:
            self.go("/")
        return self.tab

    def go(self, path: str) -> None:
        """Open a page."""
        self.arrives = False
        self.tab.goto(self.url + path)

    def sign_in(self, role: str = "supervisor", station: str | None = "chair-1") -> None:
        """Sign in as the person of a role, past the form: that has tests of its own, and takes two pages."""
        cookies = {COOKIE: self.house.sign_in(role, station).get_cookie(COOKIE).value}
        cookies |= {STATION_COOKIE: station} if station else {}
        self.tab.context.add_cookies(
            [{"name": name, "value": value, "url": self.url, "httpOnly": True} for name, value in cookies.items()]
        )
        self.arrives = True

    def sign_in_by_form(self, role: str = "supervisor", station: str | None = "chair-1") -> None:
        """Sign in as the person of a role, with the password."""
        self.go("/sign-in")
        self.page.get_by_label("Username").fill(role)
        self.page.get_by_label("Password").fill(PASSWORD)
        if station:
            self.page.get_by_label("This browser stands at").select_option(station)
        self.page.get_by_role("button", name="Sign in").click()

    def scan(self, code: str, end: str = "Enter") -> None:
        """Type as a wedge scanner does: 8 ms a key, nothing clicked first."""
        self.page.wait_for_load_state()
        wedge(self.page, code, end)

    def says(self, text: str) -> None:
        """Wait until the one sentence of the page says what to do next."""
        expect(self.page.get_by_test_id("now")).to_contain_text(text)
        self.page.wait_for_load_state()  # its words come before its scripts, which hear keys and scans

    def answers(self, text: str) -> None:
        """Wait until the band under the scan box says what came of the scan."""
        expect(self.page.get_by_test_id("scan-result")).to_contain_text(text)
        self.page.wait_for_load_state()

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what no page shows, such as what the service has on record by now."""
        end = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < end, "it did not come about in time"
            self.page.wait_for_timeout(50)

    def numbers_printed(self, count: int) -> list[str]:
        """Wait for so many pieces of paper and read their barcodes with an independent reader."""
        assert self.printer.wait_until(lambda printer: len(printer.labels) >= count, SECONDS), "no paper came out"
        return [read_barcode(label.png) for label in self.printer.labels]

    def overlook(self, complaint: str) -> None:
        """Take out complaints that a test may provoke, or not, as it happens."""
        self.complaints[:] = [one for one in self.complaints if complaint not in one]

    def forgive(self, complaint: str) -> None:
        """Take out complaints that a test provoked, and insist that there were some."""
        kept = [one for one in self.complaints if complaint not in one]
        assert len(kept) < len(self.complaints), f"nobody complained of {complaint}: {self.complaints}"
        self.complaints[:] = kept


def read_barcode(png: bytes) -> str:
    """Read the one barcode of a picture."""
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    assert len(found) == 1
    return found[0].text


@pytest.fixture
def clinic(sqlite_database: Database, page: Page, complaints: list[str]) -> Iterator[Clinic]:
    """An empty clinic with people and a catalog, on a database in a file; nobody is signed in yet."""
    with VirtualPrinter(tcp=0) as printer:
        house = furnish(sqlite_database, utc_now, printer=[{"name": "printer-1", "url": printer.tcp_url}])
        with served(house.app) as url, Spoolers(house.app.config["SETTINGS"], sqlite_database):
            yield Clinic(url, house, sqlite_database, printer, page, complaints)
            for one in page.context.pages:
                one.close()  # no page asks on while the service goes


@pytest.fixture
def rough(sqlite_database: Database) -> Iterator[tuple[House, RoughLine]]:
    """A clinic without a printer behind a line that can lose and double what a handheld sends."""
    house = furnish(sqlite_database, utc_now)
    with served(house.app) as url, rough_line(url) as line:
        yield house, line
