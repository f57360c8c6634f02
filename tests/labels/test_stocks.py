"""Every stock with generated patients: sound, whole in what it carries, and read back by an independent decoder."""

import io
from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from printers.fit import FitError
from printers.label import Box, Code128, DataMatrix, Stock, Text, Use
from printers.label_json import from_json, to_json
from printers.languages import Language, render
from printers.preflight import dots, findings
from printers.stocks import STOCKS
from printers.wording import clean
from printers.zpl_reader import draw, parse_format
from specimen_service.labels.arrangement import ALWAYS, EVERYTHING, arrangement_for
from specimen_service.labels.layout import _copy
from specimen_service.labels.tube import TubeText, tube_label

ON_TUBES = {name: stock for name, stock in STOCKS.items() if stock.use is Use.TUBE}
every_stock = pytest.mark.parametrize("stock", ON_TUBES.values(), ids=ON_TUBES)

USUAL = TubeText(
    number="100000000420",
    family_name="Rivera",
    given_name="Ana",
    mrn="P100001",
    birth_date="14 MAR 1984",
    sex="F",
    collected="21 NOV 2026 09:15",
    collected_short="21NOV26 09:15",
    collector="Maya Lopez",
    container="LAV EDTA",
    tests=("CBC", "HBA1C"),
)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZÀÉÎÖŁŘŞŽẾỆabcdefghijklmnopqrstuvwxyzàéîöłřşžếệ' -"
NAMES = [
    "Nguyễn", "Thị Bích Ngọc", "Wojciechowska-Żółkiewska", "Παπαδόπουλος", "Достоевский", "欧阳", "小明", "さとう",
    "김철수", "محمد", "العبدالله", "כהן", "शर्मा", "O'Brien-McDonald", "Ñuñez", "Åström", "X", "Featherstonehaugh",
]  # fmt: skip
names = st.one_of(st.sampled_from(NAMES), st.text(LETTERS, min_size=1, max_size=45).map("A{}".format))
times = st.tuples(st.integers(1, 28), st.integers(0, 23), st.integers(0, 59)).map(
    lambda time: ("{:02} NOV 2026 {:02}:{:02}".format(*time), "{:02}NOV26 {:02}:{:02}".format(*time))
)
patients = st.builds(
    lambda time, **said: TubeText(collected=time[0], collected_short=time[1], **said),
    time=st.one_of(times, st.just(("", ""))),
    number=st.integers(0, 10**12 - 1).map("{:012}".format),
    family_name=names,
    given_name=names,
    mrn=st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=1, max_size=12),
    birth_date=st.sampled_from(["14 MAR 1984", "28 NOV 2026", "01 AUG 1913"]),
    sex=st.sampled_from(["F", "M", "X", ""]),
    collector=st.lists(st.text(LETTERS[:-3], min_size=1, max_size=14), max_size=3).map(" ".join),
    container=st.sampled_from(["LAV EDTA", "BLU CIT 2.7", "Blood culture, anaerobic", ""]),
    tests=st.lists(st.sampled_from(["CBC", "HBA1C", "GLU", "CMP", "LIPID", "APTT", "TSH"]), max_size=9).map(tuple),
    priority=st.sampled_from(["STAT", "ASAP", ""]),
    source=st.sampled_from(["", "L forearm", "SET 2 R hand"]),
    handling=st.sampled_from(["", "ICE", "REF LIGHT", "KEEP 37C"]),
    series=st.sampled_from(["", "2/4 1 h"]),
    tube=st.just(2),
    tubes=st.integers(2, 12),
    temporary=st.booleans(),
    chair=st.sampled_from(["", "chair-1", "Phlebotomy room 4, chair by the window"]),
)


OURS = (zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.DataMatrix)
"""What we print. The decoder, asked for all it knows, now and then takes letters and bars for a retail code."""


def scanned(image):
    return [found.text for found in zxingcpp.read_barcodes(image.convert("L"), formats=OURS)]


def picture(label, dpi):
    return Image.open(io.BytesIO(render(label, "png", dpi)))


