from dataclasses import replace

import pytest

from printers.label import Area, Box, Code128, Label, Style, Text
from printers.languages import render
from printers.languages.drawing import ResolutionError
from printers.preflight import Fault, LayoutError, findings
from printers.stocks import STOCKS

STOCK = STOCKS["2x1in"]
BARS = Code128("barcode", "100000000420", Area(0, 8, 35.7, 10))
NAME = Text("name", "Rivera", Area(1, 1, 40, 5), 4)


def faults(*elements, dpi=203):
    return {(finding.fault, finding.field) for finding in findings(Label(STOCK, elements), dpi)}


@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_a_sound_layout_has_no_findings_on_any_printer(dpi):
    assert faults(NAME, BARS, dpi=dpi) == set()


@pytest.mark.parametrize(
    ("element", "fault"),
    [
        (replace(NAME, area=Area(20, 1, 31, 5)), Fault.OUTSIDE),
        (replace(NAME, area=Area(-1, 1, 31, 5)), Fault.OUTSIDE),
        (Box("name", Area(1, 20, 5, 6)), Fault.OUTSIDE),
        (replace(NAME, text="Rivera " * 9), Fault.TEXT_TOO_LARGE),
        (replace(NAME, area=Area(1, 1, 40, 3)), Fault.TEXT_TOO_LARGE),
        (replace(NAME, area=Area(1, 1, 10, 5), style=Style.REVERSED), Fault.TEXT_TOO_LARGE),
        (replace(NAME, size_mm=1.9), Fault.ILLEGIBLE),
        (replace(NAME, text="\U00020000"), Fault.UNDRAWABLE),
        (replace(BARS, value="12a4"), Fault.BARCODE),
        (replace(BARS, area=Area(0, 8, 35.7, 9.9)), Fault.BAR_HEIGHT),
        (replace(BARS, area=Area(0, 8, 35.0, 10)), Fault.QUIET_ZONE),
        (replace(BARS, quiet_mm=4.9), Fault.QUIET_ZONE),
        (replace(BARS, module_mm=0.1), Fault.MODULE_WIDTH),
    ],
)
def test_each_fault_of_a_layout_is_found_where_it_is(element, fault):
    assert (fault, element.field) in faults(element)


def test_two_elements_that_overlap_are_both_named():
    assert (Fault.OVERLAP, "barcode and name") in faults(BARS, replace(NAME, area=Area(30, 5, 20, 5)))


def test_nothing_may_stand_in_a_quiet_zone():
    assert (Fault.OVERLAP, "barcode and name") in faults(BARS, replace(NAME, area=Area(32, 10, 15, 5)))


def test_a_module_that_the_dots_of_a_printer_cannot_make_is_found():
    assert (Fault.MODULE_WIDTH, "barcode") in faults(BARS, dpi=40)


@pytest.mark.parametrize("language", ["zpl", "pdf", "svg", "png"])
@pytest.mark.parametrize("dpi", [0, -203, 150, 204, 1200])
def test_dots_that_no_printer_has_are_refused_in_one_sentence(language, dpi):
    with pytest.raises(ResolutionError) as caught:
        render(Label(STOCK, (NAME, BARS)), language, dpi)
    assert str(caught.value) == f"Labels are drawn for 203, 300, 600 dots an inch, not for {dpi}."


@pytest.mark.parametrize("language", ["zpl", "pdf", "svg", "png"])
def test_no_language_says_a_label_with_findings(language):
    with pytest.raises(LayoutError, match="name: text larger than its area"):
        render(Label(STOCK, (replace(NAME, text="Rivera " * 9), BARS)), language)
