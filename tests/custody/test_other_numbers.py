"""Numbers that are not on our label and name the tube all the same."""

import pytest

from specimen_service.kernel.numbers import number
from tests.house import furnish

BOTTLE = {"system": "BD BACTEC", "kind": "bottle", "value": "449400112233"}


@pytest.fixture
def house(database, clock):
    return furnish(database, clock)


def test_a_tube_labelled_in_the_downtime_is_found_by_its_downtime_number(house):
    downtime = number(90, 4711)
    recorded = house.collect(specimens=[{"type": "BLDV", "container": "EDTA", "downtime_number": downtime}])
    result = house.scan(downtime, "verify", scan_id="s1", collection=recorded["accession"])
    assert (result["outcome"], result["specimen"]["number"]) == ("accepted", recorded["specimens"][0]["number"])
    assert house.get(f"/specimens/{downtime}").json["status"] == "verified"


def test_a_blood_culture_bottle_is_verified_by_our_label_and_then_by_its_own_code(house):
    bottle = {"type": "BLDV", "container": "BCAER", "tests": ["BCXAER"], "site": "left arm", "identifiers": [BOTTLE]}
    recorded = house.collect(specimens=[bottle])
    (label,) = recorded["specimens"]
    first = house.scan(label["number"], "verify", scan_id="s1", collection=recorded["accession"])
    second = house.scan(BOTTLE["value"], "verify", scan_id="s2", collection=recorded["accession"])
    assert [one["outcome"] for one in (first, second)] == ["accepted", "accepted"]
    assert second["specimen"]["number"] == label["number"]


def test_another_bottles_code_verifies_nothing_here(house):
    bottle = {"type": "BLDV", "container": "BCAER", "site": "left arm"}
    house.collect(specimens=[bottle | {"identifiers": [BOTTLE]}])
    other = house.collect(specimens=[bottle])
    result = house.scan(BOTTLE["value"], "verify", scan_id="s1", collection=other["accession"])
    assert (result["outcome"], result["reason"]) == ("parked", "wrong_collection")
    assert house.get(f"/specimens/{other['specimens'][0]['number']}").json["status"] == "collected"


def test_one_code_on_two_tubes_is_ambiguous_and_moves_neither(house):
    lis = {"system": "LIS", "kind": "lis", "value": "L-1"}
    tubes = [{"type": "BLDV", "container": code, "identifiers": [lis]} for code in ("SST", "EDTA")]
    recorded = house.collect(specimens=tubes)
    result = house.scan("L-1", "receive", scan_id="s1", as_="lab", location=house.locations["Lab bench"])
    assert (result["outcome"], result["reason"], result["specimen"]) == ("parked", "ambiguous", None)
    shown = [house.get(f"/specimens/{one['number']}").json["status"] for one in recorded["specimens"]]
    assert shown == ["collected", "collected"]
