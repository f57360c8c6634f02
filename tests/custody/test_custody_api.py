"""Scans and custody over HTTP, as a device has them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from specimen_service.audit.model import AuditEntry
from specimen_service.custody.model import CustodyEvent, ScanAside
from tests.house import furnish


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


@pytest.fixture
def number(house):
    return house.collect()["specimens"][0]["number"]


def scan(house, code, action="see", scan_id="s1", **more):
    return {"scan_id": scan_id, "code": code, "action": action, "scanned_at": house.now().isoformat()} | more


def count(database, model):
    with database.unit_of_work(write=False) as session:
        return session.scalar(select(func.count()).select_from(model))


def test_a_batch_is_answered_in_its_order(house, number):
    scans = [scan(house, number, "verify", "s1"), 5, scan(house, "?", "see", "s2"), scan(house, number, "link", "s3")]
    reply = house.post("/scans", {"scans": scans, "sent_at": house.now().isoformat()}, as_="handheld")
    assert reply.status_code == 200
    results = reply.json["results"]
    assert [result["outcome"] for result in results] == ["accepted", "invalid", "parked", "parked"]
    assert [result["scan_id"] for result in results] == ["s1", None, "s2", "s3"]
    assert results[0] == {
        "scan_id": "s1",
        "outcome": "accepted",
        "replayed": False,
        "reason": None,
        "specimen": {"number": number, "status": "verified", "location": "Clinic"},
        "message": "Verified. The label was read; no collection was named to match.",
    }


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ([], [""]),
        ({}, ["/scans"]),
        ({"scans": []}, ["/scans"]),
        ({"scans": {}}, ["/scans"]),
        ({"scans": [1] * 1001}, ["/scans"]),
        ({"scans": [1], "colour": "red", "sent_at": "noon"}, ["/colour", "/sent_at"]),
        ({"scans": [{"scan_id": "s1"}, 7]}, ["/scans/0/code", "/scans/0/action", "/scans/0/scanned_at", "/scans/1"]),
    ],
)
def test_a_request_without_any_scan_is_refused_naming_each_place(house, sqlite_database, body, pointers):
    before = count(sqlite_database, CustodyEvent)
    reply = house.post("/scans", body, as_="handheld")
    assert (reply.status_code, reply.content_type) == (422, "application/problem+json")
    assert [error["pointer"] for error in reply.json["errors"]] == pointers
    assert (count(sqlite_database, CustodyEvent), count(sqlite_database, ScanAside)) == (before, 0)


def test_every_action_of_the_contract_is_carried_out(house, number):
    steps = [
        *(("verify", {}), ("pick_up", {}), ("drop_off", {}), ("receive", {}), ("accept", {}), ("store", {})),
        *(("retrieve", {}), ("see", {}), ("lost", {}), ("found", {}), ("link", {"links_to": "LAB-77"})),
        *(("reject", {"reason": "RH", "condition": "CL"}), ("dispose", {})),
    ]
    results = [
        house.scan(number, action, scan_id=f"s{i}", location=house.locations["Lab bench"], device_seq=i, **more)
        for i, (action, more) in enumerate(steps)
    ]
    assert [result["outcome"] for result in results] == ["accepted"] * len(steps)
    states = [result["specimen"]["status"] for result in results]
    assert states == [
        *("verified", "in_transit", "arrived", "received", "accepted", "stored", "retrieved", "retrieved", "lost"),
        *("retrieved", "retrieved", "rejected", "disposed"),
    ]
    sent, void = (house.collect()["specimens"][0]["number"] for _ in range(2))
    assert house.scan(sent, "send_out", scan_id="t1")["specimen"]["status"] == "sent_out"
    assert house.scan(void, "void", scan_id="t2")["message"].startswith("Label voided.")
    assert house.scan(void, "see", scan_id="t3")["reason"] == "voided_label"
    assert house.get("/specimens/LAB-77").json["number"] == number


def test_the_custody_of_a_specimen_is_listed_in_recording_order_and_the_look_is_kept(house, number, sqlite_database):
    late = (house.now() - timedelta(minutes=1)).isoformat()
    house.scan(number, "receive", scan_id="s1", location=house.locations["Lab bench"], operator=house.badges["lab"])
    house.scan(number, "pick_up", scan_id="s2", scanned_at=late, note="late", entry="typed", device_seq=3)
    before = count(sqlite_database, AuditEntry)
    reply = house.get(f"/specimens/{number}/custody", as_="lab")
    assert reply.status_code == 200
    events = reply.json["events"]
    assert [(one["seq"], one["event"]) for one in events] == [(1, "collected"), (2, "received"), (3, "departed")]
    assert [one["previous_hash"] for one in events] == ["", events[0]["hash"], events[1]["hash"]]
    assert (events[1]["location"], events[1]["operator"], events[1]["device"]) == ("Lab bench", "Lab One", "station")
    assert (events[2]["entry"], events[2]["device_seq"], events[2]["said"]["note"]) == ("typed", 3, "late")
    assert events[2]["effective_at"] < events[1]["effective_at"]
    assert count(sqlite_database, AuditEntry) == before + 1


@pytest.mark.parametrize(
    ("profile", "status"), [("lab", 200), ("integrator", 200), ("handheld", 403), ("station", 403)]
)
def test_custody_is_for_the_laboratory_and_integrators(house, number, profile, status):
    assert house.get(f"/specimens/{number}/custody", as_=profile).status_code == status


@pytest.mark.parametrize("profile", ["integrator", "agent"])
def test_only_scanning_devices_may_scan(house, number, profile):
    assert house.post("/scans", {"scans": [scan(house, number)]}, as_=profile).status_code == 403


def test_a_number_nobody_knows_is_a_404(house):
    assert house.get("/specimens/100000000420/custody", as_="lab").status_code == 404


def test_the_same_key_gets_the_stored_reply_and_the_scan_is_one(house, number, sqlite_database):
    body = {"scans": [scan(house, number)]}
    first, second = (house.post("/scans", body, as_="lab", key="k1") for _ in range(2))
    assert first.json == second.json
    assert count(sqlite_database, CustodyEvent) == 2
