"""PDF with one label a page at its true size: bars as vectors of whole dots, text in embedded fonts or as outlines."""

import io
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import BinaryIO

import uharfbuzz as hb  # type: ignore[import-untyped]
from reportlab.lib.colors import Color
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from printers.faces import Segment
from printers.fonts import Run, base_face, line
from printers.label import Label, Weight
from printers.languages.drawing import Drawing, Frame, Rectangle, Shape, Writing, drawing
from printers.languages.marks import COLOUR, OPACITY, Mark, stamp
from printers.languages.outlines import contours, run_contours
from printers.preflight import dots

_POINTS = 72
_OPERATORS = {"M": "m", "L": "l", "Q": "c", "C": "c", "Z": "h"}
_EMBEDDED = frozenset(
    chr(code_point)
    for first, last in ((0x20, 0x24F), (0x370, 0x52F), (0x1E00, 0x1FFF), (0x2010, 0x202F), (0xFFFD, 0xFFFD))
    for code_point in range(first, last + 1)
)
"""What the embedded font holds of Noto Sans: Latin, Vietnamese, Greek, Cyrillic. reportlab takes what is used of it."""


def pdf(labels: Sequence[Label], dpi: int, mark: Mark | None = None) -> bytes:
    """Return the labels as pages; the same labels give the same bytes. ``dpi`` is the printer's, so that bars meet its dots."""
    file = io.BytesIO()
    canvas = document(file)
    for label in labels:
        page = drawing(label, dpi)
        canvas.setPageSize((page.width * _POINTS / dpi, page.height * _POINTS / dpi))
        canvas.scale(_POINTS / dpi, _POINTS / dpi)
        _fill_page(canvas, page)
        if mark:
            _stamp(canvas, page, mark)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def document(file: BinaryIO) -> Canvas:
    """Open a document that comes out of a printer at its true size: a page fitted to the paper shrinks the bars."""
    canvas = Canvas(file, invariant=1)
    canvas.setTitle("Labels")
    canvas.setViewerPreference("PrintScaling", "None")
    return canvas


def put(canvas: Canvas, label: Label, left_mm: float, foot_mm: float, dpi: int) -> None:
    """Draw a label on the page with its lower left corner there, moved to the printer's nearest dot."""
    canvas.saveState()
    canvas.scale(_POINTS / dpi, _POINTS / dpi)
    canvas.translate(dots(left_mm, dpi), dots(foot_mm, dpi))
    _fill_page(canvas, drawing(label, dpi))
    canvas.restoreState()


def _fill_page(canvas: Canvas, page: Drawing) -> None:
    for shape in page.shapes:
        _draw(canvas, page, shape)


def _draw(canvas: Canvas, page: Drawing, shape: Shape) -> None:
    if isinstance(shape, Writing):
        _write(canvas, page, shape)
        return
    boxes = _edges(shape) if isinstance(shape, Frame) else shape.rectangles
    code = [f"{x} {page.height - y - height} {width} {height} re" for x, y, width, height in boxes]
    canvas.drawPath(PDFPathObject(code), stroke=0, fill=1, fillMode=0)


def _edges(frame: Frame) -> Iterator[Rectangle]:
    """Yield the frame's outer edge and, unless filled, its inner edge, which the even-odd rule leaves white."""
    yield frame.x, frame.y, frame.width, frame.height
    if not frame.filled:
        t = frame.thickness
        yield frame.x + t, frame.y + t, frame.width - 2 * t, frame.height - 2 * t


def _write(canvas: Canvas, page: Drawing, writing: Writing) -> None:
    if writing.white:
        canvas.setFillGray(1)
    foot = page.height - writing.baseline
    for run in line(writing.text, writing.weight).runs:
        if _is_plain(run, writing.weight):
            canvas.setFont(_font(writing.weight), writing.em)
            canvas.drawString(writing.x + run.x * writing.em, foot, run.text)
        else:
            _fill(canvas, page, run_contours(run, writing.x, writing.baseline, writing.em))
    if writing.white:
        canvas.setFillGray(0)


def _is_plain(run: Run, weight: Weight) -> bool:
    """Whether simple text drawing from the embedded font gives the very glyphs and places that were measured."""
    return run.face is base_face(weight) and all(glyph.char in _EMBEDDED for glyph in run.glyphs)


def _fill(canvas: Canvas, page: Drawing, segments: Iterable[Segment]) -> None:
    code, here = [], [0.0, 0.0]
    for verb, numbers in segments:
        points = [n if i % 2 == 0 else page.height - n for i, n in enumerate(numbers)]
        curve = _cubic(here, points) if verb == "Q" else points
        code.append(" ".join([*(f"{n:.3f}" for n in curve), _OPERATORS[verb]]))
        here = points[-2:]
    if code:
        canvas.drawPath(PDFPathObject(code), stroke=0, fill=1, fillMode=1)


def _cubic(start: list[float], curve: list[float]) -> tuple[float, ...]:
    """Return a curve with one control point as one with two, which is all that PDF has."""
    (x0, y0), (x1, y1, x2, y2) = start, curve
    return (x0 + 2 * (x1 - x0) / 3, y0 + 2 * (y1 - y0) / 3, x2 + 2 * (x1 - x2) / 3, y2 + 2 * (y1 - y2) / 3, x2, y2)


def _stamp(canvas: Canvas, page: Drawing, mark: Mark) -> None:
    place = stamp(mark, page.width, page.height)
    canvas.saveState()
    canvas.setFillColor(Color(COLOUR[0] / 255, COLOUR[1] / 255, COLOUR[2] / 255, OPACITY))
    canvas.translate(place.x, page.height - place.y)
    canvas.rotate(place.slope)
    start = -line(place.text, Weight.BOLD).width * place.em / 2
    _fill(canvas, page, contours(place.text, start, page.height + place.em * 0.36, place.em, Weight.BOLD))
    canvas.restoreState()


@cache
def _font(weight: Weight) -> str:
    """Return the base font at this weight, known to reportlab under the name returned."""
    face = base_face(weight)
    wanted = hb.SubsetInput()
    for char in _EMBEDDED:
        wanted.sets(hb.SubsetInputSets.UNICODE).add(ord(char))
    for tag, value in face.axes.items():
        wanted.pin_axis_location(face.hb_face, tag, value)
    data = hb.subset(face.hb_face, wanted).blob.data
    font = TTFont(f"Label-{weight}", io.BytesIO(data))
    font.face.name = f"Label-{weight}".encode()  # both weights carry one name, by which reportlab would merge them
    pdfmetrics.registerFont(font)
    return f"Label-{weight}"
