"""Badge and PIN at a station, switching by another badge, and locks: what the server does, whatever the browser runs."""

import pytest
from sqlalchemy import select, update

from specimen_service.accounts.actions import deactivate
from specimen_service.accounts.model import Person
from specimen_service.accounts.sign_in_pages import STATION_COOKIE
from specimen_service.audit.model import SYSTEM, AuditEntry
from specimen_service.kernel.numbers import number
from specimen_service.web.kit import COOKIE
from tests.house import PASSWORD, PIN, furnish

LIVE = {"X-Fragment": "1"}


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock, security={})


@pytest.fixture
def chair(house):
    """A browser that stands at the chair; nobody is signed in."""
    browser = house.app.test_client()
    browser.set_cookie(STATION_COOKIE, "chair-1")
    return browser


def arrive(browser, badge, pin=PIN, to="/sign-in"):
    """Scan a badge and enter a PIN: the two actions of a sign-in."""
    asked = browser.post(to, data={"code": badge}, follow_redirects=True)
    assert "Enter your PIN" in asked.text, asked.text
    return browser.post(to, data={"badge": badge, "pin": pin})


def who(browser):
    page = browser.get("/shipments")
    return page.text.split('data-person="')[1].split('"')[0] if page.status_code == 200 else None


def acts(house):
    with house.database.unit_of_work(write=False) as session:
        return list(
            session.scalars(select(AuditEntry.action).where(AuditEntry.actor_kind == "person").order_by(AuditEntry.id))
        )


def test_a_badge_and_a_pin_open_the_worklist_of_this_station(house, chair):
    answer = arrive(chair, f"]C0{house.badges['collector']}\r\n".strip())
    assert (answer.status_code, answer.location) == (303, "/")
    page = chair.get("/").text
    assert "Collector One" in page
    assert "chair-1" in page


def test_a_badge_alone_opens_nothing_and_stands_in_no_address(house, chair):
    answer = chair.post("/sign-in?next=/scan", data={"code": house.badges["collector"]})
    assert house.badges["collector"] not in answer.location
    assert "Collector One" in chair.get(answer.location).text
    assert who(chair) is None


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("820000999999", "don&#39;t add up"),
        (number(82, 999_999), "This badge is not known here. Scan it again, or ask an administrator."),
        (number(10, 42), "That is not a badge. Scan the barcode on your badge."),
        ("x", "That is not a badge."),
    ],
)
def test_what_is_no_badge_of_ours_is_said_at_once(chair, code, says):
    answer = chair.post("/sign-in", data={"code": code})
    assert answer.status_code == 422
    assert says in answer.text


def test_a_wrong_pin_is_said_and_five_of_them_bar_the_badge(house, chair, clock):
    badge = house.badges["collector"]
    for _ in range(5):
        answer = arrive(chair, badge, "918273")
        assert answer.status_code == 401
        assert "That PIN does not fit this badge. Enter it again." in answer.text
    answer = arrive(chair, badge)
    assert answer.status_code == 429
    assert "Wait five minutes" in answer.text
    clock.advance(minutes=5, seconds=1)
    assert arrive(chair, badge).status_code == 303


def test_a_pin_too_short_is_no_try(house, chair):
    for _ in range(9):
        assert arrive(chair, house.badges["collector"], "12345").status_code == 422
    assert arrive(chair, house.badges["collector"]).status_code == 303


def test_somebody_without_a_pin_is_told_how_to_get_one_and_does_so(house, chair):
    with house.database.unit_of_work() as session:
        session.execute(update(Person).where(Person.username == "lab").values(pin_hash=""))
    badge = house.badges["lab"]
    assert "has no PIN yet" in chair.post("/sign-in", data={"code": badge}).text
    assert chair.post("/sign-in", data={"badge": badge, "pin": ""}).status_code == 303
    chair.post("/sign-in", data={"username": "lab", "password": PASSWORD})
    new = {"password": PASSWORD, "pin": "918273", "again": "918273"}
    empty = chair.post("/me/pin", data={}).text
    told = ("3 things", "Enter your password.", "The PIN needs exactly six digits.", "Enter the new PIN once more.")
    assert all(said in empty for said in told)
    assert "differ" in chair.post("/me/pin", data=new | {"again": "918274"}).text
    assert "too easy" in chair.post("/me/pin", data=new | {"pin": "111111", "again": "111111"}).text
    assert "not your password" in chair.post("/me/pin", data=new | {"password": "another"}).text
    assert "counts from now on" in chair.post("/me/pin", data=new).text
    chair.post("/sign-out")
    assert arrive(chair, badge, "918273").status_code == 303


