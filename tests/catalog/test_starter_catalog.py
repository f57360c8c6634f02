"""The starter catalog says what the standards say, and loading it never undoes a laboratory's own work."""

import itertools
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, select, update

import specimen_service.catalog
from specimen_service.audit.model import AuditEntry
from specimen_service.catalog.actions import load_starter
from specimen_service.catalog.model import Container, SpecimenType, Test
from specimen_service.catalog.queries import Catalog, reject_reasons
from specimen_service.catalog.queries import catalog as catalog_of
from specimen_service.collection.rules import VENOUS
from specimen_service.kernel.db import Database

NOW = datetime(2026, 11, 21, 14, 15, tzinfo=UTC)
STARTER = tomllib.loads((Path(specimen_service.catalog.__file__).parent / "starter.toml").read_text("utf-8"))

HL7 = {
    table: set(codes.split())
    for table, codes in tomllib.loads(Path(__file__).with_name("hl7_tables.toml").read_text("utf-8")).items()
}

# CLSI GP41: the groups of a venipuncture, first to last.
ORDER_OF_DRAW = [
    {"BCAER", "BCANA", "SPS"},
    {"CIT"},
    {"RED", "REDG", "SST", "SSTT"},
    {"HEP", "HEPNA", "PST"},
    {"EDTA", "PINK", "PPT", "ROYAL"},
    {"FLUOX"},
    {"ACD"},
]
# Colours that people with a colour deficiency, or in bad light, take for one another.
CONFUSABLE = [
    {"red", "green"},
    {"light blue", "lavender", "pink", "grey", "white"},
    {"gold", "yellow", "light green"},
    {"blue", "royal blue", "purple"},
]


@pytest.fixture
def catalog(sqlite_database: Database) -> Catalog:
    return _loaded(sqlite_database)


def test_loading_twice_adds_nothing_the_second_time(database: Database):
    with database.unit_of_work() as session:
        added = load_starter(session, NOW)
    before = _loaded(database)
    with database.unit_of_work() as session:
        assert load_starter(session, NOW) == 0
    assert added == sum(map(len, (before.containers, before.types, before.tests))) + len(STARTER["reject_reason"])
    assert _loaded(database) == before


def test_loading_is_on_record_once(sqlite_database: Database):
    _loaded(sqlite_database), _loaded(sqlite_database)
    with sqlite_database.unit_of_work(write=False) as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["catalog.loaded"]


def test_what_a_laboratory_changed_stays_as_it_is(sqlite_database: Database):
    _loaded(sqlite_database)
    with sqlite_database.unit_of_work() as session:
        session.execute(update(Container).where(Container.code == "EDTA").values(name="Purple 3 mL", volume_ml=3))
        session.execute(update(SpecimenType).where(SpecimenType.code == "SAL").values(active=False))
        session.execute(update(Test).where(Test.code == "CBC").values(stable_minutes=1440))
    catalog = _loaded(sqlite_database)
    assert (catalog.containers["EDTA"].name, catalog.containers["EDTA"].volume_ml) == ("Purple 3 mL", 3)
    assert "SAL" not in catalog.types
    assert catalog.tests["CBC"].stable_minutes == 1440


def test_what_is_missing_is_added_beside_a_laboratorys_own_entries(sqlite_database: Database):
    with sqlite_database.unit_of_work() as session:
        session.add(Container(**_own_container("EDTA"), draw_order=5))
        session.add(Container(**_own_container("OURS"), draw_order=6))
    catalog = _loaded(sqlite_database)
    assert catalog.containers["OURS"].name == catalog.containers["EDTA"].name == "Our own"
    assert catalog.tests["CBC"].container_id == catalog.containers["EDTA"].id
    assert set(STARTER["container"]) | {"OURS"} == set(catalog.containers)


def test_a_test_goes_with_its_container_when_that_is_no_longer_offered(sqlite_database: Database):
    _loaded(sqlite_database)
    with sqlite_database.unit_of_work() as session:
        session.execute(update(Container).where(Container.code == "PPT").values(active=False))
    catalog = _loaded(sqlite_database)
    assert "HIVVL" not in catalog.tests
    assert "CBC" in catalog.tests


def test_the_whole_catalog_is_read_in_three_selects(sqlite_database: Database):
    _loaded(sqlite_database)
    selects: list[str] = []
    with sqlite_database.unit_of_work(write=False) as session:
        event.listen(sqlite_database.engine, "before_cursor_execute", lambda *args: selects.append(args[2]))
        catalog_of(session)
    assert [one.split()[0] for one in selects if not one.startswith("BEGIN")] == ["SELECT"] * 3


def test_every_container_of_the_order_of_draw_is_there_in_its_place(catalog: Catalog):
    for place, codes in enumerate(ORDER_OF_DRAW, start=1):
        assert {catalog.containers[code].draw_order for code in codes} == {place}
    from_a_vein = {code for code, row in catalog.containers.items() if row.draw_order < VENOUS}
    assert from_a_vein == set().union(*ORDER_OF_DRAW)


def test_the_aerobic_bottle_of_a_set_is_filled_first(catalog: Catalog):
    assert list(catalog.containers)[:2] == ["BCAER", "BCANA"]


def test_capillary_blood_is_taken_gases_first_and_serum_last(catalog: Catalog):
    capillary = [code for code, row in catalog.containers.items() if 91 <= row.draw_order < 100]
    assert capillary == ["MICGAS", "MICEDTA", "MICHEP", "MICFLUOX", "MICSST"]


