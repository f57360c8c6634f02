"""Why a label cannot be laid out, in the site's language: the `printers` package knows the facts and only English (pure)."""

from printers.fit import FitError, TooLargeError, UndrawableTextError
from printers.label import LabelError
from printers.sheets import PositionError, SheetError, StockError
from printers.symbology import SymbolError
from specimen_service.kernel.language import say, to_say

TOO_WIDE = to_say("does not fit: at the smallest legible size it needs %(needed).1f mm and has %(room).1f mm")
TOO_WIDE_TOGETHER = to_say(
    "does not fit: at the smallest legible size it needs %(needed).1f mm with what stands beside it "
    "and has %(room).1f mm"
)
TOO_HIGH = to_say("does not fit: at the smallest legible size it needs %(needed).1f mm in height and has %(room).1f mm")
SHORTEN = to_say("Use larger labels, or shorten it where it is recorded.")
_FIELDS = {
    "band_number": to_say("band number"),
    "barcode": to_say("barcode"),
    "barcode_text": to_say("barcode text"),
    "birth_date": to_say("birth date"),
    "chair": to_say("chair"),
    "collected": to_say("collected"),
    "collector": to_say("collector"),
    "container": to_say("container"),
    "handling": to_say("handling"),
    "identity": to_say("identity"),
    "mrn": to_say("MRN"),
    "name": to_say("name"),
    "number": to_say("number"),
    "priority": to_say("priority"),
    "series": to_say("series"),
    "source": to_say("source"),
    "stock": to_say("stock"),
    "tests": to_say("tests"),
    "training": to_say("training"),
    "tube": to_say("tube"),
}
_SYMBOL_FAULTS = (
    to_say("may hold 1 to 40 digits, capital letters A to Z and hyphens only"),
    to_say("came out as other bars than asked for"),
    to_say("came out as another symbol than asked for"),
)
"""What `SymbolError` says of a number that we encode."""


def fault_of(error: FitError | LabelError) -> str:
    """Say why a label was not laid out, and what to do."""
    if isinstance(error, LabelError):
        return str(error)  # a fault of the layout itself, which only its programmer can mend
    problem, remedy = _parts(error)
    field = say(_FIELDS[error.field]) if error.field in _FIELDS else error.field.replace("_", " ")
    return say("The label's %(field)s %(problem)s. %(remedy)s", field=field, problem=problem, remedy=remedy)


def symbol_fault(error: SymbolError) -> str:
    """Say why a number cannot become a barcode, as a clause."""
    return say(error.problem) if error.problem in _SYMBOL_FAULTS else error.problem


def sheet_fault(error: SheetError) -> str:
    """Say why labels cannot be printed on a sheet as asked, and what to do."""
    if isinstance(error, PositionError):
        return say(
            "Position %(position)s is not on the sheet %(sheet)s: start at one from 1 to %(last)s.",
            position=error.position,
            sheet=error.sheet.name,
            last=error.sheet.positions,
        )
    if isinstance(error, StockError):
        return say(
            "The sheet %(sheet)s holds labels of %(stock)s and this one is laid out for %(other)s: "
            "lay it out for %(stock)s, or choose another sheet.",
            sheet=error.sheet.name,
            stock=error.sheet.stock.name,
            other=error.label.stock.name,
        )
    return str(error)


def _parts(error: FitError) -> tuple[str, str]:
    """Return problem and remedy; those of this slice are said already."""
    if isinstance(error, TooLargeError):
        return say(TOO_HIGH if error.in_height else TOO_WIDE, needed=error.needed_mm, room=error.room_mm), say(SHORTEN)
    if isinstance(error, UndrawableTextError):
        return (
            say("holds the character %(character)s, which no installed font can draw", character=error.character),
            say("Install the fonts for more scripts (%(missing)s).", missing=error.missing),
        )
    return error.problem, error.remedy
