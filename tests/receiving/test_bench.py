"""The bench: what was expected, what came, and the tube in hand."""

import re

import pytest
from sqlalchemy import select

from specimen_service.audit.model import AuditEntry
from specimen_service.kernel.numbers import grouped
from tests.house import RIVERA, furnish

LIVE = {"X-Fragment": "1"}


def at(house, name="Lab bench"):
    return f"/lab/receive?location={house.locations[name]}"


def begin(house, browser, name="Lab bench"):
    """Begin a count and return the address that keeps it."""
    page = browser.get(at(house, name))
    after = re.search(r'name="after" value="(\d+)"', page.text)[1]
    return f"{at(house, name)}&after={after}"


def take(browser, url, code, **more):
    """Scan at the bench as its script does."""
    fields = dict(part.split("=") for part in url.partition("?")[2].split("&"))
    form = fields | {"code": code, "entry": "scanned"} | more
    return browser.post("/lab/receive", data=form, headers=LIVE)


def counts(page):
    return {name: int(number) for name, number in re.findall(r'data-testid="(\w+)">(\d+)</dd>', page.text)}


def drawn(house, number="P1", **more):
    return house.collect(patient=RIVERA | {"mrn": number}, **more)["specimens"][0]["number"]


def on_the_way(house, *mrns):
    numbers = [drawn(house, mrn) for mrn in mrns]
    for number in numbers:
        house.scan(number, "pick_up", scan_id=f"up-{number}", as_="handheld", operator=house.badges["courier"])
    house.now.advance(minutes=20)
    return numbers


def test_expected_received_missing_and_unexpected_are_counted_and_named(anywhere):
    one, two = on_the_way(anywhere, "P1", "P2")
    stray = drawn(anywhere, "P3")
    browser = anywhere.sign_in("lab", "")
    url = begin(anywhere, browser)
    assert counts(browser.get(url)) == {"expected": 0, "received": 0, "missing": 0, "unexpected": 0}
    assert on_its_way(browser.get(url)) == [one, two]
    take(browser, url, one), take(browser, url, stray)
    page = browser.get(url)
    assert counts(page) == {"expected": 2, "received": 1, "missing": 1, "unexpected": 1}
    anywhere.now.advance(minutes=1)
    again = take(browser, url, one, scan_id="again").text
    assert "Already received" in again
    assert re.search(r"\d\d:\d\d by ", again)
    assert "looks like a product barcode" in take(browser, url, "4006381333931").text
    assert "It waits under Review." in take(browser, url, "LAB-77", scan_id="unknown").text
    missing = page.text.partition('data-testid="missing-list"')[2].partition("</ul>")[0]
    assert f"/lab/specimens/{two}" in missing  # the same courier brought the other one
    assert "with Courier One" in missing
    unexpected = page.text.partition('data-testid="unexpected-list"')[2].partition("</ul>")[0]
    assert f"/lab/specimens/{stray}" in unexpected


def on_its_way(page):
    return re.findall(r"/lab/specimens/(\d{12})", page.text.partition('data-testid="on-the-way-list"')[2])


def test_what_was_just_picked_up_is_on_its_way_and_missing_once_its_limit_has_passed(sqlite_database, clock):
    legs = [
        {"from": "collected", "to": "departed", "minutes": 60},
        {"from": "departed", "to": "received", "minutes": 30},
    ]
    house = furnish(sqlite_database, clock, limit=legs)
    (number,) = on_the_way(house, "P1")
    browser = house.sign_in("lab", "")
    url = begin(house, browser)
    assert (counts(browser.get(url))["missing"], on_its_way(browser.get(url))) == (0, [number])
    clock.advance(minutes=11)
    page = house.sign_in("lab", "").get(url)
    assert counts(page) == {"expected": 1, "received": 0, "missing": 1, "unexpected": 0}
    assert on_its_way(page) == []
    assert "It left Clinic 31 min ago (limit 30). Not yet at Lab bench." in page.text
    assert "with Courier One for" not in page.text  # which would say the same a second time, otherwise


def test_another_round_of_the_same_courier_is_on_its_way_and_not_missing(house):
    (first,) = on_the_way(house, "P1")
    browser = house.sign_in("lab", "")
    url = begin(house, browser)
    take(browser, url, first)
    house.now.advance(minutes=1)
    (second,) = on_the_way(house, "P2")
    page = house.sign_in("lab", "").get(url)
    assert counts(page) == {"expected": 1, "received": 1, "missing": 0, "unexpected": 0}
    assert on_its_way(page) == [second]
    assert "All that was expected at Lab bench is here." in page.text