def test_guessing_the_password_at_ones_own_pin_is_counted(house):
    browser = house.sign_in()
    for _ in range(5):
        browser.post("/me/pin", data={"password": "guess", "pin": "918273", "again": "918273"})
    answer = browser.post("/me/pin", data={"password": PASSWORD, "pin": "918273", "again": "918273"})
    assert "Too many tries" in answer.text


def test_another_badge_scanned_into_a_field_for_tubes_switches_the_person(house):
    browser = house.sign_in("supervisor")
    before = browser.get_cookie(COOKIE).value
    asked = browser.post("/collect/find", data={"code": house.badges["collector"]}, follow_redirects=True)
    assert "Collector One" in asked.text
    assert who(browser) is None, "the person before is out before anybody is in"
    answer = browser.post("/sign-in?next=/lab/pending", data={"badge": house.badges["collector"], "pin": PIN})
    assert answer.location == "/?mine=1", "nobody lands on the page of the person before"
    assert who(browser) == "Collector One"
    assert "Chair 1" in browser.get("/").text
    stolen = house.app.test_client()
    stolen.set_cookie(COOKIE, before)
    assert who(stolen) is None


def test_a_script_that_sends_a_badge_is_told_that_the_session_is_locked(house):
    browser = house.sign_in("lab")
    assert browser.post("/scan", data={"code": house.badges["collector"]}, headers=LIVE).status_code == 401
    assert who(browser) is None
    assert "Collector One" in browser.get("/sign-in").text


def test_ones_own_badge_changes_nothing(house):
    browser = house.sign_in("supervisor")
    own = {"code": house.badges["supervisor"]}
    back = browser.post("/collect/find", data=own, headers={"Referer": "http://localhost/collect/new?x=1"})
    assert (back.status_code, back.location) == (303, "/collect/new?x=1")
    assert browser.post("/scan", data=own, headers=LIVE).status_code == 204
    assert browser.post("/sign-in?next=/scan", data=own).location == "/scan"
    assert who(browser) == "Supervisor One"
    assert "person.locked" not in acts(house)


def test_two_idle_minutes_lock_and_the_same_person_comes_back_to_the_same_page(house, clock):
    browser = house.sign_in("supervisor")
    house.collect()
    clock.advance(minutes=2, seconds=1)
    answer = browser.get("/lab/pending?state=collected")
    assert answer.status_code == 303
    locked = browser.get(answer.location)
    assert "Locked" in locked.text
    assert "Supervisor One" in locked.text
    assert "RIVERA" not in locked.text
    before = browser.get_cookie(COOKIE).value
    back = browser.post(answer.location, data={"pin": PIN})
    assert back.location == "/lab/pending?state=collected"
    assert "RIVERA" in browser.get(back.location).text
    assert browser.get_cookie(COOKIE).value != before
    assert acts(house)[-2:] == ["person.unlocked", "patients.shown"]


def test_a_locked_page_says_so_without_a_script_too(house):
    page = house.sign_in("supervisor").get("/lab/pending?state=collected")
    assert (
        '<noscript><meta http-equiv="refresh" content="122; url=/sign-in?next=/lab/pending%3Fstate%3Dcollected">'
        in (page.text)
    )
    assert page.headers["Cache-Control"] == "no-store"


def test_behind_a_lock_nothing_is_carried_out_and_nothing_is_told(house, clock):
    browser = house.sign_in("supervisor")
    browser.post("/lock")
    for path in ("/", "/lab/pending", "/lab/pending.csv", "/scan"):
        assert browser.get(path).status_code == 303
    assert browser.get("/lab/pending/rows", headers=LIVE).status_code == 401
    number = house.collect()["specimens"][0]["number"]
    sent = {"code": number, "action": "pick_up"}
    pressed = browser.post("/scan", data=sent, headers={"Referer": "http://localhost/scan"})
    assert pressed.location == "/sign-in?next=%2Fscan&undone=1"
    assert "was not carried out" in browser.get(pressed.location).text
    assert house.get(f"/specimens/{number}").json["status"] == "collected"


