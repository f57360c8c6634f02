"""What stands where on labels of a size, as data; a stock takes the richest arrangement that it has room for.

Rows run from edge to edge above and below the barcode, the rest flows in the column beside it. Lengths are the least
that people can read; on larger stock all of it grows.
"""

from dataclasses import dataclass, field

from printers.label import Stock, Use
from printers.preflight import BAR_HEIGHT_MM

ALWAYS = ("name", "mrn", "birth_date", "number", "barcode", "collected", "collector", "identity", "training")
"""Every stock carries these, or nothing is printed (CLSI AUTO12-A; `identity` is the words TEMP ID)."""
EVERYTHING = (*ALWAYS, "priority", "source", "handling", "series", "tube", "chair", "container", "tests", "lines")
"""All that a tube's label can say: `lines` to write on what is not known yet; `barcode_text` goes with `barcode`."""

_LARGEST_SCALE = 2.0


@dataclass(frozen=True, slots=True)
class Row:
    """Fields on one line, its height, and the size of its text at best."""

    fields: tuple[str, ...]
    height_mm: float
    size_mm: float


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Rows above and below the barcode, and what stands beside it; at least so wide, with the barcode's band so high.

    ``matrix_mm`` is the module of a Data Matrix; without it the barcode is a Code 128 on the left. ``carries`` is what
    is on every label of such a stock; what else applies is there where it finds room.
    """

    least_width_mm: float
    code_mm: float
    above: tuple[Row, ...]
    beside: Row
    below: tuple[Row, ...] = ()
    matrix_mm: float | None = None
    carries: frozenset[str] = field(default=frozenset(EVERYTHING))
    use: Use = Use.TUBE

    @property
    def rows_mm(self) -> float:
        """The height of all rows."""
        return sum(row.height_mm for row in (*self.above, *self.below))

    def suits(self, stock: Stock) -> bool:
        """Whether it is meant for such a stock and has room there."""
        height = stock.height_mm - 2 * stock.margin_mm
        wide_enough = stock.width_mm - 2 * stock.ends_mm >= self.least_width_mm
        return stock.use is self.use and wide_enough and height >= self.rows_mm + self.code_mm

    def scale(self, stock: Stock) -> float:
        """Return how much larger than the least everything may be there; bars keep their size."""
        fixed, growing = (0.0, self.code_mm) if self.matrix_mm else (self.code_mm, 0.0)
        across = (stock.width_mm - 2 * stock.ends_mm) / self.least_width_mm
        down = (stock.height_mm - 2 * stock.margin_mm - fixed) / (self.rows_mm + growing)
        return min(max(across, 1.0), down, _LARGEST_SCALE)


def _fields(words: str) -> tuple[str, ...]:
    return tuple(words.split())


ARRANGEMENTS = (
    Arrangement(
        least_width_mm=45.5,
        code_mm=BAR_HEIGHT_MM,
        above=(Row(_fields("name identity"), 4.3, 3.7), Row(_fields("mrn birth_date"), 2.65, 2.4)),
        beside=Row(_fields("training priority handling source tests"), 0, 2.2),
        below=(
            Row(_fields("number barcode_text container series chair tube"), 2.5, 2.4),
            Row(_fields("collected collector"), 2.7, 2.2),
        ),
    ),
    Arrangement(  # 20 mm high: one row less, so more stands beside the bars
        least_width_mm=44,
        code_mm=BAR_HEIGHT_MM,
        above=(Row(_fields("name identity"), 3.3, 2.8), Row(_fields("mrn birth_date tube"), 2.4, 2.2)),
        beside=Row(_fields("training priority handling source chair series container tests"), 0, 2.1),
        below=(Row(_fields("number barcode_text collected collector"), 2.7, 2.1),),
        carries=frozenset(EVERYTHING) - {"chair", "container", "tests", "lines"},
    ),
    Arrangement(  # too narrow for bars
        least_width_mm=28,
        code_mm=9.6,
        above=(Row(_fields("name identity"), 3.2, 2.8),),
        beside=Row(_fields("mrn birth_date number barcode_text training priority handling source"), 0, 2.1),
        below=(
            Row(_fields("collected collector"), 2.7, 2.1),
            Row(_fields("container tests series chair tube"), 2.5, 2.1),
        ),
        matrix_mm=0.375,
        carries=frozenset(EVERYTHING) - {"container", "tests"},
    ),
    Arrangement(  # micro tubes
        least_width_mm=25,
        code_mm=6.95,
        above=(
            Row(_fields("name priority identity"), 2.75, 2.4),
            Row(_fields("mrn training barcode_text"), 2.0, 2.0),
        ),
        beside=Row(
            _fields("birth_date number collected collector tube handling source series chair container tests"),
            0,
            2.0,
        ),
        matrix_mm=0.375,
        carries=frozenset((*ALWAYS, "priority")),
    ),
    Arrangement(  # wristbands: a matrix can be read on a curve
        least_width_mm=60,
        code_mm=12,
        above=(Row(_fields("name identity"), 8, 6.5),),
        beside=Row(_fields("mrn birth_date band_number"), 0, 4.2),
        matrix_mm=0.625,
        carries=frozenset(_fields("name identity mrn birth_date band_number barcode")),
        use=Use.WRIST,
    ),
)
"""From the richest to the poorest."""


def arrangement_for(stock: Stock) -> Arrangement | None:
    """Return what a stock has room for, or None where it is too small for any label."""
    return next((one for one in ARRANGEMENTS if one.suits(stock)), None)