@pytest.mark.parametrize(
    ("code", "additive", "inversions"),
    [
        ("BCAER", "SPS", "8-10"),
        ("CIT", "C32", "3-4"),
        ("RED", "", "5"),
        ("REDG", "", ""),
        ("SST", "SST", "5"),
        ("HEP", "HEPL", "8-10"),
        ("EDTA", "EDTK", "8-10"),
        ("FLUOX", "NAF", "8-10"),
        ("ACD", "ACDA", "8-10"),
    ],
)
def test_a_tube_holds_and_needs_what_gp41_says(catalog: Catalog, code: str, additive: str, inversions: str):
    assert (catalog.containers[code].additive, catalog.containers[code].inversions) == (additive, inversions)


def test_what_the_contract_promises_is_there(catalog: Catalog):
    containers = ["BCAER", "BCANA", "CIT", "SST", "RED", "HEP", "EDTA", "FLUOX", "URINE", "SWAB"]
    tests = ["CBC", "BMP", "CMP", "LIPID", "PT", "APTT", "GLU", "HBA1C", "UA", "TSH"]
    assert set(containers) <= catalog.containers.keys()
    assert set(tests) <= catalog.tests.keys()
    assert "BLDV" in catalog.types


def test_every_code_is_one_of_its_hl7_table(catalog: Catalog):
    assert catalog.types.keys() <= HL7["0487"]
    assert {row.additive for row in catalog.containers.values()} - {""} <= HL7["0371"]
    assert {row.handling for row in catalog.tests.values()} - {""} <= HL7["0376"]


def test_the_reasons_to_reject_are_those_of_hl7_and_the_usual_ones_come_first(sqlite_database: Database):
    _loaded(sqlite_database)
    with sqlite_database.unit_of_work(write=False) as session:
        reasons = reject_reasons(session)
    assert reasons == STARTER["reject_reason"]
    assert reasons.keys() == HL7["0490"]
    assert list(reasons)[:3] == ["RH", "QS", "RC"]


def test_swabs_wounds_and_biopsies_need_their_site_and_blood_does_not(catalog: Catalog):
    needy = {code for code, row in catalog.types.items() if row.needs_site}
    assert {"WND", "BX", "SKBP", "TISS", "RES", "GENV", "ABS"} <= needy
    assert needy.isdisjoint({"BLDV", "BLD", "SER", "PLAS", "UR", "STL", "SPT", "CSF"})


def test_a_transfusion_tube_alone_is_never_labelled_again(catalog: Catalog):
    assert [code for code, row in catalog.containers.items() if not row.relabel] == ["PINK"]


def test_blood_culture_bottles_alone_have_a_barcode_of_their_own(catalog: Catalog):
    assert [code for code, row in catalog.containers.items() if row.own_barcode] == ["BCAER", "BCANA"]


def test_caps_of_a_venipuncture_differ_in_more_than_a_confusable_colour(catalog: Catalog):
    venous = [row for row in catalog.containers.values() if row.draw_order < VENOUS]
    for one, other in itertools.combinations(venous, 2):
        look_alike = one.cap_colour == other.cap_colour or any(
            {one.cap_colour, other.cap_colour} <= group for group in CONFUSABLE
        )
        assert not look_alike or one.cap_pattern != other.cap_pattern, (one.code, other.code)


def test_a_label_name_fits_its_line(catalog: Catalog):
    assert max(len(row.label_name) for row in catalog.containers.values()) <= 14


@pytest.mark.parametrize(
    ("code", "hours"),
    [("PT", 24), ("APTT", 6), ("CBC", 12), ("ESR", 4), ("K", 6), ("TSH", 8), ("UA", 2), ("UCX", 48), ("CD4", 72)],
)
def test_a_specimen_is_good_for_as_long_as_its_source_says(catalog: Catalog, code: str, hours: int):
    assert catalog.tests[code].stable_minutes == hours * 60


def test_a_test_is_never_stable_longer_than_a_part_of_it(catalog: Catalog):
    minutes = {code: row.stable_minutes for code, row in catalog.tests.items()}
    assert minutes["BMP"] == minutes["CMP"] == minutes["K"]  # both panels hold potassium


def test_chemistry_shares_one_tube(catalog: Catalog):
    assert (
        len({(t.specimen_type_id, t.container_id) for t in map(catalog.tests.get, ("BMP", "CMP", "LIPID", "TSH"))}) == 1
    )


def test_no_entry_of_the_file_has_a_key_that_nobody_reads():
    known = {
        "container": {
            "draw",
            "name",
            "label",
            "cap",
            "pattern",
            "additive",
            "additive_name",
            "inversions",
            "volume",
            "own_barcode",
            "relabel",
        },
        "type": {"name", "needs_site"},
        "test": {
            "name",
            "type",
            "container",
            "volume",
            "fasting",
            "handling",
            "stable",
            "preparation",
            "timing",
            "consent",
        },
    }
    assert STARTER.keys() == {*known, "reject_reason"}
    for table, keys in known.items():
        assert set().union(*STARTER[table].values()) <= keys


def _loaded(database: Database) -> Catalog:
    with database.unit_of_work() as session:
        load_starter(session, NOW)
        return catalog_of(session)


def _own_container(code: str) -> dict[str, object]:
    return {
        "code": code,
        "name": "Our own",
        "label_name": "OUR OWN",
        "cap_colour": "lavender",
        "cap_pattern": "solid",
        "additive": "EDTK",
        "additive_name": "Potassium EDTA",
        "inversions": "8-10",
    }
