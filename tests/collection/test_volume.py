"""How much blood a child may give in a day: the rule, and what the chair does about it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from specimen_service.catalog.model import Container
from specimen_service.collection.model import Draw
from specimen_service.collection.volume import decimal, excess, is_child, read_weight
from specimen_service.specimens.model import Collection, Specimen
from tests.house import PIN, furnish
from tests.station import Chair, acts, stored

INFANT = {"mrn": "P100005", "family_name": "OKAFOR", "given_name": "Chidi", "birth_date": "2026-03-01", "sex": "M"}
STOP = "9.2 mL planned; limit today for 4.0 kg is 6.8 mL. Remove or shrink tubes, or get approval."
TESTS = ("PT", "CMP", "CBC")

volumes = st.lists(st.integers(1, 100).map(lambda tenths: tenths / 10), min_size=1, max_size=8)
weights = st.integers(3, 500).map(lambda tenths: tenths / 10)


@given(volumes, volumes, weights, st.integers(1, 100).map(lambda tenths: tenths / 10))
def test_a_draw_is_stopped_exactly_beyond_the_limit_in_exact_decimals(planned, before, weight, per_kg):
    tenths = round(sum(planned) * 10) + round(sum(before) * 10)
    beyond = tenths * 10 > round(weight * 10) * round(per_kg * 10)
    found = excess(planned, sum(before), weight, per_kg, None)
    assert (found is not None) == beyond
    assert excess([], sum(before), weight, per_kg, None) is None
    if found is not None:
        # Approved is what was shown, and not a drop more.
        assert excess(planned, sum(before), weight, per_kg, found.total_ml) is None
        assert excess([*planned, 0.1], sum(before), weight, per_kg, found.total_ml) is not None


def test_the_table_s_own_example_is_said_as_the_table_says_it():
    assert excess([2.7, 3.5, 3.0], 0, 4.0, 1.7, None).sentence == STOP
    assert [decimal(one) for one in (4.0, 6.85, 10.0, 12.5)] == ["4.0", "6.85", "10.0", "12.5"]


def test_a_child_is_one_until_the_birthday_and_nobody_of_unknown_age():
    assert is_child(date(2014, 11, 22), date(2026, 11, 21), 12)
    assert not is_child(date(2014, 11, 22), date(2026, 11, 22), 12)
    assert not is_child(None, date(2026, 11, 22), 12)
    assert not is_child(date(2026, 11, 1), date(2026, 11, 22), 0)


def test_a_weight_is_a_number_that_a_child_can_weigh():
    assert [read_weight(text) for text in ("4,0", "4.25", "0", "nan", "inf", "1e9", "four", "")] == [
        4.0,
        4.25,
        *[None] * 6,
    ]


@pytest.fixture
def house(sqlite_database, clock):
    made = furnish(sqlite_database, clock)
    with made.database.unit_of_work() as session:
        for code, volume in (("SST", 3.5), ("EDTA", 3.0)):
            session.execute(update(Container).where(Container.code == code).values(volume_ml=volume))
    return made


def at_the_tubes(maya, kg="4.0", tests=TESTS):
    maya.order(INFANT, *tests)
    assert "Weigh the patient, and write the weight in kg." in maya.identify()
    assert "Write the weight in kg, as 4.0." in maya.tap("weight", weight_kg="four")
    return maya.tap("weight", weight_kg=kg)


def tubes_of(page_html, code):
    return [one.split('"')[0] for one in page_html.split('name="smaller" value="')[1:] if f":{code}" in one[:30]]


def test_over_the_limit_nothing_is_collected_until_tubes_are_smaller(house, maya):
    assert STOP in at_the_tubes(maya)
    assert stored(house, select(Draw.weight_kg)) == [4.0]
    assert stored(house, select(Draw.weighed_by)) == ["Collector One"]
    assert STOP in maya.tap("collected")
    assert not stored(house, select(Collection.id))
    html = maya.browser.get(maya.path).text
    assert 'data-command="collected"' not in html
    assert "STOP. Too much blood for one day." in html
    [gold] = tubes_of(html, "MICSST")
    assert len(tubes_of(html, "MICEDTA")) == 1
    assert STOP in maya.tap("smaller", smaller=gold.replace("MICSST", "MICHEP"))
    assert "Draw the 3 tubes" in maya.tap("smaller", smaller=gold)
    maya.tap("collected")
    assert len(maya.labels()) == 3
    moved = [(detail["from"], detail["to"]) for _, detail in acts(house, "tube.shrunk")]
    assert moved == [("SST", "MICSST")]


def test_a_tube_that_is_too_much_for_today_is_left_for_another_day(house, maya):
    at_the_tubes(maya)
    planned = stored(house, select(Specimen.id).order_by(Specimen.position))
    assert "5.7 mL planned" not in maya.tap("tube", not_obtained=f"{planned[1]}:Draw it later")
    assert "Draw the 2 tubes" in maya.go(maya.path)
    maya.tap("collected")
    assert len(maya.labels()) == 2
    parked = maya.go("/?tab=parked")
    assert "P100005" in parked
    assert "Not obtained" in parked


def test_a_supervisor_s_badge_and_pin_let_it_go_and_nothing_less_does(house, maya):
    at_the_tubes(maya)
    assert "do not fit" in maya.tap("volume", total="9.2", badge=house.badges["supervisor"], pin="000000")
    assert "Only a supervisor" in maya.tap("volume", total="9.2", badge=house.badges["collector"], pin=PIN)
    assert STOP in maya.tap("volume", total="7.0", badge=house.badges["supervisor"], pin=PIN)
    assert STOP in maya.tap("collected")
    assert "Draw the 3 tubes" in maya.tap("volume", total="9.2", badge=house.badges["supervisor"], pin=PIN)
    maya.tap("collected")
    assert len(maya.labels()) == 3
    approved = {"ml": 9.2, "limit_ml": 6.8, "approved_by": "supervisor"}
    assert acts(house, "volume.approved") == [("volume.approved", approved)]
    assert "Volumes approved 1 33.3" in Chair(house, house.sign_in("supervisor")).go("/dashboard")


def test_what_was_drawn_in_the_last_24_hours_counts_and_what_was_drawn_before_does_not(house, maya, clock):
    at_the_tubes(maya, tests=("CMP",))
    maya.tap("collected")
    page = at_the_tubes(maya, tests=("PT", "CBC"))
    assert "5.7 mL planned; limit today for 4.0 kg is 6.8 mL." in page
    assert "3.5 mL were drawn in the last 24 hours besides." in page
    assert "planned; limit" not in maya.tap("weight", weight_kg="5.5")
    assert "planned; limit" in maya.tap("weight", weight_kg="4")
    clock.advance(hours=24, minutes=1)
    again = Chair(house, house.sign_in("collector"))
    assert "planned; limit" not in again.go(maya.path)


def test_of_the_grown_and_of_urine_no_weight_is_asked(maya):
    maya.order(INFANT | {"mrn": "P9", "birth_date": "2014-01-01"}, "CBC")
    assert "Draw the tube" in maya.identify()
    maya.order(INFANT, "UA")
    assert "Weigh" not in maya.identify()


@pytest.mark.parametrize("key", ["pediatric_ml_per_kg", "pediatric_under_years"])
def test_a_site_may_switch_it_off(sqlite_database, clock, key):
    off = furnish(sqlite_database, clock, collection={key: 0})
    free = Chair(off, off.sign_in("collector"))
    free.order(INFANT, *TESTS)
    assert "Draw the 3 tubes" in free.identify()
