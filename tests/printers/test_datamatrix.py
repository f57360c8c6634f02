import contextlib
import io
from dataclasses import replace

import pypdfium2
import pytest
import zplkit
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from printers.datamatrix import encode_matrix, read_matrix
from printers.label import Area, DataMatrix, Label
from printers.label_json import from_json, to_json
from printers.languages import render
from printers.preflight import Fault, findings
from printers.stocks import STOCKS
from printers.symbology import SymbolError
from printers.zpl_reader import draw, parse_format

STOCK = STOCKS["2x1in"]
CODE = DataMatrix("barcode", "100000000420", Area(2, 2, 8, 8))
LABEL = Label(STOCK, (CODE,))
values = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=1, max_size=40)


def scanned(image):
    return [(found.text, found.format) for found in zxingcpp.read_barcodes(image.convert("L"))]


def picture(matrix, dots=3):
    image = Image.new("L", (dots * (matrix.size + 4),) * 2, 255)
    for x, y, width in matrix.stretches:
        image.paste(0, (dots * (x + 2), dots * (y + 2), dots * (x + 2 + width), dots * (y + 3)))
    return image


@given(values)
def test_an_independent_reader_says_what_was_encoded(value):
    assert scanned(picture(encode_matrix(value))) == [(value, zxingcpp.BarcodeFormat.DataMatrix)]


@pytest.mark.parametrize(("digits", "size"), [(6, 10), (10, 12), (12, 14), (24, 16), (36, 18), (40, 20)])
def test_digits_take_half_a_codeword_each(digits, size):
    assert encode_matrix("1" * digits).size == size


@pytest.mark.parametrize("value", ["", "12a4", "12 34", "é", "1" * 41, "A_B"])
def test_other_characters_are_refused(value):
    with pytest.raises(SymbolError):
        encode_matrix(value)


@given(values, st.data())
def test_a_damaged_symbol_is_never_taken_for_another_value(value, data):
    rows = encode_matrix(value).rows
    row, column = data.draw(st.tuples(st.integers(0, len(rows) - 1), st.integers(0, len(rows) - 1)))
    damaged = list(rows)
    damaged[row] = rows[row][:column] + "10"[int(rows[row][column])] + rows[row][column + 1 :]
    with contextlib.suppress(SymbolError):
        assert read_matrix(tuple(damaged)) == value  # a module that carries nothing


@pytest.mark.parametrize("rows", [(), ("1",), ("11", "11"), tuple("1" * 14 for _ in range(14))])
def test_what_is_no_symbol_is_not_read(rows):
    with pytest.raises(SymbolError):
        read_matrix(rows)


def independently(zpl, dpi):
    options = zplkit.Options(profile="zd621", width=2 * dpi, height=dpi, dpi=dpi)
    raster = zplkit.render(zpl.replace(b"^JZN^PQ1", b""), options).labels[0].rasterize()
    return Image.frombytes("L", (raster.width, raster.height), raster.pixels).convert("1")


@pytest.mark.parametrize("dpi", [203, 300, 600])
@given(value=values)
@settings(max_examples=10)
def test_every_language_shows_the_same_symbol_in_whole_dots(dpi, value):
    label = Label(STOCK, (replace(CODE, value=value, area=Area(2, 2, 14, 14)),))
    shown = Image.open(io.BytesIO(render(label, "png", dpi))).convert("1")
    told = render(label, "zpl", dpi)
    assert draw(parse_format(told), *shown.size).tobytes() == shown.tobytes()
    page = pypdfium2.PdfDocument(render(label, "pdf", dpi))[0]
    expected = [(value, zxingcpp.BarcodeFormat.DataMatrix)]
    assert scanned(shown) == scanned(independently(told, dpi)) == scanned(page.render(scale=6).to_pil()) == expected


def test_the_independent_renderer_draws_the_very_same_dots():
    told = render(LABEL, "zpl", 203)
    assert b"^BXN,3,200,14,14,,_^FD100000000420^FS" in told
    shown = Image.open(io.BytesIO(render(LABEL, "png", 203))).convert("1")
    box = (16, 16, 80, 80)
    assert independently(told, 203).crop(box).tobytes() == shown.crop(box).tobytes()


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (replace(CODE, value="12a4"), Fault.BARCODE),
        (replace(CODE, module_mm=0.12), Fault.MODULE_WIDTH),
        (replace(CODE, module_mm=1.5, area=Area(0, 0, 25, 25)), Fault.MODULE_WIDTH),
        (replace(CODE, area=Area(2, 2, 5.9, 8)), Fault.QUIET_ZONE),
        (replace(CODE, area=Area(46, 2, 8, 8)), Fault.OUTSIDE),
    ],
)
def test_each_fault_of_a_data_matrix_is_found(code, fault):
    assert [finding.fault for finding in findings(Label(STOCK, (code,)), 203)] == [fault]


def test_a_label_with_a_data_matrix_survives_being_stored():
    assert from_json(to_json(LABEL)) == LABEL
    assert LABEL.texts == {"barcode": "100000000420"}
