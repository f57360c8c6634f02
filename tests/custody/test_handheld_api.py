"""A browser that is a handheld: what its own cookie opens, and what it can take back."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from specimen_service.audit.model import SYSTEM
from specimen_service.custody.model import CustodyEvent, CustodyException
from specimen_service.devices.actions import revoke
from specimen_service.devices.model import Device
from specimen_service.web import devices
from specimen_service.web.devices import DEVICE_COOKIE, LARGEST_BODY
from tests.house import furnish


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


@pytest.fixture
def browser(house):
    """The browser of a courier, enrolled and signed out again."""
    browser = house.sign_in("courier")
    assert browser.post("/scan/device").status_code == 204
    browser.post("/sign-out")
    assert browser.get("/scan").status_code == 303
    return browser


@pytest.fixture
def number(house):
    return house.collect()["specimens"][0]["number"]


def scan(house, code, action="pick_up", scan_id="s1", **more):
    operator = house.badges["courier"]
    at = house.now().isoformat()
    return {"scan_id": scan_id, "code": code, "action": action, "scanned_at": at, "operator": operator} | more


def send(browser, *scans, **more):
    return browser.post("/scan/queue", json={"scans": list(scans), **more})


def take_back(house, browser, scan_id="s1", **later):
    at = (house.now() + timedelta(**later)).isoformat()
    body = {"scan_id": scan_id, "undone_at": at, "operator": house.badges["courier"]}
    return browser.post("/scan/undo", json=body)


def status(house, number):
    return house.get(f"/specimens/{number}").json["status"]


def device(house):
    with house.database.unit_of_work(write=False) as session:
        return session.scalars(select(Device).where(Device.name.like("browser-%"))).one()


def test_a_browsers_scans_are_recorded_with_nobody_signed_in_each_by_its_own_operator(house, browser, number):
    reply = send(browser, scan(house, number), badges=[house.badges["courier"], "820000000003"])
    (result,) = reply.json["results"]
    assert (result["outcome"], result["tone"], result["word"]) == ("accepted", "go", "Accepted")
    assert reply.json["badges"] == {house.badges["courier"]: "Courier One", "820000000003": None}
    (event,) = house.get(f"/specimens/{number}/custody", as_="lab").json["events"][1:]
    assert (event["operator"], event["device"]) == ("Courier One", device(house).name)
    assert send(browser, scan(house, number)).json["results"][0]["replayed"]


def test_a_browsers_answers_tell_nothing_of_the_patient(house, browser, number):
    answered = send(browser, scan(house, number), scan(house, "P100001", "see", "s2")).text
    assert not any(word in answered for word in ("RIVERA", "Ana", "1984"))


def test_a_bad_scan_blocks_none_of_its_neighbours(house, browser, number):
    send(browser, scan(house, number, scan_id="s1"))
    scans = [scan(house, number, "see", "s1"), scan(house, number, "dance", "s2"), scan(house, number, "see", "s3")]
    outcomes = [result["outcome"] for result in send(browser, *scans).json["results"]]
    assert outcomes == ["conflict", "invalid", "accepted"]


def test_a_revoked_browser_sends_nothing_more_and_can_be_enrolled_anew(house, browser, number):
    name = device(house).name
    with house.database.unit_of_work() as session:
        revoke(session, house.now(), SYSTEM, name=name)
    assert send(browser, scan(house, number)).status_code == 401
    again = house.sign_in("courier")
    again.set_cookie(DEVICE_COOKIE, browser.get_cookie(DEVICE_COOKIE, path="/scan").value, path="/scan")
    again.post("/scan/device")
    assert send(again, scan(house, number)).json["results"][0]["outcome"] == "accepted"


def test_who_is_not_signed_in_enrols_nothing(house):
    assert house.app.test_client().post("/scan/device").status_code == 303
    with house.database.unit_of_work(write=False) as session:
        assert not session.scalars(select(Device).where(Device.name.like("browser-%"))).all()


def test_the_cookie_is_no_token_and_a_token_no_cookie(house, browser, number):
    secret = browser.get_cookie(DEVICE_COOKIE, path="/scan").value
    body = {"scans": [scan(house, number)]}
    reply = house.client.post("/api/v1/scans", json=body, headers={"Authorization": f"Bearer {secret}"})
    assert reply.status_code == 401
    other = house.app.test_client()
    other.set_cookie(DEVICE_COOKIE, house.tokens["handheld"], path="/scan")
    assert send(other, scan(house, number)).status_code == 401
    assert browser.get("/lab/pending").status_code == 303


def test_the_cookie_stays_out_of_reach_of_scripts_and_of_other_sites(house):
    answer = house.sign_in("courier").post("/scan/device")
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith(DEVICE_COOKIE))
    assert {"HttpOnly", "SameSite=Strict", "Path=/scan"} <= {part.strip() for part in cookie.split(";")}


def test_another_sites_page_sends_no_scan_with_our_cookie(house, browser, number):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert browser.post("/scan/queue", json={"scans": [scan(house, number)]}, headers=headers).status_code == 403
    assert status(house, number) == "collected"


BAD_BODIES = [
    ('{"scans": []}', "text/plain", 422),
    ("{", "application/json", 422),
    ("[]", "application/json", 422),
    ('{"scans": 1}', "application/json", 422),
    ('{"sent_at": "noon"}', "application/json", 422),
    (json.dumps({"scans": [1] * 51}), "application/json", 422),
    (" " * (LARGEST_BODY + 1), "application/json", 413),
]


def test_what_is_no_list_of_scans_is_refused_whole(browser):
    for data, content_type, status in BAD_BODIES:
        answer = browser.post("/scan/queue", data=data, content_type=content_type)
        assert (data[:20], answer.status_code) == (data[:20], status)


def test_a_device_that_calls_without_end_is_told_to_wait(house, browser, clock, monkeypatch):
    monkeypatch.setattr(devices, "MOST_CALLS", 3)
    assert [send(browser).status_code for _ in range(4)] == [200, 200, 200, 429]
    clock.advance(minutes=1)
    assert send(browser).status_code == 200


def test_a_scan_taken_back_counts_no_longer_and_stays_on_record(house, browser, number):
    send(browser, scan(house, number))
    assert status(house, number) == "in_transit"
    assert take_back(house, browser, seconds=9).json["undone"]
    assert status(house, number) == "collected"
    events = house.get(f"/specimens/{number}/custody", as_="lab").json["events"]
    assert [event["event"] for event in events] == ["collected", "departed", "corrected"]
    assert take_back(house, browser, seconds=9).json["undone"]
    assert house.get(f"/specimens/{number}/custody", as_="lab").json["events"] == events


def answers(browser, *scans):
    return [(one["word"], one["message"], one["again"]) for one in send(browser, *scans).json["results"]]


def test_what_was_scanned_before_is_said_quietly_with_when_and_by_whom(house, browser, number, clock):
    bench, at = house.locations["Lab bench"], "09:15"
    send(browser, scan(house, number, "receive", location=bench))
    clock.advance(minutes=9)
    again = scan(house, number, "receive", "s2", location=bench)
    (result,) = send(browser, again).json["results"]
    assert (result["outcome"], result["tone"], result["sign"]) == ("accepted", "info", "info")
    said = ("Already scanned", f"{at} by you.", True)
    assert answers(browser, again) == [said]
    other = scan(house, number, "receive", "s3", location=bench, operator=house.badges["lab"])
    assert answers(browser, other) == [("Already scanned", f"{at} by Courier One.", True)]


def test_a_first_scan_and_a_handover_are_no_repetition(house, browser, number, clock):
    assert answers(browser, scan(house, number))[0][2] is False
    clock.advance(minutes=9)
    taken = answers(browser, scan(house, number, scan_id="s2", operator=house.badges["collector"]))
    unplaced = "No place was named: scan its barcode or choose it above."
    assert taken == [("Accepted", f"Handed over by Courier One to Collector One. {unplaced}", False)]
    clock.advance(minutes=9)
    back = scan(house, number, scan_id="s3", location=house.locations["Lab bench"])
    assert answers(browser, back) == [("Accepted", "Handed over by Collector One to Courier One.", False)]


def test_the_barcode_of_a_product_is_called_one(house, browser):
    sentence = "I read 4006381333931 (looks like a product barcode). Scan the specimen label."
    assert answers(browser, scan(house, "4006381333931")) == [("Not our label", sentence, False)]
    assert answers(browser, scan(house, "4006381333932", scan_id="s2"))[0][0] == "Not known here"


def test_a_bag_taken_back_is_taken_back_for_each_tube_in_it(house, browser):
    bag = house.post("/shipments", {"kind": "bag"}, as_="handheld").json["number"]
    tubes = house.collect(specimens=[{"type": "BLDV", "container": "EDTA", "tests": ["CBC"]}] * 2)["specimens"]
    numbers = [one["number"] for one in tubes]
    for place, number in enumerate(numbers):
        house.scan(number, "see", scan_id=f"p{place}", into=bag)
    send(browser, scan(house, bag))
    assert [status(house, number) for number in numbers] == ["in_transit", "in_transit"]
    assert take_back(house, browser, seconds=3).json["undone"]
    assert [status(house, number) for number in numbers] == ["collected", "collected"]


def test_an_unknown_code_taken_back_leaves_no_question_open(house, browser):
    send(browser, scan(house, "4006381333931"))
    assert take_back(house, browser, seconds=3).json["undone"]
    assert take_back(house, browser, seconds=3).json["undone"]
    with house.database.unit_of_work(write=False) as session:
        assert [one.closed_how for one in session.scalars(select(CustodyException))] == ["mistaken"]


def test_nobody_takes_back_what_is_too_old_or_another_devices_or_never_came(house, browser, number):
    send(browser, scan(house, number))
    house.scan(number, "see", scan_id="s2", as_="handheld")
    assert not take_back(house, browser, "s1", seconds=16).json["undone"]
    assert not take_back(house, browser, "s1", seconds=-1).json["undone"]
    assert not take_back(house, browser, "s2", seconds=1).json["undone"]
    assert not take_back(house, browser, "s3", seconds=1).json["undone"]
    with house.database.unit_of_work(write=False) as session:
        assert not session.scalars(select(CustodyEvent).where(CustodyEvent.event == "corrected")).all()


def test_find_says_where_a_tube_is_and_records_nothing(house, number):
    browser = house.sign_in("courier")
    house.scan(number, "receive", scan_id="s1", as_="lab", location=house.locations["Lab bench"])
    before = house.get(f"/specimens/{number}/custody", as_="lab").json
    page = browser.post("/scan", data={"action": "find", "code": number}).text
    band = page.partition('id="answer"')[2].partition('id="idle"')[0]
    assert "Received. Last at Lab bench" in band
    assert "RIVERA" not in page
    assert "Those digits don" in browser.post("/scan", data={"action": "find", "code": "100000000421"}).text
    assert house.get(f"/specimens/{number}/custody", as_="lab").json == before


def test_find_says_who_has_a_tube_on_its_way(house, number):
    browser = house.sign_in("courier")
    place, where = next(iter(house.locations.items()))
    house.scan(number, "pick_up", scan_id="s1", operator=house.badges["courier"], location=where)
    page = browser.post("/scan", data={"action": "find", "code": number}).text
    assert (
        f"In transit, with Courier One. Last at {place}" in page.partition('id="answer"')[2].partition('id="idle"')[0]
    )


def test_the_shell_for_offline_holds_nothing_of_anybody(house):
    shell = house.app.test_client().get("/scan/offline").text
    assert "Pick up" in shell
    assert not any(word in shell for word in ["Courier One", "Lab bench", *house.badges.values(), "Sign out"])
