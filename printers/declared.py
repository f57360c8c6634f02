"""What the configuration says of a printer, held against what the printer says of itself (pure; lengths in mm).

Zebra's `~HS` reports the length that the printer measured when it was calibrated: from the edge of one label to that of
the next, the gap of 2 to 4 mm included, and often less than the label where the sensor sees the edge early. A length of
nothing, and one that no label has, are those of printers that have measured nothing.
"""

from dataclasses import dataclass
from typing import Self

from printers.errors import WrongResolutionError
from printers.label import Stock
from printers.status import Condition, HostStatus, Identity

SHORTER_MM, LONGER_MM, SHARE = 2.0, 4.5, 0.02
"""How far a measured length may be from the stock's: what the sensor misses, the gap, or a share of a long label."""
MEASURED_MM = (6.0, 1000.0)
"""Lengths outside are not measured ones."""
_MM_PER_INCH = 25.4
_DOTS_PER_MM = {152: 6, 203: 8, 300: 12, 600: 24}


@dataclass(frozen=True)
class Declared:
    """Dots an inch, the stock by name, and how long one label of it is; a length of None is not checked."""

    dpi: int
    stock: str = ""
    length_mm: float | None = None

    @classmethod
    def holding(cls, stock: Stock, dpi: int) -> Self:
        """Return what is declared of a printer that holds a stock."""
        return cls(dpi, stock.name, stock.width_mm if stock.turned else stock.height_mm)


@dataclass(frozen=True)
class Verdict:
    """What is the matter with a printer, and the sentence for people."""

    condition: Condition
    sentence: str


def judged(status: HostStatus, declared: Declared | None) -> Verdict:
    """Judge a status: what the printer reports, or a roll that it would spoil with our labels."""
    condition = status.condition
    if condition is Condition.READY and declared is not None and declared.length_mm is not None:
        measured = status.label_length / declared.dpi * _MM_PER_INCH
        if not _is_alike(measured, declared.length_mm):
            return Verdict(Condition.WRONG_ROLL, _wrong_roll(measured, declared))
    return Verdict(condition, condition.sentence)


def contradiction(identity: Identity | None, declared: Declared | None, device: str) -> WrongResolutionError | None:
    """Return what is wrong where a printer says that it prints other dots than those declared; None where it does not."""
    if identity is None or declared is None:
        return None
    if _DOTS_PER_MM.get(declared.dpi, identity.dots_per_mm) != identity.dots_per_mm:
        says = next(dpi for dpi, dots in _DOTS_PER_MM.items() if dots == identity.dots_per_mm)
        return WrongResolutionError(device, declared.dpi, says)
    return None


def _is_alike(measured: float, length: float) -> bool:
    if not MEASURED_MM[0] <= measured <= MEASURED_MM[1]:
        return True
    slack = length * SHARE
    return length - max(SHORTER_MM, slack) <= measured <= length + max(LONGER_MM, slack)


def _wrong_roll(measured: float, declared: Declared) -> str:
    return (
        f"Label length is {measured:.0f} mm, this template needs {declared.length_mm:.0f} mm. "
        f"Load the {declared.stock or 'right'} roll or press Calibrate."
    )
