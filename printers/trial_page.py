"""A page to try a printer with: rulers, bars of several widths, one barcode, and what the printer said of itself.

It is drawn for whatever stock the printer holds; what a small one has no room for is left out, the last lines first.
"""

from collections.abc import Iterator, Sequence

from printers.fit import Wish, shortened
from printers.label import Area, Box, Code128, Element, Label, Stock
from printers.preflight import BAR_HEIGHT_MM, QUIET_MM
from printers.symbology import encode

HINTS = ("Grey bars: darker.", "Filled: lighter.")
BARCODE = "1234"
"""Of no kind that the service issues: scanned by mistake it names nothing."""
_TICKS_MM = {10: 2.4, 5: 1.8, 1: 1.2}
"""How long a tick is, by the millimetres that it counts."""
_TICK_MM, _RULER_MM = 0.25, 3.0
_MODULES, _BARS, _BARS_MM = (1, 2, 3, 4), 5, 3.0
_MODULE_MM, _WIDEST_MODULE_MM = 0.25, 3 * 25.4 / 300
_LINE_MM, _GAP_MM = 2.6, 0.5
_MM_PER_INCH = 25.4


def trial_page(stock: Stock, dpi: int, lines: Sequence[str]) -> Label:
    """Lay a test page out for a printer of `dpi` dots an inch; the first line says which printer, the others what it said."""
    page = Area(
        stock.margin_mm + stock.ends_mm,
        stock.margin_mm,
        stock.width_mm - 2 * (stock.margin_mm + stock.ends_mm),
        stock.height_mm - 2 * stock.margin_mm,
    )
    body = _inside(page, _RULER_MM, _RULER_MM)
    bars = tuple(_bars(body, dpi))
    barcode = _barcode(_inside(body, bars[-1].area.right_mm - body.x_mm + _GAP_MM, 0))
    under_bars = _inside(body, 0, _BARS_MM + _GAP_MM)
    if barcode is None:
        said = [*_column(under_bars, [*lines[:1], *HINTS, *lines[1:]])]
    else:
        beside = Area(body.x_mm, under_bars.y_mm, barcode.area.x_mm - body.x_mm, BAR_HEIGHT_MM - _BARS_MM - _GAP_MM)
        below = _inside(body, 0, BAR_HEIGHT_MM + _GAP_MM)
        said = [*_column(beside, HINTS, "hint"), *_column(below, lines)]
    return Label(stock, (*_across(page, dpi), *_down(page, dpi), *bars, *([barcode] if barcode else []), *said))


def _inside(area: Area, left: float, top: float) -> Area:
    return Area(area.x_mm + left, area.y_mm + top, max(area.width_mm - left, 0.01), max(area.height_mm - top, 0.01))


def _across(page: Area, dpi: int) -> Iterator[Box]:
    for mm in range(int(page.width_mm - _TICK_MM) + 1):
        yield Box("ruler_across", Area(_snapped(page.x_mm + mm, dpi), page.y_mm, _snapped(_TICK_MM, dpi), _tick(mm)))


def _down(page: Area, dpi: int) -> Iterator[Box]:
    for mm in range(int(_RULER_MM), int(page.height_mm - _TICK_MM) + 1):
        yield Box("ruler_down", Area(page.x_mm, _snapped(page.y_mm + mm, dpi), _tick(mm), _snapped(_TICK_MM, dpi)))


def _tick(mm: int) -> float:
    return next(length for every, length in _TICKS_MM.items() if mm % every == 0)


def _snapped(length: float, dpi: int) -> float:
    # On whole dots, so that every tick is as thick as the other.
    return round(length * dpi / _MM_PER_INCH) * _MM_PER_INCH / dpi


def _bars(body: Area, dpi: int) -> Iterator[Box]:
    """Yield groups of bars of one, two, three and four dots with gaps as wide: where they run together it is too dark."""
    dot = _MM_PER_INCH / dpi
    left = _snapped(body.x_mm, dpi)
    for module in _MODULES:
        for bar in range(_BARS):
            yield Box("bars", Area(left + 2 * bar * module * dot, body.y_mm, module * dot, _BARS_MM))
        left += 2 * _BARS * module * dot + _snapped(_GAP_MM, dpi)


def _barcode(room: Area) -> Code128 | None:
    """Return the barcode at the right end of its room; None where a barcode that scans has no place."""
    width = len(encode(BARCODE).modules) * _WIDEST_MODULE_MM + 2 * QUIET_MM
    if width > room.width_mm or room.height_mm < BAR_HEIGHT_MM + _LINE_MM:
        return None
    area = Area(room.right_mm - width, room.y_mm, width, BAR_HEIGHT_MM)
    return Code128("barcode", BARCODE, area, module_mm=_MODULE_MM, quiet_mm=QUIET_MM)


def _column(area: Area, lines: Sequence[str], field: str = "line") -> Iterator[Element]:
    """Yield one line of text under the other, as many as there is room for."""
    for number, line in enumerate(lines[: int((area.height_mm + 0.01) / _LINE_MM)]):
        place = Area(area.x_mm, area.y_mm + number * _LINE_MM, area.width_mm, _LINE_MM)
        yield shortened(Wish(f"{field}_{number + 1}", place, 2.4), line)
