"""Make the pictures of the README and the documents from the running demo: `python tests/browser/screenshots.py`.

It starts the demo in a folder of its own, walks through it as people do, and ends it. Run it from the top of a checkout,
with Chromium installed.
"""

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.browser import running_browser

IMAGES = Path("docs/images")
SCREENS = {"wide": {"width": 1280, "height": 800}, "handheld": {"width": 360, "height": 740}}


@contextmanager
def running_demo(folder: Path) -> Iterator[dict]:
    """Start the demo on a free port and yield what `demo --json` says; end it after."""
    command = [sys.executable, "-m", "specimen_service", "demo", "--data", str(folder), "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=30)


class Visit:
    """One browser window on the demo, signed in as somebody."""

    def __init__(self, browser: Browser, demo: dict, role: str, screen: str, scheme: str = "light") -> None:
        self.demo, self.screen = demo, screen
        context = browser.new_context(viewport=SCREENS[screen], color_scheme=scheme, reduced_motion="reduce")
        self.page: Page = context.new_page()
        person = next(one for one in demo["users"] if one["role"] == role)
        self.go("/sign-in")
        self.page.get_by_label("Username").fill(person["username"])
        self.page.get_by_label("Password").fill(person["password"])
        if role in {"collector", "supervisor"}:
            self.page.get_by_label("This browser stands at").select_option(demo["stations"][0]["name"])
        self.page.get_by_role("button", name="Sign in").click()
        if screen == "wide":
            self.practise(open_=False)

    def practise(self, *, open_: bool) -> None:
        """Open or close the practice scanner at the foot of the page, which remembers it."""
        self.page.locator("#practice-places button").first.wait_for(state="attached")
        if (self.page.locator("#practice").get_attribute("open") is not None) is not open_:
            self.page.locator("#practice summary").click()

    def go(self, path: str) -> None:
        self.page.goto(self.demo["url"] + path)

    def scan(self, code: str) -> None:
        self.page.keyboard.type(code, delay=8)
        self.page.keyboard.press("Enter")

    def picture(self, name: str, *, whole: bool = False) -> None:
        """Keep what the window shows as `docs/images/NAME-SCREEN.png`."""
        self.page.wait_for_load_state("networkidle")
        seen = SCREENS[self.screen]
        if whole:  # as a window that is high enough shows it: what stands at the foot of the window stands at the end
            self.page.set_viewport_size(seen | {"height": self.page.evaluate("document.documentElement.scrollHeight")})
        shot = Image.open(io.BytesIO(self.page.screenshot(animations="disabled")))
        shot.convert("RGB").save(IMAGES / f"{name}-{self.screen}.png", optimize=True)
        self.page.set_viewport_size(seen)

    def close(self) -> None:
        self.page.context.close()


def printed_numbers(demo: dict, before: int, count: int, page: Page) -> list[str]:
    """Wait until the virtual printer has kept so many more labels, and read their barcodes."""
    for _ in range(200):
        kept = sorted(Path(demo["data"]).glob("printed/**/*.png"), key=lambda path: path.stat().st_mtime_ns)
        if len(kept) >= before + count:
            return [zxingcpp.read_barcodes(Image.open(path))[0].text for path in kept[before:]]
        page.wait_for_timeout(100)
    raise RuntimeError("the virtual printer printed nothing")


def draw(browser: Browser, demo: dict, screen: str, patient: str) -> None:
    """The station: from the worklist to a verified tube, with a wrong tube on the way."""
    visit = Visit(browser, demo, "collector", screen)
    page = visit.page
    visit.picture("worklist")
    stranger = page.locator("#waiting .rows").first.locator("a.opens[href*=sitting]")
    other = stranger.first.get_attribute("href") if stranger.count() else None
    page.locator("tr", has_text=patient).first.get_by_role("link").click()
    visit.picture("identify", whole=screen == "handheld")
    page.get_by_role("button", name="Name said").click()
    page.get_by_role("button", name="Birth date said").click()
    page.get_by_role("button", name="Collected").wait_for()
    tubes = page.get_by_test_id("tube-row").count()
    visit.picture("collect", whole=screen == "handheld")
    before = len(list(Path(demo["data"]).glob("printed/**/*.png")))
    page.get_by_role("button", name="Collected").click()
    numbers = printed_numbers(demo, before, tubes, page)
    for number in numbers[:-1]:
        visit.scan(number)
        page.get_by_test_id("scan-result").wait_for()
    page.wait_for_timeout(1800)
    visit.picture("verify", whole=screen == "handheld")
    here = page.url
    if other:
        visit.go(other)
        foreign = page.get_by_test_id("tube-row").get_by_role("link").first.inner_text().replace(" ", "")
        page.goto(here)
        visit.scan(foreign)
        page.get_by_role("alert").wait_for()
        visit.picture("wrong-tube")
        page.get_by_role("button", name="I have set it aside").click()
        page.get_by_role("alert").wait_for(state="detached")
    visit.scan(numbers[-1])
    page.get_by_role("button", name="Yes, they match").click()
    page.get_by_test_id("done").wait_for()
    visit.picture("done", whole=screen == "handheld")
    visit.close()


def look_around(browser: Browser, demo: dict, screen: str) -> None:
    """The pages that are looked at: walk-in, handheld, pending, one specimen, printers, the interface."""
    visit = Visit(browser, demo, "supervisor", screen)
    page = visit.page
    if screen == "wide":
        visit.go("/collect/new")
        visit.picture("walk-in")
        visit.go("/printers")
        visit.picture("printers")
        visit.go("/api/docs")
        visit.picture("interface")
    visit.go("/dashboard")
    visit.picture("dashboard", whole=True)
    visit.go("/wall?paused=1")
    visit.picture("wall")
    visit.go("/lab/pending")
    visit.picture("pending")
    visit.go("/lab/pending?view=in_transit")
    number = page.locator("a.opens").first.inner_text().replace(" ", "")
    page.locator("a.opens").first.click()
    visit.picture("specimen", whole=True)
    laboratory = next(one["number"] for one in demo["locations"] if one["name"] == "Laboratory")
    visit.go("/lab/receive")
    visit.scan(laboratory)
    page.get_by_text("You receive at Laboratory").wait_for()
    visit.scan(page.get_by_test_id("missing-list").locator(".number").first.inner_text().replace(" ", ""))
    page.get_by_test_id("tube-card").wait_for()
    visit.picture("receive")
    page.get_by_role("link", name="Haemolysed").click()
    visit.picture("reject")
    visit.go("/lab/review")
    visit.picture("review")
    visit.go("/scan")
    page.locator(".tiles").get_by_text("Receive", exact=True).click()
    visit.scan(laboratory)
    page.get_by_text("You are at Laboratory").wait_for()
    visit.scan(number)
    page.locator("#scans b").first.wait_for()
    visit.picture("scan")
    visit.close()


def practise(browser: Browser, demo: dict) -> None:
    """What somebody without scanner and printer sees, and what an administrator sets a scanner up with."""
    visit = Visit(browser, demo, "supervisor", "wide")
    visit.go("/")
    visit.practise(open_=True)
    visit.page.locator(".segments").get_by_text("Tubes", exact=True).click()
    visit.page.locator("#practice-tubes img").first.wait_for()
    visit.page.evaluate("scrollTo(0, 0)")
    visit.picture("practice")
    visit.practise(open_=False)
    visit.go("/admin/scanner")
    visit.scan("*830000000123")
    visit.page.locator("#answer .facts").wait_for()
    visit.picture("scanner")
    visit.go("/admin/sheets/commands")
    visit.picture("commands")
    visit.close()


def by_night(browser: Browser, demo: dict) -> None:
    """The same in the dark."""
    visit = Visit(browser, demo, "supervisor", "wide", "dark")
    visit.go("/lab/pending")
    visit.picture("pending-dark")
    visit.close()


def main() -> None:
    """Make every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder) / "demo") as demo,
        running_browser() as browser,
    ):
        for screen, patient in (("wide", "FEATHERSTONEHAUGH"), ("handheld", "OKAFOR, Chidi")):
            draw(browser, demo, screen, patient)
            look_around(browser, demo, screen)
        practise(browser, demo)
        by_night(browser, demo)


if __name__ == "__main__":
    main()
