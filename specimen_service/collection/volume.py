"""How much blood a child may give in a day: a site's policy, since published limits differ (1.7 mL a kilogram is one)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from specimen_service.catalog.queries import ContainerRow
from specimen_service.collection.rules import NOT_BLOOD
from specimen_service.kernel.language import say

LIGHTEST_KG, HEAVIEST_KG = 0.3, 200.0
"""A weight outside these is a slip of the finger."""


@dataclass(frozen=True)
class Band:
    """A range of weights whose children may all give so much in a day; both ends are in it."""

    from_kg: float
    up_to_kg: float
    ml: float


@dataclass(frozen=True)
class Excess:
    """More blood than a child of this weight may give today; volumes in millilitres."""

    planned_ml: float
    collected_ml: float
    """What was collected in the last 24 hours already."""
    weight_kg: float
    limit_ml: float

    @property
    def total_ml(self) -> float:
        """What the child would have given within 24 hours after this draw."""
        return _rounded(self.planned_ml + self.collected_ml)

    @property
    def total(self) -> str:
        """That volume as people read it."""
        return decimal(self.total_ml)

    @property
    def collected(self) -> str:
        """What was collected already, as people read it."""
        return decimal(self.collected_ml)

    @property
    def weight(self) -> str:
        """What the child weighs, as people read it."""
        return decimal(self.weight_kg)

    @property
    def sentence(self) -> str:
        """What the page says, in the words of the message table."""
        return say(
            "%(planned)s mL planned; limit today for %(weight)s kg is %(limit)s mL. "
            "Remove or shrink tubes, or get approval.",
            planned=decimal(self.planned_ml),
            weight=self.weight,
            limit=decimal(self.limit_ml),
        )


def daily_limit(weight_kg: float, bands: Iterable[Band], ml_per_kg: float) -> float | None:
    """Return how many millilitres a child of this weight may give in a day; None: the site sets no limit for it.

    The first band that fits, from the lightest up, goes before the millilitres a kilogram (0: none), which hold between bands.
    """
    band = next((one for one in bands if one.from_kg <= weight_kg <= one.up_to_kg), None)
    if band is not None:
        return band.ml
    return _rounded(weight_kg * ml_per_kg) if ml_per_kg else None


def excess(
    planned: Iterable[float], collected_ml: float, weight_kg: float, limit_ml: float, approved_ml: float | None
) -> Excess | None:
    """Tell by how much a draw is over the day's limit; None: it is not, or a supervisor approved so much."""
    planned_ml = _rounded(sum(planned))
    found = Excess(planned_ml, _rounded(collected_ml), weight_kg, limit_ml)
    allowed = max(limit_ml, approved_ml or 0.0)
    return found if planned_ml and found.total_ml > allowed else None


def is_child(birth_date: date | None, today: date, under_years: int) -> bool:
    """Tell whether somebody is younger than so many years; of whom nobody knows the age, it is not said."""
    if birth_date is None:
        return False
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return today.year - birth_date.year - (not had_birthday) < under_years


def smaller(container: ContainerRow, offered: Iterable[ContainerRow]) -> list[ContainerRow]:
    """Return the containers with less of the same additive that may take its place, the largest first."""
    same = [one for one in offered if one.volume_ml and _alike(one) == _alike(container)]
    less = [one for one in same if (one.volume_ml or 0) < (container.volume_ml or 0) and one.draw_order < NOT_BLOOD]
    return sorted(less, key=lambda one: -(one.volume_ml or 0))


def read_weight(text: str) -> float | None:
    """Read a weight in kilograms, written with a point or a comma; None: it is none."""
    try:
        weight = round(float(text.replace(",", ".")), 3)
    except ValueError:
        return None
    return weight if LIGHTEST_KG <= weight <= HEAVIEST_KG else None


def decimal(value: float) -> str:
    """Write a volume or weight with one decimal, and with more only where it has more: `4.0`, `6.85`."""
    written = f"{value:.3f}".rstrip("0")
    return f"{written}0" if written.endswith(".") else written


def _alike(one: ContainerRow) -> tuple[str, str, bool, bool]:
    # The code alone is not enough: EDTA with gel, or a tube for transfusion, is another tube.
    return one.additive, one.additive_name, one.relabel, one.own_barcode


def _rounded(volume: float) -> float:
    """Cut what binary fractions add: 2.7 + 3.5 + 3.0 are 9.2 and not more."""
    return round(volume, 2)
