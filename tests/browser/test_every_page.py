"""Every page: fit for everybody (axe), for a small screen, for the dark, and without a complaint of the browser."""

import pytest
from playwright.sync_api import expect

from tests.fitness import faults, overhang


def pages_with_work(clinic):
    sitting = clinic.house.collect(print=True, specimens=[{"type": "BLDV", "container": "EDTA", "tests": ["CBC"]}] * 2)
    number = sitting["specimens"][0]["number"]
    clinic.house.scan(number, "retrieve", scan_id="s-1", as_="lab")
    patient = {"mrn": "P100008", "family_name": "Featherstonehaugh-Cholmondeley", "given_name": "Maximiliana Josephine"}
    patient |= {"birth_date": "1971-02-02", "sex": "F"}
    tests = ["BCXAER", "PT", "LIPID", "CBC", "UA"]
    order = clinic.house.post("/orders", {"patient": patient, "tests": tests, "priority": "stat"}).json
    clinic.numbers_printed(2)
    bench = clinic.house.locations["Lab bench"]
    clinic.house.scan("4006381333931", "receive", scan_id="s-2", as_="lab", location=bench)
    clinic.house.scan(sitting["specimens"][1]["number"], "reject", scan_id="s-3", as_="lab", reason="RH")
    bag = clinic.house.post("/shipments", {"kind": "bag"}, as_="handheld").json["number"]
    clinic.house.scan(number, "see", scan_id="s-4", as_="lab", into=bag)
    clinic.house.scan("4006381333931", "receive", scan_id="s-5", as_="lab", location=bench, out_of=bag)
    clinic.house.post(f"/shipments/{bag}/seal-checks", {"seal_number": "S1", "intact": True}, as_="lab")
    return [
        "/",
        "/collect/new",
        f"/collect/order/{order['order_number']}",
        f"/collect/sitting/{sitting['accession']}",
        "/scan",
        "/lab/pending",
        f"/lab/receive?location={bench}&after=0&tube={number}",
        f"/lab/specimens/{number}",
        f"/lab/specimens/{number}/reject?reason=RH",
        f"/lab/specimens/{sitting['specimens'][1]['number']}",
        "/lab/review",
        "/lab/review?view=rejected",
        "/lab/review?view=rejected_today",
        "/dashboard",
        "/wall",
        "/shipments",
        f"/shipments/{bag}",
        f"/specimens/{number}",
        f"/specimens/{number}/reprint",
        "/printers",
        "/api/docs",
    ]


SMALL = """() => [...document.querySelectorAll("button, .button, select, .tile, .tick, .tabs a, .places a, summary")]
    .filter(one => one.checkVisibility() && (one.offsetHeight < 44 || one.offsetWidth < 44)).map(one => one.outerHTML)"""
SMALL_PRIMARY = """() => [...document.querySelectorAll(".primary.big, .tile")]
    .filter(one => one.checkVisibility() && one.offsetHeight < 76).map(one => one.outerHTML)"""


@pytest.mark.long
@pytest.mark.timeout(300)  # axe looks at every page by day and by night
def test_every_page_is_fit_for_everybody_for_a_gloved_finger_and_for_the_smallest_screen(clinic):
    clinic.sign_in()
    for path in ["/sign-in", *pages_with_work(clinic)]:
        clinic.page.set_viewport_size({"width": 1280, "height": 800})
        clinic.page.emulate_media(color_scheme="light")
        clinic.go(path)
        clinic.page.set_viewport_size({"width": 360, "height": 740})
        assert (path, clinic.page.evaluate(SMALL)) == (path, [])
        assert (path, clinic.page.evaluate(SMALL_PRIMARY)) == (path, [])
        clinic.page.set_viewport_size({"width": 320, "height": 640})
        assert (path, overhang(clinic.page)) == (path, 0)
        clinic.page.set_viewport_size({"width": 1280, "height": 800})
        for fold in clinic.page.locator("main details").all()[:2]:
            fold.evaluate("fold => { fold.open = true; }")
        assert (path, faults(clinic.page)) == (path, [])
        clinic.page.emulate_media(color_scheme="dark")
        assert (path, faults(clinic.page, runOnly=["color-contrast"])) == (path, [])


@pytest.mark.long
def test_who_moves_by_keyboard_keeps_the_focus_while_a_list_changes_by_itself(clinic):
    clinic.house.collect()
    clinic.sign_in()
    clinic.go("/lab/pending")
    row = clinic.page.locator("a.opens")
    row.focus()
    clinic.house.collect()
    expect(row).to_have_count(2)
    expect(row.first).to_be_focused()
