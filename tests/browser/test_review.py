"""The review in a browser: found by scanning, answered with keys alone, closed for good."""

import pytest
from playwright.sync_api import expect

from tests.house import RIVERA


def parked(clinic, mrn="P1"):
    number = clinic.house.collect(patient=RIVERA | {"mrn": mrn})["specimens"][0]["number"]
    clinic.house.scan(number, "retrieve", scan_id=f"r-{number}", as_="lab", note="In the wrong rack")
    return number


def test_a_parked_scan_is_answered_with_a_reason(clinic):
    parked(clinic)
    clinic.sign_in("lab", None)
    clinic.go("/lab/review")
    clinic.says("1 scan waits for an answer")
    expect(clinic.page.get_by_test_id("review-list")).to_contain_text("In the wrong rack")
    clinic.page.get_by_label("What you found out").fill("I asked the courier")
    clinic.page.get_by_role("button", name="It was a mistake").click()
    clinic.answers("A mistake.")
    clinic.says("Nothing waits for you here.")
    clinic.page.get_by_role("link", name="Closed today").click()
    expect(clinic.page.get_by_test_id("review-list")).to_contain_text("Lab One")


def test_a_scanned_tube_leads_to_what_waits_about_it_and_keys_answer_it(clinic):
    number = parked(clinic)
    parked(clinic, "P2")
    clinic.sign_in("lab", None)
    clinic.go("/lab/review")
    clinic.says("2 scans wait")
    clinic.scan(number)
    clinic.says("1 scan waits")
    page = clinic.page
    page.wait_for_load_state()  # the page's script is what makes Enter go on to the next
    page.get_by_label("What you found out").focus()
    page.keyboard.type("I have it in hand")
    page.keyboard.press("Enter")
    expect(page.get_by_label("The other specimen")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="It happened")).to_be_focused()
    page.keyboard.press("Enter")
    clinic.answers("It happened.")


@pytest.mark.long
def test_a_scan_goes_to_the_other_specimen_by_scanning_it(clinic):
    wrong = parked(clinic)
    right = clinic.house.collect(patient=RIVERA | {"mrn": "P9"})["specimens"][0]["number"]
    clinic.sign_in("lab", None)
    clinic.go(f"/lab/review?tube={wrong}")
    page = clinic.page
    page.get_by_label("What you found out").fill("They lay side by side")
    page.get_by_label("The other specimen").click()
    clinic.scan(right)
    page.get_by_role("button", name="It was the other specimen").click()
    clinic.answers("Another specimen.")
