"""Shipments in the pages: made, packed, sealed, handed over, received at the bench; and stops where nothing waited."""

import re

import pytest

from tests.shipments.test_shipments_api import counts as api_counts
from tests.shipments.test_shipments_api import drawn, packed, read, receive, scan

LIVE = {"X-Fragment": "1"}


def counts(page):
    return {name: int(number) for name, number in re.findall(r'data-testid="(\w+)">(\d+)</(?:dd|b)>', page.text)}


def made(house, browser, kind="bag"):
    answer = browser.post("/shipments", data={"kind": kind, "destination": house.locations["Lab bench"]})
    assert answer.status_code == 303
    return answer.location.rpartition("/")[2]


def part(page, testid):
    return page.text.partition(f'data-testid="{testid}"')[2].partition("</ul>")[0]


def test_a_bag_is_made_packed_sealed_and_handed_over(anywhere):
    browser, tube = anywhere.sign_in("collector"), drawn(anywhere)
    bag = made(anywhere, browser)
    assert "Scan the first tube to put into this bag." in browser.get(f"/shipments/{bag}").text
    anywhere.now.advance(seconds=5)
    answer = browser.post(f"/shipments/{bag}", data={"code": tube, "entry": "scanned"}, headers=LIVE)
    assert "is in this shipment." in answer.text
    assert "RIVERA" in part(answer, "manifest-list")
    assert browser.post(f"/shipments/{bag}/seal", data={"seal_number": "S1"}).status_code == 303
    sealed = browser.get(f"/shipments/{bag}").text
    assert "Hand it over" in sealed
    assert all(words in sealed for words in ("Something left out?", "Put on another seal"))
    anywhere.now.advance(minutes=5)
    courier = anywhere.sign_in("courier")
    clinic = {"action": "pick_up", "location": anywhere.locations["Clinic"]}
    assert f'value="{clinic["location"]}" selected' in courier.get(f"/shipments/{bag}").text  # its tubes are there
    assert courier.post(f"/shipments/{bag}/move", data={"action": "pick_up"}).status_code == 422
    assert courier.post(f"/shipments/{bag}/move", data=clinic).status_code == 303
    page = courier.get(f"/shipments/{bag}")
    assert "It is on its way." in page.text
    assert '<option value="">' not in page.text  # where it goes is known
    assert anywhere.get(f"/specimens/{tube}").json["holder"] == "Courier One"


def test_a_courier_sees_numbers_only(house):
    bag, (tube,) = packed(house, "P1")
    page = house.sign_in("courier").get(f"/shipments/{bag}")
    assert f"/specimens/{tube}" in page.text
    assert "RIVERA" not in page.text


def test_the_bench_reconciles_a_scanned_shipment_and_names_the_missing(anywhere):
    bag, (one, two) = packed(anywhere, "P1", "P2")
    scan(anywhere, bag, "pick_up")
    stray = drawn(anywhere, "P3")
    anywhere.now.advance(minutes=20)
    browser = anywhere.sign_in("lab", "")
    place = {"location": anywhere.locations["Lab bench"]}
    first = browser.post("/lab/receive", data=place | {"code": bag, "entry": "scanned"}, headers=LIVE)
    assert f"shipment={bag}" in first.headers["X-Page"]
    assert "Scan each tube to receive it." in first.text
    assert counts(first) == {"expected": 2, "received": 0, "missing": 2, "unexpected": 0}
    for code in (one, stray, "4006381333931"):
        anywhere.now.advance(seconds=70)
        page = browser.post("/lab/receive", data=place | {"code": code, "shipment": bag}, headers=LIVE)
    assert counts(page) == {"expected": 2, "received": 1, "missing": 1, "unexpected": 1}
    assert f"/lab/specimens/{two}" in part(page, "missing-list")
    assert "RIVERA" in part(page, "missing-list")
    assert stray in part(page, "unexpected-list")
    assert "4006381333931" in part(page, "parked-list")
    assert api_counts(read(anywhere, bag)) == {"expected": 2, "received": 1, "missing": 1, "unexpected": 2}


def test_a_shipment_is_received_once_all_that_was_in_it_was(anywhere):
    bag, (one, two) = packed(anywhere, "P1", "P2")
    lab, bench = anywhere.sign_in("lab", ""), {"location": anywhere.locations["Lab bench"]}

    def shown(word):
        return f"{word}</span>" in lab.get("/shipments").text and f"{word}</span>" in lab.get(f"/shipments/{bag}").text

    scan(anywhere, bag, "pick_up")
    scan(anywhere, bag, "drop_off", **bench)
    receive(anywhere, one, bag)
    assert shown("Arrived")
    receive(anywhere, two, bag)
    assert shown("Received")
    page = lab.get(f"/shipments/{bag}").text
    assert "All that was expected is here. Nothing more to do." in page
    assert "I take it" not in page
    assert "<summary>Note its seal</summary>" in page


def test_the_next_shipment_scanned_at_the_bench_is_the_one_unpacked(house):
    (first, _tubes), (second, (tube,)) = packed(house, "P1"), packed(house, "P2")
    browser = house.sign_in("lab", "")
    form = {"location": house.locations["Lab bench"], "shipment": first, "code": second}
    answer = browser.post("/lab/receive", data=form, headers=LIVE)
    assert f"shipment={second}" in answer.headers["X-Page"]
    assert f"/lab/specimens/{tube}" in part(answer, "missing-list")


