"""Cells on one line from edge to edge: who gets how much of the width, who is shortened, and who must not be."""

from collections.abc import Sequence
from dataclasses import replace

from printers.fit import FitError
from printers.label import Align, Area, Element
from specimen_service.kernel.language import say
from specimen_service.labels.cells import Cell, Ending
from specimen_service.labels.fit_words import SHORTEN, TOO_WIDE, TOO_WIDE_TOGETHER

GAP_MM = 0.8
"""The least blank between two cells."""

Share = tuple[int, float]
"""The form of a cell, and the width that it gets."""


def row(cells: Sequence[Cell], area: Area, line_mm: float) -> list[Element]:
    """Lay the cells out, the first at the left and the last at the right edge; texts stand at ``line_mm`` or smaller.

    All shrink to the floor first; then lists and names are cut and shorter forms taken; then what this stock need not
    carry goes, the last first. Raises ``FitError`` naming the widest of what is left where even that is not enough.
    """
    kept = [_low_enough(cell, area, line_mm) for cell in cells]
    shares = _shares(kept, _room(kept, area), line_mm)
    while shares is None:
        spare = [cell for cell in kept if not cell.carried]
        if not spare:
            raise _too_wide(kept, _room(kept, area), line_mm)
        kept.remove(spare[-1])
        shares = _shares(kept, _room(kept, area), line_mm)
    return _laid(kept, shares, area, line_mm)


def _low_enough(cell: Cell, area: Area, line_mm: float) -> Cell:
    """Return the cell with those of its forms that are not too high for the line, or as it is where all are."""
    if cell.lengths == 1:
        return cell
    low = [i for i in range(cell.lengths) if cell.height_mm(cell.floor_mm(line_mm), i) <= area.height_mm]
    return replace(cell, forms=tuple(cell.forms[i] for i in low)) if low else cell


def _room(cells: Sequence[Cell], area: Area) -> float:
    return area.width_mm - GAP_MM * max(len(cells) - 1, 0)


def _shares(cells: Sequence[Cell], room: float, line_mm: float) -> list[Share] | None:
    """Return each cell's form and width, or None where they cannot all stand there."""
    forms = [0] * len(cells)
    while True:
        pairs = list(zip(cells, forms, strict=True))
        best = [cell.width_mm(cell.size_mm(line_mm), form) for cell, form in pairs]
        least = [cell.width_mm(cell.floor_mm(line_mm), form) for cell, form in pairs]
        widths = _between(least, best, room) or _cut(pairs, least, room, line_mm)
        if widths:
            return list(zip(forms, widths, strict=True))
        shorter = [i for i, (cell, form) in enumerate(pairs) if form + 1 < cell.lengths]
        if not shorter:
            return None if cells else []
        forms[max(shorter, key=lambda i: least[i])] += 1


def _between(least: list[float], best: list[float], room: float) -> list[float] | None:
    """Return widths for the largest size common to all, or None where even the smallest is too wide."""
    if sum(best) <= room:
        return best
    if sum(least) > room:
        return None
    share = (room - sum(least)) / (sum(best) - sum(least))
    return [low + share * (high - low) for low, high in zip(least, best, strict=True)]


def _cut(pairs: list[tuple[Cell, int]], least: list[float], room: float, line_mm: float) -> list[float] | None:
    """Share what the others leave among the cells that may be cut, or return None where that is too little to be of use."""
    widths = list(least)
    elastic = sorted((i for i, (cell, _) in enumerate(pairs) if cell.is_elastic), key=lambda i: least[i])
    left = room - sum(width for i, width in enumerate(least) if i not in elastic)
    for place, i in enumerate(elastic):
        widths[i] = min(least[i], left / (len(elastic) - place))
        if widths[i] < pairs[i][0].least_mm(pairs[i][0].floor_mm(line_mm), pairs[i][1]):
            return None
        left -= widths[i]
    return widths if elastic and left >= 0 else None


def _laid(cells: Sequence[Cell], shares: list[Share], area: Area, line_mm: float) -> list[Element]:
    """Draw the cells; blanks to write on take what is left over, else the gaps do."""
    spare = _room(cells, area) - sum(width for _, width in shares)
    blanks = sum(cell.ending is Ending.BLANK for cell in cells)
    gap = GAP_MM + (0 if blanks or len(cells) == 1 else spare / (len(cells) - 1))
    elements: list[Element] = []
    x = area.x_mm
    for place, (cell, (form, width)) in enumerate(zip(cells, shares, strict=True)):
        more = spare / blanks if cell.ending is Ending.BLANK else 0
        align = Align.RIGHT if place and place == len(cells) - 1 else Align.LEFT
        elements += cell.drawn(Area(x, area.y_mm, width + more, area.height_mm), line_mm, form, align)
        x += width + more + gap
    return elements


def _too_wide(cells: Sequence[Cell], room: float, line_mm: float) -> FitError:
    needs = [(cell.least_mm(cell.floor_mm(line_mm), cell.lengths - 1), cell) for cell in cells]
    widest = max(needs, key=lambda need: need[0])[1]
    total = sum(width for width, _ in needs)
    problem = TOO_WIDE if len(cells) == 1 else TOO_WIDE_TOGETHER
    return FitError(widest.field, say(problem, needed=total, room=room), say(SHORTEN))
