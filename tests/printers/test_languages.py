import io
import random
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
import zplkit
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from printers.fit import Wish, fitted, person_name
from printers.label import Align, Area, Box, Code128, Label, Style, Weight
from printers.languages import Compression, Language, Mark, MarkError, render
from printers.languages.graphics import graphic_field
from printers.languages.pdf import pdf
from printers.resident import bound
from printers.stocks import STOCKS
from printers.wording import clean
from printers.zpl_reader import draw, parse_format

STOCK = STOCKS["2x1in"]
DOTS = (406, 203)
BARS = Code128("barcode", "995560001234", Area(0, 8.2, 35.7, 10))
ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=24)


def a_label(family="Rivera", given_name="Ana", below="Lavender EDTA"):
    return Label(STOCK, (
        person_name(Wish("name", Area(1.5, 0.7, 48, 4.5), 3.8, Weight.BOLD), family, given_name),
        BARS,
        fitted(Wish("priority", Area(36, 8.2, 13, 2.7), 2.5, Weight.BOLD, Align.CENTER, Style.REVERSED), "STAT"),
        fitted(Wish("frame", Area(36, 11.2, 13, 2.7), 2.3, align=Align.CENTER, style=Style.FRAMED), "ASAP"),
        fitted(Wish("count", Area(42, 18.7, 7, 2.6), 2.5, align=Align.RIGHT), "2/3"),
        fitted(Wish("container", Area(1.5, 18.7, 40, 2.6), 2.5), below),
        Box("rule", Area(1.5, 23, 20, 0.25)),
    ))  # fmt: skip


def independently(zpl):
    """The picture of a renderer that has never met our code; it refuses commands about the machine itself."""
    options = zplkit.Options(profile="zd621", width=DOTS[0], height=DOTS[1], dpi=203)
    document = zplkit.render(zpl.replace(b"^JZN^PQ1", b""), options)
    raster = document.labels[0].rasterize()
    return Image.frombytes("L", (raster.width, raster.height), raster.pixels).convert("1")


def ours(zpl):
    return draw(parse_format(zpl), *DOTS)


def read(image):
    return [found.text for found in zxingcpp.read_barcodes(image.convert("L"))]


def ink(image, area):
    """The box of black dots in an area of a label, in dots from the area's corner; None where it is blank."""
    left, top, right, bottom = (
        round(edge / 25.4 * 203) for edge in (area.x_mm, area.y_mm, area.right_mm, area.bottom_mm)
    )
    return ImageChops.invert(image.crop((left, top, right, bottom)).convert("L")).getbbox()


def test_the_independent_renderer_draws_the_same_bars_boxes_and_pictures_dot_for_dot():
    zpl = render(a_label("NGUYỄN", "Thị Bích"), "zpl")
    theirs, mine = independently(zpl), ours(zpl)
    for area in (BARS.area, Area(1.5, 0.7, 48, 4.5), Area(1, 22, 22, 3)):
        box = tuple(round(edge / 25.4 * 203) for edge in (area.x_mm, area.y_mm, area.right_mm, area.bottom_mm))
        assert mine.crop(box).tobytes() == theirs.crop(box).tobytes()
        assert ink(mine, area)
    assert read(theirs) == read(mine) == ["995560001234"]


def test_the_independent_renderer_writes_text_where_we_think_it_stands():
    label = a_label()
    theirs, mine = independently(render(label, "zpl")), ours(render(label, "zpl"))
    for field in ("name", "container", "priority", "frame"):
        area = next(e.area for e in label.elements if e.field == field)
        (l1, t1, r1, b1), (l2, t2, r2, b2) = ink(theirs, area), ink(mine, area)
        assert max(abs(l1 - l2), abs(t1 - t2), abs(b1 - b2)) <= 3
        assert abs(r1 - r2) <= 0.08 * (r1 - l1) + 3


@given(ASCII, st.integers(16, 40))
@settings(max_examples=150, deadline=None)
def test_the_independent_renderer_never_writes_wider_than_the_bound(text, height):
    data = "".join(f"_{byte:02X}" for byte in text.encode())
    raster = (
        zplkit.render(
            f"^XA^CI28^FT50,80^A0N,{height}^FH^FD{data}^FS^XZ", zplkit.Options(width=1200, height=160, dpi=203)
        )
        .labels[0]
        .rasterize()
    )
    image = Image.frombytes("L", (raster.width, raster.height), raster.pixels)
    box = ImageChops.invert(image).getbbox()
    assert box is None or box[2] - 50 <= bound(text) * height + 2


@given(ASCII, ASCII)
@settings(max_examples=60, deadline=None)
def test_the_independent_renderer_writes_nothing_outside_the_areas(family, given_name):
    label = a_label(f"A{family}", given_name)
    image = independently(render(label, "zpl"))
    for element in label.elements:
        area = element.area
        left, top, right, bottom = (
            round(n / 25.4 * 203) for n in (area.x_mm, area.y_mm, area.right_mm, area.bottom_mm)
        )
        image.paste(255, (left - 1, top - 1, right + 2, bottom + 2))
    assert image.getextrema() == (255, 255)


def test_zpl_is_plain_ascii_in_one_format_that_says_what_it_relies_on():
    zpl = render(a_label("NGUYỄN ^XZ~JA", "王\\&_>"), "zpl")
    assert re.fullmatch(rb"\^XA[ -}]*\^XZ", zpl)
    assert zpl.startswith(b"^XA^CI28^LH0,0^PW406^LRN^FWN^JZN^PQ1")