def packed(house, *mrns, **shipment):
    bag = house.post("/shipments", {"kind": "bag"} | shipment, as_="handheld").json["number"]
    numbers = [drawn(house, mrn) for mrn in mrns]
    for number in numbers:
        house.scan(number, "see", scan_id=f"in-{number}", as_="handheld", into=bag)
    house.now.advance(minutes=1)
    return bag, numbers


def test_of_a_bag_of_which_something_came_the_rest_is_missing(anywhere):
    bag, (one, two) = packed(anywhere, "P1", "P2")
    anywhere.scan(bag, "pick_up", scan_id="up", as_="handheld", location=anywhere.locations["Clinic"])
    browser = anywhere.sign_in("lab", "")
    url = begin(anywhere, browser)
    assert (counts(browser.get(url))["expected"], on_its_way(browser.get(url))) == (0, [one, two])
    anywhere.now.advance(minutes=1)
    take(browser, url, one)
    page = browser.get(url)
    assert counts(page) == {"expected": 2, "received": 1, "missing": 1, "unexpected": 0}
    whole = f'<span class="nowrap">{grouped(two)}</span>'  # no line ends within it
    assert f"Manifest says 2, you scanned 1. Missing: {whole}." in browser.get(f"{url}&shipment={bag}").text


def test_a_bag_that_goes_elsewhere_is_not_on_its_way_here(house):
    bag, _numbers = packed(house, "P1", destination=house.locations["Cold room"])
    house.scan(bag, "pick_up", scan_id="up", as_="handheld", location=house.locations["Clinic"])
    browser = house.sign_in("lab", "")
    assert on_its_way(browser.get(begin(house, browser))) == []
    assert len(on_its_way(browser.get(begin(house, browser, "Cold room")))) == 1


def test_a_tube_left_at_this_place_is_missing_here_and_nowhere_else(house):
    number = drawn(house)
    house.scan(number, "drop_off", scan_id="d", as_="handheld", location=house.locations["Lab bench"])
    browser = house.sign_in("lab", "")
    assert counts(browser.get(begin(house, browser)))["missing"] == 1
    assert counts(browser.get(begin(house, browser, "Inspection")))["missing"] == 0


def test_a_count_begins_anew_with_the_place_and_a_reload_keeps_it(house):
    (one,) = on_the_way(house, "P1")
    browser = house.sign_in("lab", "")
    url = begin(house, browser)
    take(browser, url, one)
    assert counts(browser.get(url)) == counts(browser.get("/lab/receive")) != {}
    assert counts(browser.get("/lab/receive"))["received"] == 1
    assert counts(browser.get(at(house)))["received"] == 0


def test_a_scanned_place_is_the_place_from_here_on(house):
    browser = house.sign_in("lab", "")
    assert "Choose your place" in browser.get("/lab/receive").text
    answer = browser.post("/lab/receive", data={"code": house.locations["Lab bench"]}, headers=LIVE)
    assert "You receive at Lab bench." in answer.text
    assert f"location={house.locations['Lab bench']}" in answer.headers["X-Page"]
    assert "At: <b>Lab bench</b>" in browser.get("/lab/receive").text


def test_without_a_place_nothing_is_recorded_and_the_page_says_what_to_do(house):
    number = drawn(house)
    browser = house.sign_in("lab", "")
    answer = browser.post("/lab/receive", data={"code": number}, headers=LIVE)
    assert "Scan the barcode of your place first" in answer.text
    assert house.get(f"/specimens/{number}").json["status"] == "collected"


def test_the_card_says_whose_it_is_how_old_and_how_to_keep_it(house, clock):
    tube = {"type": "BLDV", "container": "EDTA", "tests": ["CBC", "ACTH"]}
    number = house.collect(specimens=[tube], priority="stat")["specimens"][0]["number"]
    clock.advance(minutes=150)
    browser = house.sign_in("lab", "")
    page = take(browser, begin(house, browser), number)
    for words in ("RIVERA", "ACTH", "Keep on ice", "STAT", "Collected 2 h 30 min ago; limit 3 h"):
        assert words in page.text
    assert 'class="age-bar wait"' in page.text
    assert "Reject as too old" not in page.text


