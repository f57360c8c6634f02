"""Text that fits its area, measured with the metrics of every font that may draw it; never cut without a visible mark."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from printers import resident
from printers.fonts import UndrawableError, line, visible
from printers.label import Align, Area, Style, Text, Weight
from printers.wording import ELLIPSIS, clean, clusters

EM = 1.05
"""Ems of our fonts to one of ``size_mm``: their capitals are 0.714 em high, those of font 0 are 0.75 of its height."""

DESCENT = 0.25
"""How much of its size a line keeps free below its baseline, so that lines of one row stand level."""

CAPITAL = 0.75
"""The height of capitals as a share of the size."""

FLOOR = 0.8
"""How far a text may shrink before it is shortened or refused."""

LEGIBLE_MM = 2.0
"""The smallest size: capitals of 1.5 mm, about 6 point type."""

_EPSILON_MM = 1e-6

PADDING_MM = 0.5
"""Between a reversed or framed text and the edge of its box."""


class FitError(ValueError):
    """A text that cannot stand on the label whole: nothing may be printed. It never names the text itself.

    ``field`` is the element's; ``problem`` and ``remedy`` are clauses for a person.
    """

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        """Keep the parts; the message is one sentence for each."""
        self.field = field
        self.problem = problem
        self.remedy = remedy
        named = "MRN" if field == "mrn" else field.replace("_", " ")
        super().__init__(f"The label's {named} {problem}. {remedy}")


class TooLargeError(FitError):
    """A text larger than its area at the smallest legible size: it needs so many millimetres and has room for fewer."""

    def __init__(self, field: str, needed_mm: float, room_mm: float, *, in_height: bool) -> None:
        """Keep the measures; the message names both."""
        self.needed_mm = needed_mm
        self.room_mm = room_mm
        self.in_height = in_height
        which = " in height" if in_height else ""
        problem = (
            f"does not fit: at the smallest legible size it needs {needed_mm:.1f} mm{which} and has {room_mm:.1f} mm"
        )
        super().__init__(field, problem, "Use larger labels, or shorten it where it is recorded.")


class UndrawableTextError(FitError):
    """A text with a letter that no font has: ``character`` names it, ``missing`` the fonts that may."""

    def __init__(self, field: str, char: str, missing: str) -> None:
        """Keep the letter's number; the message names it, and the fonts."""
        self.character = f"U+{ord(char):04X}"
        self.missing = missing
        problem = f"holds the character {self.character}, which no installed font can draw"
        super().__init__(field, problem, f"Install the fonts for more scripts ({missing}).")


@dataclass(frozen=True, slots=True)
class Wish:
    """A text to be fitted: what it is, where it shall stand, how large at best."""

    field: str
    area: Area
    size_mm: float
    weight: Weight = Weight.REGULAR
    align: Align = Align.LEFT
    style: Style = Style.PLAIN

    @property
    def floor_mm(self) -> float:
        """The smallest size allowed."""
        return max(self.size_mm * FLOOR, min(LEGIBLE_MM, self.size_mm)) - _EPSILON_MM

    @property
    def room_mm(self) -> float:
        """The width for the text itself."""
        return self.area.width_mm - (0 if self.style is Style.PLAIN else 2 * PADDING_MM)

    def text(self, text: str, size_mm: float) -> Text:
        """Return the element."""
        return Text(self.field, text, self.area, size_mm, self.weight, self.align, self.style)


def fitted(wish: Wish, text: str) -> Text:
    """Return the whole text, shrunk down to the floor if need be; raises ``FitError`` where that is not enough."""
    drawable = checked(wish, text)
    size = largest(wish, drawable)
    if size < wish.floor_mm:
        raise _too_large(wish, drawable)
    return wish.text(drawable, size)


def _too_large(wish: Wish, text: str) -> FitError:
    needed = width_mm(text, wish.floor_mm, wish.weight)
    if needed > wish.room_mm:
        return TooLargeError(wish.field, needed, wish.room_mm, in_height=False)
    # marks stacked on marks
    height = height_mm(text, wish.floor_mm, wish.weight, wish.style)
    return TooLargeError(wish.field, height, wish.area.height_mm, in_height=True)


def fits(wish: Wish, text: str) -> bool:
    """Whether the whole text fits, shrunk down to the floor if need be."""
    return largest(wish, checked(wish, text)) >= wish.floor_mm


