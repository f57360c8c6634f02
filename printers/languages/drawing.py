"""A label as every language draws it: bars, boxes and lines of text at whole dots, so that the preview is what prints."""

from collections.abc import Iterator
from dataclasses import dataclass

from printers.datamatrix import Matrix, encode_matrix
from printers.fit import EM, PADDING_MM, baseline_mm, width_mm
from printers.fonts import line
from printers.label import Align, Box, Code128, DataMatrix, Element, Label, Style, Text, Weight
from printers.preflight import LayoutError, dots, findings, module_dots
from printers.symbology import Symbol, encode

RESOLUTIONS = (203, 300, 600)
"""Dots an inch of label printers; a picture for a screen is one of such a printer's labels."""

FRAME_MM = 0.25
"""How thick the line of a framed text is."""


Rectangle = tuple[int, int, int, int]
"""A black rectangle: left, top, width and height in dots."""


@dataclass(frozen=True, slots=True)
class Bars:
    """A barcode: where its first bar starts, how high its bars are, how wide a module is, in dots."""

    symbol: Symbol
    x: int
    y: int
    height: int
    module: int

    @property
    def rectangles(self) -> Iterator[Rectangle]:
        """Yield each bar."""
        for start, width in self.symbol.bars:
            yield self.x + start * self.module, self.y, width * self.module, self.height


@dataclass(frozen=True, slots=True)
class Cells:
    """A Data Matrix: its upper left corner, and how wide and high a module is, in dots."""

    matrix: Matrix
    x: int
    y: int
    module: int

    @property
    def height(self) -> int:
        """How high it is, in dots."""
        return self.matrix.size * self.module

    @property
    def rectangles(self) -> Iterator[Rectangle]:
        """Yield each dark stretch of a row."""
        for column, row, width in self.matrix.stretches:
            yield (
                self.x + column * self.module,
                self.y + row * self.module,
                width * self.module,
                self.module,
            )


@dataclass(frozen=True, slots=True)
class Frame:
    """A black rectangle ``thickness`` dots thick along its inside; filled where that is all of it."""

    x: int
    y: int
    width: int
    height: int
    thickness: int

    @property
    def filled(self) -> bool:
        """Whether nothing inside stays white."""
        return 2 * self.thickness >= min(self.width, self.height)


@dataclass(frozen=True, slots=True)
class Writing:
    """A line of text on its baseline. ``resident_x`` is its left end in font 0, ``x`` in ours; ``size`` is ``^A0``'s."""

    text: str
    x: int
    resident_x: int
    baseline: int
    size: int
    width: int
    weight: Weight
    white: bool

    @property
    def em(self) -> float:
        """The em of our own fonts, in dots."""
        return self.size * EM


Shape = Bars | Cells | Frame | Writing


@dataclass(frozen=True, slots=True)
class Drawing:
    """All shapes of a label in the order they are laid down, on a page of whole dots."""

    width: int
    height: int
    dpi: int
    shapes: tuple[Shape, ...]


class ResolutionError(ValueError):
    """A number of dots an inch that no printer of ours has: bars would come out in other widths than were checked."""

    def __init__(self, dpi: object) -> None:
        """Name it and those that there are."""
        self.dpi = dpi
        super().__init__(f"Labels are drawn for {', '.join(map(str, RESOLUTIONS))} dots an inch, not for {dpi}.")


def drawing(label: Label, dpi: int) -> Drawing:
    """Return the label in dots; raises ``LayoutError`` for one that must not be printed, or ``ResolutionError``."""
    if dpi not in RESOLUTIONS:
        raise ResolutionError(dpi)
    found = findings(label, dpi)
    if found:
        raise LayoutError(found)
    shapes = tuple(shape for element in label.elements for shape in _shapes(element, dpi))
    return Drawing(dots(label.stock.width_mm, dpi), dots(label.stock.height_mm, dpi), dpi, shapes)


def _shapes(element: Element, dpi: int) -> tuple[Shape, ...]:
    if isinstance(element, Code128):
        return (_bars(element, dpi),)
    if isinstance(element, DataMatrix):
        return (_cells(element, dpi),)
    if isinstance(element, Box):
        return (_frame(element, dpi, filled=True),)
    if not element.text:
        return ()
    if element.style is Style.PLAIN:
        return (_writing(element, dpi),)
    return (_frame(element, dpi, filled=element.style is Style.REVERSED), _writing(element, dpi))


def _bars(barcode: Code128, dpi: int) -> Bars:
    area = barcode.area
    x = dots(area.x_mm + barcode.quiet_mm, dpi)
    return Bars(encode(barcode.value), x, dots(area.y_mm, dpi), dots(area.height_mm, dpi), module_dots(barcode, dpi))


def _cells(barcode: DataMatrix, dpi: int) -> Cells:
    area, matrix, module = barcode.area, encode_matrix(barcode.value), module_dots(barcode, dpi)
    across, down = area.x_mm + area.width_mm / 2, area.y_mm + area.height_mm / 2
    half = matrix.size * module / 2
    return Cells(matrix, round(across * dpi / 25.4 - half), round(down * dpi / 25.4 - half), module)


def _frame(element: Box | Text, dpi: int, *, filled: bool) -> Frame:
    area = element.area
    x, y = dots(area.x_mm, dpi), dots(area.y_mm, dpi)
    width, height = max(1, dots(area.right_mm, dpi) - x), max(1, dots(area.bottom_mm, dpi) - y)
    return Frame(x, y, width, height, min(width, height) if filled else dots(FRAME_MM, dpi))


def _writing(text: Text, dpi: int) -> Writing:
    padding = 0 if text.style is Style.PLAIN else PADDING_MM
    size = max(1, int(text.size_mm * dpi / 25.4 + 0.05))  # rounded down, as it must not grow out of its area
    own = line(text.text, text.weight).width * size * EM
    widest = width_mm(text.text, size, text.weight)  # the resident font must stay inside whatever its true width
    share = {Align.LEFT: 0.0, Align.CENTER: 0.5, Align.RIGHT: 1.0}[text.align]
    left, room = (text.area.x_mm + padding) * dpi / 25.4, (text.area.width_mm - 2 * padding) * dpi / 25.4
    return Writing(
        text=text.text,
        x=round(left + share * (room - own)),
        resident_x=round(left + share * (room - widest)),
        baseline=dots(baseline_mm(text), dpi),
        size=size,
        width=round(room),
        weight=text.weight,
        white=text.style is Style.REVERSED,
    )
