"""What the label of a tube says and where: the 2 x 1 in layout, with the name top left (CLSI AUTO12-A) and one barcode.

Above the bars stand name (and TEMP ID), then MRN and birth date with sex. Beside them priority, handling, source, tests.
Below them number, container, which tube of how many and which of a series, then collection time and collector.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from printers.fit import FitError, Wish, fits, fitted, listed, person_name, shortened, width_mm
from printers.label import Align, Area, Box, Code128, Element, Label, Stock, Style, Text, Weight
from printers.preflight import BAR_HEIGHT_MM, QUIET_MM
from printers.symbology import SymbolError, encode
from printers.wording import clean

_LEFT, _RIM, _GAP = 1.5, 1.2, 0.8
_NAME, _IDENTITY, _BARS, _CONTENT, _COLLECTION = (0.7, 4.5), (5.6, 2.5), (8.2, BAR_HEIGHT_MM), (18.7, 2.6), (21.3, 2.9)
_MIDDLE, _HALF, _COLUMN = 22.0, 24.4, 36.0
_WIDEST_MODULE_MM = 3 * 25.4 / 300
_NARROWEST_COLUMN_MM = 8.3
_PRIORITY_STYLES = {"STAT": Style.REVERSED, "ASAP": Style.FRAMED}
_PRIORITY_MM, _PRIORITY_GAP_MM = 2.7, 0.3
_GROUP = 4


@dataclass(frozen=True, slots=True)
class TubeText:
    """What a tube's label says, as people read it; empty where it does not apply.

    ``number`` is ours. ``barcode`` is another system's number: then it is the only barcode, and ours is text.
    An empty ``collected`` leaves a line to write on. ``tube`` of ``tubes`` counts the tubes of one test.
    """

    number: str
    family_name: str = ""
    given_name: str = ""
    mrn: str = ""
    birth_date: str = ""
    sex: str = ""
    collected: str = ""
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


def tube_label(text: TubeText, stock: Stock) -> Label:
    """Lay the text out; raises ``FitError`` naming the first field that is missing or does not fit whole."""
    right = stock.width_mm - _RIM
    barcode = _barcode(text, right)
    column = Area(barcode.area.right_mm, _BARS[0], right - barcode.area.right_mm, _CONTENT[0] - _BARS[0])
    beside, left_over = _beside_the_bars(text, column)
    below = (*_content(text, right), *_collection(text, right, left_over))
    return Label(stock, (*_patient(text, right), barcode, *beside, *below))


def grouped(number: str) -> str:
    """Return a number as people read it out: our twelve digits in groups of four, other numbers as they are."""
    if len(number) % _GROUP or not number.isdigit():
        return number
    return " ".join(number[i : i + _GROUP] for i in range(0, len(number), _GROUP))


def _row(row: tuple[float, float], left: float, right: float) -> Area:
    return Area(left, row[0], right - left, row[1])


def _patient(text: TubeText, right: float) -> Iterator[Element]:
    name_right = right - 11.5 - _GAP if text.temporary else right
    wish = Wish("name", _row(_NAME, _LEFT, name_right), 3.8, Weight.BOLD)
    if clean(text.family_name) or clean(text.given_name):
        yield person_name(wish, text.family_name, text.given_name)
    else:
        yield fitted(wish, _unknown(text, "name", "Name unknown"))
    if text.temporary:
        area = Area(right - 11.5, _NAME[0] + 0.4, 11.5, 3.6)
        yield fitted(Wish("identity", area, 2.8, Weight.BOLD, Align.CENTER, Style.REVERSED), "TEMP ID")
    yield from _identifiers(text, right)


def _identifiers(text: TubeText, right: float) -> tuple[Text, Text]:
    """MRN and birth date in two columns; a long MRN takes what the birth date can spare, as neither may be cut."""
    mrn = f"MRN {clean(text.mrn) or _unknown(text, 'mrn', 'unknown')}"
    birth_date = clean(text.birth_date) or _unknown(text, "birth_date", "unknown")
    born = f"DOB {birth_date} {text.sex}".rstrip()
    born_wish = Wish("birth_date", _row(_IDENTITY, _HALF, right), 2.5, Weight.BOLD)
    mrn_wish = Wish("mrn", _row(_IDENTITY, _LEFT, _HALF - _GAP), 2.5, Weight.BOLD)
    if not fits(mrn_wish, mrn):
        left = max(_HALF, right - width_mm(born, born_wish.floor_mm, Weight.BOLD))
        born_wish = replace(born_wish, area=_row(_IDENTITY, left, right))
        mrn_wish = replace(mrn_wish, area=_row(_IDENTITY, _LEFT, left - _GAP))
    return fitted(mrn_wish, mrn), fitted(born_wish, born)


def _unknown(text: TubeText, field: str, instead: str) -> str:
    """Return what a temporary identity says for what is not known; a confirmed one may lack nothing."""
    if not text.temporary:
        raise FitError(field, "is missing", "Record it first, or mark the patient's identity as temporary.")
    return instead


def _barcode(text: TubeText, right: float) -> Code128:
    value = text.barcode or text.number
    try:
        modules = len(encode(value).modules)
    except SymbolError as error:
        raise FitError("barcode", error.problem, "Use the number of this service instead.") from None
    width = modules * _WIDEST_MODULE_MM + 2 * QUIET_MM
    if width > right - _NARROWEST_COLUMN_MM:
        problem = f"needs {width:.1f} mm with its quiet zones and has {right - _NARROWEST_COLUMN_MM:.1f} mm"
        raise FitError("barcode", problem, "Use larger labels, or the number of this service instead.")
    return Code128("barcode", value, Area(0, _BARS[0], width, _BARS[1]), quiet_mm=QUIET_MM)


def _beside_the_bars(text: TubeText, column: Area) -> tuple[list[Text], Sequence[str]]:
    """Priority, what collector and bench must notice, then the tests; words that found no line come back."""
    top = Area(column.x_mm, column.y_mm, column.width_mm, _PRIORITY_MM)
    style = _PRIORITY_STYLES.get(text.priority, Style.PLAIN)
    align = Align.LEFT if style is Style.PLAIN else Align.CENTER
    size = 2.3 if style is Style.PLAIN else 2.5
    found = [fitted(Wish("priority", top, size, Weight.BOLD, align, style), text.priority)] if text.priority else []
    lines = _lines(column, top.bottom_mm + _PRIORITY_GAP_MM, 3)
    series = text.series if text.barcode else ""
    for field, said in (("handling", text.handling), ("source", text.source), ("series", series)):
        found += _spread(field, said.split(), lines, Weight.BOLD, _whole)
    container = text.container.split() if text.barcode else []
    if not lines or (container and text.tests and len(lines) == 1):
        return found, [*container, *text.tests]
    for_container = lines[: len(lines) - bool(text.tests)]
    spare = lines[len(for_container) :]
    found += _spread("container", container, for_container, Weight.REGULAR, _cut)
    found += _spread("tests", text.tests, for_container + spare, Weight.REGULAR, listed)
    return found, []


def _lines(column: Area, top: float, count: int) -> list[Area]:
    height = (column.bottom_mm - top) / count
    return [Area(column.x_mm, top + i * height, column.width_mm, height) for i in range(count)]


def _spread(
    field: str, words: Sequence[str], lines: list[Area], weight: Weight, end: Callable[[Wish, Sequence[str]], Text]
) -> Iterator[Text]:
    """Lay the words on as many of the free lines as they need, taking those; ``end`` says what fits on the last."""
    left = list(words)
    while left:
        if not lines:
            raise FitError(field, "does not fit beside the barcode", "Shorten it where it is recorded.")
        wish = Wish(field, lines.pop(0), 2.3, weight)
        fitting = max((n for n in range(1, len(left) + 1) if fits(wish, " ".join(left[:n]))), default=1)
        taken = fitting if lines else len(left)
        yield end(wish, left[:taken])
        left = left[taken:]


def _whole(wish: Wish, words: Sequence[str]) -> Text:
    return fitted(wish, " ".join(words))


def _cut(wish: Wish, words: Sequence[str]) -> Text:
    return shortened(wish, " ".join(words))


def _content(text: TubeText, right: float) -> Iterator[Text]:
    end = right
    count = f"{text.tube}/{text.tubes}" if text.tubes > 1 else ""
    series = "" if text.barcode else text.series
    for field, said, width in (("series", series, 10.0), ("tube", count, 5.7)):
        if said:
            area = _row(_CONTENT, end - width, end)
            yield fitted(Wish(field, area, 2.5, Weight.BOLD, Align.RIGHT), said)
            end -= width + _GAP
    if text.barcode:
        yield fitted(Wish("barcode_text", _row(_CONTENT, _LEFT, _HALF - _GAP), 2.5, Weight.BOLD), text.barcode)
        yield fitted(Wish("number", _row(_CONTENT, _HALF, end), 2.3), grouped(text.number))
        return
    yield fitted(Wish("number", _row(_CONTENT, _LEFT, _MIDDLE - _GAP), 2.5, Weight.BOLD), grouped(text.number))
    if text.container:
        yield shortened(Wish("container", _row(_CONTENT, _MIDDLE, end), 2.5, Weight.BOLD), text.container)


def _collection(text: TubeText, right: float, left_over: Sequence[str]) -> Iterator[Element]:
    """When and by whom it was collected, or lines to write that on; then the words that found no line elsewhere."""
    end = _COLUMN - _GAP if left_over else right
    middle = _MIDDLE if text.collected or text.collector else _MIDDLE + (end - _MIDDLE) * 0.45
    if text.collected:
        yield fitted(Wish("collected", _row(_COLLECTION, _LEFT, middle - _GAP), 2.3), text.collected)
    else:
        yield from _blank("collected", "Collected", middle - _GAP, _LEFT, 10.0)
    if text.collector:
        yield fitted(Wish("collector", _row(_COLLECTION, middle, end), 2.3), text.collector)
    elif not text.collected:
        yield from _blank("collector", "by", end, middle, 2.8)
    if left_over:
        yield listed(Wish("tests", _row(_COLLECTION, _COLUMN, right), 2.3), left_over)


def _blank(field: str, caption: str, end: float, left: float, caption_width: float) -> Iterator[Element]:
    """Yield a caption and a line to write on."""
    yield fitted(Wish(field, _row(_COLLECTION, left, left + caption_width), 2.3), caption)
    line_left = left + caption_width + 0.3
    yield Box(f"{field}_line", Area(line_left, _COLLECTION[0] + _COLLECTION[1] - 0.6, end - line_left, 0.25))
