"""What the configuration says of printing, and how a fault in it is named."""

import pytest

from specimen_service.kernel.errors import SetupError
from tests.labels.bench import settings

PRINTER = {"name": "chair-1", "url": "tcp://127.0.0.1:9"}
PLACE = {"location": [{"name": "Clinic"}]}


def chairs(**printers):
    return PLACE | {"station": [{"name": name, "location": "Clinic", "printer": one} for name, one in printers.items()]}


@pytest.mark.parametrize("fallback", ["chair-1", "chair-9"])
def test_a_printer_falls_back_on_another_declared_one(fallback):
    with pytest.raises(SetupError, match=r"printer\.0\.fallback"):
        settings([PRINTER | {"fallback": fallback}])


def test_a_printer_and_a_station_may_fall_back_on_the_page():
    site = settings([PRINTER | {"fallback": "browser"}], **chairs(a="browser"))
    assert site.printer[0].fallback == "browser"


def test_no_device_takes_the_name_of_the_page():
    with pytest.raises(SetupError, match="printing from a page"):
        settings([PRINTER | {"name": "browser"}])


def test_an_unknown_sheet_is_named_with_those_there_are():
    with pytest.raises(SetupError, match=r"labels\.sheet .*a4-3x7"):
        settings(labels={"sheet": "a4-9x9"})


@pytest.mark.parametrize(
    ("printers", "stations", "says"),
    [
        ([PRINTER], {"a": "chair-1"}, False),
        ([PRINTER | {"shared": True}], {"a": "chair-1"}, True),
        ([PRINTER], {"a": "chair-1", "b": "chair-1"}, True),
        ([PRINTER, PRINTER | {"name": "chair-2"}], {"a": "chair-2"}, True),
    ],
)
def test_a_label_says_its_chair_where_other_chairs_labels_may_lie_beside_it(printers, stations, says):
    assert settings(printers, **chairs(**stations)).says_chair("a", "chair-1") is says
