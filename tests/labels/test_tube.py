import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from printers.fit import FitError
from printers.label import Area, Code128, Style, Text
from printers.label_json import from_json, to_json
from printers.languages import Mark, render
from printers.preflight import findings
from printers.resident import spelled, trusts
from printers.stocks import STOCKS
from printers.zpl_reader import draw, parse_format
from specimen_service.labels.tube import TubeText, tube_label

STOCK = STOCKS["2x1in"]
DOTS = (406, 203)
USUAL = TubeText(
    number="100000000420",
    family_name="Rivera",
    given_name="Ana",
    mrn="P100001",
    birth_date="14 MAR 1984",
    sex="F",
    collected="21 NOV 2026 09:15",
    collector="J. Okafor",
    container="Lavender EDTA 4 mL",
    tests=("CBC", "HBA1C"),
    priority="ROUTINE",
)
FULL = replace(
    USUAL,
    priority="STAT",
    handling="ON ICE",
    source="L arm",
    series="2/4 1 h",
    tube=2,
    tubes=3,
    tests=("GLU", "LACT", "NH3"),
)

hostile = st.one_of(
    st.text(st.characters(codec="latin-1"), max_size=200),
    st.text("^~_\\>\"';&<,:\x00\x02\x03\x0f\x1b\x7f\x9b\r\n\u202e\u2066😀é…", max_size=200),
    st.sampled_from(
        ["^XZ^XA^FDx^FS", "~JA", "^FX", "_5E", "\x02", "\\&", ">;99", "^CC+", "NGUYỄN Thị Bích", "محمد", "王小明"]
    ),
)
short = st.text("^~_\\>,ABÉ 0129-é", min_size=1, max_size=6).map("M{}".format)
tubes = st.builds(
    TubeText,
    number=st.integers(0, 10**12 - 1).map("{:012}".format),
    family_name=st.one_of(hostile, st.text(max_size=50)),
    given_name=hostile.map("A{}".format),
    mrn=short,
    birth_date=st.just("14 MAR 1984"),
    sex=st.sampled_from(["F", "M", "X", ""]),
    collected=st.sampled_from(["21 NOV 2026 09:15", ""]),
    collector=short,
    container=hostile,
    tests=st.lists(hostile, max_size=12).map(tuple),
    priority=st.sampled_from(["STAT", "ASAP", "ROUTINE", ""]),
    source=short,
    handling=st.sampled_from(["ON ICE", "PROTECT LIGHT", "REF", ""]),
    series=st.sampled_from(["2/4 1 h", ""]),
    tube=st.just(2),
    tubes=st.integers(1, 12),
    temporary=st.booleans(),
    barcode=st.sampled_from(["", "", "S24000123", "240001234567"]),
)


def labelled(text):
    """The label, or None where it is refused; anything but a FitError is a fault."""
    try:
        return tube_label(text, STOCK)
    except FitError:
        return None


OURS = (zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.DataMatrix)
"""What we print. The decoder, asked for all it knows, now and then takes letters and bars for a retail code."""


def scanned(image):
    return [found.text for found in zxingcpp.read_barcodes(image.convert("L"), formats=OURS)]


def printed(label):
    return draw(parse_format(render(label, "zpl")), *DOTS)


def payloads(form):
    """The data of each text field as a printer understands it: hexadecimal bytes undone, UTF-8."""
    texts, escaped = [], False
    for command in form.commands:
        if command.name == "FD":
            head, *parts = command.data.split(b"_") if escaped else [command.data]
            texts.append((head + b"".join(bytes([int(p[:2], 16)]) + p[2:] for p in parts)).decode())
        escaped = command.name == "FH"
    return texts


@given(tubes)
@settings(max_examples=300, deadline=None)
def test_whatever_a_tube_is_called_its_label_is_sound_or_refused(text):
    label = labelled(text)
    if label:
        assert [findings(label, dpi) for dpi in (203, 300, 600)] == [(), (), ()]
        assert from_json(to_json(label)) == label
        assert all(label.texts[field] for field in ("name", "mrn", "birth_date", "number", "barcode"))


