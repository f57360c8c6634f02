"""What was declared of a printer, held against what it says: rolls that would be spoilt, and dots of another size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printers.declared import Declared, contradiction, judged
from printers.status import Condition, HostStatus, Identity
from printers.stocks import STOCKS


def reporting(length_mm, dpi=203, **flags):
    names = dict.fromkeys(HostStatus.__dataclass_fields__, False)
    numbers = {"label_length": round(length_mm / 25.4 * dpi), "formats_waiting": 0, "labels_remaining": 0}
    return HostStatus(**{**names, **numbers, **flags})


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("stock", STOCKS.values(), ids=lambda stock: stock.name)
@pytest.mark.parametrize("gap", [-1, 0, 2, 3, 4])
def test_every_stock_is_known_by_its_length_with_or_without_the_gap(stock, dpi, gap):
    declared = Declared.holding(stock, dpi)
    assert judged(reporting(declared.length_mm + gap, dpi), declared).condition is Condition.READY


@pytest.mark.parametrize(
    ("loaded", "declared"), [(31.75, 25.4), (25.4, 31.75), (12.7, 25.4), (20, 25.4), (279.4, 25.4)]
)
def test_a_roll_of_another_length_is_told(loaded, declared):
    verdict = judged(reporting(loaded), Declared(203, "2x1in", declared))
    assert verdict.condition is Condition.WRONG_ROLL
    assert verdict.sentence.startswith("Label length is ")


@pytest.mark.parametrize("length", [0, 3, 1200])
def test_a_length_that_no_label_has_was_never_measured(length):
    assert judged(reporting(length), Declared(203, "2x1in", 25.4)).condition is Condition.READY


@given(st.floats(0, 2000), st.sampled_from(list(STOCKS.values())))
def test_nothing_but_a_ready_printer_is_called_wrong_for_its_roll(length, stock):
    declared = Declared.holding(stock, 203)
    assert judged(reporting(length, head_open=True), declared).condition is Condition.LID_OPEN
    assert judged(reporting(length), None).condition is Condition.READY


@pytest.mark.parametrize(("dpi", "dots"), [(203, 8), (300, 12), (600, 24)])
def test_the_dots_declared_are_those_the_printer_says(dpi, dots):
    assert contradiction(Identity("ZTC", "V1", dots, 1), Declared(dpi), "chair-1") is None
    assert contradiction(None, Declared(dpi), "chair-1") is None
    for other in {6, 8, 12, 24} - {dots}:
        error = contradiction(Identity("ZTC", "V1", other, 1), Declared(dpi), "chair-1")
        assert f"declared with {dpi}" in str(error)
