"""Lines of text as dots that cost little on the wire: as fine as the printer where that is cheap, else on a coarser grid.

A label at 9600 baud is waited for, so one line may take ``MOST_BYTES`` (0.7 s) and no more. A finer printer shows the
same letters, no better to the eye from 150 dots an inch on, for many more bytes. The coarser grid is laid so that each
byte of a row holds whole columns of it, and so that its rows repeat: both pack best.
"""

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from PIL import Image, ImageFilter, ImageOps

from printers.label import Weight
from printers.languages.graphics import Compression, estimate, graphic_field
from printers.languages.raster import bitmap

MOST_BYTES = 700
"""What the picture of one line may take, its place on the label included."""

_PLACE_BYTES = 20
_FINE_EM = 96
_LEAST_EM = 9.5
"""The fewest rows an em may have. Only sixteen or more dense Chinese characters at 600 dpi come near it."""

_SHARPEN = ImageFilter.UnsharpMask(radius=1, percent=100, threshold=0)
_RIM = 2
_BYTE = 8


@dataclass(frozen=True, slots=True)
class Grid:
    """A coarser grid: so many columns in each byte of eight dots, each row so many dots high."""

    columns: int
    row_dots: float


_GRIDS = tuple(
    Grid(columns, _BYTE / columns * stretch)
    for columns in (8, 6, 5, 4, 3, 2)
    for stretch in (1, 1.1, 1.2, 1.3, 1.5, 1.75, 2)
)[1:]
"""From fine to coarse; rows may be coarser than columns, as letters differ more from side to side."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A line of text as a 1-bit image (0 is black), and where its corner lies from the left end of the baseline."""

    image: Image.Image
    left: int
    top: int


@lru_cache(maxsize=256)
def picture(text: str, em: float, weight: Weight, width: int) -> Picture:
    """Return the line at most ``width`` dots wide, on the finest grid that keeps it within ``MOST_BYTES`` as Z64.

    Where no grid is cheap enough, the coarsest that still tells letters apart is taken and the line takes more.
    """
    image, left, top = bitmap(text, em, weight, width)
    if _is_cheap(image):
        return Picture(image, left, top)
    scale = ceil(_FINE_EM / em)
    fine, left, top = bitmap(text, em * scale, weight, width * scale)
    size = ceil(fine.width / scale / _BYTE) * _BYTE, ceil(fine.height / scale)
    canvas = Image.new("L", (size[0] * scale, size[1] * scale), 255)
    canvas.paste(fine, (0, 0))
    grids = [grid for grid in _GRIDS if em / grid.row_dots >= _LEAST_EM] or [_GRIDS[0]]
    return Picture(_cheapest(canvas, size, grids), round(left / scale), round(top / scale))


def _cheapest(fine: Image.Image, size: tuple[int, int], grids: list[Grid]) -> Image.Image:
    """Return the picture on the first grid that is cheap, or on the last; packing well takes long, so guess first."""
    guess = bisect_left(grids, True, key=lambda grid: estimate(_coarse(fine, size, grid)) <= MOST_BYTES)  # noqa: FBT003
    for grid in grids[max(0, guess - 2) : -1]:
        image = _coarse(fine, size, grid)
        if _is_cheap(image):
            return image
    return _coarse(fine, size, grids[-1])


def _is_cheap(image: Image.Image) -> bool:
    return len(graphic_field(image, Compression.Z64)) + _PLACE_BYTES <= MOST_BYTES


def _coarse(fine: Image.Image, size: tuple[int, int], grid: Grid) -> Image.Image:
    """Return the picture of ``size`` on the grid; sharpened, so that thin gaps and marks survive."""
    samples = size[0] * grid.columns // _BYTE, max(1, round(size[1] / grid.row_dots))
    rimmed = ImageOps.expand(fine.resize(samples, Image.Resampling.BOX), _RIM, 255).filter(_SHARPEN)
    sharp = ImageOps.crop(rimmed, _RIM).point(lambda level: 255 * (level > 127))  # noqa: PLR2004 # half ink
    return sharp.resize(size, Image.Resampling.NEAREST).convert("1")