def ink_outside(image, label, dpi):
    """Whether anything is drawn beyond the declared areas; hinting, and advances in whole dots, move ink a few dots."""
    for element in label.elements:
        area = element.area
        left, top = dots(area.x_mm, dpi) - 2, dots(area.y_mm, dpi) - 2
        image.paste(255, (left, top, dots(area.right_mm, dpi) + 5, dots(area.bottom_mm, dpi) + 3))
    return image.getextrema() != (255, 255)


def must_say(text):
    """What a label must say of each field, whole, if its stock carries it; blanks do not count."""
    said = {
        "mrn": text.mrn,
        "birth_date": f"{text.birth_date} {text.sex}".rstrip(),
        "source": text.source,
        "handling": text.handling,
        "series": text.series,
        "priority": text.priority,
        "tube": f"{text.tube}/{text.tubes}",
        "identity": "TEMP" if text.temporary else "",
    }
    return {field: words for field, words in said.items() if words}


def is_whole(text, label, carried):
    """Whether the label says all that its stock carries."""
    said = label.texts
    assert all(words in said.get(field, "") for field, words in must_say(text).items() if field in carried)
    assert said["number"].replace(" ", "") == text.number
    assert not text.collected or said["collected"] in {text.collected, text.collected_short}
    assert not clean(text.collector) or said["collector"][0] == clean(text.collector)[0]
    family, _, given_name = said["name"].partition(", ")
    assert clean(text.family_name).startswith(family.rstrip("…"))
    assert clean(text.given_name).startswith(given_name.rstrip("…"))
    assert "chair" not in carried or clean(text.chair).startswith(said.get("chair", "").rstrip("…"))
    return True


@pytest.mark.timeout(1800)
@every_stock
def test_every_patient_fits_every_stock_and_every_barcode_is_read(stock, soaking):
    carried = arrangement_for(stock).carries
    size = dots(stock.width_mm, 203), dots(stock.height_mm, 203)

    @settings(max_examples=2000 if soaking else 20, suppress_health_check=list(HealthCheck))
    @given(patients)
    def holds(text):
        label = tube_label(text, stock)
        assert not any(findings(label, dpi) for dpi in (203, 300, 600))
        assert from_json(to_json(label)) == label
        assert is_whole(text, label, carried)
        image = draw(parse_format(render(label, "zpl", 203)), *size)
        assert scanned(image) == [text.number]
        assert not ink_outside(image, label, 203)

    holds()


@every_stock
@pytest.mark.parametrize("dpi", [300, 600])
def test_every_barcode_is_read_at_every_resolution_and_from_every_tongue(stock, dpi):
    label = tube_label(replace(USUAL, family_name="Nguyễn", tubes=3), stock)
    size = dots(stock.width_mm, dpi), dots(stock.height_mm, dpi)
    page = pypdfium2.PdfDocument(render(label, "pdf", dpi))[0].render(scale=dpi / 72).to_pil()
    pictures = [picture(label, dpi), draw(parse_format(render(label, "zpl", dpi)), *size), page]
    assert [scanned(one) for one in pictures] == [["100000000420"]] * 3


@every_stock
def test_the_name_is_at_the_top_left_and_nothing_is_larger(stock):
    texts = [one for one in tube_label(USUAL, stock).elements if isinstance(one, Text)]
    name = next(one for one in texts if one.field == "name")
    assert (name.area.x_mm, name.area.y_mm) == (min(t.area.x_mm for t in texts), min(t.area.y_mm for t in texts))
    assert name.size_mm == max(one.size_mm for one in texts)


@every_stock
def test_every_stock_carries_at_least_what_identifies_a_tube(stock):
    carries = arrangement_for(stock).carries
    assert set(ALWAYS) <= carries <= set(EVERYTHING)


@every_stock
@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("mrn", {"mrn": "1" * 99}),
        ("mrn", {"mrn": ""}),
        ("birth_date", {"birth_date": ""}),
        ("name", {"family_name": "", "given_name": ""}),
        ("barcode", {"barcode": "S" * 40}),
        ("barcode", {"barcode": "s24"}),
        ("name", {"family_name": "\U00013000"}),
    ],
)
def test_what_may_not_be_missing_stops_the_print_by_its_name(stock, field, said):
    with pytest.raises(FitError) as caught:
        tube_label(replace(USUAL, **said), stock)
    assert caught.value.field.removesuffix("_text") == field
    assert caught.value.remedy.endswith(".")


