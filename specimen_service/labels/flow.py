"""Cells in a column beside the barcode, one after the other: as many lines as they need, as large as the column lets them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from printers.fit import LEGIBLE_MM
from printers.label import Align, Area, Element, Style
from specimen_service.labels.cells import Cell, Ending
from specimen_service.labels.rows import GAP_MM

_STEPS = (1.0, 0.93, 0.87, 0.8)
_LEAD, _DENSE_LEAD = 0.17, 0.02
"""Blank below a line, as a share of its size: as it is read at a glance, and the least."""
_WIDEST_BOX = 2.0
"""How wide the box around a word may be, to one that just holds it."""
_SPREAD_MM = 0.5
"""The most that lines move apart where there is room."""


@dataclass(slots=True)
class _Line:
    """What stands on one line: each cell with its form and width; and how high the line is."""

    height: float
    placed: list[tuple[Cell, int, float]] = field(default_factory=list)

    @property
    def width(self) -> float:
        """How far it reaches, with a gap for one more."""
        return sum(width + GAP_MM for _, _, width in self.placed)


@dataclass(slots=True)
class _Column:
    """A column being filled at one size; ``is_whole`` while nothing was cut or left over."""

    area: Area
    line_mm: float
    lead: float = _LEAD
    lines: list[_Line] = field(default_factory=list)
    left: list[Cell] = field(default_factory=list)
    is_whole: bool = True

    def add(self, cell: Cell) -> None:
        """Place a cell: whole on this or a new line, else word by word, else it is left over."""
        tries = [(place, form) for form in range(cell.lengths) for place in (self._here, self._below)]
        if any(place(cell, form) for place, form in tries) or self._by_words(cell):
            return
        self.is_whole = False
        if not (cell.is_elastic and self._cut_off(cell)):
            self.left.append(cell)

    def _size(self, cell: Cell) -> float:
        return cell.size_mm(self.line_mm)

    def _height(self, cell: Cell, form: int = 0) -> float:
        return cell.height_mm(self._size(cell), form) + self.lead * self._size(cell)

    def _here(self, cell: Cell, form: int) -> bool:
        """Place a form on the last line if it is not too wide or high for what is left."""
        if not self.lines or cell.style is not Style.PLAIN or cell.ending is Ending.BLANK:
            return False
        line = self.lines[-1]
        width, height = cell.width_mm(self._size(cell), form), self._height(cell, form)
        is_boxed = any(other.style is not Style.PLAIN for other, _, _ in line.placed)
        if is_boxed or line.width + width > self.area.width_mm or height - line.height > self._room():
            return False
        line.placed.append((cell, form, width))
        line.height = max(line.height, height)
        return True

    def _below(self, cell: Cell, form: int) -> bool:
        """Place a form on a new line, if it is not too wide and there is height for it."""
        width, height = cell.width_mm(self._size(cell), form), self._height(cell, form)
        if width > self.area.width_mm or height > self._room():
            return False
        self.lines.append(_Line(height, [(cell, form, width)]))
        return True

    def _by_words(self, cell: Cell) -> bool:
        """Place the words on several new lines, or none of them."""
        words = cell.text().split()
        if len(words) == 1 or cell.ending in {Ending.NAME, Ending.BLANK}:
            return False
        before = len(self.lines)
        for part in self._lines_of(cell, words):
            if not self._below(part, 0):
                del self.lines[before:]
                return False
        return True

    def _cut_off(self, cell: Cell) -> bool:
        """Place as much as there is room for, ending with a mark."""
        words = cell.forms if cell.ending is Ending.LISTED else cell.text().split()
        parts = list(self._lines_of(cell, words))
        height = max(self._height(part) for part in parts)
        count = int(self._room() / height)
        if not count:
            return False
        whole, rest = parts[: count - 1], parts[count - 1 :]
        last = _joined(cell, [form for part in rest for form in part.forms])
        self.lines += [_Line(height, [(part, 0, self.area.width_mm)]) for part in (*whole, last)]
        return True

    def _lines_of(self, cell: Cell, words: Sequence[str]) -> Iterator[Cell]:
        """Yield the cell in pieces as wide as the column lets them be; a single word may still be too wide."""
        left = list(words)
        while left:
            taken = 1
            while taken < len(left) and self._holds(cell, left[: taken + 1]):
                taken += 1
            yield _joined(cell, left[:taken])
            left = left[taken:]

    def _holds(self, cell: Cell, words: Sequence[str]) -> bool:
        return _joined(cell, words).width_mm(self._size(cell)) <= self.area.width_mm

    def _room(self) -> float:
        return self.area.height_mm - sum(line.height for line in self.lines)

    def drawn(self) -> Iterator[Element]:
        """Yield the elements, lines apart as far as the column lets them be."""
        spread = min(self._room() / max(len(self.lines), 1), _SPREAD_MM)
        y = self.area.y_mm + spread / 2
        for line in self.lines:
            x = self.area.x_mm
            for place, (cell, form, width) in enumerate(line.placed):
                is_last = place == len(line.placed) - 1
                wide = self._reach(cell, x, width) if is_last else width
                align = Align.RIGHT if place and is_last else Align.LEFT
                high = line.height - (0 if cell.style is Style.PLAIN else self.lead * self._size(cell))
                yield from cell.drawn(Area(x, y, wide, high), self.line_mm, form, align)
                x += width + GAP_MM
            y += line.height + spread

    def _reach(self, cell: Cell, x: float, width: float) -> float:
        """Return how wide the last cell of a line is: up to the edge, but a box no more than its words deserve."""
        left = self.area.right_mm - x
        return left if cell.style is Style.PLAIN else min(left, _WIDEST_BOX * width)


def _joined(cell: Cell, words: Sequence[str]) -> Cell:
    """Return the cell with some of its words only."""
    return replace(cell, forms=tuple(words) if cell.ending is Ending.LISTED else (" ".join(words),))


def flow(cells: Sequence[Cell], area: Area, line_mm: float) -> tuple[list[Element], list[Cell]]:
    """Lay the cells out in reading order; returns the elements, and the cells that found no room.

    The largest size is taken at which all stand there whole. At the smallest, lists are cut, and shorter forms are taken
    from the last cell on until all that must be there is; if need be without the others, line upon line.
    """
    sizes = sorted({max(line_mm * step, LEGIBLE_MM) for step in _STEPS}, reverse=True)
    for size in sizes:
        column = _filled(cells, area, size)
        if column.is_whole:
            break
    must = [cell for cell in cells if cell.carried]
    for some, lead in ((cells, _LEAD), (must, _DENSE_LEAD)):
        for count in range(len(some) + 1):
            if not any(cell.carried for cell in column.left):
                return list(column.drawn()), column.left
            shorter = [*some[: len(some) - count], *map(Cell.shorter, some[len(some) - count :])]
            column = _filled(shorter, area, sizes[-1], lead)
    return list(column.drawn()), column.left


def _filled(cells: Sequence[Cell], area: Area, line_mm: float, lead: float = _LEAD) -> _Column:
    column = _Column(area, line_mm, lead)
    for cell in cells:
        column.add(cell)
    return column
