"""Pictures of a label for a screen: SVG of outlines alone, PNG of the printer's own dots; no font is left to chance."""

import io
from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from PIL import Image, ImageDraw

from printers.faces import Segment
from printers.fonts import line
from printers.label import Label, Weight
from printers.languages.drawing import Bars, Cells, Frame, Shape, Writing, drawing
from printers.languages.marks import COLOUR, OPACITY, Mark, Stamp, stamp
from printers.languages.outlines import contours
from printers.languages.raster import write

_WHITE = 255
_NAMESPACE = "http://www.w3.org/2000/svg"


def svg(label: Label, dpi: int, mark: Mark | None = None) -> bytes:
    """Return the label as SVG at its true size, one unit a dot; every text is also there as its ``aria-label``."""
    page = drawing(label, dpi)
    size = f'width="{label.stock.width_mm}mm" height="{label.stock.height_mm}mm"'
    parts = [
        f'<svg xmlns="{_NAMESPACE}" role="img" {size} viewBox="0 0 {page.width} {page.height}">',
        f'<path fill="#fff" d="M0 0H{page.width}V{page.height}H0Z"/>',
        *map(_svg_shape, page.shapes),
        _svg_stamp(stamp(mark, page.width, page.height)) if mark else "",
        "</svg>",
    ]
    return "".join(parts).encode()


def _svg_shape(shape: Shape) -> str:
    if isinstance(shape, Bars | Cells):
        bars = "".join(_rectangle(*bar) for bar in shape.rectangles)
        return f'<path shape-rendering="crispEdges" d="{bars}"/>'
    if isinstance(shape, Frame):
        outer = _rectangle(shape.x, shape.y, shape.width, shape.height)
        t = shape.thickness
        inner = "" if shape.filled else _rectangle(shape.x + t, shape.y + t, shape.width - 2 * t, shape.height - 2 * t)
        return f'<path fill-rule="evenodd" d="{outer}{inner}"/>'
    path = _path(contours(shape.text, shape.x, shape.baseline, shape.em, shape.weight))
    fill = "#fff" if shape.white else "#000"
    return f'<path role="img" aria-label={quoteattr(shape.text)} fill="{fill}" d="{path}"/>'


def _svg_stamp(stamp: Stamp) -> str:
    start = -line(stamp.text, Weight.BOLD).width * stamp.em / 2
    path = _path(contours(stamp.text, start, stamp.em * 0.36, stamp.em, Weight.BOLD))
    turn = f"translate({stamp.x:.1f} {stamp.y:.1f}) rotate({-stamp.slope:.1f})"
    colour = "#" + "".join(f"{channel:02x}" for channel in COLOUR)
    return (
        f'<path aria-label={quoteattr(stamp.text)} transform="{turn}" fill="{colour}" opacity="{OPACITY}" d="{path}"/>'
    )


def _rectangle(x: int, y: int, width: int, height: int) -> str:
    return f"M{x} {y}h{width}v{height}h{-width}z"


def _path(segments: Iterable[Segment]) -> str:
    return "".join(
        verb + " ".join(f"{number:.2f}".rstrip("0").rstrip(".") for number in numbers) for verb, numbers in segments
    )


def png(label: Label, dpi: int, mark: Mark | None = None) -> bytes:
    """Return the label as PNG, one pixel a dot; grey with a mark's colour where there is one."""
    page = drawing(label, dpi)
    image = Image.new("L", (page.width, page.height), _WHITE)
    for shape in page.shapes:
        _paint(image, shape)
    if mark:
        image = _stamped(image.convert("RGB"), stamp(mark, page.width, page.height))
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()


def _paint(image: Image.Image, shape: Shape) -> None:
    if isinstance(shape, Writing):
        ink = _WHITE if shape.white else 0
        write(image, shape.text, (shape.x, shape.baseline), shape.em, shape.weight, ink)
        return
    pen = ImageDraw.Draw(image)
    if isinstance(shape, Bars | Cells):
        for x, y, width, height in shape.rectangles:
            pen.rectangle((x, y, x + width - 1, y + height - 1), fill=0)
        return
    corners = (shape.x, shape.y, shape.x + shape.width - 1, shape.y + shape.height - 1)
    pen.rectangle(corners, fill=0 if shape.filled else None, outline=0, width=shape.thickness)


def _stamped(image: Image.Image, stamp: Stamp) -> Image.Image:
    veil = Image.new("L", image.size, 0)
    start = stamp.x - line(stamp.text, Weight.BOLD).width * stamp.em / 2
    write(
        veil, stamp.text, (round(start), round(stamp.y + stamp.em * 0.36)), stamp.em, Weight.BOLD, round(255 * OPACITY)
    )
    veil = veil.rotate(stamp.slope, Image.Resampling.BICUBIC)
    image.paste(COLOUR, mask=veil)
    return image
