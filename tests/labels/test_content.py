"""The words of a label: what people read of a specimen's facts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printers.label import Use
from printers.stocks import STOCKS
from specimen_service.labels.content import HANDLING_WORDS, LabelFacts, tube_text
from specimen_service.labels.tube import tube_label

NEW_YORK = ZoneInfo("America/New_York")
FACTS = LabelFacts(
    label_id=1,
    number="100000000420",
    specimen_id=1,
    patient_id=1,
    family_name="RIVERA",
    given_name="Ana",
    mrn="P100001",
    birth_date=date(1984, 3, 14),
    sex="F",
    temporary=False,
    collected_at=datetime(2026, 11, 21, 14, 15, tzinfo=UTC),
    collector="Maya Lopez",
    container="LAV EDTA",
    tests=("CBC", "HBA1C"),
    urgency=0,
    site="forearm",
    laterality="left",
    site_matters=False,
    handling=(),
    set_number=None,
    position=2,
    of=3,
    foreign_barcode="",
)


ON_TUBES = [stock for stock in STOCKS.values() if stock.use is Use.TUBE]


def words(**changes):
    return tube_text(replace(FACTS, **changes), NEW_YORK)


def test_a_label_says_times_in_the_sites_zone_and_dates_in_words():
    text = words()
    assert (text.collected, text.birth_date) == ("21 NOV 2026 09:15", "14 MAR 1984")


def test_the_hour_that_autumn_repeats_names_its_zone_and_still_fits():
    text = words(collected_at=datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
    assert (text.collected, text.collected_short) == ("01 NOV 2026 01:30 EST", "01NOV26 01:30 EST")
    for stock in ON_TUBES:
        assert tube_label(text, stock).texts["collected"] in {text.collected, text.collected_short}


def test_priority_is_said_only_where_it_is_urgent():
    assert [words(urgency=rank).priority for rank in range(3)] == ["STAT", "ASAP", ""]


def test_a_tube_says_which_of_how_many_it_is():
    assert (words().tube, words().tubes) == (2, 3)


def test_the_site_is_on_the_label_where_the_laboratory_must_know_it():
    assert words().source == ""
    assert words(site_matters=True).source == "L forearm"
    assert words(set_number=2).source == "SET 2 L forearm"


def test_every_handling_code_has_words_that_fit_beside_the_bars():
    for code in HANDLING_WORDS:
        assert tube_label(words(handling=(code,)), STOCKS["2x1in"])


def test_handling_of_several_tests_is_said_once():
    assert words(handling=("CREF", "PRTL", "CREF", "AMB", "")).handling == "ICE LIGHT"


def test_a_patient_collected_tube_leaves_the_time_to_be_written():
    text = words(collected_at=None, collector="")
    assert (text.collected, text.collector) == ("", "")
    assert tube_label(text, STOCKS["2x1in"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Maya Lopez", "Maya Lopez"),
        ("Maximiliana Featherstone", "M. Featherstone"),
        ("Maximiliana Josephine Featherstonehaugh", "MJF"),
        ("  Maya   Lopez ", "Maya Lopez"),
        ("山田 太郎", "山田 太郎"),
    ],
)
def test_a_collectors_name_shrinks_to_initials_where_it_is_long(name, said):
    assert tube_label(words(collector=name), STOCKS["38.1x21.2mm"]).texts["collector"] == said


MANY = ("CBC", "HBA1C", "RETIC", "SICKLE", "G6PD", "TACRO", "CYCLO", "LEAD", "HGBELP")
LATIN = st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_categories=["C", "Z"])


@settings(max_examples=40)
@given(st.text(LATIN, min_size=1, max_size=60))
def test_no_collectors_name_of_latin_letters_keeps_a_label_from_printing(name):
    text = words(collector=f"{name} {name[::-1]}", tests=MANY)
    for stock in ON_TUBES:
        assert tube_label(text, stock).texts["collector"]
