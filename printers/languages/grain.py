"""Lines of text as dots that cost little on the wire: as fine as the printer where that is cheap, else on a coarser grid.

A label at 9600 baud is waited for, so one line may take ``MOST_BYTES`` (0.7 s) and no more. A finer printer shows the
same letters, no better to the eye from 150 dots an inch on, for many more bytes. The coarser grid is laid so that each
byte of a row holds whole columns of it, and so that its rows repeat: both pack best.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from PIL import Image, ImageFilter, ImageOps

from printers.label import Weight
from printers.languages.graphics import Compression, estimate, graphic_field
from printers.languages.raster import ink, sharp

MOST_BYTES = 700
"""What the picture of one line may take, its place on the label included."""

_PLACE_BYTES = 20
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

    @property
    def column_dots(self) -> float:
        """How many dots wide a column is, on the average of a byte."""
        return _BYTE / self.columns


_GRIDS = tuple(
    Grid(columns, _BYTE / columns * stretch)
    for columns in (8, 6, 5, 4, 3, 2)
    for stretch in (1, 1.1, 1.2, 1.3, 1.5, 1.75, 2)
)[1:]
"""From fine to coarse; rows may be coarser than columns, as letters differ more from side to side."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A line of text as a 1-bit image (0 is black), and where its corner lies from the left end of the baseline.

    ``height`` is the line's, from its top; a line that is turned stands with it across its image.
    """

    image: Image.Image
    left: int
    top: int
    height: int

    @property
    def is_cheap(self) -> bool:
        """Whether it stays within ``MOST_BYTES`` as Z64."""
        return len(graphic_field(self.image, Compression.Z64)) + _PLACE_BYTES <= MOST_BYTES


@dataclass(frozen=True, slots=True)
class Script:
    """A line of text to be drawn: ``em`` and ``width``, the most it may take, in dots; turned to the right or not."""

    text: str
    em: float
    weight: Weight
    width: int
    turned: bool = False

    def fine(self) -> Picture:
        """Return the line on the printer's own dots."""
        drawn = ink(self.text, (self.em, self.em), self.weight, self.width)
        return Picture(self._stood(sharp(drawn.coverage)), drawn.left, drawn.top, drawn.coverage.height)

    def on(self, grid: Grid) -> Picture:
        """Return the line on a coarser grid; sharpened, so that thin gaps and marks survive."""
        dots = grid.column_dots, grid.row_dots
        across, down = reversed(dots) if self.turned else dots
        drawn = ink(self.text, (self.em / across, self.em / down), self.weight, self.width / across)
        cells = self._stood(sharp(ImageOps.crop(ImageOps.expand(drawn.coverage, _RIM).filter(_SHARPEN), _RIM)))
        row_bytes, rows = ceil(cells.width / grid.columns), cells.height
        padded = Image.new("1", (row_bytes * grid.columns, rows), 255)
        padded.paste(cells)
        image = padded.resize((row_bytes * _BYTE, round(rows * grid.row_dots)), Image.Resampling.NEAREST)
        left, top, height = drawn.left * across, drawn.top * down, drawn.coverage.height * down
        return Picture(image, round(left), round(top), round(height))

    def _stood(self, image: Image.Image) -> Image.Image:
        return image.transpose(Image.Transpose.ROTATE_270) if self.turned else image


@lru_cache(maxsize=256)
def picture(script: Script) -> Picture:
    """Return the line on the finest grid that keeps it within ``MOST_BYTES`` as Z64.

    Where no grid is cheap enough, the coarsest that still tells letters apart is taken and the line takes more.
    """
    fine = script.fine()
    if fine.is_cheap:
        return fine
    grids = [grid for grid in _GRIDS if script.em / grid.row_dots >= _LEAST_EM] or [_GRIDS[0]]
    found = (script.on(grid) for grid in grids[_likely(script, grids) :])
    return next((shown for shown in found if shown.is_cheap), script.on(grids[-1]))


def _likely(script: Script, grids: Sequence[Grid]) -> int:
    """Return where to begin among the grids: packing well takes too long to try them all."""
    guess = bisect_left(grids, True, key=lambda grid: estimate(script.on(grid).image) <= MOST_BYTES)  # noqa: FBT003
    return max(0, guess - 2)