@pytest.mark.parametrize(
    ("seen", "words"), [("broken", "Seal broken"), ("none", "Seal gone"), ("whole", "Another seal")]
)
def test_a_seal_that_did_not_hold_is_shown_until_it_is_looked_at_again(house, seen, words):
    bag, (tube,) = packed(house, "P1")
    browser = house.sign_in("lab", "")
    browser.post(f"/shipments/{bag}/seal", data={"seal_number": "S1"})
    receive(house, bag)
    number = "S2" if seen == "whole" else "S1"
    browser.post(f"/shipments/{bag}/seal-check", data={"seal_number": number, "seen": seen})
    assert words in browser.get(f"/shipments/{bag}").text.partition('data-testid="seal-fault"')[2][:200]
    place = {"location": house.locations["Lab bench"], "shipment": bag}
    browser.post("/lab/receive", data=place | {"code": tube, "entry": "scanned"})
    page = browser.get(f"/shipments/{bag}").text
    assert "Count it with a second person, because of its seal." in page
    assert "Nothing more to do" not in page


def test_nothing_here_is_noted_with_place_person_and_time(house):
    browser = house.sign_in("courier")
    form = {"location": house.locations["Clinic"], "stop_id": "once"}
    for _ in range(2):
        assert browser.post("/shipments/empty-stops", data=form).status_code == 303
    stops = part(browser.get("/shipments"), "empty-stops")
    assert stops.count("<li>") == 1
    assert all(words in stops for words in ("Clinic", "Courier One", "09:15"))


def test_what_cannot_be_done_is_said(house):
    bag, _tubes = packed(house, "P1")
    browser = house.sign_in("lab", "")
    cart = browser.post("/shipments", data={"kind": "cart"})
    assert cart.status_code == 422
    assert "One field needs another look" in cart.text
    assert browser.post(f"/shipments/{bag}/move", data={"action": "drop_off"}).status_code == 422
    for path, form in (("seal-check", {"seen": "whole"}), ("seal", {"seal_number": " "})):
        refused = browser.post(f"/shipments/{bag}/{path}", data=form)
        assert refused.status_code == 422
        assert "Scan or type the number on the seal." in refused.text.partition('id="e-seal"')[2][:300]
    typed = browser.post(f"/shipments/{bag}/seal", data={"seal_number": "9" * 41})
    assert "A seal number has at most 40 characters." in typed.text
    assert f'value="{"9" * 41}"' in typed.text
    assert browser.post("/shipments/find", data={"code": "810000000014"}).status_code == 404
    assert browser.get("/shipments/810000000014").status_code == 404


def test_its_own_barcode_is_answered_with_what_to_tap(house):
    bag, _tubes = packed(house, "P1")
    browser = house.sign_in("lab", "")

    def answer(code):
        return browser.post(f"/shipments/{code}", data={"code": code}, headers=LIVE).text

    assert "That is the shipment on this page. Scan what goes into it." in answer(made(house, browser))
    assert "Tap I take it when you take it with you." in answer(bag)
    scan(house, bag, "pick_up")
    assert "Tap I leave it here where you leave it." in answer(bag)
    scan(house, bag, "drop_off", location=house.locations["Lab bench"])
    assert "Tap I take it when you take it with you." in answer(bag)


def test_nothing_is_put_into_a_shipment_that_has_come(anywhere):
    bag, (one, two) = packed(anywhere, "P1", "P2")
    stray = drawn(anywhere, "P3")
    scan(anywhere, bag, "pick_up")
    lab, courier = anywhere.sign_in("lab", ""), anywhere.sign_in("courier")
    on_its_way = courier.get(f"/shipments/{bag}")
    assert counts(on_its_way) == {"inside": 2}
    assert "I leave it here" in on_its_way.text
    scan(anywhere, bag, "drop_off", location=anywhere.locations["Lab bench"])
    receive(anywhere, one, bag)
    page = lab.get(f"/shipments/{bag}")
    assert "Something left out?" not in page.text
    assert "Dropped off</b> at Lab bench" in page.text
    for browser, code, said in (
        (lab, one, "Tap Receive what is in it to receive it."),
        (lab, stray, "Tap Receive"),
        (courier, two, "Nothing more goes into it."),
    ):
        answer = browser.post(f"/shipments/{bag}", data={"code": code, "entry": "scanned"}, headers=LIVE)
        assert said in answer.text
        assert "Put in<" not in answer.text
        assert '<p class="what">Seen</p>' in lab.get(f"/specimens/{code}").text  # no scan is lost, wherever it was made
    assert api_counts(read(anywhere, bag)) == {"expected": 2, "received": 1, "missing": 1, "unexpected": 0}


def test_made_up_keys_in_an_address_lead_to_the_start_or_nowhere(anywhere):
    browser, beyond = anywhere.sign_in("supervisor"), "9" * 30
    assert browser.get(f"/shipments?before={beyond}").status_code == 200
    for path in (f"/lab/review/{beyond}", f"/lab/review/aside/{beyond}"):
        assert browser.post(path, data={"how": "real", "why": "seen", "finding": "seen"}).status_code == 404