@given(tubes)
@settings(max_examples=300, deadline=None)
def test_no_text_changes_the_command_stream(text):
    label = labelled(text)
    if not label:
        return
    form = parse_format(render(label, "zpl"))
    written = [e for e in label.elements if isinstance(e, Text) and e.text]
    trusted = sum(trusts(e.text) for e in written)
    boxes = sum(e.style is not Style.PLAIN for e in written) + sum(e.kind == "box" for e in label.elements)
    count = Counter(command.name for command in form.commands)
    sizes, escapes = count.pop("CF", 0), count.pop("FH", 0)
    assert count == Counter({
        **dict.fromkeys(("CI", "LH", "PW", "LR", "FW", "JZ", "PQ", "BY", "BC"), 1),
        "FO": 1 + boxes + len(written) - trusted, "FT": trusted, "FD": 1 + trusted,
        "FS": 1 + boxes + len(written), "GB": boxes, "GF": len(written) - trusted,
        "FR": sum(e.style is Style.REVERSED for e in written),
    }) - Counter()  # fmt: skip
    assert sizes <= trusted
    assert escapes <= trusted


@given(tubes)
@settings(max_examples=150, deadline=None)
def test_the_printer_is_told_exactly_what_the_label_says(text):
    label = labelled(text)
    if label:
        said = sorted(spelled(e.text) for e in label.elements if isinstance(e, Text) and trusts(e.text))
        bars, *texts = payloads(parse_format(render(label, "zpl")))
        assert sorted(texts) == [text for text in said if text]
        assert bars == f">;{text.number}" or text.barcode


@given(tubes)
@settings(max_examples=60, deadline=None)
def test_nothing_is_printed_outside_the_areas_and_the_barcode_is_read(text):
    label = labelled(text)
    if label:
        image = printed(label)
        assert scanned(image) == [text.barcode or text.number]
        for element in label.elements:
            area = element.area
            edges = (area.x_mm, area.y_mm, area.right_mm, area.bottom_mm)
            left, top, right, bottom = (round(edge / 25.4 * 203) for edge in edges)
            image.paste(255, (left - 2, top - 2, right + 5, bottom + 3))  # hinting and advances in whole dots move ink
        assert image.getextrema() == (255, 255)


@pytest.mark.parametrize("text", [USUAL, FULL, replace(USUAL, family_name="NGUYỄN", given_name="Thị Bích")])
@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_the_number_is_read_from_every_rendering(text, dpi):
    label = tube_label(text, STOCK)
    page = pypdfium2.PdfDocument(render(label, "pdf", dpi))[0]
    assert page.get_size() == pytest.approx((144, 72), abs=0.4)
    size = tuple(round(length / 25.4 * dpi) for length in (50.8, 25.4))
    pictures = [
        draw(parse_format(render(label, "zpl", dpi)), *size),
        page.render(scale=dpi / 72).to_pil(),
        Image.open(io.BytesIO(render(label, "png", dpi))),
    ]
    assert [scanned(picture) for picture in pictures] == [["100000000420"]] * 3


def test_everything_required_is_on_the_label():
    said = " ".join(tube_label(FULL, STOCK).texts.values())
    for part in ("Rivera, Ana", "P100001", "14 MAR 1984", "F", "1000 0000 0420", "21 NOV 2026 09:15", "J. Okafor", "STAT",
                 "ON ICE", "L arm", "2/4 1 h", "2/3", "GLU LACT NH3", "Lavender"):  # fmt: skip
        assert part in said


def test_the_name_stands_top_left_and_nothing_is_larger():
    texts = [e for e in tube_label(FULL, STOCK).elements if isinstance(e, Text)]
    name = next(e for e in texts if e.field == "name")
    assert name.area.y_mm == min(e.area.y_mm for e in texts)
    assert name.area.x_mm == min(e.area.x_mm for e in texts)
    assert name.size_mm == max(e.size_mm for e in texts)


def test_the_bars_are_ten_millimetres_high_with_five_of_quiet_on_both_sides():
    bars = next(e for e in tube_label(USUAL, STOCK).elements if isinstance(e, Code128))
    assert 10 <= bars.area.height_mm <= 15
    image = printed(tube_label(USUAL, STOCK)).crop((0, 70, 284, 140))
    columns = [x for x in range(284) if image.getpixel((x, 30)) == 0]
    assert (columns[0] / 203 * 25.4, (columns[-1] - columns[0] + 1)) == (pytest.approx(5, abs=0.07), 202)
    assert bars.area.width_mm - 5 - 202 / 203 * 25.4 >= 5


def style_of(text, field):
    return next(e.style for e in tube_label(text, STOCK).elements if e.field == field)


def test_stat_is_white_on_black_and_asap_framed():
    assert style_of(FULL, "priority") is Style.REVERSED
    assert style_of(replace(FULL, priority="ASAP"), "priority") is Style.FRAMED
    assert style_of(USUAL, "priority") is Style.PLAIN


