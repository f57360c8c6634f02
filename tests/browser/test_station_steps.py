"""Every step of a draw: fit for everybody, done by keyboard alone, and the same step again whatever happens."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.chair import BOTH, BRANDT, RIVERA, order

ANNA = RIVERA | {"mrn": "P100002", "given_name": "Anna", "birth_date": "1948-03-14"}
SMALL = """() => [...document.querySelectorAll("button, .button, select, .tick, .tabs a, summary, .input")]
    .filter(one => one.checkVisibility({ visibilityProperty: true }) && one.offsetParent)
    .filter(one => one.offsetHeight < (one.matches(".big") ? 76 : 44) || one.offsetWidth < 44).map(one => one.outerHTML)"""
WIDE = "() => document.documentElement.scrollWidth > innerWidth"


def look(page, seen, step):
    """Look at a step as axe does, at 320 px, with a finger's eye."""
    page.wait_for_load_state()
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    worse = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]
    seen[step] = worse + page.evaluate(SMALL) + (["wider than the screen"] if page.evaluate(WIDE) else [])


@pytest.mark.long
@pytest.mark.timeout(240)
def test_each_step_is_fit_for_everybody_on_the_smallest_screen(clinic):
    page, seen = clinic.page, {}
    page.set_viewport_size({"width": 320, "height": 640})
    clinic.sign_in()
    clinic.house.post("/orders", {"patient": ANNA, "tests": ["CBC"]})
    number = order(clinic, RIVERA, "LIPID", "CBC", "WCX", "UA")
    clinic.go(f"/collect/order/{number}?typed=1")
    look(page, seen, "identify")
    page.get_by_role("button", name=BOTH[0]).click()
    page.get_by_label("Birth year").fill("1948")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("alert")).to_contain_text("Do not draw")
    look(page, seen, "mismatch")
    page.get_by_role("button", name="Ask the patient again").click()
    page.get_by_label("Birth year").fill("1984")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("button", name="3 h", exact=True).click()
    look(page, seen, "objection")
    page.get_by_role("button", name="Draw others").click()
    clinic.says("Draw the 3 tubes")
    for fold in page.locator("main summary:visible").all():
        fold.click()
    look(page, seen, "tubes")
    page.get_by_role("button", name="Hand it out labelled").first.click()
    expect(page.get_by_test_id("handed-out")).to_be_visible()
    look(page, seen, "handed out")
    page.goto(f"{clinic.url}/collect/order/{number}")
    page.get_by_role("radio", name="Arm").check()
    page.get_by_role("button", name="Collected").click()
    edta, swab = clinic.numbers_printed(3)[1:]
    expect(page.get_by_text("Label printed")).to_have_count(2)
    page.get_by_text("Can't scan").first.click()
    look(page, seen, "label")
    clinic.scan(swab)
    clinic.answers("This label is for the Swab, Amies medium tube.")
    for part in ("now", "scan-result"):
        expect(page.get_by_test_id(part)).to_be_in_viewport(ratio=0.9)
    look(page, seen, "out of turn")
    page.get_by_role("button", name="It's right").click()
    clinic.answers("Right tube")
    clinic.scan(edta)
    expect(page.get_by_test_id("show")).to_be_visible()
    look(page, seen, "show")
    page.get_by_role("button", name="Yes, they match").click()
    expect(page.get_by_test_id("done")).to_be_visible()
    look(page, seen, "done")
    for tab in ("waiting", "timed", "parked", "done"):
        clinic.go(f"/?tab={tab}")
        look(page, seen, tab)
    assert {step: worse for step, worse in seen.items() if worse} == {}


def press(page, name):
    """Reach a button by Tab alone and press it with Enter."""
    wanted = page.get_by_role("button", name=name)
    expect(wanted).to_be_visible()
    for _ in range(60):
        if wanted.evaluate("one => one === document.activeElement"):
            return page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


def test_a_whole_draw_by_keyboard_alone_that_comes_back_to_each_step_after_a_reload(clinic):
    page = clinic.page
    clinic.sign_in()
    number = order(clinic, BRANDT, "CBC", "IRON")
    clinic.printer.set_fault("out_of_labels")
    clinic.go("/")
    clinic.scan(BRANDT["mrn"])
    for said, button in (
        ("Ask for name and birth date", BOTH[0]),
        ("Ask for the birth date", BOTH[1]),
        ("Ask the patient this", "8 h or more"),
        ("Ask the patient this", "Yes"),
        ("Draw the 2 tubes", "Collected"),
    ):
        clinic.says(said)
        page.reload()
        clinic.says(said)
        press(page, button)
    clinic.says("out of labels")
    page.reload()
    clinic.says("out of labels")
    second = page.context.new_page()
    second.goto(f"{clinic.url}/collect/order/{number}")
    expect(second).to_have_url(page.url)
    second.close()
    page.go_back()
    page.wait_for_url("**/collect/sitting/*")
    clinic.printer.set_fault("out_of_labels", present=False)
    sst, edta = clinic.numbers_printed(2)
    clinic.scan(sst)
    expect(page.get_by_role("heading", name="Verified 1 of 2")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Verified 1 of 2")).to_be_visible()
    clinic.scan(edta)
    clinic.says("Both tubes are verified")
    page.reload()
    press(page, "Yes, they match")
    clinic.says("Done.")
    page.reload()
    clinic.says("Done.")
    assert clinic.printer.physical == 2
