import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printers.label import Align, Area, Box, Code128, Label, LabelError, Style, Text, Weight
from printers.label_json import from_json, to_json
from printers.stocks import STOCKS

lengths = st.floats(0.01, 500, allow_nan=False)
areas = st.builds(Area, st.floats(-5, 60), st.floats(-5, 60), lengths, lengths)
words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]))
elements = st.one_of(
    st.builds(
        Text, words, words, areas, lengths, st.sampled_from(Weight), st.sampled_from(Align), st.sampled_from(Style)
    ),
    st.builds(Box, words, areas),
    st.builds(Code128, words, words, areas, lengths, lengths),
)
labels = st.builds(Label, st.sampled_from(list(STOCKS.values())), st.lists(elements).map(tuple))


@given(labels)
def test_a_label_read_back_from_its_json_is_the_same_label(label):
    assert from_json(to_json(label)) == label


def a_label(**changes):
    text = {"kind": "text", "field": "name", "text": "Rivera", "area": [1, 1, 20, 4], "size_mm": 3} | changes
    return json.dumps({"stock": "2x1in", "elements": [{"kind": "box", "field": "rule", "area": [0, 9, 9, 1]}, text]})


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{", "label"),
        ("[]", "label"),
        ('{"stock": "2x1in"}', "label"),
        ('{"stock": ["2x1in"], "elements": []}', "stock"),
        ('{"stock": "3x9in", "elements": []}', "stock"),
        ('{"stock": "2x1in", "elements": {}}', "elements"),
        ('{"stock": "2x1in", "elements": [1]}', "elements[0].kind"),
        (a_label(kind=["text"]), "elements[1].kind"),
        (a_label(kind="qr"), "elements[1].kind"),
        (a_label(colour="red"), "elements[1]"),
        (a_label(text=7), "elements[1].text"),
        (a_label(text="a\x02b"), "elements[1].text"),
        (a_label(text="a\ud800b"), "elements[1].text"),
        (a_label(size_mm="3"), "elements[1].size_mm"),
        (a_label(size_mm=True), "elements[1].size_mm"),
        (a_label(size_mm=0), "elements[1].size_mm"),
        (a_label(size_mm=math.nan), "elements[1].size_mm"),
        (a_label(size_mm=10**400), "elements[1].size_mm"),
        (a_label(area=[1, 2, 3]), "elements[1].area"),
        (a_label(area=[1, 2, 3, -1]), "elements[1].area"),
        (a_label(area=[1, 2, 3, "4"]), "elements[1].area"),
        (a_label(style="shiny"), "elements[1].style"),
        (a_label(align=[]), "elements[1].align"),
    ],
)
def test_a_faulty_label_is_refused_by_the_name_of_its_faulty_part(text, path):
    with pytest.raises(LabelError) as caught:
        from_json(text)
    assert caught.value.path == path
    assert str(caught.value).startswith(path)


@pytest.mark.parametrize("missing", ["field", "text", "area", "size_mm"])
def test_a_text_without_a_required_member_is_refused(missing):
    label = json.loads(a_label())
    del label["elements"][1][missing]
    with pytest.raises(LabelError, match=missing):
        from_json(json.dumps(label))


def test_a_label_tells_what_it_says_by_field():
    area = Area(0, 0, 9, 9)
    label = Label(STOCKS["2x1in"], (Text("name", "Rivera", area, 3), Box("rule", area), Code128("barcode", "12", area),
                                      Text("tests", "CBC", area, 3), Text("tests", "BMP", area, 3)))  # fmt: skip
    assert label.texts == {"name": "Rivera", "barcode": "12", "tests": "CBC BMP"}


def test_areas_that_only_touch_do_not_overlap():
    left = Area(0, 0, 10, 10)
    assert not left.overlaps(Area(10, 0, 5, 10))
    assert not left.overlaps(Area(0, 10, 10, 5))
    assert left.overlaps(Area(9.9, 9.9, 5, 5))