def test_a_temporary_identity_may_lack_name_and_birth_date_and_says_so():
    said = tube_label(replace(USUAL, family_name="", given_name="", birth_date="", temporary=True), STOCK).texts
    assert (said["identity"], said["name"], said["birth_date"]) == ("TEMP ID", "Name unknown", "DOB unknown F")


@pytest.mark.parametrize(("field", "lacks"), [("name", {"family_name": "", "given_name": ""}), ("mrn", {"mrn": ""}),
        ("name", {"family_name": "\u200d", "given_name": "\u202e\u3164"}),
        ("mrn", {"mrn": "\x02 \u200b"}),
                                              ("birth_date", {"birth_date": ""})])  # fmt: skip
def test_a_confirmed_identity_may_lack_no_identifier(field, lacks):
    with pytest.raises(FitError) as caught:
        tube_label(replace(USUAL, **lacks), STOCK)
    assert caught.value.field == field


@pytest.mark.parametrize(("field", "said"), [("mrn", {"mrn": "1" * 40}), ("birth_date", {"birth_date": "14 MAR 1984 " * 4}),
                                             ("source", {"source": "arm " * 30}),
                                             ("barcode", {"barcode": "S" * 20}), ("barcode", {"barcode": "s24"})])  # fmt: skip
def test_what_may_not_be_cut_stops_the_print_by_its_name(field, said):
    with pytest.raises(FitError) as caught:
        tube_label(replace(USUAL, **said), STOCK)
    assert caught.value.field == field


def test_a_long_mrn_takes_the_room_that_the_birth_date_can_spare():
    said = tube_label(replace(USUAL, mrn="TMP-20261121-04"), STOCK).texts
    assert said["mrn"] == "MRN TMP-20261121-04"


def test_two_hundred_characters_make_a_valid_label():
    label = tube_label(replace(USUAL, family_name="W" * 200, given_name="M" * 200), STOCK)
    assert label.texts["name"].startswith("WWWW")
    assert label.texts["name"].endswith(", M…")
    assert scanned(printed(label)) == ["100000000420"]


def test_an_unknown_collection_time_leaves_a_line_to_write_on():
    label = tube_label(replace(USUAL, collected="", collector=""), STOCK)
    line = next(e for e in label.elements if e.field == "collected_line")
    assert line.area.width_mm >= 12
    assert line.area.height_mm < 0.5


def test_another_systems_number_is_the_only_barcode_and_ours_is_text():
    label = tube_label(replace(USUAL, barcode="S24000123"), STOCK)
    assert scanned(printed(label)) == ["S24000123"]
    assert label.texts["barcode_text"] == "S24000123"
    assert label.texts["number"] == "1000 0000 0420"


def test_tests_are_listed_or_counted_and_never_dropped_however_full_the_column_is():
    many = ("CBC", "BMP", "LIPID", "TSH", "HBA1C", "GLU", "LACT", "NH3")
    for words in range(12):
        label = labelled(replace(USUAL, priority="STAT", handling="REF " * words, source="L arm", tests=many))
        if label:
            said = label.texts["tests"].split()
            shown = [word for word in said if not word.startswith("+")]
            assert shown == list(many[: len(shown)])
            assert said[len(shown) :] in ([], [f"+{len(many) - len(shown)}"])


def test_the_usual_label_is_the_golden_one():
    golden = Path(__file__).with_name("test_tube_usual.zpl").read_bytes()
    assert render(tube_label(USUAL, STOCK), "zpl") == golden.rstrip()
    assert len(golden.rstrip()) <= 350


def test_a_name_in_another_script_takes_at_most_700_bytes_more():
    usual = len(render(tube_label(USUAL, STOCK), "zpl"))
    for family, given_name in (
        ("NGUYỄN", "Thị Bích Ngọc"),
        ("العبدالله", "محمد أحمد"),
        ("欧阳", "小明"),
        ("Łódzki", "Święto"),
    ):
        label = tube_label(replace(USUAL, family_name=family, given_name=given_name), STOCK)
        assert len(render(label, "zpl")) - usual <= 700


@pytest.mark.parametrize("language", ["pdf", "svg", "png"])
def test_a_marked_picture_differs_from_the_label(language):
    label = tube_label(USUAL, STOCK)
    assert len({render(label, language), *(render(label, language, mark=mark) for mark in Mark)}) == 3


def test_a_tube_of_a_stock_too_small_is_refused_before_anything_is_sent():
    with pytest.raises(FitError, match="no room on the stock small"):
        tube_label(USUAL, replace(STOCK, name="small", width_mm=24.0))


def test_the_area_of_a_label_starts_in_its_corner():
    assert STOCK.area == Area(0, 0, 50.8, 25.4)
