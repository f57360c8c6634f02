import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printers import fonts
from printers.faces import SOURCES
from printers.fit import EM, FLOOR, FitError, Wish, fitted, largest, listed, person_name, shortened, width_mm
from printers.fonts import UndrawableError, line
from printers.label import Area, Label, Style, Weight
from printers.preflight import findings
from printers.resident import bound
from printers.stocks import STOCKS
from printers.wording import clean, clusters

NAME = Wish("name", Area(1, 1, 48, 4.5), 3.8, Weight.BOLD)
latin = st.text(st.characters(codec="latin-1", categories=["L"]), min_size=1, max_size=200)
letters = st.text(
    st.one_of(
        st.characters(min_codepoint=0x41, max_codepoint=0x24F, categories=["L"]),
        st.sampled_from("ẤỄỘỰẠỹΏέЖёמשמحمدאبعلي王小明欧阳さくらカ김철수ẹ\u0301\u0303"),
    ),
    min_size=1,
    max_size=200,
)


def sound(text):
    return findings(Label(STOCKS["2x1in"], (text,)), 203) == ()


@given(letters, letters)
@settings(max_examples=150, deadline=None)
def test_any_name_stays_inside_its_area(family, given_name):
    assert sound(person_name(NAME, family, given_name))


@given(letters, letters)
@settings(max_examples=100, deadline=None)
def test_a_name_is_whole_or_bears_the_mark(family, given_name):
    said = person_name(NAME, family, given_name).text
    assert said == f"{clean(family)}, {clean(given_name)}" or "…" in said


@given(latin, latin)
@settings(deadline=None)
def test_given_names_are_shortened_before_the_family_name(family, given_name):
    said_family, said_given = person_name(NAME, family, given_name).text.split(", ")
    if said_family.endswith("…"):
        assert len(clusters(said_given.rstrip("…"))) == 1


def test_a_short_name_keeps_the_wished_size():
    text = person_name(NAME, "Rivera", "Ana")
    assert (text.text, text.size_mm) == ("Rivera, Ana", 3.8)


def test_a_longer_name_shrinks_first_and_never_below_the_floor():
    text = person_name(NAME, "Montgomery-Fitzgerald", "Alex")
    assert text.text == "Montgomery-Fitzgerald, Alex"
    assert 3.8 * FLOOR - 0.001 <= text.size_mm < 3.8


def test_a_very_long_name_starts_with_the_family_name():
    text = person_name(NAME, "Featherstonehaugh-Cholmondeley", "Maximiliana Josephine")
    assert text.text.startswith("Featherstonehaugh-")
    assert "…" in text.text


@pytest.mark.parametrize(("family", "given_name", "said"), [("Suharto", "", "Suharto"), ("", "Björk", "Björk")])
def test_one_name_alone_stands_without_a_comma(family, given_name, said):
    assert person_name(NAME, family, given_name).text == said


def test_what_must_be_whole_is_refused_by_its_field_and_never_by_its_text():
    with pytest.raises(FitError) as caught:
        fitted(Wish("mrn", Area(0, 0, 20, 4), 2.5), "SECRET" * 9)
    assert caught.value.field == "mrn"
    assert "larger labels" in caught.value.remedy
    assert "SECRET" not in str(caught.value)


def test_items_that_do_not_fit_are_counted():
    wish = Wish("tests", Area(0, 0, 14, 2.6), 2.3)
    assert listed(wish, ["CBC", "BMP"]).text == "CBC BMP"
    assert listed(wish, ["CBC", "BMP", "HBA1C", "FERRITIN", "B12"]).text == "CBC BMP +3"
    assert listed(wish, ["X" * 90, "Y" * 90]).text == "+2"


@given(letters)
@settings(max_examples=60, deadline=None)
def test_a_shortened_text_is_never_cut_inside_a_character(text):
    said = shortened(Wish("container", Area(0, 0, 14, 4), 2.3), text).text
    assert said == clean(text) or said.endswith("…")
    assert clean(text).startswith(said.removesuffix("…").rstrip())
    kept = clusters(said.removesuffix("…"))
    assert kept == clusters(clean(text))[: len(kept)]


def test_text_on_a_box_leaves_room_at_both_ends():
    area = Area(0, 0, 10, 3)
    plain, boxed = Wish("x", area, 9), Wish("x", area, 9, style=Style.REVERSED)
    assert largest(boxed, "PRIORITY") < largest(plain, "PRIORITY")


@given(st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "Z"]), min_size=1, max_size=40))
def test_the_width_is_the_widest_of_both_fonts(text):
    shown = clean(text)
    for width in (bound(shown), line(shown, Weight.BOLD).width * EM):
        assert width_mm(shown, 2, Weight.BOLD) >= 2 * (width or 0) - 1e-9


def test_controls_and_direction_marks_are_dropped_and_blanks_joined():
    assert clean("  a\x02b\u202ec\ufeff\t\n d\u2028e ") == "abc d e"
    assert clean("e\u0301") == "é"
    assert clean("a\ud800") == "a\ufffd"


def test_a_symbol_no_font_has_is_shown_as_a_mark():
    assert person_name(NAME, "Rivera 😀", "Ana").text == "Rivera \ufffd, Ana"


def test_a_letter_no_font_has_stops_the_print_and_names_the_field():
    with pytest.raises(FitError, match=r"name holds the character U\+20000.*Install the fonts"):
        person_name(NAME, "\U00020000", "Ana")


@pytest.mark.parametrize("name", ["محمد", "כהן", "ศรี", "王小明", "さくら", "김철수"])
def test_without_the_extra_fonts_their_scripts_are_refused_and_never_drawn_as_boxes(name, monkeypatch):
    monkeypatch.setattr(fonts, "SOURCES", SOURCES[:1])
    fonts._face_of.cache_clear()
    try:
        with pytest.raises(UndrawableError, match=r"specimen-service\[fonts\]"):
            fonts.visible(name, Weight.BOLD)
    finally:
        fonts._face_of.cache_clear()


def test_arabic_is_joined_and_runs_from_the_right():
    runs = line("محمد Bob", Weight.BOLD).runs
    assert [(run.text, run.right_to_left) for run in runs] == [("Bob ", False), ("محمد", True)]
    alone = {line(letter, Weight.BOLD).runs[0].glyphs[0].id for letter in "محمد"}
    assert alone.isdisjoint(glyph.id for glyph in runs[-1].glyphs[1:])


def test_a_japanese_name_with_kana_is_drawn_in_the_japanese_font():
    assert "JP" in line("田中さくら", Weight.BOLD).runs[0].face.path.name
    assert "SC" in line("王小明", Weight.BOLD).runs[0].face.path.name


def test_marks_that_unicode_cannot_compose_stand_over_their_letter():
    for letter in ("ẹ", "ṃ", "ị"):
        run = line(letter + "\u0303", Weight.BOLD).runs[0]
        tilde = run.glyphs[-1]
        across = [tilde.x + x for _, numbers in run.face.outline(tilde.id) for x in numbers[::2]]
        assert abs((min(across) + max(across)) / 2 - run.width / 2) < 0.08
