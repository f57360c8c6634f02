"""Whether a page is fit for everybody (axe), and for the smallest screen."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = {"serious", "critical"}
RULES = {"resultTypes": ["violations"]}
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def faults(page: Page, **options: object) -> list[tuple[str, str]]:
    """Return what axe finds serious or critical: the rule, and the first element that breaks it."""
    page.evaluate(PAINTED)  # a light that was just changed has reached every colour
    found = Axe().run(page, options=RULES | options).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in SERIOUS]


def overhang(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
