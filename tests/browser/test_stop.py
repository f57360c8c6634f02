"""A STOP is heard as well as seen, and a badge acknowledges it; and a page says when the server is out of reach."""

import pytest
from playwright.sync_api import expect

from tests.chair import BRANDT

HEAR = """() => {
  window.heard = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) { window.heard.push(this.frequency.value); return start.call(this, at); };
}"""
LOW = 200
"""The tone of a STOP is deeper than this, in hertz; every other is higher."""


def heard(page):
    """Wait for a tone, and return how each since the page was opened sounded."""
    for _ in range(100):
        if tones := page.evaluate("heard"):
            return ["low" if tone < LOW else "high" for tone in tones]
        page.wait_for_timeout(50)
    return []


def test_a_wrong_tube_is_heard_and_a_supervisor_s_badge_lets_it_go_on(clinic):
    page = clinic.page
    page.add_init_script(f"({HEAR})()")
    other = clinic.house.collect()["specimens"][0]["number"]
    sitting = clinic.house.collect(patient=BRANDT)
    own = sitting["specimens"][0]["number"]
    clinic.sign_in("collector")
    clinic.go(f"/collect/sitting/{sitting['accession']}")
    clinic.scan(other)
    stop = page.get_by_role("alert")
    expect(stop).to_contain_text("Wrong patient.")
    assert heard(page) == ["low"]
    expect(page.locator("header")).to_be_hidden()
    clinic.scan(clinic.house.badges["lab"])
    expect(stop).to_contain_text("That badge is neither yours nor a supervisor's.")
    clinic.forgive("422")
    assert heard(page) == ["low"]
    clinic.scan(clinic.house.badges["supervisor"])
    expect(stop).to_have_count(0)
    expect(page.locator(".who summary")).to_contain_text("Collector One")
    clinic.scan(own)
    expect(page.get_by_text("Verified 1 of 1").first).to_be_visible()
    assert heard(page) == ["high"]


@pytest.mark.long
def test_who_turned_the_sound_off_sees_all_of_it_and_hears_nothing(clinic):
    page = clinic.page
    page.add_init_script(f"({HEAR})()")
    other = clinic.house.collect()["specimens"][0]["number"]
    sitting = clinic.house.collect(patient=BRANDT)
    clinic.sign_in("collector")
    clinic.go("/")
    page.locator(".who summary").click()
    page.get_by_role("button", name="Turn the sound off").click()
    expect(page.get_by_role("button", name="Turn the sound on")).to_be_visible()
    clinic.go(f"/collect/sitting/{sitting['accession']}")
    clinic.scan(other)
    expect(page.get_by_role("alert")).to_contain_text("Wrong patient.")
    assert page.evaluate("heard") == []


def test_a_page_says_when_the_server_is_out_of_reach_and_is_glad_when_it_is_back(clinic):
    page = clinic.page
    clinic.sign_in("collector")
    clinic.says("Nobody is waiting")
    page.route("**/*", lambda route: route.abort())
    band = page.locator("#unreachable")
    expect(band).to_contain_text("Can't reach the server. Use the downtime kit (red folder).")
    expect(band).to_contain_text("Scans on handhelds are being saved.")
    page.unroute("**/*")
    expect(band).to_have_count(0)
    clinic.forgive("ERR_FAILED")
