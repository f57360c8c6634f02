"""Pages of labels for office printers: true geometry, any free position, and a clear sentence for what is not there."""

import io
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from printers.__main__ import main
from printers.label import Area, Code128, DataMatrix, Label, Text
from printers.label_json import to_json
from printers.sheets import PositionError, StockError, sheet_pdf
from printers.stocks import SHEETS, STOCKS

PAPER = {"a4": (210, 297), "letter": (215.9, 279.4)}
every_sheet = pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)


def numbered(stock, number):
    """A label with a code of its own, in the middle of its stock."""
    side, value = 9.0, f"{number:012}"
    left, top = (stock.width_mm - side) / 2, (stock.height_mm - side) / 2
    return Label(stock, (DataMatrix("barcode", value, Area(left, top, side, side)),))


def read(document, page=0, dpi=300):
    """What a scanner reads on a page: the middle of each code in millimetres, by its number."""
    picture = pypdfium2.PdfDocument(document)[page].render(scale=dpi / 72).to_pil().convert("L")
    found = {}
    for code in zxingcpp.read_barcodes(picture):
        corners = (code.position.top_left, code.position.bottom_right)
        found[int(code.text)] = tuple(sum(getattr(c, axis) for c in corners) / 2 / dpi * 25.4 for axis in "xy")
    return found


@every_sheet
def test_the_labels_of_a_sheet_lie_on_its_page_without_touching_and_symmetrically(sheet):
    width, height = sheet.page_mm
    assert sheet.page_mm == PAPER[sheet.name.split("-")[0]]
    areas = [Area(*sheet.corner(n), sheet.stock.width_mm, sheet.stock.height_mm) for n in range(1, sheet.positions + 1)]
    assert all(Area(0, 0, width, height).holds(area) for area in areas)
    assert not any(one.overlaps(other) for i, one in enumerate(areas) for other in areas[i + 1 :])
    assert width - areas[-1].right_mm == pytest.approx(areas[0].x_mm, abs=0.6)
    assert height - areas[-1].bottom_mm == pytest.approx(areas[0].y_mm, abs=0.6)


def test_there_are_three_sheets_or_more_for_either_paper():
    papers = [sheet.name.split("-")[0] for sheet in SHEETS.values()]
    assert min(papers.count("a4"), papers.count("letter")) >= 3
    assert all(sheet.stock is STOCKS[sheet.stock.name] for sheet in SHEETS.values())


@every_sheet
def test_every_position_is_printed_where_the_label_is(sheet):
    labels = [numbered(sheet.stock, n) for n in range(1, sheet.positions + 1)]
    found = read(sheet_pdf(labels, sheet))
    assert len(found) == sheet.positions
    for number, middle in found.items():
        left, top = sheet.corner(number)
        wanted = (left + sheet.stock.width_mm / 2, top + sheet.stock.height_mm / 2)
        assert middle == pytest.approx(wanted, abs=0.25)