def test_past_its_limit_a_tube_is_received_all_the_same_and_too_old_is_offered_first(house, clock):
    number = drawn(house)
    clock.advance(hours=13)
    browser = house.sign_in("lab", "")
    page = take(browser, begin(house, browser), number)
    assert "Past its limit." in page.text
    assert "Collected 13 h ago; limit 12 h at room temp." in page.text
    assert "This one is past its limit." in page.text
    assert re.search(r'reason=EX">\s*<svg[^>]*><use[^>]*/></svg> Reject as too old', page.text)
    assert house.get(f"/specimens/{number}").json["status"] == "received"


def test_past_its_limit_a_tube_is_accepted_with_a_comment(house, clock):
    number = drawn(house)
    clock.advance(hours=13)
    browser = house.sign_in("lab", "")
    url = begin(house, browser, "Inspection")
    assert "Accept it with a comment" in take(browser, url, number).text
    clock.advance(minutes=1)
    form = {"location": house.locations["Inspection"], "note": "The clinician wants the count alone"}
    assert "Say why it is of use" in browser.post(f"/lab/specimens/{number}/accept", data=form | {"note": ""}).text
    assert browser.post(f"/lab/specimens/{number}/accept", data=form).status_code == 303
    last = house.get(f"/specimens/{number}/custody", as_="lab").json["events"][-1]
    assert (last["event"], last["said"]["note"]) == ("accepted", "The clinician wants the count alone")


def test_where_the_place_inspects_a_scan_accepts(house, clock):
    number = drawn(house)
    browser = house.sign_in("lab", "")
    url = begin(house, browser, "Inspection")
    take(browser, url, number)
    assert house.get("/pending", as_="lab").json["items"][0]["step"] == "to_accept"
    clock.advance(minutes=1)
    answer = take(browser, url, number, action="accept")
    assert "Accepted" in answer.text
    assert house.get(f"/specimens/{number}").json["status"] == "accepted"


def test_where_the_place_does_not_inspect_nothing_is_accepted_by_an_address(house):
    number = drawn(house)
    browser = house.sign_in("lab", "")
    take(browser, begin(house, browser), number, action="accept")
    assert house.get(f"/specimens/{number}").json["status"] == "received"


def test_a_parked_scan_is_shown_plainly(house):
    browser = house.sign_in("lab", "")
    url = begin(house, browser)
    take(browser, url, "4007817327<b>")
    page = browser.get(url)
    parked = page.text.partition('data-testid="parked-list"')[2].partition("</ul>")[0]
    assert "4007817327&lt;b&gt;" in parked
    assert "No specimen here has this number." in parked


def test_one_answer_is_one_look_that_names_the_patients_shown(house, sqlite_database):
    on_the_way(house, "P1", "P2")
    stray = drawn(house, "P3")
    browser = house.sign_in("lab", "")
    url = begin(house, browser)
    before = looks(sqlite_database)
    take(browser, url, stray)
    assert [len(patients) for patients in looks(sqlite_database)[len(before) :]] == [3]


def test_an_unchanged_count_is_a_304_and_writes_nothing(house, sqlite_database):
    (one,) = on_the_way(house, "P1")
    browser = house.sign_in("lab", "")
    url = begin(house, browser)
    polled = url.replace("/lab/receive", "/lab/receive/tally")
    first = browser.get(polled, headers=LIVE)
    before = looks(sqlite_database)
    tagged = LIVE | {"If-None-Match": first.headers["ETag"]}
    assert browser.get(polled, headers=tagged).status_code == 304
    assert looks(sqlite_database) == before
    take(browser, url, one)
    assert browser.get(polled, headers=tagged).status_code == 200


@pytest.mark.parametrize(
    "query", ["location=1", "location=800000000011&after=x", "after=99999999999999999999", "tube=x"]
)
def test_an_address_that_means_nothing_still_shows_the_page(house, query):
    assert house.sign_in("lab", "").get(f"/lab/receive?{query}").status_code == 200


@pytest.mark.parametrize("role", ["courier", "collector"])
@pytest.mark.parametrize("path", ["/lab/receive", "/lab/receive/tally", "/lab/specimens/1"])
def test_the_bench_is_for_the_laboratory(house, role, path):
    assert house.sign_in(role).get(path).status_code == 403


def looks(database):
    return looks_of(database, "receive")


def looks_of(database, page):
    with database.unit_of_work(write=False) as session:
        shown = select(AuditEntry.patients).where(AuditEntry.subject == page)
        return session.scalars(shown.order_by(AuditEntry.id)).all()
