"""`GET /specimens/{number}` for each who may ask."""

import pytest
from sqlalchemy import select

from specimen_service.audit.model import AuditEntry
from tests.house import RIVERA, furnish


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


def looks(database):
    with database.unit_of_work(write=False) as session:
        return list(session.scalars(select(AuditEntry.patients).where(AuditEntry.action == "patients.shown")))


FULL = {
    "order_number": None,
    "priority": "stat",
    "ordering_provider": "Dr. Osei",
    "ordering_site": "Ward 3",
    "patient": RIVERA | {"mrn_authority": "HOSP", "band_number": "B1", "encounter": "E1", "location": "Room 4"},
    "specimens": [
        {
            "type": "BLDV",
            "container": "EDTA",
            "tests": ["CBC", "HBA1C"],
            "site": "arm",
            "laterality": "left",
            "handling": "REF",
            "fasting": True,
            "volume_ml": 3.5,
            "identifiers": [{"system": "lis", "kind": "lis", "value": "L-77"}],
        }
    ],
}


def test_everything_that_was_recorded_is_shown(house):
    recorded = house.collect(**FULL)
    number = recorded["specimens"][0]["number"]
    shown = house.get("/specimens/L-77", as_="lab").json
    assert shown == house.get(f"/specimens/{number}", as_="integrator").json
    assert (shown["number"], shown["accession"], shown["status"]) == (number, recorded["accession"], "collected")
    assert (shown["type"], shown["container"], shown["priority"]) == ("BLDV", "EDTA", "stat")
    assert (shown["site"], shown["laterality"], shown["handling"]) == ("arm", "left", "REF")
    assert (shown["fasting"], shown["volume_ml"], shown["replaced_by"]) == (True, 3.5, None)
    assert [test["code"] for test in shown["tests"]] == ["CBC", "HBA1C"]
    assert shown["identifiers"] == [{"system": "lis", "kind": "lis", "value": "L-77"}]
    assert (shown["collection"]["ordering_provider"], shown["collection"]["station"]) == ("Dr. Osei", "chair-1")
    assert (shown["collection"]["collector"], shown["collection"]["ordering_site"]) == ("collector", "Ward 3")
    assert shown["patient"]["family_name"] == "RIVERA"
    assert [shown["patient"][name] for name in ("mrn_authority", "band_number", "encounter", "location")] == [
        "HOSP",
        "B1",
        "E1",
        "Room 4",
    ]
    assert shown["due_at"] > shown["since"]


@pytest.mark.parametrize(
    ("profile", "sees"), [("station", True), ("lab", True), ("integrator", True), ("handheld", False), ("agent", False)]
)
def test_patient_data_goes_only_to_who_may_see_it_and_each_look_is_on_record(house, sqlite_database, profile, sees):
    number = house.collect()["specimens"][0]["number"]
    before = len(looks(sqlite_database))
    reply = house.get(f"/specimens/{number}", as_=profile)
    assert reply.status_code == 200
    assert (b"RIVERA" in reply.data, b"P100001" in reply.data, b"1984-03-14" in reply.data) == (sees, sees, sees)
    assert len(looks(sqlite_database)) == before + sees


@pytest.mark.parametrize("code", ["100000000420", "nothing", "%00"])
def test_a_code_that_names_nothing_is_a_404(house, code):
    assert house.get(f"/specimens/{code}", as_="lab").status_code == 404
