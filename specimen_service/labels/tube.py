"""What the label of a tube says: a name at the top left (CLSI AUTO12-A), identifiers that are never cut, one barcode."""

from collections.abc import Iterator
from dataclasses import dataclass

from printers.fit import FitError
from printers.label import Label, Stock, Style, Use, Weight
from printers.wording import clean
from specimen_service.kernel.language import say
from specimen_service.kernel.numbers import grouped
from specimen_service.labels.cells import Cell, Ending, drawable
from specimen_service.labels.engine import arranged

_PRIORITY_STYLES = {"STAT": Style.REVERSED, "ASAP": Style.FRAMED}
_BOXED = 0.75
"""The size of TEMP ID beside a name."""


@dataclass(frozen=True, slots=True)
class TubeText:
    """What a tube's label says, as people read it; empty where it does not apply.

    ``number`` is ours. ``barcode`` is another system's number: then it is the only barcode, and ours is text.
    An empty ``collected`` leaves a line to write on; ``collected_short`` says the same in fewer letters. ``tube`` of
    ``tubes`` counts the tubes of one sitting. ``chair`` is where a label belongs that a shared printer prints.
    ``training`` marks a label whose patient is invented: nobody must take it for a real one.
    """

    number: str
    family_name: str = ""
    given_name: str = ""
    mrn: str = ""
    birth_date: str = ""
    sex: str = ""
    collected: str = ""
    collected_short: str = ""
    collector: str = ""
    container: str = ""
    tests: tuple[str, ...] = ()
    priority: str = ""
    source: str = ""
    handling: str = ""
    series: str = ""
    tube: int = 1
    tubes: int = 1
    temporary: bool = False
    barcode: str = ""
    chair: str = ""
    training: bool = False


def tube_label(text: TubeText, stock: Stock) -> Label:
    """Lay the text out; raises ``FitError`` naming the first field that is missing or does not fit whole."""
    if stock.use is not Use.TUBE:
        raise FitError(
            "stock", say("%(stock)s is not for tubes", stock=stock.name), say("Print it on another printer.")
        )
    cells = {cell.field: cell for cell in map(drawable, (*_patient(text), *_specimen(text), *_collection(text)))}
    return arranged(stock, cells, text.barcode or text.number)


def identity_cells(
    family_name: str, given_name: str, mrn: str, birth_date: str, sex: str, *, temporary: bool
) -> Iterator[Cell]:
    """Yield who the patient is; only a temporary identity may lack an identifier, and the label says so."""

    def known(field: str, value: str, instead: str) -> str:
        if not clean(value) and not temporary:
            remedy = say("Record it first, or mark the patient's identity as temporary.")
            raise FitError(field, say("is missing"), remedy)
        return clean(value) or instead

    if clean(family_name) or clean(given_name):
        yield Cell("name", (family_name, given_name), Ending.NAME, Weight.BOLD)
    else:
        yield Cell("name", (known("name", "", "Name unknown"),), weight=Weight.BOLD)
    if temporary:
        yield Cell("identity", ("TEMP ID", "TEMP"), weight=Weight.BOLD, style=Style.REVERSED, scale=_BOXED)
    number = known("mrn", mrn, "unknown")
    yield Cell("mrn", (f"MRN {number}", number), weight=Weight.BOLD)
    born = f"{known('birth_date', birth_date, 'unknown')} {sex}".rstrip()
    yield Cell("birth_date", (f"DOB {born}", born) if clean(birth_date) else (f"DOB {born}",), weight=Weight.BOLD)


def _patient(text: TubeText) -> Iterator[Cell]:
    yield from identity_cells(
        text.family_name, text.given_name, text.mrn, text.birth_date, text.sex, temporary=text.temporary
    )


def _specimen(text: TubeText) -> Iterator[Cell]:
    if text.training:
        yield Cell("training", ("TRAINING", "TRAIN"), weight=Weight.BOLD, style=Style.REVERSED)
    number_weight = Weight.REGULAR if text.barcode else Weight.BOLD
    yield Cell("number", (grouped(text.number), text.number), weight=number_weight)
    if text.barcode:
        yield Cell("barcode_text", (text.barcode,), weight=Weight.BOLD)
    if text.priority:
        style = _PRIORITY_STYLES.get(text.priority, Style.PLAIN)
        yield Cell("priority", (text.priority,), weight=Weight.BOLD, style=style)
    for field, words in (("handling", text.handling), ("source", text.source), ("series", text.series)):
        if clean(words):
            yield Cell(field, (words,), weight=Weight.BOLD)
    if clean(text.container):
        yield Cell("container", (text.container,), Ending.CUT, Weight.BOLD)
    if text.tests:
        yield Cell("tests", text.tests, Ending.LISTED)
    if clean(text.chair):
        yield Cell("chair", (text.chair,), Ending.CUT)
    if text.tubes > 1 or clean(text.chair):
        yield Cell("tube", (f"{text.tube}/{text.tubes}",), weight=Weight.BOLD)


def _collection(text: TubeText) -> Iterator[Cell]:
    """Yield when and by whom it was collected, or lines to write that on."""
    if text.collected:
        yield Cell("collected", tuple(form for form in (text.collected, text.collected_short) if form))
    else:
        yield Cell("collected", ("Collected",), Ending.BLANK)
    if clean(text.collector):
        yield Cell("collector", name_forms(clean(text.collector)))
    elif not text.collected:
        yield Cell("collector", ("by",), Ending.BLANK)


def name_forms(name: str) -> tuple[str, ...]:
    """Return a collector's name from the fullest to the shortest: in full, then `M. Lopez`, then initials."""
    words = name.split()
    initials = "".join(word[0] for word in words)
    forms = [name]
    for form in (f"{words[0][0]}. {words[-1]}", initials[:6], initials[:3], initials[:1]):
        if len(form) < len(forms[-1]):
            forms.append(form)
    return tuple(forms)