@pytest.mark.parametrize("referrer", ["http://elsewhere.example/lab/pending", "http://[", "http://localhost//evil", ""])
def test_a_lock_leads_back_to_no_page_but_ours(house, referrer):
    browser = house.sign_in("supervisor")
    browser.post("/lock")
    assert browser.post("/scan", data={}, headers={"Referer": referrer}).location == "/sign-in?next=%2F&undone=1"


def test_another_person_at_a_lock_begins_a_session_of_their_own(house, clock):
    browser = house.sign_in("supervisor")
    clock.advance(minutes=3)
    locked = browser.get("/lab/pending").location
    assert arrive(browser, house.badges["collector"], to=locked).location == "/?mine=1"
    assert who(browser) == "Collector One"


def test_polling_lifts_no_lock_and_puts_none_off(house, clock):
    browser = house.sign_in("supervisor")
    for _ in range(3):
        clock.advance(seconds=50)
        answer = browser.get("/lab/pending/rows", headers=LIVE)
    assert answer.status_code == 401
    assert browser.post("/here", headers=LIVE).status_code == 401


def test_who_types_without_asking_for_a_page_stays(house, clock):
    browser = house.sign_in("supervisor")
    for _ in range(5):
        clock.advance(seconds=100)
        assert browser.post("/here", headers=LIVE).status_code == 204
    assert who(browser) == "Supervisor One"


def test_a_lock_becomes_a_sign_out_after_ten_minutes_and_leads_back_all_the_same(house, chair, clock):
    arrive(chair, house.badges["supervisor"])
    chair.post("/lock")
    clock.advance(minutes=10, seconds=1)
    left = chair.get("/dashboard").location
    assert "Your badge" in chair.get(left).text
    assert chair.post(left, data={"pin": PIN}).location == "/sign-in"
    assert arrive(chair, house.badges["supervisor"], to=left).location == "/dashboard"
    assert "chair-1" in chair.get("/").text


def test_nobody_stays_longer_than_twelve_hours_whatever_they_unlock(sqlite_database, clock):
    house = furnish(sqlite_database, clock, security={"sign_out_after_minutes": 300})
    browser = house.sign_in("supervisor")
    for _ in range(3):
        clock.advance(hours=4)
        assert browser.post("/sign-in", data={"pin": PIN}).location == "/"
    clock.advance(seconds=1)
    assert browser.get("/scan").status_code == 303
    assert "Your badge" in browser.get("/sign-in").text


def test_somebody_let_in_no_more_cannot_unlock(house):
    browser = house.sign_in("supervisor")
    browser.post("/lock")
    with house.database.unit_of_work() as session:
        deactivate(session, house.now(), SYSTEM, username="supervisor")
    assert browser.post("/sign-in", data={"pin": PIN}).location == "/sign-in"
    assert who(browser) is None


def test_a_station_is_chosen_by_the_page_an_administrator_sets_up(house):
    browser = house.app.test_client()
    assert '<option value="chair-1" selected>Chair 1</option>' in browser.get("/sign-in?station=chair-1").text
    browser.post("/sign-in", data={"code": house.badges["collector"]})
    browser.post("/sign-in", data={"badge": house.badges["collector"], "pin": PIN})
    assert "Chair 1" in browser.get("/").text
    browser.post("/sign-out")
    assert "<b>Chair 1</b>" in browser.get("/sign-in").text
    browser.post("/sign-in", data={"username": "lab", "password": PASSWORD, "station": ""})
    assert browser.get_cookie(STATION_COOKIE) is None


def test_an_empty_password_is_no_try_and_a_badge_is_understood_in_any_field(house, chair):
    for _ in range(6):
        assert chair.post("/sign-in", data={"username": "lab", "password": ""}).status_code == 422
    asked = chair.post("/sign-in", data={"username": house.badges["lab"], "password": ""}, follow_redirects=True)
    assert "Lab One" in asked.text
    asked = chair.post("/sign-in", data={"badge": house.badges["lab"], "pin": house.badges["collector"]})
    assert "Collector One" in chair.get(asked.location).text
