"""A label of practice says so on every stock, and no other label does."""

import pytest

from printers.label import Text, Use
from printers.stocks import STOCKS
from specimen_service.labels.tube import TubeText, tube_label

TUBES = [stock for stock in STOCKS.values() if stock.use is Use.TUBE]
PLAIN = TubeText(
    "100000000420",
    "FEATHERSTONEHAUGH",
    "Maximiliana",
    "P100001",
    "14 MAR 1984",
    "F",
    "21 NOV 2026 09:15",
    "21NOV26 09:15",
    "A. Okoye",
    "Lavender EDTA 3 mL",
    ("CBC", "HBA1C"),
    training=True,
)


def marks(label):
    return [one.text for one in label.elements if isinstance(one, Text) and one.field == "training"]


@pytest.mark.parametrize("stock", TUBES, ids=lambda stock: stock.name)
@pytest.mark.parametrize(
    "more", [{}, {"priority": "STAT", "handling": "REF LIGHT", "source": "L forearm"}, {"temporary": True}]
)
def test_no_practice_label_can_pass_for_a_real_one(stock, more):
    practice = TubeText(**{name: getattr(PLAIN, name) for name in PLAIN.__slots__} | more)
    assert marks(tube_label(practice, stock))[0] in {"TRAINING", "TRAIN"}


@pytest.mark.parametrize("stock", TUBES, ids=lambda stock: stock.name)
def test_a_real_label_says_nothing_of_training(stock):
    real = TubeText(**{name: getattr(PLAIN, name) for name in PLAIN.__slots__} | {"training": False})
    assert marks(tube_label(real, stock)) == []
