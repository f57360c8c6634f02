"""One thing that a label says: its words in several lengths, and what may be done to them where room is scarce."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from printers.fit import (
    LEGIBLE_MM,
    PADDING_MM,
    Wish,
    checked,
    fits,
    fitted,
    height_mm,
    listed,
    person_name,
    shortened,
    width_mm,
)
from printers.label import Align, Area, Box, Element, Style, Weight


class Ending(StrEnum):
    """What happens to words that do not fit whole."""

    WHOLE = "whole"
    CUT = "cut"
    LISTED = "listed"
    NAME = "name"
    BLANK = "blank"


LINE_MM = 8.0
"""The shortest line that somebody can write a time on."""

_LEAST_SIZES = {Ending.CUT: 4.0, Ending.LISTED: 4.0, Ending.NAME: 4.5}
"""How many times its size a text keeps of its width when it is cut: some six letters and the mark."""

_BOX_AIR = 0.2
"""Blank inside a box, above and below its words, as a share of their size."""

_EASE_MM = 0.01


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of a label.

    ``forms`` are the same words from the fullest to the shortest; for a list its items, for a name family and given
    names, for a blank the caption of the line to write on. ``scale`` is its size beside that of its line. One that is
    not ``carried`` may be left off a stock too small for it.
    """

    field: str
    forms: tuple[str, ...]
    ending: Ending = Ending.WHOLE
    weight: Weight = Weight.REGULAR
    style: Style = Style.PLAIN
    scale: float = 1.0
    carried: bool = True

    @property
    def lengths(self) -> int:
        """How many forms there are to choose from."""
        return len(self.forms) if self.ending is Ending.WHOLE else 1

    @property
    def is_elastic(self) -> bool:
        """Whether it may lose its end, with a visible mark."""
        return self.ending in {Ending.CUT, Ending.LISTED, Ending.NAME}

    def shorter(self) -> "Cell":
        """Return the cell without its fullest form."""
        return replace(self, forms=self.forms[1:]) if self.lengths > 1 else self

    def text(self, form: int = 0) -> str:
        """Return the words of a form in one line."""
        if self.ending is Ending.NAME:
            return ", ".join(part for part in self.forms if part)
        return " ".join(self.forms) if self.ending is Ending.LISTED else self.forms[form]

    def size_mm(self, line_mm: float) -> float:
        """Return its best size on a line of that size; never below the legible."""
        return max(line_mm * self.scale, LEGIBLE_MM)

    def floor_mm(self, line_mm: float) -> float:
        """Return its smallest size on a line of that size."""
        wish = self._wish(Area(0, 0, 1, 1), line_mm)
        return (_smaller(wish) if self.ending is Ending.NAME else wish).floor_mm

    def width_mm(self, size_mm: float, form: int = 0) -> float:
        """Return what the whole form needs at a size."""
        own = width_mm(self.text(form), size_mm, self.weight) + _EASE_MM
        line = LINE_MM if self.ending is Ending.BLANK else 0
        return own + line + (0 if self.style is Style.PLAIN else 2 * PADDING_MM)

    def least_mm(self, size_mm: float, form: int = 0) -> float:
        """Return the width below which it is not worth cutting; all of it where it may not be cut."""
        whole = self.width_mm(size_mm, form)
        return min(whole, _LEAST_SIZES.get(self.ending, whole) * size_mm)

    def height_mm(self, size_mm: float, form: int = 0) -> float:
        """Return the least height that the form needs at a size."""
        air = 0 if self.style is Style.PLAIN else _BOX_AIR * size_mm
        return height_mm(self.text(form), size_mm, self.weight, self.style) + air

    def drawn(self, area: Area, line_mm: float, form: int = 0, align: Align = Align.LEFT) -> Iterator[Element]:
        """Yield its elements; raises ``FitError`` for what does not stand in the area."""
        wish = self._wish(area, line_mm, Align.CENTER if self.style is not Style.PLAIN else align)
        if self.ending is Ending.BLANK:
            yield from self._blank(wish)
        elif self.ending is Ending.NAME:
            yield person_name(wish if fits(wish, self.text()) else _smaller(wish), *self.forms)
        elif self.ending is Ending.LISTED:
            yield listed(wish, self.forms)
        elif self.ending is Ending.CUT:
            yield shortened(wish, self.text(form))
        else:
            yield fitted(wish, self.text(form))

    def _wish(self, area: Area, line_mm: float, align: Align = Align.LEFT) -> Wish:
        return Wish(self.field, area, self.size_mm(line_mm), self.weight, align, self.style)

    def _blank(self, wish: Wish) -> Iterator[Element]:
        """Yield a caption and a line to write on."""
        area, caption = wish.area, self.text()
        width = width_mm(caption, wish.size_mm, self.weight) + _EASE_MM
        yield fitted(Wish(self.field, Area(area.x_mm, area.y_mm, width, area.height_mm), wish.size_mm), caption)
        left = area.x_mm + width + 0.3
        yield Box(f"{self.field}_line", Area(left, area.bottom_mm - 0.6, area.right_mm - left, 0.25))


def _smaller(wish: Wish) -> Wish:
    """Return the wish for a long name: its letters tell people apart better than its size does."""
    return replace(wish, size_mm=max(wish.floor_mm, LEGIBLE_MM))


def drawable(cell: Cell) -> Cell:
    """Return the cell with its words cleaned; raises ``FitError`` for a letter that no font has."""
    wish = Wish(cell.field, Area(0, 0, 1, 1), 1, cell.weight)
    return replace(cell, forms=tuple(checked(wish, form) for form in cell.forms))
