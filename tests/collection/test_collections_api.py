"""`POST /orders` and `POST /collections`, as another program sends them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from specimen_service.collection.queries import planned_order, sitting, waiting
from specimen_service.custody.model import CustodyEvent
from specimen_service.kernel.numbers import checks, number
from specimen_service.labels.model import PrintJob
from specimen_service.orders.model import Order
from specimen_service.patients.model import Patient, PatientDiscrepancy
from specimen_service.specimens.model import Collection, Identifier, Label, Specimen, SpecimenTest, Status
from tests.house import RIVERA, furnish

STORED = (Patient, Order, Collection, Specimen, Label, CustodyEvent, PrintJob, SpecimenTest)


@pytest.fixture
def house(database, clock):
    return furnish(database, clock)


@pytest.fixture
def sqlite_house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


def order(**changes):
    return {"patient": dict(RIVERA), "tests": ["CBC", "PT", "CMP", "BMP"]} | changes


def count(database, *models):
    with database.unit_of_work(write=False) as session:
        return [session.scalar(select(func.count()).select_from(model)) for model in models]


def faults(reply):
    assert reply.status_code == 422, reply.json
    assert reply.content_type == "application/problem+json"
    return {fault["pointer"]: fault["message"] for fault in reply.json["errors"]}


def test_an_order_plans_its_tubes_in_the_order_of_draw_and_tests_share_them(house, database):
    placed = house.post("/orders", order(), as_="integrator")
    assert placed.status_code == 201
    assert [tube["container"] for tube in placed.json["tubes"]] == ["CIT", "SST", "EDTA"]
    with database.unit_of_work(write=False) as session:
        (row,) = waiting(session)
        assert (row.order_number, row.tubes, row.containers) == (placed.json["order_number"], 3, ("CIT", "SST", "EDTA"))
        planned = planned_order(session, row.order_number)
    assert [tube.tests for tube in planned.tubes] == [("PT",), ("BMP", "CMP"), ("CBC",)]


def test_two_orders_of_one_patient_share_the_tubes_they_have_in_common(house, database):
    first = house.post("/orders", order(tests=["CBC", "PT"])).json["order_number"]
    second = house.post("/orders", order(tests=["HBA1C", "TSH"], priority="stat")).json["order_number"]
    assert count(database, Specimen) == [3]
    house.collect(
        order_number=second, specimens=[{"type": "BLDV", "container": "EDTA"}, {"type": "BLDV", "container": "SST"}]
    )
    with database.unit_of_work(write=False) as session:
        assert [row.order_number for row in waiting(session)] == [first]
        assert [tube.container for tube in planned_order(session, first).tubes] == ["CIT"]


def test_a_collection_takes_the_planned_tubes_of_its_order_and_empties_the_worklist(house, database, clock):
    placed = house.post("/orders", order(priority="stat", due_at=(clock() + timedelta(hours=1)).isoformat())).json
    specimens = [dict(tube) for tube in reversed(placed["tubes"])]
    recorded = house.collect(order_number=placed["order_number"], specimens=specimens, print=True)
    assert [one["container"] for one in recorded["specimens"]] == ["CIT", "SST", "EDTA"]
    assert all(checks(one["number"]) and one["number"].startswith("10") for one in recorded["specimens"])
    assert [one["status"] for one in recorded["specimens"]] == ["collected"] * 3
    assert count(database, Specimen, Label, CustodyEvent, PrintJob) == [3, 3, 3, 3]
    with database.unit_of_work(write=False) as session:
        assert waiting(session) == []
        shown = sitting(session, recorded["accession"])
    assert [(tube.position, tube.tests) for tube in shown.tubes] == [(1, ("PT",)), (2, ("BMP", "CMP")), (3, ("CBC",))]
    assert [tube.job_id for tube in shown.tubes] == [one["print_job"] for one in recorded["specimens"]]


def test_a_test_drawn_in_another_container_leaves_no_tube_to_collect(house, database):
    placed = house.post("/orders", order(tests=["CBC"])).json
    house.collect(
        order_number=placed["order_number"], specimens=[{"type": "BLD", "container": "MICEDTA", "tests": ["CBC"]}]
    )
    with database.unit_of_work(write=False) as session:
        assert waiting(session) == []
        assert sorted(session.scalars(select(Specimen.status))) == [Status.CANCELLED, Status.COLLECTED]


def test_blood_culture_bottles_are_numbered_by_set(house):
    bottles = [
        {"type": "BLDV", "container": code, "site": site}
        for site in ("left arm", "right arm")
        for code in ("BCAER", "BCANA")
    ]
    recorded = house.collect(specimens=bottles)
    sets = [house.get(f"/specimens/{one['number']}").json["set_number"] for one in recorded["specimens"]]
    assert sets == [1, 1, 2, 2]


def test_every_bad_field_is_named_at_once_and_nothing_is_half_written(house, database, clock):
    reply = house.post(
        "/collections",
        {
            "patient": {"mrn": "P1", "birth_date": "2030-01-01"},
            "order_number": "nowhere",
            "collector": "nobody",
            "station": "chair-99",
            "collected_at": (clock() + timedelta(minutes=3)).isoformat(),
            "specimens": [
                {"type": "NOPE", "container": "BUCKET", "tests": ["CBC", "XYZ", "CBC"], "handling": "WARM"},
                {"type": "BLDV", "container": "EDTA", "barcode": "lis", "downtime_number": "100000000420"},
            ],
        },
    )
    assert set(faults(reply)) == {
        "/patient/family_name", "/patient/given_name", "/patient/birth_date", "/order_number", "/collector", "/station",
        "/collected_at", "/specimens/0/type", "/specimens/0/container", "/specimens/0/tests/1", "/specimens/0/tests/2",
        "/specimens/0/handling", "/specimens/1/identifiers", "/specimens/1/downtime_number",
    }  # fmt: skip
    assert count(database, *STORED) == [0] * len(STORED)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"collected_at": None}, "/collected_at"),
        ({"collected_at": "2026-11-21T09:15:00"}, "/collected_at"),
        ({"collected_at": "yesterday"}, "/collected_at"),
        ({"collected_at": "2026-11-14T14:14:00+00:00"}, "/collected_at"),
        ({"collector": None}, "/collector"),
        ({"specimens": []}, "/specimens"),
        ({"specimens": "EDTA"}, "/specimens"),
        ({"priority": "urgent"}, "/priority"),
        ({"station": None, "print": True}, "/station"),
        ({"source": "outside"}, "/sender"),
        ({"note": "no such field"}, "/note"),
    ],
)
def test_each_fault_names_its_field(sqlite_house, sqlite_database, change, pointer):
    assert set(faults(sqlite_house.post("/collections", sqlite_house.collection(**change)))) == {pointer}
    assert count(sqlite_database, *STORED) == [0] * len(STORED)


def test_a_late_collection_is_taken_with_its_reason(house):
    house.collect(collected_at="2026-11-01T09:00:00-04:00", late_reason="entered after the downtime")


def test_a_known_mrn_with_another_name_and_birth_date_is_refused(house, database):
    house.collect()
    stranger = RIVERA | {"family_name": "OKAFOR", "birth_date": "1990-01-01"}
    assert set(faults(house.post("/collections", house.collection(patient=stranger)))) == {"/patient/mrn"}
    assert count(database, Patient, Collection) == [1, 1]


@pytest.mark.parametrize("change", [{"family_name": "RIVERO"}, {"birth_date": "1984-04-13"}])
def test_one_difference_is_a_warning_kept_for_review_and_overwrites_nothing(house, database, change):
    house.collect()
    recorded = house.collect(patient=RIVERA | change)
    assert len(recorded["warnings"]) == 1
    assert count(database, Patient, PatientDiscrepancy) == [1, 1]
    with database.unit_of_work(write=False) as session:
        patient = session.scalars(select(Patient)).one()
        assert (patient.family_name, patient.birth_date.isoformat()) == ("RIVERA", "1984-03-14")


def test_an_order_of_another_patient_is_refused(house):
    number = house.post("/orders", order()).json["order_number"]
    other = {"mrn": "P2", "family_name": "OKAFOR", "given_name": "Chidi", "birth_date": "2026-01-01"}
    reply = house.post("/collections", house.collection(patient=other, order_number=number))
    assert set(faults(reply)) == {"/order_number"}


def test_a_temporary_identity_needs_neither_name_nor_birth_date(house):
    recorded = house.collect(patient={"mrn": "TEMP-7", "identity": "temporary"})
    shown = house.get(f"/specimens/{recorded['specimens'][0]['number']}").json
    assert shown["patient"]["identity"] == "temporary"


def test_what_a_patient_takes_home_is_issued_until_it_comes_back(house):
    recorded = house.collect(
        source="patient", collected_at=None, specimens=[{"type": "STL", "container": "STOOL"}], collector="collector"
    )
    assert recorded["specimens"][0]["status"] == "issued"


def test_all_optional_facts_are_stored_and_shown(house):
    specimen = {
        "type": "WND", "container": "SWAB", "site": "left foot", "laterality": "left", "method": "SWA", "handling": "REF",
        "fasting": True, "volume_ml": 1.5, "downtime_number": number(90, 1), "set_number": 2,
        "identifiers": [{"system": "Hospital LIS", "kind": "lis", "value": "L-4711"}],
        "collected_at": house.now().isoformat(),
    }  # fmt: skip
    recorded = house.collect(
        patient=RIVERA | {"mrn_authority": "HOSP", "band_number": "B-1", "encounter": "E-2", "location": "Ward 3"},
        source="outside", sender="Dr. Lindqvist", ordering_provider="Dr. Lindqvist", ordering_site="North clinic",
        collector=None, collector_name="Visiting nurse", late_reason="", specimens=[specimen],
    )  # fmt: skip
    shown = house.get(f"/specimens/{recorded['specimens'][0]['number']}", as_="lab").json
    text = str(shown)
    for value in ("left foot", "left", "SWA", "REF", "L-4711", "HOSP", "B-1", "E-2", "Ward 3", "Dr. Lindqvist", "North clinic",
                  "Visiting nurse", specimen["downtime_number"], "1.5"):  # fmt: skip
        assert value in text, value


def test_another_systems_number_opens_the_specimen(house):
    lis = {"type": "BLDV", "container": "EDTA", "identifiers": [{"system": "LIS", "kind": "lis", "value": "L-4711"}]}
    number = house.collect(specimens=[lis])["specimens"][0]["number"]
    assert house.get("/specimens/L-4711").json["number"] == number


def test_a_repeated_request_under_its_key_collects_once(house, database):
    body = house.collection()
    first, second = (house.post("/collections", body, key="one draw") for _ in range(2))
    assert first.json == second.json
    assert count(database, Collection, Specimen) == [1, 1]


def test_an_identifier_taken_twice_is_kept_once(house, database):
    twice = [{"system": "LIS", "kind": "lis", "value": "L-1"}] * 2
    house.collect(specimens=[{"type": "BLDV", "container": "EDTA", "identifiers": twice}])
    assert count(database, Identifier) == [1]


@pytest.mark.parametrize(
    "name",
    [
        "^XA^XZ~JA",
        '_5E\\&>0"',
        "A\x02\x03\x0f\x00B",
        "名" * 200,
        "\U0001f469\u200d\u2695\ufe0f",
        "\u202eevil",
        "O'Brien; DROP TABLE",
        "<script>",
    ],
)
def test_no_name_stops_a_collection_from_being_recorded(sqlite_house, sqlite_database, name):
    sqlite_house.collect(patient=RIVERA | {"family_name": name}, print=True)
    assert count(sqlite_database, Collection, PrintJob) == [1, 1]


def test_handhelds_record_no_collections(house):
    assert house.post("/collections", house.collection(), as_="handheld").status_code == 403