@every_stock
def test_another_systems_number_is_the_only_barcode_and_ours_is_text(stock):
    label = tube_label(replace(USUAL, barcode="24001234"), stock)
    assert scanned(picture(label, 203)) == ["24001234"]
    assert label.texts["barcode_text"] == "24001234"
    assert label.texts["number"].replace(" ", "") == "100000000420"


def test_another_systems_number_takes_bars_only_where_they_are_not_too_wide():
    text = replace(USUAL, barcode="S24000123456")
    assert isinstance(code_of(tube_label(text, STOCKS["2.25x1.25in"])), Code128)
    with pytest.raises(FitError, match=r"barcode needs [\d.]+ mm with its quiet zones"):
        tube_label(replace(USUAL, barcode="S24-CHEM-00123456"), STOCKS["2x1in"])


def code_of(label):
    return next(one for one in label.elements if isinstance(one, Code128 | DataMatrix))


def test_small_stocks_take_a_data_matrix_and_others_bars():
    small = {name for name, stock in ON_TUBES.items() if isinstance(code_of(tube_label(USUAL, stock)), DataMatrix)}
    assert small == {"1.2x0.85in", "1x0.5in", "38.1x21.2mm", "1.75x0.5in"}


@every_stock
def test_a_shared_printers_label_says_which_tube_of_how_many_and_the_chair_where_there_is_room(stock):
    said = tube_label(replace(USUAL, chair="chair-1", tube=1, tubes=1, tests=()), stock).texts
    carried = arrangement_for(stock).carries
    assert said.get("chair", "chair-1" if "chair" not in carried else "") == "chair-1"
    assert said.get("tube", "1/1" if "tube" not in carried else "") == "1/1"


@pytest.mark.parametrize("name", ["J", "g", "Ř", "Wm", "W M", "WWWW MMMM WWWW"])
def test_no_collectors_name_is_too_much_for_the_smallest_label(name):
    for collected in ({}, {"collected_short": "01NOV26 01:30 EST"}):
        said = tube_label(replace(USUAL, collector=name, **collected), STOCKS["1x0.5in"]).texts["collector"]
        assert said[0] == name[0]


def test_what_is_not_known_yet_leaves_lines_to_write_on():
    for stock in ON_TUBES.values():
        label = tube_label(replace(USUAL, collected="", collector=""), stock)
        lines = [one for one in label.elements if isinstance(one, Box)]
        assert len(lines) == 2 or "lines" not in arrangement_for(stock).carries
        assert all(line.area.width_mm >= 7 for line in lines)


def refused_field(stock):
    try:
        tube_label(USUAL, stock)
    except FitError as refused:
        return refused.field
    return None


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(width=st.floats(20, 120), height=st.floats(10, 60), margin=st.sampled_from([0.5, 0.7, 1.5]))
def test_a_stock_of_any_size_is_a_line_of_data_or_is_refused_as_too_small(width, height, margin):
    stock = Stock("mine", width, height, margin)
    if arrangement_for(stock) is None:
        assert width < 30 or height < 14.5
        with pytest.raises(FitError, match="no room on the stock mine"):
            tube_label(USUAL, stock)
        return
    if refused_field(stock):  # by a hair: named, so that nothing is missing from a label that is printed
        return
    label = tube_label(USUAL, stock)
    assert not any(findings(label, dpi) for dpi in (203, 300, 600))
    assert scanned(picture(label, 203)) == [USUAL.number]


@every_stock
def test_a_copy_in_zpl_says_so_without_covering_the_barcode(stock):
    label = tube_label(USUAL, stock)
    copied = _copy(label, Language.ZPL)
    image = draw(parse_format(copied), dots(stock.width_mm, 203), dots(stock.height_mm, 203))
    assert b"^FDCOPY^FS" in copied
    assert scanned(image) == [USUAL.number]


def test_a_wristband_is_no_stock_for_tubes():
    with pytest.raises(FitError, match="1x11in is not for tubes"):
        tube_label(USUAL, STOCKS["1x11in"])
