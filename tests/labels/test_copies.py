"""Pictures of labels in ZPL, upright and turned, with bars and with a Data Matrix: they say COPY and still scan."""

from dataclasses import replace

import pytest
import zxingcpp

from printers.label import Stock
from printers.languages import Language, render
from printers.stocks import STOCKS
from specimen_service.labels.layout import stamped_zpl
from specimen_service.labels.tube import TubeText, tube_label
from tests.printers.renderers import by_zplkit

TEXT = TubeText(
    number="104753634015",
    family_name="Garcia",
    given_name="Maria",
    mrn="4400107",
    birth_date="14 MAR 1984",
    collected="21 NOV 2026 22:08",
    collected_short="21NOV26 22:08",
    collector="Amara Okafor",
    container="Lavender EDTA",
    tests=("CBC",),
)


def seen(zpl: bytes, stock: Stock):
    """The label as it is read, two pixels a dot."""
    width, height = (round(length / 25.4 * 203) for length in (stock.width_mm, stock.height_mm))
    across = (height, width) if stock.turned else (width, height)
    image = by_zplkit(zpl, *across).convert("L")
    upright = image.rotate(90, expand=True) if stock.turned else image
    return upright.resize((2 * upright.width, 2 * upright.height))


@pytest.mark.parametrize("name", ["2x1in", "45x20mm", "1.2x0.85in", "1x0.5in"])
def test_a_copy_is_marked_at_the_same_place_on_turned_stock_and_still_scans(name):
    upright, turned = (replace(STOCKS[name], turned=turned) for turned in (False, True))
    marks = []
    for stock in (upright, turned):
        label = tube_label(TEXT, stock)
        copy, plain = seen(stamped_zpl(label), stock), seen(render(label, Language.ZPL, 203), stock)
        assert [code.text for code in zxingcpp.read_barcodes(copy)] == [TEXT.number]
        changed = [x != y for x, y in zip(copy.tobytes(), plain.tobytes(), strict=True)]
        columns = [place % copy.width for place, differs in enumerate(changed) if differs]
        rows = [place // copy.width for place, differs in enumerate(changed) if differs]
        marks.append((min(columns), min(rows), max(columns), max(rows)))
    assert marks[0] == pytest.approx(marks[1], abs=12)
