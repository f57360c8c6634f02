"""How much blood a child may give in a day: the rule, and what the chair does about it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from specimen_service.catalog.model import Container
from specimen_service.collection.model import Draw
from specimen_service.collection.volume import Band, daily_limit, decimal, excess, is_child, read_weight
from specimen_service.kernel.errors import SetupError
from specimen_service.settings import parse_settings
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
    limit = daily_limit(weight, [], per_kg)
    found = excess(planned, sum(before), weight, limit, None)
    assert (found is not None) == beyond
    assert excess([], sum(before), weight, limit, None) is None
    if found is not None:
        # Approved is what was shown, and not a drop more.
        assert excess(planned, sum(before), weight, limit, found.total_ml) is None
        assert excess([*planned, 0.1], sum(before), weight, limit, found.total_ml) is not None


BANDS = [Band(0, 4.0, 2.5), Band(0, 7.2, 5.0), Band(7.3, 18.2, 10.0)]


@pytest.mark.parametrize(
    ("weight", "limit"),
    [
        (0.3, 2.5),
        (4.0, 2.5),
        (4.001, 5.0),
        (7.2, 5.0),
        (7.24, 12.31),
        (7.3, 10.0),
        (18.2, 10.0),
        (18.201, 30.94),
        (40, 68),
    ],
)
def test_a_band_goes_before_the_figure_for_a_kilogram_which_holds_in_its_gaps(weight, limit):
    assert daily_limit(weight, BANDS, 1.7) == limit


@given(weights, st.integers(0, 100).map(lambda tenths: tenths / 10))
def test_without_a_figure_only_the_bands_limit(weight, ml):
    band = Band(0, 10, ml)
    assert daily_limit(weight, [band], 0) == (ml if weight <= 10 else None)


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ([{"up_to_kg": 18.2}], "collection.pediatric_band.0.ml "),
        ([{"up_to_kg": 0, "ml": 3}], "collection.pediatric_band.0.up_to_kg "),
        (
            [{"up_to_kg": 9, "ml": 3}, {"up_to_kg": 4, "ml": 3}],
            "collection.pediatric_band must begin with the lightest",
        ),
        ([{"from_kg": 9, "up_to_kg": 4, "ml": 3}], "collection.pediatric_band.0.up_to_kg must be more than from_kg"),
        (
            [{"up_to_kg": 9, "ml": 3}, {"from_kg": 8, "up_to_kg": 12, "ml": 3}],
            "collection.pediatric_band must not overlap: from_kg = 8",
        ),
        ([{"upto_kg": 9, "ml": 3}], "unknown key collection.pediatric_band.0.upto_kg (did you mean up_to_kg?)"),
    ],
)
def test_a_band_that_means_nothing_is_named_at_the_start(bands, said):
    with pytest.raises(SetupError) as refused:
        parse_settings({"collection": {"pediatric_band": bands}})
    assert said in str(refused.value)


def test_the_table_s_own_example_is_said_as_the_table_says_it():
    assert excess([2.7, 3.5, 3.0], 0, 4.0, daily_limit(4.0, [], 1.7), None).sentence == STOP
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
    assert "Write the weight in kg, for example 4.0." in maya.tap("weight", weight_kg="four")
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
    assert "3.5 mL were already drawn in the last 24 hours." in page
    assert "planned; limit" not in maya.tap("weight", weight_kg="5.5")
    assert "planned; limit" in maya.tap("weight", weight_kg="4")
    clock.advance(hours=24, minutes=1)
    again = Chair(house, house.sign_in("collector"))
    assert "planned; limit" not in again.go(maya.path)


def test_of_the_grown_and_of_urine_no_weight_is_asked(maya):
    maya.order(INFANT | {"mrn": "P9", "birth_date": "2014-01-01"}, "CBC")
    assert "Draw the tube" in maya.identify()
    born = maya.order(INFANT | {"birth_date": "2026-11-20"}, "UA") and maya.go(maya.path)
    assert "Age 1 day" in born
    assert "Let the child, or the adult with the child, say both" in born
    assert "Weigh" not in maya.identify()


def test_the_chair_stops_at_the_band_s_limit_and_says_it_in_the_same_words(sqlite_database, clock):
    policy = {"pediatric_ml_per_kg": 0, "pediatric_band": [{"from_kg": 3, "up_to_kg": 7.2, "ml": 5}]}
    banded = furnish(sqlite_database, clock, collection=policy)
    maya = Chair(banded, banded.sign_in("collector"))
    page = at_the_tubes(maya)
    assert "limit today for 4.0 kg is 5.0 mL. Remove or shrink tubes, or get approval." in page
    assert "planned; limit" not in maya.tap("weight", weight_kg="8")


@pytest.mark.parametrize("key", ["pediatric_ml_per_kg", "pediatric_under_years"])
def test_a_site_may_switch_it_off(sqlite_database, clock, key):
    off = furnish(sqlite_database, clock, collection={key: 0})
    free = Chair(off, off.sign_in("collector"))
    free.order(INFANT, *TESTS)
    assert "Draw the 3 tubes" in free.identify()