@pytest.mark.parametrize("compression", Compression)
@given(width=st.integers(1, 70), height=st.integers(1, 12), seed=st.integers())
@settings(max_examples=40, deadline=None)
def test_a_picture_sent_in_any_way_is_the_picture_received(compression, width, height, seed):
    dots = random.Random(seed)
    image = Image.new("1", (width, height), 255)
    for _ in range(dots.randint(0, 5)):
        left, top = dots.randrange(width), dots.randrange(height)
        image.paste(0, (left, top, dots.randint(left, width), dots.randint(top, height)))
    zpl = f"^XA^FO3,4{graphic_field(image, compression)}^FS^XZ".encode()
    expected = Image.new("1", DOTS, 255)
    expected.paste(image, (3, 4))
    assert ours(zpl).tobytes() == expected.tobytes()


@pytest.mark.parametrize("compression", Compression)
def test_the_independent_renderer_unpacks_a_name_sent_in_any_way(compression):
    zpl = render(a_label("Łódzki", "Święto"), "zpl", compression=compression)
    area = Area(1.5, 0.7, 48, 4.5)
    assert independently(zpl).tobytes()[: 51 * 41] == ours(zpl).tobytes()[: 51 * 41]
    assert ink(independently(zpl), area)


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("language", ["pdf", "png", "svg"])
def test_each_picture_is_read_by_an_independent_reader(language, dpi):
    data = render(a_label(), language, dpi)
    image = {"pdf": pdf_image, "png": png_image, "svg": svg_image}[language](data)
    assert read(image) == ["995560001234"]


def pdf_image(data):
    return pypdfium2.PdfDocument(data)[0].render(scale=6).to_pil()


def png_image(data):
    return Image.open(io.BytesIO(data))


def svg_image(data):
    """The bars of an SVG by its rectangles alone."""
    root = ET.fromstring(data)
    image = Image.new("L", tuple(int(n) for n in root.get("viewBox").split()[2:]), 255)
    bars = next(path for path in root if path.get("shape-rendering") == "crispEdges")
    for x, y, width, height in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", bars.get("d")):
        corner = (int(x) + int(width) - 1, int(y) + int(height) - 1)
        ImageDraw.Draw(image).rectangle((int(x), int(y), *corner), fill=0)
    return image


def test_the_svg_has_its_true_size_and_its_texts_for_a_screen_reader_and_no_fonts():
    data = render(a_label('<b>"Rivera" & Søn</b>'), "svg")
    root = ET.fromstring(data)
    assert (root.get("width"), root.get("height")) == ("50.8mm", "25.4mm")
    said = {path.get("aria-label") for path in root}
    assert {'<b>"Rivera" & Søn</b>, Ana', "STAT"} <= said
    assert b"<text" not in data
    assert b"style=" not in data


@pytest.mark.parametrize("name", ["Rivera", "Ẹ\u0301m̃", "محمد", "王小明"])
def test_the_svg_draws_a_line_black_where_the_png_has_its_ink(name):
    label = a_label(name, "")
    area = label.elements[0].area
    line = next(path for path in ET.fromstring(render(label, "svg")) if path.get("aria-label") == clean(name))
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", line.get("d"))]
    left, top = area.x_mm / 25.4 * 203, area.y_mm / 25.4 * 203
    drawn = (min(numbers[::2]) - left, min(numbers[1::2]) - top, max(numbers[::2]) - left, max(numbers[1::2]) - top)
    assert drawn == pytest.approx(ink(png_image(render(label, "png")).point(lambda v: 255 * (v > 128)), area), abs=3)
    assert line.get("fill") == "#000"


def test_the_svg_draws_reversed_text_white():
    stat = next(path for path in ET.fromstring(render(a_label(), "svg")) if path.get("aria-label") == "STAT")
    assert stat.get("fill") == "#fff"


def test_the_pdf_has_its_true_size_and_says_its_text():
    page = pypdfium2.PdfDocument(render(a_label(), "pdf"))[0]
    assert page.get_size() == pytest.approx((144, 72), abs=0.1)
    text = page.get_textpage().get_text_range()
    assert "Rivera, Ana" in text
    assert "STAT" in text


def test_the_same_labels_are_the_same_pdf_and_many_labels_are_many_pages():
    labels = [replace(a_label(), elements=(replace(BARS, value=f"{n:012}"),)) for n in range(5)]
    pages = pypdfium2.PdfDocument(pdf(labels, 203))
    assert [read(page.render(scale=6).to_pil()) for page in pages] == [[f"{n:012}"] for n in range(5)]
    assert pdf(labels, 203) == pdf(labels, 203)


@pytest.mark.parametrize("name", ["NGUYỄN", "محمد", "כהן", "王小明", "さくら", "김철수", "नमस्ते", "Ωάέ Жё"])
def test_every_picture_shows_a_name_in_every_script(name):
    label = a_label(name, "")
    area = label.elements[0].area
    blank = Label(STOCK, label.elements[1:])
    for data, without in ((render(label, "png"), render(blank, "png")),):
        assert ink(png_image(data), area)
        assert ink(png_image(without), area) is None
    pdf_ink, png_ink = (
        ink(pdf_at_dots(label), area),
        ink(png_image(render(label, "png")).point(lambda v: 255 * (v > 128)), area),
    )
    assert all(abs(a - b) <= 2 + 0.05 * (png_ink[2] - png_ink[0]) for a, b in zip(pdf_ink, png_ink, strict=True))


def pdf_at_dots(label):
    image = pypdfium2.PdfDocument(render(label, "pdf"))[0].render(scale=203 / 72).to_pil().convert("L")
    return image.point(lambda value: 255 * (value > 128))


def test_zpl_takes_no_mark():
    with pytest.raises(MarkError, match="COPY"):
        render(a_label(), Language.ZPL, mark=Mark.COPY)


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="latin"):
        render(a_label(), "latin")