@settings(max_examples=8)
@given(start=st.integers(1, 21), count=st.integers(1, 30))
def test_labels_start_at_any_free_position_and_go_on_over_the_pages(start, count):
    sheet = SHEETS["a4-3x7"]
    document = sheet_pdf([numbered(sheet.stock, n) for n in range(count)], sheet, start)
    pages = [read(document, page, 200) for page in range(len(pypdfium2.PdfDocument(document)))]
    assert len(pages) == -(-(start - 1 + count) // sheet.positions)
    for number in range(count):
        page, position = divmod(start - 1 + number, sheet.positions)
        left, top = sheet.corner(position + 1)
        wanted = (left + sheet.stock.width_mm / 2, top + sheet.stock.height_mm / 2)
        assert pages[page][number] == pytest.approx(wanted, abs=0.35)


def test_a_page_has_the_size_of_the_paper_and_asks_not_to_be_fitted():
    for sheet in SHEETS.values():
        document = sheet_pdf([numbered(sheet.stock, 1)], sheet)
        size = pypdfium2.PdfDocument(document)[0].get_size()
        assert size == pytest.approx([side / 25.4 * 72 for side in sheet.page_mm], abs=0.01)
        assert b"/PrintScaling /None" in document


@pytest.mark.parametrize("dpi", [300, 600])
def test_bars_on_a_sheet_are_whole_dots_wide(dpi):
    sheet = SHEETS["letter-3x10"]
    label = Label(sheet.stock, (Code128("barcode", "100000000420", Area(2, 5, 36, 12)),))
    picture = pypdfium2.PdfDocument(sheet_pdf([label], sheet, 14, dpi))[0].render(scale=dpi / 72).to_pil().convert("L")
    top = sheet.corner(14)[1]
    row = [picture.getpixel((x, round((top + 11) / 25.4 * dpi))) for x in range(picture.width)]
    edges = [x for x in range(1, len(row)) if (row[x] < 128) != (row[x - 1] < 128)]
    module = round(0.25 / 25.4 * dpi)
    assert row.count(0) + row.count(255) == len(row)
    assert {(right - left) % module for left, right in pairwise(edges)} == {0}


@pytest.mark.parametrize("position", [0, -1, 22, 1000])
def test_a_position_outside_the_sheet_is_refused_in_one_sentence(position):
    sheet = SHEETS["a4-3x7"]
    with pytest.raises(PositionError) as caught:
        sheet_pdf([numbered(sheet.stock, 1)], sheet, position)
    assert str(caught.value) == f"Position {position} is not on the sheet a4-3x7: start at one from 1 to 21."


def test_a_label_of_another_size_is_refused():
    with pytest.raises(StockError, match="laid out for 2x1in"):
        sheet_pdf([numbered(STOCKS["2x1in"], 1)], SHEETS["a4-3x7"])


def test_a_new_sheet_is_a_line_of_data():
    mine = replace(SHEETS["a4-3x7"], name="mine", columns=2, rows=4, left_mm=20, pitch_x_mm=80, pitch_y_mm=60)
    assert len(read(sheet_pdf([numbered(mine.stock, n) for n in range(8)], mine))) == 8


@pytest.fixture
def files(tmp_path):
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(to_json(numbered(STOCKS["63.5x38.1mm"], number)))
    return [str(path) for path in paths]


def test_the_command_line_puts_labels_on_a_sheet_from_a_position_on(files):
    command = [sys.executable, "-m", "printers", "render", *files, "--language", "pdf"]
    done = subprocess.run([*command, "--sheet", "a4-3x7", "--start", "5", "--dpi", "300"], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert sorted(read(done.stdout)) == [0, 1, 2]
    several = subprocess.run(command, capture_output=True)
    assert len(pypdfium2.PdfDocument(io.BytesIO(several.stdout))) == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--language", "pdf", "--sheet", "a4-3x7", "--start", "22"], "Position 22 is not on the sheet a4-3x7"),
        (["--language", "pdf", "--sheet", "b5"], "'b5' is no sheet we know; use one of a4-3x7"),
        (["--language", "pdf", "--sheet", "a4-5x13"], "holds labels of 38.1x21.2mm"),
        (["--language", "zpl"], "use --language pdf"),
        (["--language", "png", "--sheet", "a4-3x7"], "use --language pdf"),
    ],
)
def test_what_a_sheet_cannot_do_is_one_line_on_stderr(files, capsys, options, said):
    assert main(["render", *files, *options]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err


def test_text_on_a_sheet_keeps_to_its_label():
    sheet = SHEETS["a4-5x13"]
    text = Text("name", "Rivera, Ana", Area(1, 1, 36, 5), 4)
    picture = pypdfium2.PdfDocument(sheet_pdf([Label(sheet.stock, (text,))], sheet, 65))[0].render(scale=4).to_pil()
    ink = picture.convert("L").point(lambda grey: 255 - grey).getbbox()
    left, top = (length / 25.4 * 72 * 4 for length in sheet.corner(65))
    assert left <= ink[0] < ink[2] <= left + 38.1 / 25.4 * 288
    assert top <= ink[1] < ink[3] <= top + 21.2 / 25.4 * 288
