"""`GET /pending` as the laboratory's screen has it."""

import pytest
from sqlalchemy import select

from specimen_service.audit.model import AuditEntry
from tests.house import RIVERA, furnish


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


def test_a_specimen_is_on_the_list_until_its_place_says_it_is_done(house, clock):
    number = house.collect()["specimens"][0]["number"]
    (item,) = house.get("/pending", as_="lab").json["items"]
    assert (item["number"], item["status"], item["step"], item["overdue"]) == (number, "collected", "to_verify", False)
    assert (item["tests"], item["patient"]["family_name"]) == (["CBC"], "RIVERA")
    clock.advance(minutes=61)
    late = house.get("/pending?overdue=true", as_="lab").json
    assert ([one["number"] for one in late["items"]], late["counts"]) == (
        [number],
        {"collected": 1, "total": 1, "overdue": 1},
    )
    house.scan(number, "receive", scan_id="s1", location=house.locations["Lab bench"])
    assert house.get("/pending", as_="lab").json == {"items": [], "next": None, "counts": {"total": 0, "overdue": 0}}


def test_pages_join_and_one_audit_row_names_the_patients_of_each(house, sqlite_database):
    for i in range(5):
        house.collect(patient=RIVERA | {"mrn": f"P{i}"}, priority=["stat", "routine"][i % 2])
    numbers, query = [], "?limit=2"
    while query:
        page = house.get(f"/pending{query}", as_="station").json
        numbers += [item["number"] for item in page["items"]]
        query = f"?limit=2&cursor={page['next']}" if page["next"] else ""
    assert len(set(numbers)) == 5
    with sqlite_database.unit_of_work(write=False) as session:
        shown = session.scalars(select(AuditEntry.patients).where(AuditEntry.subject == "pending")).all()
    assert sorted(len(patients) for patients in shown) == [1, 2, 2]


@pytest.mark.parametrize(
    "query",
    [
        "state=asleep",
        "location=Atlantis",
        "location=%00",
        "priority=low",
        "limit=0",
        "limit=201",
        "cursor=x",
        "overdue=perhaps",
        "colour=red",
    ],
)
def test_a_filter_that_means_nothing_is_refused_and_named(house, query):
    reply = house.get(f"/pending?{query}", as_="lab")
    assert reply.status_code == 422
    assert [error["pointer"] for error in reply.json["errors"]] == [f"/{query.split('=')[0]}"]


@pytest.mark.parametrize("profile", ["handheld", "integrator", "agent"])
def test_the_list_is_for_the_laboratory_and_stations(house, profile):
    assert house.get("/pending", as_=profile).status_code == 403
