"""A child at the chair: weighed first, stopped beyond the day's limit, and let go by a supervisor whose badge is scanned."""

from datetime import timedelta

from playwright.sync_api import expect

from specimen_service.kernel.clock import utc_now
from tests.chair import identified, order
from tests.fitness import faults, overhang
from tests.house import PIN

SMALL = """() => [...document.querySelectorAll("main :is(button, summary, .input)")]
    .filter(one => one.checkVisibility({ visibilityProperty: true }) && one.offsetParent)
    .filter(one => one.offsetHeight < 44).map(one => one.outerHTML)"""


def unfit(page):
    """Everything that makes a step unfit on the smallest screen, by light and by dark."""
    found = faults(page) + page.evaluate(SMALL) + (["wider than the screen"] if overhang(page) else [])
    page.emulate_media(color_scheme="dark")
    found += faults(page, runOnly=["color-contrast"])
    page.emulate_media(color_scheme="light")
    return found


def rows_of(steps):
    """How many rows the steps of the draw take."""
    return len({one.bounding_box()["y"] for one in steps.all()})


def test_an_infant_s_tubes_are_stopped_until_a_supervisor_s_badge_and_pin_approve(clinic):
    page = clinic.page
    born = (utc_now() - timedelta(days=120)).date().isoformat()
    infant = {"mrn": "P100005", "family_name": "OKAFOR", "given_name": "Chidi", "birth_date": born, "sex": "M"}
    clinic.sign_in("collector")
    page.set_viewport_size({"width": 320, "height": 640})
    identified(clinic, order(clinic, infant, "PT", "CMP", "CBC"))
    clinic.says("Weigh the patient")
    assert unfit(page) == []
    steps = page.get_by_role("list", name="Steps of the draw").get_by_role("listitem")
    expect(steps).to_have_text(["Done: Identify", "Ready", "Draw", "Label", "Show", "Done"])
    assert rows_of(steps) == 1
    page.get_by_label("Weight in kg").fill("4.0")
    page.get_by_role("button", name="Keep the weight").click()
    stop = page.get_by_role("alert")
    expect(stop).to_contain_text("limit today for 4.0 kg is 6.8 mL. Remove or shrink tubes, or get approval.")
    expect(page.get_by_role("button", name="Collected")).to_have_count(0)
    assert unfit(page) == []
    page.get_by_role("button", name="Use 0.5 mL for tube 2").click()
    expect(stop).to_contain_text("Gold serum separator, capillary")
    clinic.scan(clinic.house.badges["supervisor"])
    expect(page.get_by_label("Supervisor's badge")).to_have_value(clinic.house.badges["supervisor"])
    page.keyboard.type(PIN)
    page.get_by_role("button", name="Approve").click()
    expect(stop).to_have_count(0)
    clinic.says("Draw the 3 tubes")
    expect(page.locator(".who summary")).to_contain_text("Collector One")
