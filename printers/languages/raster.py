"""Lines of text as dots: for pictures, and for what a printer's own font cannot be trusted with.

The glyphs are those that were measured, at the places that were measured: no second shaping can disagree.
"""

from dataclasses import dataclass

import uharfbuzz as hb  # type: ignore[import-untyped]
from PIL import Image

from printers.fonts import line
from printers.label import Weight

_HALF = 127


@dataclass(frozen=True, slots=True)
class Ink:
    """How much of each dot a line covers (255 is all), and where its corner lies from the left end of the baseline."""

    coverage: Image.Image
    left: int
    top: int


def ink(text: str, em: tuple[float, float], weight: Weight, width: float | None = None) -> Ink:
    """Return the line drawn ``em`` dots wide and high an em; narrower if its last dot would lie beyond ``width``."""
    drawn = _drawn(text, em, weight)
    while width and drawn.left + drawn.coverage.width > max(width, 1):
        em = em[0] * width / (drawn.left + drawn.coverage.width) - 1e-3, em[1]
        drawn = _drawn(text, em, weight)
    return drawn


def _drawn(text: str, em: tuple[float, float], weight: Weight) -> Ink:
    pen = hb.RasterDraw()
    for run in line(text, weight).runs:
        for glyph in run.glyphs:
            run.face.rasterize(pen, glyph, run.x, em)
    raster = pen.render()
    place = raster.extents
    if not place.width or not place.height:
        return Ink(Image.new("L", (1, 1), 0), 0, 0)
    rows = place.stride, -1  # the lowest comes first
    coverage = Image.frombytes("L", (place.width, place.height), bytes(raster.buffer), "raw", "L", *rows)
    return Ink(coverage, place.x_origin, -(place.y_origin + place.height))


def sharp(coverage: Image.Image) -> Image.Image:
    """Return what half or more covers as a 1-bit image, 0 where it prints."""
    return coverage.point(lambda share: 0 if share > _HALF else 255).convert("1", dither=Image.Dither.NONE)


def write(image: Image.Image, text: str, position: tuple[int, int], em: float, weight: Weight, colour: int) -> None:
    """Draw the text on a grey image with its left end and baseline at ``position``, with smooth edges."""
    drawn = ink(text, (em, em), weight)
    image.paste(colour, (position[0] + drawn.left, position[1] + drawn.top), drawn.coverage)
