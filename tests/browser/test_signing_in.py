"""Who gets in, who sees what, and what is left on the screen when a session ends."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from specimen_service.accounts.model import SignIn
from specimen_service.kernel.clock import utc_now
from tests.house import PASSWORD


def test_a_wrong_password_says_so_and_keeps_the_username(clinic):
    clinic.go("/sign-in")
    clinic.page.get_by_label("Username").fill("collector")
    clinic.page.get_by_label("Password").fill("not this one")
    clinic.page.get_by_role("button", name="Sign in").click()
    expect(clinic.page.get_by_role("alert")).to_contain_text("do not fit")
    expect(clinic.page.get_by_label("Username")).to_have_value("collector")
    expect(clinic.page.get_by_label("Password")).to_be_focused()
    for name in ("Username", "Password"):  # which of the two is wrong is told to nobody
        expect(clinic.page.get_by_label(name)).to_have_attribute("aria-invalid", "true")
    clinic.forgive("401")


def test_somebody_not_signed_in_comes_back_to_the_page_they_wanted(clinic):
    clinic.go("/lab/pending?state=verified")
    clinic.page.get_by_label("Username").fill("lab")
    clinic.page.get_by_label("Password").fill(PASSWORD)
    clinic.page.get_by_role("button", name="Sign in").click()
    clinic.page.wait_for_url("**/lab/pending?state=verified")


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("courier", ["Scan", "Shipments", "Printers"]),
        ("lab", ["Receive", "Pending", "Dashboard", "Review", "Scan", "Shipments", "Printers"]),
    ],
)
@pytest.mark.long
def test_a_role_arrives_at_its_own_page_and_is_offered_no_other(clinic, role, sees):
    clinic.sign_in_by_form(role, None)
    clinic.says("")
    ways = clinic.page.get_by_role("navigation", name="Main")
    if role == "lab":
        ways.get_by_text("More", exact=True).click()
    assert ways.get_by_role("link").all_inner_texts() == sees


def test_a_courier_sees_numbers_and_no_patient(clinic):
    number = clinic.house.collect()["specimens"][0]["number"]
    clinic.sign_in("courier", None)
    clinic.go(f"/specimens/{number}")
    clinic.says("Scan its label on the tube")
    expect(clinic.page.get_by_test_id("patient-banner")).to_have_count(0)
    assert "RIVERA" not in clinic.page.content()
    assert clinic.page.request.get(f"{clinic.url}/specimens/{number}/label.svg").status == 403


def test_a_session_that_ended_leaves_no_patient_on_the_screen(clinic):
    clinic.house.collect()
    clinic.sign_in()
    clinic.go("/lab/pending")
    expect(clinic.page.get_by_text("RIVERA, Ana")).to_be_visible()
    with clinic.database.unit_of_work() as session:
        session.execute(update(SignIn).values(ended_at=utc_now()))
    clinic.page.wait_for_url("**/sign-in?next=*")
    assert "RIVERA" not in clinic.page.content()
    clinic.forgive("401")
