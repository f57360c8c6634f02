"""What a label is: a stock, and elements that each own an area of it, in millimetres from the top left corner."""

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class LabelError(ValueError):
    """A label that is not one: ``path`` names the faulty part, ``problem`` says what is wrong with it."""

    def __init__(self, path: str, problem: str) -> None:
        """Keep where and what; the message is both."""
        self.path = path
        self.problem = problem
        super().__init__(f"{path}: {problem}")


class Align(StrEnum):
    """Where a text stands between the left and right edges of its area."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Weight(StrEnum):
    """How heavy a text is drawn, where the font gives a choice (a printer's resident font does not)."""

    REGULAR = "regular"
    BOLD = "bold"


class Style(StrEnum):
    """How a text stands on its area: on blank paper, white on black, or inside a frame."""

    PLAIN = "plain"
    REVERSED = "reversed"
    FRAMED = "framed"


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in millimetres; y grows downwards."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float

    def __post_init__(self) -> None:
        """Refuse numbers that are not finite, and rectangles without a size."""
        if not all(math.isfinite(n) for n in (self.x_mm, self.y_mm, self.width_mm, self.height_mm)):
            raise LabelError("area", "every number must be finite")
        if self.width_mm <= 0 or self.height_mm <= 0:
            raise LabelError("area", "width_mm and height_mm must be more than 0")

    @property
    def right_mm(self) -> float:
        """The right edge."""
        return self.x_mm + self.width_mm

    @property
    def bottom_mm(self) -> float:
        """The lower edge."""
        return self.y_mm + self.height_mm

    def overlaps(self, other: "Area", slack_mm: float = 0.01) -> bool:
        """Whether both share more than ``slack_mm``; touching edges do not overlap."""
        return (
            self.right_mm - other.x_mm > slack_mm
            and other.right_mm - self.x_mm > slack_mm
            and self.bottom_mm - other.y_mm > slack_mm
            and other.bottom_mm - self.y_mm > slack_mm
        )

    def holds(self, other: "Area", slack_mm: float = 0.01) -> bool:
        """Whether the other area lies inside this one, but for ``slack_mm``."""
        return (
            other.x_mm >= self.x_mm - slack_mm
            and other.y_mm >= self.y_mm - slack_mm
            and other.right_mm <= self.right_mm + slack_mm
            and other.bottom_mm <= self.bottom_mm + slack_mm
        )


class Use(StrEnum):
    """What a stock is made to be put on."""

    TUBE = "tube"
    WRIST = "wrist"


@dataclass(frozen=True, slots=True)
class Stock:
    """Blank labels as bought: the size of one as it is read, and the rim on which a print may be lost to drift.

    ``ends_mm`` at both sides hold no print (a band's clasp and tongue). ``turned`` stock runs through the printer
    sideways: what is read along its width comes out along the roll.
    """

    name: str
    width_mm: float
    height_mm: float
    margin_mm: float = 0.7
    use: Use = Use.TUBE
    ends_mm: float = 0.0
    turned: bool = False

    @property
    def area(self) -> Area:
        """All of the label."""
        return Area(0, 0, self.width_mm, self.height_mm)


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text inside its area. ``size_mm`` counts as ZPL does: capitals are three quarters of it."""

    kind: ClassVar[str] = "text"
    field: str
    text: str
    area: Area
    size_mm: float
    weight: Weight = Weight.REGULAR
    align: Align = Align.LEFT
    style: Style = Style.PLAIN

    def __post_init__(self) -> None:
        """Refuse what no printer may ever see: control characters and halves of characters."""
        if not (math.isfinite(self.size_mm) and self.size_mm > 0):
            raise LabelError("size_mm", "must be more than 0")
        for char in self.text:
            if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}:
                raise LabelError("text", f"holds the control character U+{ord(char):04X}")


@dataclass(frozen=True, slots=True)
class Box:
    """A black rectangle: a line to write on, or a bar."""

    kind: ClassVar[str] = "box"
    field: str
    area: Area


@dataclass(frozen=True, slots=True)
class Code128:
    """A Code 128 barcode. Its area includes both quiet zones; the bars start ``quiet_mm`` from the left edge."""

    kind: ClassVar[str] = "code128"
    field: str
    value: str
    area: Area
    module_mm: float = 0.25
    quiet_mm: float = 5.0

    def __post_init__(self) -> None:
        """Refuse bars without a width and quiet zones below none."""
        if not (math.isfinite(self.module_mm) and self.module_mm > 0):
            raise LabelError("module_mm", "must be more than 0")
        if not (math.isfinite(self.quiet_mm) and self.quiet_mm >= 0):
            raise LabelError("quiet_mm", "must not be less than 0")


@dataclass(frozen=True, slots=True)
class DataMatrix:
    """A square Data Matrix (ECC 200) in the middle of its area, which includes its quiet zone."""

    kind: ClassVar[str] = "datamatrix"
    field: str
    value: str
    area: Area
    module_mm: float = 0.375

    def __post_init__(self) -> None:
        """Refuse modules without a width."""
        if not (math.isfinite(self.module_mm) and self.module_mm > 0):
            raise LabelError("module_mm", "must be more than 0")


Barcode = Code128 | DataMatrix
Element = Text | Box | Barcode
KINDS: Mapping[str, type[Element]] = {element.kind: element for element in (Text, Box, Code128, DataMatrix)}


@dataclass(frozen=True, slots=True)
class Label:
    """A stock and what stands on it: everything a printer's language needs."""

    stock: Stock
    elements: tuple[Element, ...]

    @property
    def texts(self) -> Mapping[str, str]:
        """What the label says, by field, lines of one field joined: the snapshot to keep of a printed label."""
        said: dict[str, str] = {}
        for element in self.elements:
            if not isinstance(element, Box):
                words = element.text if isinstance(element, Text) else element.value
                said[element.field] = f"{said[element.field]} {words}" if element.field in said else words
        return said
