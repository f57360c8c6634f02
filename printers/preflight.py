"""The last look at any layout before it goes to a printer: what would print badly, or not scan, is named."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from printers.datamatrix import encode_matrix
from printers.fit import EM, LEGIBLE_MM, PADDING_MM, baseline_mm, width_mm
from printers.fonts import UndrawableError, line
from printers.label import Align, Area, Barcode, Code128, DataMatrix, Element, Label, Style, Text
from printers.symbology import SymbolError, encode

MODULE_MM = (0.19, 0.5)
"""Narrow bars: 7.5 mil is the least of CLSI AUTO02-A2, 0.495 mm the most of GS1 for healthcare."""

MATRIX_MODULE_MM = (0.24, 1.0)
"""Modules of a Data Matrix: 10 mil, two dots at 203 dpi, is the least that GS1 gives for healthcare and scanners read."""

MATRIX_QUIET_MODULES = 1
"""The least blank around a Data Matrix (ISO/IEC 16022)."""

BAR_HEIGHT_MM = 10.0
"""The least height of bars that all analyzers found accept."""

QUIET_MM = 5.0
"""The least blank on both sides of the bars that all analyzers found accept; never under ten modules."""

_SLACK_MM = 0.02


class Fault(StrEnum):
    """What can be wrong with a layout."""

    OUTSIDE = "outside the label"
    OVERLAP = "overlap"
    TEXT_TOO_LARGE = "text larger than its area"
    ILLEGIBLE = "text below the legible size"
    UNDRAWABLE = "a character no font has"
    BARCODE = "no such barcode"
    QUIET_ZONE = "quiet zone too small"
    MODULE_WIDTH = "bars too narrow or too wide for the printer's dots"
    BAR_HEIGHT = "bars too low"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a layout and the field it was found at (for an overlap, both)."""

    fault: Fault
    field: str

    def __str__(self) -> str:
        """Return the finding for a person."""
        return f"{self.field}: {self.fault}"


class LayoutError(ValueError):
    """A layout that must not be printed; ``findings`` says why."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        """Keep the findings; the message lists them."""
        self.findings = findings
        super().__init__("The label cannot be printed as laid out. " + "; ".join(map(str, findings)) + ".")


def dots(length_mm: float, dpi: int) -> int:
    """Return a length in whole dots."""
    return round(length_mm * dpi / 25.4)


def module_dots(barcode: Barcode, dpi: int) -> int:
    """How many dots wide a module is, the narrowest bar: whole dots only, as halves would not scan."""
    return max(1, dots(barcode.module_mm, dpi))


def findings(label: Label, dpi: int) -> tuple[Finding, ...]:
    """Every fault of the layout on a printer of ``dpi`` dots an inch; empty when it may be printed."""
    return tuple(_all_findings(label, dpi))


def _all_findings(label: Label, dpi: int) -> Iterator[Finding]:
    for element in label.elements:
        if not label.stock.area.holds(element.area):
            yield Finding(Fault.OUTSIDE, element.field)
        yield from (Finding(fault, element.field) for fault in _faults_within(element, dpi))
    for one, other in combinations(label.elements, 2):
        if one.area.overlaps(other.area):
            yield Finding(Fault.OVERLAP, f"{one.field} and {other.field}")


def _faults_within(element: Element, dpi: int) -> Iterator[Fault]:
    if isinstance(element, Code128):
        yield from _barcode_faults(element, dpi)
    elif isinstance(element, DataMatrix):
        yield from _matrix_faults(element, dpi)
    elif isinstance(element, Text):
        yield from _text_faults(element)


def _barcode_faults(barcode: Code128, dpi: int) -> Iterator[Fault]:
    try:
        modules = len(encode(barcode.value).modules)
    except SymbolError:
        yield Fault.BARCODE
        return
    module = module_dots(barcode, dpi) * 25.4 / dpi
    if not MODULE_MM[0] <= module <= MODULE_MM[1]:
        yield Fault.MODULE_WIDTH
    quiet = min(barcode.quiet_mm, barcode.area.width_mm - barcode.quiet_mm - modules * module)
    if quiet < max(QUIET_MM, 10 * module) - _SLACK_MM:
        yield Fault.QUIET_ZONE
    if barcode.area.height_mm < BAR_HEIGHT_MM - _SLACK_MM:
        yield Fault.BAR_HEIGHT


def _matrix_faults(barcode: DataMatrix, dpi: int) -> Iterator[Fault]:
    try:
        modules = encode_matrix(barcode.value).size
    except SymbolError:
        yield Fault.BARCODE
        return
    module = module_dots(barcode, dpi) * 25.4 / dpi
    if not MATRIX_MODULE_MM[0] <= module <= MATRIX_MODULE_MM[1]:
        yield Fault.MODULE_WIDTH
    room = min(barcode.area.width_mm, barcode.area.height_mm)
    if room < (modules + 2 * MATRIX_QUIET_MODULES) * module - _SLACK_MM:
        yield Fault.QUIET_ZONE


def _text_faults(text: Text) -> Iterator[Fault]:
    if text.size_mm < LEGIBLE_MM - _SLACK_MM:
        yield Fault.ILLEGIBLE
    try:
        if text.text and not text.area.holds(_ink(text), _SLACK_MM):
            yield Fault.TEXT_TOO_LARGE
    except UndrawableError:
        yield Fault.UNDRAWABLE


def _ink(text: Text) -> Area:
    """Return the rectangle that the text needs at most."""
    shaped = line(text.text, text.weight)
    width = width_mm(text.text, text.size_mm, text.weight) + (0 if text.style is Style.PLAIN else 2 * PADDING_MM)
    spare = text.area.width_mm - width
    left = text.area.x_mm + spare * {Align.LEFT: 0.0, Align.CENTER: 0.5, Align.RIGHT: 1.0}[text.align]
    top = baseline_mm(text) - shaped.ascent * EM * text.size_mm
    return Area(left, top, width, max(shaped.ascent + shaped.descent, 0.01) * EM * text.size_mm)
