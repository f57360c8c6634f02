"""What the printers package says is told again in the language of the site, and in English word for word as it was said."""

import ast
import gettext
import inspect
from datetime import UTC, datetime, timedelta

import pytest

from printers import declared, errors, http_ledger, printer
from printers.fit import FitError, TooLargeError, UndrawableTextError
from printers.label import Label
from printers.sheets import PositionError, StockError
from printers.status import Condition
from printers.stocks import SHEETS, STOCKS
from printers.symbology import SymbolError, encode
from specimen_service.kernel.language import speaking
from specimen_service.labels.fit_words import fault_of, sheet_fault, symbol_fault
from specimen_service.labels.lateness import Waiting, too_late
from specimen_service.labels.printer_words import told
from specimen_service.labels.rules import over_limit
from specimen_service.labels.tube import TubeText, tube_label

DEVICE = "tcp://10.0.0.7:9100"
TROUBLES = (
    errors.DeviceMissingError(DEVICE),
    errors.DeviceForbiddenError("/dev/usb/lp0"),
    errors.DeviceBusyError("/dev/usb/lp0"),
    errors.WrongDeviceError("/dev/null", "serial device"),
    errors.UnreachableError(DEVICE, "Connection refused"),
    errors.DeviceLostError(DEVICE, "the other side closed it"),
    errors.WrongLanguageError(DEVICE),
    errors.WrongResolutionError(DEVICE, 203, 300),
)
SHEET = next(iter(SHEETS.values()))
STOCK = next(iter(STOCKS.values()))


class Loud(gettext.NullTranslations):
    """A language in which everything stands in brackets."""

    def gettext(self, message: str) -> str:
        """Put a sentence in brackets."""
        return f"[{message}]"


def said_by(module):
    """Every sentence that a module's functions put together, its values as X."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "X" for part in node.values)


def details():
    """Every detail of a result or a report."""
    yield from (one.sentence for one in Condition)
    yield from map(str, TROUBLES)
    yield from (f"{one} {printer.LOOK}" for one in TROUBLES)
    yield from (one for one in said_by(printer) if one.endswith(".") and "X. X" not in one)
    yield from (f"X {one}. {printer.LOOK}" for one in said_by(printer) if one.startswith(("took ", "did not take ")))
    yield f"X took the label and does not confirm that it came out. {printer.LOOK}"
    yield f"X was not waited for any longer. {printer.LOOK}"
    yield f"{DEVICE} takes no data. {Condition.NOT_ANSWERING.sentence}"
    yield from (one for one in said_by(declared) if one.startswith("Label length"))
    yield "The printer confirms that the label came out."
    yield http_ledger.NO_ANSWER


@pytest.mark.parametrize("detail", sorted(set(details())))
def test_what_a_driver_says_is_told_again_whole_and_word_for_word(detail):
    assert told(detail) == detail
    with speaking(Loud()):
        loud = told(detail)
    assert loud.replace("[", "").replace("]", "") == detail
    assert (loud[0], loud[-1]) == ("[", "]")


def test_every_trouble_of_a_printer_is_among_them():
    assert {type(one) for one in TROUBLES} == set(errors.PrinterError.__subclasses__()) - {errors.BadPrinterUrlError}


@pytest.mark.parametrize("detail", ["", "Somebody else's sentence. With another.", "50 % is left"])
def test_what_nobody_knows_stays_as_it_came(detail):
    with speaking(Loud()):
        assert told(detail) == detail


def refusals():
    """What printers refuses to lay out, each with its own sentence."""
    yield TooLargeError("mrn", 40.04, 20.0, in_height=False), fault_of
    yield TooLargeError("band_number", 4.0, 2.0, in_height=True), fault_of
    yield UndrawableTextError("name", "ꙮ", "specimen-service[fonts]"), fault_of
    yield PositionError(SHEET, 99), sheet_fault
    yield StockError(SHEET, Label(STOCK, ())), sheet_fault


@pytest.mark.parametrize(("error", "say_it"), list(refusals()), ids=lambda one: type(one).__name__)
def test_a_refusal_of_the_layout_is_said_in_english_as_the_printers_say_it(error, say_it):
    assert say_it(error) == str(error)
    with speaking(Loud()):
        assert say_it(error).startswith("[")


def test_a_label_that_lacks_something_says_so_in_the_language_of_the_site():
    text = TubeText(number="100000000017", family_name="Rivera", given_name="Ana", birth_date="14 MAR 1984")
    with speaking(Loud()), pytest.raises(FitError) as refused:
        tube_label(text, STOCKS["2x1in"])
    with speaking(Loud()):
        assert fault_of(refused.value) == (
            "[The label's [MRN] [is missing]. [Record it first, or mark the patient's identity as temporary.]]"
        )


@pytest.mark.parametrize("value", ["a", "", "1" * 41])
def test_why_a_number_is_no_barcode_is_said_in_the_language_of_the_site(value):
    with pytest.raises(SymbolError) as refused:
        encode(value)
    assert symbol_fault(refused.value) == refused.value.problem
    with speaking(Loud()):
        assert symbol_fault(refused.value) == f"[{refused.value.problem}]"


def test_rules_are_said_when_they_speak_and_not_before():
    limit, since = over_limit(2), datetime(2026, 11, 21, 8, tzinfo=UTC)
    waiting = Waiting(since, sitting_is_open=False, next_patient_at=None, printer_failed_at=None)
    with speaking(Loud()):
        assert limit.message.startswith("[This label was printed again 2 times already.")
        assert (too_late(waiting, since + timedelta(hours=1)) or "").startswith("[It waited longer than 5 minutes")
