"""The pages of errors: what happened, what to do, and the way on from there, for people who are signed in and who are not."""

import re

import pytest

from specimen_service.web.navigation import places_of
from tests.house import furnish

LABEL = "/specimens/100000000420"
HERE = {"Referer": "http://localhost/shipments"}


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


def broken(monkeypatch):
    def out_of_order(*_args, **_named):
        raise RuntimeError

    monkeypatch.setattr("specimen_service.shipments.pages.shipments", out_of_order)


CASES = [
    ("get", "/nowhere", {}, 404, "There is nothing at this address"),
    ("get", LABEL, {}, 404, "Go back and check the number or the address"),
    ("get", "/lab/receive", {}, 403, "Your role does not allow this. Ask a supervisor."),
    ("post", "/shipments/find", {"pad": "x" * 3_000_000}, 413, "That is too much at once"),
    ("post", "/shipments", {"kind": "basket"}, 422, "Choose a bag, a box or a rack."),
    ("put", "/shipments", {}, 405, "This page does not do that"),
    ("get", "/shipments", {}, 500, "Something went wrong here"),
]


@pytest.mark.parametrize(("method", "path", "form", "status", "sentence"), CASES)
def test_an_error_says_what_happened_and_what_to_do_and_keeps_the_navigation(
    house, monkeypatch, method, path, form, status, sentence
):
    if status == 500:
        broken(monkeypatch)
    came_from = HERE | {"Referer": "http://localhost/printers"} if path == "/shipments" else HERE
    answer = getattr(house.sign_in("courier", ""), method)(path, data=form, headers=came_from)
    assert answer.status_code == status
    for words in (sentence, 'aria-label="Main"', "Courier One", 'data-testid="now"', "Go back"):
        assert words in answer.text
    assert f'<a class="button primary" href="{came_from["Referer"].removeprefix("http://localhost")}">' in answer.text
    assert ("Nothing was stored." in answer.text) == (method != "get")
    assert "/kind:" not in answer.text


def test_who_is_not_signed_in_or_locked_out_sees_no_navigation_and_no_name(house):
    browser = house.sign_in("supervisor")
    browser.post("/lock")
    for visitor in (house.client, browser):
        answer = visitor.get("/nowhere")
        assert answer.status_code == 404
        assert 'aria-label="Main"' not in answer.text
        assert "Supervisor One" not in answer.text
        assert 'href="/sign-in">Sign in</a>' in answer.text


def test_nothing_leads_back_to_another_site_or_to_the_page_that_failed(house):
    browser = house.sign_in("courier", "")
    for before in ("http://elsewhere/x", "http://[", "http://localhost/nowhere", ""):
        page = browser.get("/nowhere", headers={"Referer": before}).text
        assert re.findall('class="button primary" href="(.*?)"', page) == ["/"]


def test_an_error_names_a_number_as_it_stands_on_the_label(house):
    assert "There is no specimen 1000 0000 0420 here." in house.sign_in("courier", "").get(LABEL).text


@pytest.mark.parametrize("role", ["collector", "courier", "lab", "supervisor", "admin"])
def test_a_screen_has_one_row_of_places_and_the_open_one_is_in_it(role):
    urls = [one.url for one in places_of(role, "/me/pin")]
    for url in urls:
        places = places_of(role, url)
        assert [one.url for one in places if one.here] == [url]
        assert all(one.front for one in places if one.here)
        assert sum(one.front for one in places) <= 4
        assert not any(one.front and one.aside for one in places)
        assert sum(not one.aside for one in places) <= 6  # what fits beside the name of the clinic and of the person
    assert not any(one.here for one in places_of(role, "/me/pin"))
