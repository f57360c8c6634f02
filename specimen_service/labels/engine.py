"""Cells onto a stock, in millimetres, by the arrangement for its size: the one way every label is laid out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from printers.datamatrix import encode_matrix
from printers.fit import FitError
from printers.label import Area, Barcode, Code128, DataMatrix, Element, Label, Stock
from printers.preflight import MATRIX_QUIET_MODULES, QUIET_MM
from printers.symbology import SymbolError, encode
from specimen_service.kernel.language import say, to_say
from specimen_service.labels.arrangement import Arrangement, Row, arrangement_for
from specimen_service.labels.cells import Cell, Ending
from specimen_service.labels.fit_words import symbol_fault
from specimen_service.labels.flow import flow
from specimen_service.labels.rows import GAP_MM, row

_INSET_MM = 0.3
_WIDEST_DOTS = 1.02
"""How much wider than asked for a module is at most, as it is whole dots of 203, 300 or 600 an inch."""
_HIGHEST_BARS_MM = 15.0
_AIR_MM = 0.3
"""Above and below the bars, where there is room."""
_LEAST_COLUMN_MM = 7.5
"""Beside the bars: STAT, or a time of day."""
_LARGER = to_say("Use larger labels.")

Cells = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A stock with its arrangement: the edges that text keeps to, and the band that the barcode stands in."""

    stock: Stock
    arrangement: Arrangement
    scale: float

    @property
    def left(self) -> float:
        return self.stock.ends_mm + self.stock.margin_mm + _INSET_MM

    @property
    def right(self) -> float:
        return self.stock.width_mm - self.stock.ends_mm - self.stock.margin_mm - _INSET_MM

    @property
    def band(self) -> Area:
        """The height between the rows, all across."""
        top = self.stock.margin_mm + self.scale * sum(row.height_mm for row in self.arrangement.above)
        foot = self.stock.height_mm - self.stock.margin_mm
        foot -= self.scale * sum(row.height_mm for row in self.arrangement.below)
        return Area(self.left, top, self.right - self.left, foot - top)

    def rows(self, rows: Sequence[Row], top: float) -> Iterator[tuple[Row, Area]]:
        """Yield each row with its area, scaled, from the top down."""
        for one in rows:
            height = one.height_mm * self.scale
            yield one, Area(self.left, top, self.right - self.left, height)
            top += height


def arranged(stock: Stock, cells: Cells, code: str) -> Label:
    """Lay the cells and the barcode out; raises ``FitError`` naming the field that does not fit and must be there."""
    arrangement = arrangement_for(stock)
    if arrangement is None:
        raise FitError("barcode", say("has no room on the stock %(stock)s", stock=stock.name), say(_LARGER))
    plan = _Plan(stock, arrangement, arrangement.scale(stock))
    known = {name: replace(cell, carried=_is_carried(arrangement, cell)) for name, cell in cells.items()}
    barcode = _barcode(plan, code)
    beside, left_over = _beside(plan, known, barcode)
    above = _rows(plan, known, arrangement.above, stock.margin_mm)
    below = _rows(plan, known, arrangement.below, plan.band.bottom_mm, left_over)
    if left_over and not arrangement.below:
        _must_not_be_missed(left_over)
    return Label(stock, (*above, barcode, *beside, *below))


def _is_carried(arrangement: Arrangement, cell: Cell) -> bool:
    field = "lines" if cell.ending is Ending.BLANK else cell.field.removesuffix("_text")
    return field in arrangement.carries


def _rows(
    plan: _Plan, cells: Cells, rows: Sequence[Row], top: float, left_over: Sequence[Cell] = ()
) -> Iterator[Element]:
    """Yield the elements of rows; what found no place elsewhere ends the last of them."""
    for one, area in plan.rows(rows, top):
        found = [cells[name] for name in one.fields if name in cells]
        if one is rows[-1]:
            found += left_over
        if found:
            yield from row(found, area, one.size_mm * plan.scale)


def _beside(plan: _Plan, cells: Cells, barcode: Barcode) -> tuple[list[Element], list[Cell]]:
    band, beside = plan.band, plan.arrangement.beside
    code_on_the_left = isinstance(barcode, Code128)
    left = barcode.area.right_mm if code_on_the_left else band.x_mm
    right = band.right_mm if code_on_the_left else barcode.area.x_mm - GAP_MM / 2
    column = Area(left, band.y_mm, right - left, band.height_mm)
    return flow([cells[name] for name in beside.fields if name in cells], column, beside.size_mm * plan.scale)


def _barcode(plan: _Plan, code: str) -> Barcode:
    try:
        return _matrix(plan, code, plan.arrangement.matrix_mm) if plan.arrangement.matrix_mm else _bars(plan, code)
    except SymbolError as error:
        remedy = say("Use a number of digits, capital letters and hyphens.")
        raise FitError("barcode", symbol_fault(error), remedy) from None


def _bars(plan: _Plan, code: str) -> Code128:
    """Return bars on the left; their quiet zone may reach to the edge of the label, as nothing is printed there."""
    band = plan.band
    width = len(encode(code).modules) * 0.25 * _WIDEST_DOTS + 2 * QUIET_MM
    room = plan.right - _LEAST_COLUMN_MM
    if width > room:
        raise _too_wide(width, room)
    height = min(max(band.height_mm - 2 * _AIR_MM, plan.arrangement.code_mm), _HIGHEST_BARS_MM)
    top = band.y_mm + (band.height_mm - height) / 2
    return Code128("barcode", code, Area(0, top, width, height), quiet_mm=QUIET_MM)


def _matrix(plan: _Plan, code: str, module_mm: float) -> DataMatrix:
    """Return a Data Matrix on the right, in the middle of its band."""
    band = plan.band
    side = (encode_matrix(code).size + 2 * MATRIX_QUIET_MODULES) * module_mm * _WIDEST_DOTS
    if side > min(band.height_mm, band.width_mm / 2):
        raise _too_wide(side, min(band.height_mm, band.width_mm / 2))
    right, top = band.right_mm + _INSET_MM, band.y_mm + (band.height_mm - side) / 2
    return DataMatrix("barcode", code, Area(right - side, top, side, side), module_mm)


def _too_wide(needed: float, room: float) -> FitError:
    problem = say("needs %(needed).1f mm with its quiet zones and has %(room).1f mm", needed=needed, room=room)
    return FitError("barcode", problem, say("Use larger labels, or the number of this service instead."))


def _must_not_be_missed(left_over: Sequence[Cell]) -> None:
    for cell in left_over:
        if cell.carried:
            raise FitError(cell.field, say("finds no room beside the barcode"), say(_LARGER))
