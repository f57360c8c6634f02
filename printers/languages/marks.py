"""Words laid across a picture of a label that is not the label: a copy, or practice."""

import math
from dataclasses import dataclass
from enum import StrEnum

from printers.fonts import line
from printers.label import Weight

COLOUR = (200, 30, 30)
OPACITY = 0.45
_SHARE = 0.8
_HEIGHT_SHARE = 0.6


class Mark(StrEnum):
    """What the words say."""

    COPY = "COPY"
    TRAINING = "TRAINING"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A mark placed on a page: its middle, its em in dots, its slope upwards in degrees."""

    text: str
    x: float
    y: float
    em: float
    slope: float


def stamp(mark: Mark, width: int, height: int) -> Stamp:
    """Return the mark along the page's rising diagonal, as large as the page allows."""
    shaped = line(mark, Weight.BOLD)
    slope = math.atan2(height, width) * 0.6
    em = min(_SHARE * width / math.cos(slope) / shaped.width, _HEIGHT_SHARE * height)
    return Stamp(mark, width / 2, height / 2, em, math.degrees(slope))
