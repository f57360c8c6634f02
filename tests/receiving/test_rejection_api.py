"""`POST /specimens/{number}/rejection` after a scan that rejected."""

import pytest

from tests.receiving.test_rejecting import pending, received, specimen


def rejected(house):
    number = received(house, place="Inspection", ordering_site="Riverside")
    result = house.scan(number, "reject", scan_id="x", as_="lab", reason="QS")
    assert result["outcome"] == "accepted"
    return number


def follow(house, number, body, **more):
    return house.post(f"/specimens/{number}/rejection", body, as_="lab", **more)


def test_a_program_rejects_tells_and_has_it_collected_again(anywhere):
    number = rejected(anywhere)
    assert number not in pending(anywhere)
    reply = follow(anywhere, number, {"read_back": "Ann Lee", "recollect": True})
    assert reply.status_code == 201
    said = reply.json
    assert (said["reason"], said["site"], said["read_back"], said["tries"]) == ("QS", "Riverside", "Ann Lee", 1)
    assert pending(anywhere)[number]["step"] == "to_recollect"
    assert follow(anywhere, number, {"recollect": True}).json == said
    assert specimen(anywhere, number)["rejection"]["order_number"] == said["order_number"]


def test_what_is_not_rejected_has_nothing_to_follow_up(house):
    number = received(house)
    reply = follow(house, number, {"recollect": True})
    assert (reply.status_code, "not rejected" in reply.json["detail"]) == (409, True)
    assert follow(house, "100000000420", {}).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"read_back": "100000000420"}, "/read_back"),
        ({"site": "x" * 121}, "/site"),
        ({"site": "a\0b"}, "/site"),
        ({"recollect": "perhaps"}, "/recollect"),
        ({"who": "Ann"}, "/who"),
    ],
)
def test_a_field_that_means_nothing_is_named(house, body, pointer):
    reply = follow(house, rejected(house), body)
    assert reply.status_code == 422
    assert [one["pointer"] for one in reply.json["errors"]] == [pointer]


@pytest.mark.parametrize("profile", ["handheld", "station", "integrator"])
def test_it_is_for_the_laboratorys_devices(house, profile):
    assert house.post(f"/specimens/{rejected(house)}/rejection", {}, as_=profile).status_code == 403
