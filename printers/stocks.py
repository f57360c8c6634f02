"""The stocks we know, as data. A new stock is one line; a new sheet of labels is one more.

A label finds by itself what a stock of its size has room for; nothing else has to be told of a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from printers.label import Stock, Use


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of labels for an office printer: equal labels in rows and columns, in millimetres from the top left corner.

    ``left_mm`` and ``top_mm`` are where the first label starts, the pitches lead from one label to the next.
    """

    name: str
    page_mm: tuple[float, float]
    stock: Stock
    columns: int
    rows: int
    left_mm: float
    top_mm: float
    pitch_x_mm: float
    pitch_y_mm: float

    @property
    def positions(self) -> int:
        """How many labels a page holds."""
        return self.columns * self.rows

    def corner(self, position: int) -> tuple[float, float]:
        """Return where a position's label starts; positions count from 1, along the rows."""
        row, column = divmod(position - 1, self.columns)
        return self.left_mm + column * self.pitch_x_mm, self.top_mm + row * self.pitch_y_mm


_ROLLS = (
    Stock("2x1in", 50.8, 25.4),  # CLSI AUTO12-A: the standard tube label
    Stock("2.25x1.25in", 57.15, 31.75),
    Stock("50x25mm", 50, 25),
    Stock("45x20mm", 45, 20, margin_mm=0.5),
    Stock("1.2x0.85in", 30.48, 21.59, margin_mm=0.6),  # micro tubes
    Stock("1x0.5in", 25.4, 12.7, margin_mm=0.5),  # the smallest tubes and their caps
    Stock("1x11in", 279.4, 25.4, margin_mm=1.5, use=Use.WRIST, ends_mm=75, turned=True),
)

_A4, _LETTER = (210.0, 297.0), (215.9, 279.4)
_SHEETS = (
    Sheet("a4-3x7", _A4, Stock("63.5x38.1mm", 63.5, 38.1, margin_mm=1.5), 3, 7, 7.21, 15.15, 66.04, 38.1),
    Sheet("a4-4x10", _A4, Stock("45.7x25.4mm", 45.7, 25.4, margin_mm=1.0), 4, 10, 9.7, 21.5, 48.3, 25.4),
    Sheet("a4-4x11", _A4, Stock("48.5x25.4mm", 48.5, 25.4, margin_mm=1.0), 4, 11, 8.0, 8.8, 48.5, 25.4),
    Sheet("a4-5x13", _A4, Stock("38.1x21.2mm", 38.1, 21.2, margin_mm=1.0), 5, 13, 4.75, 10.7, 40.6, 21.2),
    Sheet("letter-3x10", _LETTER, Stock("2.625x1in", 66.675, 25.4, margin_mm=1.0), 3, 10, 4.7625, 12.7, 69.85, 25.4),
    Sheet("letter-2x10", _LETTER, Stock("4x1in", 101.6, 25.4, margin_mm=1.0), 2, 10, 3.96875, 12.7, 106.3625, 25.4),
    Sheet("letter-4x20", _LETTER, Stock("1.75x0.5in", 44.45, 12.7, margin_mm=0.5), 4, 20, 7.14375, 12.7, 52.3875, 12.7),
)

SHEETS: Mapping[str, Sheet] = {sheet.name: sheet for sheet in _SHEETS}
"""Sheets by name: page, labels across and down. Positions are printed with ``printers.sheets``."""

STOCKS: Mapping[str, Stock] = {stock.name: stock for stock in (*_ROLLS, *(sheet.stock for sheet in _SHEETS))}
"""Every stock by name: rolls and bands, then single labels of the sheets."""