def shortened(wish: Wish, text: str) -> Text:
    """Return the text, shrunk to the floor, then cut at its end with an ellipsis."""
    drawable = checked(wish, text)
    parts = clusters(drawable)
    return _longest(wish, drawable, len(parts), lambda kept: "".join(parts[:kept]).rstrip(" ,-") + ELLIPSIS)


def person_name(wish: Wish, family: str, given: str) -> Text:
    """``Family, Given``, shrunk to the floor; then the given names are cut to an initial, then the family name."""
    family, given = checked(wish, family), checked(wish, given)
    whole = f"{family}, {given}" if family and given else family or given
    first, last = clusters(family), clusters(given)
    if not (first and last):
        return shortened(wish, whole)

    def name(kept: int) -> str:
        """Return the name with ``kept`` characters: all of the family name before more than an initial of the given."""
        if kept <= len(first):
            return f"{_cut(first, kept)}, {_cut(last, 1)}"
        return f"{family}, {_cut(last, kept - len(first))}"

    return _longest(wish, whole, len(first) + len(last), name)


def listed(wish: Wish, items: Sequence[str]) -> Text:
    """Return the items with blanks between; those that do not fit are counted: ``CBC BMP +3``."""
    drawable = [checked(wish, item) for item in items]
    total = len(drawable)
    return _longest(wish, " ".join(drawable), total, lambda kept: " ".join([*drawable[:kept], f"+{total - kept}"]), 0)


def largest(wish: Wish, text: str) -> float:
    """Return the largest size up to the wished one at which the text stays inside its area, in mm."""
    height = height_mm(text, 1, wish.weight, wish.style)
    width = width_mm(text, 1, wish.weight)
    return min(wish.size_mm, wish.area.height_mm / height, wish.room_mm / width if width else wish.size_mm)


def height_mm(text: str, size_mm: float, weight: Weight, style: Style = Style.PLAIN) -> float:
    """Return the height of the lowest area that holds the text at a size, in mm."""
    shaped = line(text, weight)
    if style is Style.PLAIN:
        return size_mm * (max(shaped.ascent * EM, CAPITAL) + shaped.descent * EM)
    return size_mm * (CAPITAL + 2 * max(shaped.ascent * EM - CAPITAL, shaped.descent * EM, 0.1))


def width_mm(text: str, size_mm: float, weight: Weight) -> float:
    """Return the widest that any of our tongues draws the text."""
    own = line(text, weight).width * EM
    return size_mm * max(own, resident.bound(text) or 0.0)


def baseline_mm(text: Text) -> float:
    """Where the text stands, from the top of the label: low in its area, lower if it is tall; in the middle of a box."""
    if text.style is Style.PLAIN:
        shaped = line(text.text, text.weight)
        usual = text.area.bottom_mm - DESCENT * text.size_mm
        highest = text.area.y_mm + max(shaped.ascent * EM, CAPITAL) * text.size_mm
        return min(max(usual, highest), text.area.bottom_mm - shaped.descent * EM * text.size_mm)
    return text.area.y_mm + (text.area.height_mm + CAPITAL * text.size_mm) / 2


def checked(wish: Wish, text: str) -> str:
    """Return the text cleaned, symbols that no font has replaced; raises ``FitError`` for a letter that no font has."""
    try:
        return visible(clean(text), wish.weight)
    except UndrawableError as error:
        raise UndrawableTextError(wish.field, error.char, error.missing) from None


def _cut(parts: Sequence[str], kept: int) -> str:
    """Return the first characters with the mark, or all of them without."""
    return "".join(parts) if kept >= len(parts) else "".join(parts[:kept]).rstrip(" ,-") + ELLIPSIS


def _longest(wish: Wish, whole: str, length: int, cut: Callable[[int], str], fewest: int = 1) -> Text:
    """Return the whole text if it can shrink to fit, else the longest of the shorter ones that fits at the floor."""
    if fits(wish, whole):
        return fitted(wish, whole)
    kept = range(fewest, length)
    fitting = bisect_left(kept, True, key=lambda number: largest(wish, cut(number)) < wish.floor_mm)  # noqa: FBT003
    return fitted(wish, cut(fewest + max(fitting - 1, 0)))
