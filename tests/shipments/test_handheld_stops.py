"""What a handheld sends of stops and bags: nothing waited here, and is the bag empty."""

import pytest


@pytest.fixture
def browser(house):
    """The enrolled browser of a courier, signed out again."""
    browser = house.sign_in("courier")
    assert browser.post("/scan/device").status_code == 204
    browser.post("/sign-out")
    return browser


def nothing_here(house, browser, **changes):
    stop = {"stop_id": "t1", "location": house.locations["Clinic"], "at": house.now().isoformat()}
    return browser.post("/scan/empty-stop", json=stop | {"operator": house.badges["courier"]} | changes)


def stops(house):
    return [(one["location"], one["by"]) for one in house.get("/empty-stops", as_="handheld").json["items"]]


def test_a_stop_where_nothing_waited_is_noted_once_with_who_and_where(house, browser):
    for _ in range(2):
        assert nothing_here(house, browser).json["noted"]
    ((place, by),) = stops(house)
    assert (place["name"] if isinstance(place, dict) else place, by) == ("Clinic", "Courier One")


def test_what_is_no_stop_is_said_and_never_sent_again(house, browser):
    for changes in ({"location": "800000000000"}, {"location": "\0"}, {"location": None}):
        answer = nothing_here(house, browser, **changes)
        assert (answer.status_code, answer.json["noted"]) == (200, False)
        assert answer.json["message"] == "This place is not declared here. Scan its barcode again."
    nothing_here(house, browser)
    elsewhere = nothing_here(house, browser, location=house.locations["Lab bench"]).json
    assert (elsewhere["noted"], "another place" in elsewhere["message"]) == (False, True)
    for changes in ({"stop_id": ""}, {"stop_id": "\0"}, {"at": None}, {"at": "noon"}):
        assert nothing_here(house, browser, **changes).status_code == 422


def test_a_bag_is_counted_against_its_manifest_in_numbers_alone(house, browser, clock):
    def short(number):
        return browser.post("/scan/manifest", json={"number": number}).json["message"]

    bag = house.post("/shipments", {"kind": "bag"}, as_="handheld").json["number"]
    made = house.collect(specimens=[{"type": "BLDV", "container": "EDTA", "tests": ["CBC"]}] * 2)["specimens"]
    first, second = (one["number"] for one in made)
    for place, number in enumerate((first, second)):
        house.scan(number, "see", scan_id=f"p{place}", into=bag)
    clock.advance(minutes=1)
    house.scan(bag, "pick_up", scan_id="away")
    bench = house.locations["Lab bench"]
    clock.advance(minutes=1)
    house.scan(bag, "receive", scan_id="come", location=bench)
    clock.advance(minutes=1)
    house.scan(first, "receive", scan_id="one", location=bench, out_of=bag)
    assert short(bag) == f"Manifest says 2, you scanned 1. Missing: {second}."
    clock.advance(minutes=1)
    house.scan(second, "receive", scan_id="two", location=bench, out_of=bag)
    assert [short(number) for number in (bag, first, "\0", None)] == [None] * 4
