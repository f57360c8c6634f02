"""Shipments over HTTP: packed, sealed, moved and reconciled by scanning."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from specimen_service.audit.model import SYSTEM, AuditEntry
from specimen_service.custody.actions import correct_event
from specimen_service.custody.model import CustodyEvent
from specimen_service.kernel.codes import is_number
from specimen_service.kernel.numbers import Kind
from specimen_service.specimens.actions import policy_of
from tests.house import RIVERA


def drawn(house, mrn="P1"):
    return house.collect(patient=RIVERA | {"mrn": mrn})["specimens"][0]["number"]


def made(house, kind="bag", **more):
    reply = house.post("/shipments", {"kind": kind} | more, as_="handheld")
    assert reply.status_code == 201, reply.json
    return reply.json["number"]


def scan(house, code, action, *, at=None, scan_id=None, as_="handheld", **more):
    house.now.advance(seconds=20)
    known = {"operator": house.badges["courier"]} | ({"scanned_at": at.isoformat()} if at else {})
    return house.scan(
        code, action, scan_id=scan_id or f"{action}-{code}-{house.now():%d%H%M%S}", as_=as_, **known | more
    )


def packed(house, *mrns, kind="bag"):
    bag, tubes = made(house, kind, destination=house.locations["Lab bench"]), [drawn(house, mrn) for mrn in mrns]
    for tube in tubes:
        assert scan(house, tube, "see", into=bag)["outcome"] == "accepted"
    return bag, tubes


def read(house, bag, as_="lab"):
    reply = house.get(f"/shipments/{bag}", as_=as_)
    assert reply.status_code == 200, reply.json
    return reply.json


def counts(shipment):
    return {name: len(shipment[name]) for name in ("expected", "received", "missing", "unexpected")}


def receive(house, code, bag=None, **more):
    where = {"location": house.locations["Lab bench"]} | ({"out_of": bag} if bag else {})
    return scan(house, code, "receive", as_="lab", **where | more)


@pytest.mark.parametrize("kind", ["bag", "box", "rack"])
def test_a_shipment_has_a_number_of_its_own_that_checks(anywhere, kind):
    reply = anywhere.post("/shipments", {"kind": kind}, as_="handheld").json
    assert is_number(reply["number"], Kind.SHIPMENT)
    assert (reply["kind"], reply["state"]) == (kind, "packing")
    assert anywhere.post("/shipments", {"kind": kind}, as_="handheld").json["number"] != reply["number"]


def test_a_journey_from_packing_to_reconciling(anywhere):
    bag, (one, two, three) = packed(anywhere, "P1", "P2", "P3")
    assert counts(read(anywhere, bag)) == {"expected": 3, "received": 0, "missing": 0, "unexpected": 0}
    sealed = anywhere.post(f"/shipments/{bag}/seals", {"seal_number": "ab 17"}, as_="handheld")
    assert (sealed.status_code, sealed.json["state"], sealed.json["seals"][0]["number"]) == (201, "sealed", "AB17")
    assert scan(anywhere, bag, "pick_up")["message"] == "Picked up, with 3 specimens in it."
    assert read(anywhere, bag)["state"] == "in_transit"
    for tube in (one, two, three):
        assert anywhere.get(f"/specimens/{tube}").json["status"] == "in_transit"
    anywhere.now.advance(minutes=30)
    receive(anywhere, bag)
    assert anywhere.get(f"/specimens/{one}").json["status"] == "arrived"
    stray = drawn(anywhere, "P4")
    for code in (one, three, stray, "4006381333931"):
        receive(anywhere, code, bag)
    shipment = read(anywhere, bag)
    assert (shipment["state"], counts(shipment)) == (
        "received",
        {"expected": 3, "received": 2, "missing": 1, "unexpected": 2},
    )
    assert [(row["number"], row["family_name"]) for row in shipment["missing"]] == [(two, "RIVERA")]
    assert [(row["number"], row["known"]) for row in shipment["unexpected"]] == [
        (stray, True),
        ("4006381333931", False),
    ]


def test_a_straggler_arrives_later_and_is_missing_no_more(anywhere):
    bag, (one, two) = packed(anywhere, "P1", "P2")
    scan(anywhere, bag, "pick_up")
    receive(anywhere, bag)
    receive(anywhere, one, bag)
    assert counts(read(anywhere, bag))["missing"] == 1
    anywhere.now.advance(hours=5)
    receive(anywhere, two)
    assert counts(read(anywhere, bag)) == {"expected": 2, "received": 2, "missing": 0, "unexpected": 0}


def test_a_pack_scan_that_comes_late_makes_the_unexpected_expected_and_moves_it_with_the_bag(anywhere):
    bag, (_one,) = packed(anywhere, "P1")
    late = drawn(anywhere, "P2")
    before = anywhere.now.advance(minutes=1)
    anywhere.now.advance(minutes=1)
    scan(anywhere, bag, "pick_up")
    anywhere.now.advance(minutes=20)
    receive(anywhere, late, bag)
    assert counts(read(anywhere, bag))["unexpected"] == 1
    scan(anywhere, late, "see", into=bag, at=before)
    shipment = read(anywhere, bag)
    assert counts(shipment) == {"expected": 2, "received": 1, "missing": 1, "unexpected": 0}
    custody = anywhere.get(f"/specimens/{late}/custody", as_="lab").json
    assert [event["event"] for event in custody["elsewhere"]] == ["departed"]


def test_what_was_taken_out_before_it_was_closed_is_not_on_the_manifest(anywhere):
    bag, (one, two) = packed(anywhere, "P1", "P2")
    scan(anywhere, two, "drop_off", location=anywhere.locations["Clinic"])
    scan(anywhere, bag, "pick_up")
    assert [row["number"] for row in read(anywhere, bag)["expected"]] == [one]


def test_what_is_put_in_after_closing_is_on_the_manifest_and_marked(house):
    bag, (one,) = packed(house, "P1")
    house.post(f"/shipments/{bag}/seals", {"seal_number": "S1"}, as_="handheld")
    late = drawn(house, "P2")
    scan(house, late, "see", into=bag)
    assert {row["number"]: row["put_in_late"] for row in read(house, bag)["expected"]} == {one: False, late: True}


def test_a_box_holds_what_is_in_the_bags_put_into_it(anywhere):
    bag, (one,) = packed(anywhere, "P1")
    box = made(anywhere, "box")
    scan(anywhere, bag, "see", into=box)
    scan(anywhere, box, "pick_up")
    assert anywhere.get(f"/specimens/{one}").json["status"] == "in_transit"
    assert read(anywhere, bag)["state"] == "in_transit"
    receive(anywhere, box)
    receive(anywhere, one, box)
    shipment = read(anywhere, box)
    assert counts(shipment) == {"expected": 1, "received": 1, "missing": 0, "unexpected": 0}
    assert shipment["expected"][0]["carrier"] == bag


def test_a_mistaken_unpacking_is_unexpected_no_more(house, sqlite_database):
    bag, _tubes = packed(house, "P1")
    stray = drawn(house, "P2")
    receive(house, stray, bag, scan_id="slip")
    assert counts(read(house, bag))["unexpected"] == 1
    with sqlite_database.unit_of_work() as session:
        slip = session.scalars(select(CustodyEvent).where(CustodyEvent.scan_id == "slip")).one()
        settings = house.app.config["SETTINGS"]
        known = {
            "specimen_id": slip.specimen_id,
            "event_hash": slip.hash,
            "reason": "Another bag was open.",
        }
        correct_event(session, house.now(), SYSTEM, policy_of(settings), **known)
    assert counts(read(house, bag))["unexpected"] == 0


@pytest.mark.parametrize(
    ("seen", "intact", "finding"),
    [("s1", True, "intact"), ("S1", False, "broken"), ("S2", True, "differs"), (None, False, "no_seal")],
)
def test_a_seal_is_compared_on_arrival(anywhere, seen, intact, finding):
    bag = made(anywhere)
    anywhere.post(f"/shipments/{bag}/seals", {"seal_number": "S1"}, as_="handheld")
    anywhere.now.advance(minutes=20)
    body = {"seal_number": seen, "intact": intact}
    reply = anywhere.post(f"/shipments/{bag}/seal-checks", body, as_="lab")
    assert (reply.status_code, reply.json["seals"][-1]["finding"]) == (201, finding)


def test_a_seal_noted_late_is_compared_as_if_it_had_come_in_time(house):
    bag, sealed_at = made(house), house.now()
    house.now.advance(minutes=20)
    check = {"seal_number": "S1", "intact": True}
    assert house.post(f"/shipments/{bag}/seal-checks", check, as_="lab").json["seals"][0]["finding"] == "never_sealed"
    late = {"seal_number": "S1", "at": sealed_at.isoformat()}
    seals = house.post(f"/shipments/{bag}/seals", late, as_="handheld").json["seals"]
    assert [(one["act"], one["finding"]) for one in seals] == [("sealed", None), ("checked", "intact")]


def test_the_same_seal_twice_is_noted_once(house):
    bag = made(house)
    for _ in range(2):
        reply = house.post(f"/shipments/{bag}/seals", {"seal_number": "S1"}, as_="handheld")
    assert len(reply.json["seals"]) == 1


def test_a_handheld_sees_numbers_only_and_a_laboratory_names_with_the_look_on_record(house, sqlite_database):
    bag, (one,) = packed(house, "P1")
    row = read(house, bag, "handheld")["expected"][0]
    assert (row["number"], row["family_name"]) == (one, None)
    assert looks(sqlite_database, bag) == 0
    assert read(house, bag, "lab")["expected"][0]["family_name"] == "RIVERA"
    assert looks(sqlite_database, bag) == 1


def test_an_empty_stop_is_noted_once_and_listed(anywhere):
    body = {"location": anywhere.locations["Clinic"], "operator": anywhere.badges["courier"], "stop_id": "stop-1"}
    for _ in range(2):
        reply = anywhere.post("/empty-stops", body, as_="handheld")
        assert reply.status_code == 201
    (stop,) = anywhere.get("/empty-stops", as_="lab").json["items"]
    assert (stop["location"], stop["by"]) == ("Clinic", "Courier One")
    elsewhere = body | {"location": anywhere.locations["Lab bench"]}
    assert anywhere.post("/empty-stops", elsewhere, as_="handheld").status_code == 409


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/shipments", {"kind": "cart"}, "/kind"),
        ("/shipments", {"destination": "800000000999"}, "/destination"),
        ("/shipments", {"operator": "820000000999"}, "/operator"),
        ("/empty-stops", {"location": "nowhere"}, "/location"),
        ("/shipments/{bag}/seals", {"seal_number": " "}, "/seal_number"),
        ("/shipments/{bag}/seals", {"seal_number": "x" * 41}, "/seal_number"),
    ],
)
def test_what_is_wrong_is_named(house, path, body, pointer):
    reply = house.post(path.format(bag=made(house)), body, as_="handheld")
    assert (reply.status_code, [one["pointer"] for one in reply.json["errors"]]) == (422, [pointer])


@pytest.mark.parametrize("path", ["", "/manifest.pdf", "/label.pdf"])
def test_an_unknown_shipment_is_not_found(house, path):
    assert house.get(f"/shipments/810000000014{path}", as_="lab").status_code == 404


def test_the_list_goes_on_where_it_stopped(house):
    bags = [made(house) for _ in range(5)]
    scan(house, bags[0], "pick_up")
    first = house.get("/shipments?limit=3", as_="handheld").json
    second = house.get(f"/shipments?limit=3&cursor={first['next']}", as_="handheld").json
    assert [row["number"] for row in first["items"] + second["items"]] == bags[::-1]
    assert (second["next"], second["items"][-1]["state"]) == (None, "in_transit")


def test_as_many_queries_for_forty_specimens_as_for_four(house, sqlite_database):
    small, _ = packed(house, *(f"S{i}" for i in range(4)))
    large, _ = packed(house, *(f"L{i}" for i in range(40)))
    assert queries(sqlite_database, lambda: read(house, small)) == queries(sqlite_database, lambda: read(house, large))
    listed = lambda: house.get("/shipments", as_="lab")  # noqa: E731 - measured twice
    few = queries(sqlite_database, listed)
    made(house)
    assert queries(sqlite_database, listed) == few


def queries(database, act):
    said = []

    def note(_connection, _cursor, statement, *_more):
        said.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return len(said)


def looks(database, bag):
    with database.unit_of_work(write=False) as session:
        return len(session.scalars(select(AuditEntry).where(AuditEntry.subject == f"shipment {bag}")).all())


def test_a_fast_handheld_never_takes_a_received_shipment_away_again(anywhere):
    bag, _tubes = packed(anywhere, "P1")
    receive(anywhere, bag)
    scan(anywhere, bag, "pick_up", at=anywhere.now() + timedelta(minutes=5))
    assert read(anywhere, bag)["state"] == "received"
