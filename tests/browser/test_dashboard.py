"""Looking rather than reading, in a real browser: by keyboard, on a small screen, in the dark, and for everybody (axe)."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

SERIOUS = {"serious", "critical"}


def faults(page):
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in SERIOUS]


@pytest.mark.long
def test_the_dashboard_and_the_wall_are_fit_for_everybody(clinic):
    number = clinic.house.collect()["specimens"][0]["number"]
    for i, (action, place) in enumerate([("pick_up", "Clinic"), ("drop_off", "Lab bench"), ("receive", "Inspection")]):
        clinic.house.scan(number, action, scan_id=f"s-{i}", as_="lab", location=clinic.house.locations[place])
    clinic.sign_in()
    page = clinic.page
    page.set_viewport_size({"width": 320, "height": 640})
    for path in ("/dashboard", "/wall?paused=1", "/wall?view=departed&paused=1", "/lab/pending?view=overdue"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            clinic.go(path)
            for fold in page.locator("main details").all():
                fold.evaluate("fold => { fold.open = true; }")
            assert (path, scheme, faults(page)) == (path, scheme, [])
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert (path, page.evaluate(wider)) == (path, 0)


@pytest.mark.long
def test_the_wall_is_read_from_three_metres_without_scrolling(clinic):
    clinic.house.collect(specimens=[{"type": "BLDV", "container": "EDTA", "tests": ["CBC"]}] * 5)
    clinic.sign_in()
    page = clinic.page
    page.set_viewport_size({"width": 1920, "height": 1080})
    letters = """() => Math.min(...[...document.querySelectorAll("main *")]
        .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
        .filter(one => !one.closest(".unseen, title") && one.checkVisibility())
        .map(one => parseFloat(getComputedStyle(one).fontSize) * (one.ownerSVGElement ? one.getScreenCTM().a : 1)))"""
    for view in ("ages", "departed", "arrivals", "overrides"):
        clinic.go(f"/wall?view={view}&paused=1")
        assert (view, page.evaluate(letters) >= 24) == (view, True)
        assert (view, page.evaluate("document.documentElement.scrollHeight") <= 1080) == (view, True)
    page.set_viewport_size({"width": 360, "height": 740})
    clinic.go("/wall?view=ages&paused=1")
    assert page.evaluate(letters) >= 11


ROWS = """() => Object.values(Object.groupBy(document.querySelectorAll(".number-tile"), one => one.offsetTop)).map(row => row.length)"""


def test_no_number_is_left_alone_in_a_second_row(clinic):
    clinic.sign_in()
    for path in ("/dashboard", "/wall?paused=1"):
        clinic.go(path)
        for width, rows in ((1280, [5]), (976, [5]), (900, [3, 2]), (700, [3, 2]), (360, [1] * 5)):
            clinic.page.set_viewport_size({"width": width, "height": 800})
            assert (path, width, clinic.page.evaluate(ROWS)) == (path, width, rows)


@pytest.mark.long
def test_the_views_of_the_list_share_one_row(clinic):
    clinic.sign_in()
    clinic.go("/lab/pending")
    for width in (1280, 976, 360):
        clinic.page.set_viewport_size({"width": width, "height": 800})
        tops = clinic.page.locator("#pending .tabs a").evaluate_all(
            "all => new Set(all.map(one => one.offsetTop)).size"
        )
        room = clinic.page.locator("#pending .tabs").evaluate("row => row.scrollWidth <= row.clientWidth")
        assert (width, tops, room) == (width, 1, width >= 976)
    clinic.go("/lab/pending?view=timed_due")
    expect(clinic.page.locator("#pending .tabs [aria-current]")).to_be_in_viewport(
        ratio=0.99
    )  # a browser scrolls whole pixels


def test_a_number_leads_to_its_list_and_a_point_is_reached_by_keyboard(clinic):
    clinic.house.collect()
    clinic.sign_in()
    clinic.go("/dashboard")
    page = clinic.page
    expect(page.get_by_role("heading", name="0 of 1 late")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    words = page.locator(".number-tile > span")
    tall = words.evaluate_all(
        "all => all.map(one => [one, one.lastChild].map(part => part.getBoundingClientRect().height))"
    )
    assert {(round(both / 21), round(target / 21)) for both, target in tall} == {(2, 1)}
    page.locator(".number-tile").last.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("To verify: 1 with ")
    page.get_by_text("Show as table").first.click()
    expect(page.get_by_role("cell", name="To verify")).to_be_visible()
    page.locator(".number-tile", has_text="Late pick-up").click()
    expect(page).to_have_url(clinic.url + "/lab/pending?view=not_picked_up&overdue=true")
