"""Data Matrix (ECC 200, ISO/IEC 16022) for containers too small for bars: square, one region, read back before use.

The symbol comes from a library; what reads it back below is written from the standard alone, so that a fault of the
library shows as another value and is never printed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

from ppf.datamatrix import DataMatrix as _DataMatrix

from printers.symbology import PRINTABLE, SymbolError

_CHECKS: Mapping[int, int] = {10: 5, 12: 7, 14: 10, 16: 12, 18: 14, 20: 18, 22: 20, 24: 24, 26: 28}
"""Check codewords by the symbol's size (ISO/IEC 16022, table 7: the square symbols of one region)."""

_PAD, _PAIRS = 129, range(130, 230)
_FIELD = 301

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Matrix:
    """One symbol: its value and its rows of modules from the top (``1`` is dark), finder pattern included."""

    value: str
    rows: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many modules wide and high it is."""
        return len(self.rows)

    @property
    def stretches(self) -> Iterator[tuple[int, int, int]]:
        """Yield each dark stretch of a row as (first module, row, modules wide)."""
        for y, row in enumerate(self.rows):
            x = 0
            for module, group in groupby(row):
                width = len(list(group))
                if module == "1":
                    yield x, y, width
                x += width


@lru_cache(maxsize=1024)
def encode_matrix(value: str) -> Matrix:
    """Return the symbol for digits, capitals and hyphens (12 digits: 14 modules square).

    Raises ``SymbolError`` for anything else, and for a symbol that does not decode to the value it was made from.
    """
    if not PRINTABLE.fullmatch(value):
        raise SymbolError(value, "may hold 1 to 40 digits, capital letters A to Z and hyphens only")
    rows = tuple("".join(map(str, row)) for row in _DataMatrix(value, codecs=["ascii"]).matrix)
    if read_matrix(rows) != value:
        raise SymbolError(value, "came out as another symbol than asked for")
    return Matrix(value, rows)


def read_matrix(rows: tuple[str, ...]) -> str:
    """Return what an undamaged symbol says; raises ``SymbolError`` for one that is damaged or not of our kind."""
    size = len(rows)
    if size not in _CHECKS or any(len(row) != size for row in rows) or not _is_framed(rows):
        raise SymbolError("", "is no square Data Matrix")
    codewords = [int("".join(rows[row + 1][column + 1] for row, column in cells), 2) for cells in _places(size - 2)]
    if any(_syndrome(codewords, root) for root in range(1, _CHECKS[size] + 1)):
        raise SymbolError("", "is a damaged Data Matrix")
    return _words(codewords[: -_CHECKS[size]])


def _is_framed(rows: tuple[str, ...]) -> bool:
    """Whether left and lower edge are solid, and the others dark and light by turns."""
    size = len(rows)
    top, right = "10" * (size // 2), "01" * (size // 2)
    left, bottom = {row[0] for row in rows}, set(rows[-1])
    return left == bottom == {"1"} and rows[0] == top and "".join(row[-1] for row in rows) == right


def _words(data: list[int]) -> str:
    """Return the text of data codewords in the ASCII encodation, up to the padding."""
    text = ""
    for codeword in data:
        if codeword == _PAD:
            break
        if codeword in _PAIRS:
            text += f"{codeword - _PAIRS.start:02}"
        elif codeword in range(1, _PAD):
            text += chr(codeword - 1)
        else:
            raise SymbolError(text, "holds a codeword that we never print")
    return text


def _syndrome(codewords: list[int], root: int) -> int:
    """Return the polynomial of the codewords at a root of the code; 0 for all roots where nothing is damaged."""
    value = 0
    for codeword in codewords:
        value = _times_power(value, root) ^ codeword
    return value


def _times_power(value: int, power: int) -> int:
    for _ in range(power):
        value <<= 1
        if value > 0xFF:  # noqa: PLR2004 # a byte
            value ^= _FIELD
    return value


@cache
def _places(size: int) -> tuple[tuple[Cell, ...], ...]:
    """Return the cells (row, column) of each codeword's bits, the highest first (ISO/IEC 16022, annex F)."""
    taken: set[Cell] = set()
    places = []
    for cells in _candidates(size):
        wrapped = tuple(_wrapped(cell, size) for cell in cells)
        if wrapped[-1] not in taken:
            taken.update(wrapped)
            places.append(wrapped)
    return tuple(places)


def _candidates(size: int) -> Iterator[tuple[Cell, ...]]:
    """Walk the diagonals, up to the right and down to the left; the corners have shapes of their own."""
    row, column = 4, 0
    while row < size or column < size:
        yield from _corner(row, column, size)
        while row >= 0 and column < size:
            if row < size and column >= 0:
                yield _shape(row, column)
            row, column = row - 2, column + 2
        row, column = row + 1, column + 3
        while row < size and column >= 0:
            if row >= 0 and column < size:
                yield _shape(row, column)
            row, column = row + 2, column - 2
        row, column = row + 3, column + 1


def _shape(row: int, column: int) -> tuple[Cell, ...]:
    """Return the usual shape of a codeword, by its lower right cell."""
    steps = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))
    return tuple((row + down, column + right) for down, right in steps)


def _corner(row: int, column: int, size: int) -> Iterator[tuple[Cell, ...]]:
    """Yield the shape of a corner met; the other two of the annex occur in no symbol of one region."""
    end = size - 1
    if (row, column) == (size, 0):
        yield (end, 0), (end, 1), (end, 2), (0, end - 1), (0, end), (1, end), (2, end), (3, end)
    if (row, column) == (size - 2, 0) and size % 4:
        yield (end - 2, 0), (end - 1, 0), (end, 0), (0, end - 3), (0, end - 2), (0, end - 1), (0, end), (1, end)


def _wrapped(cell: Cell, size: int) -> Cell:
    """Return the cell with what lies beyond the top or left edge moved to the other side."""
    row, column = cell
    if row < 0:
        row, column = row + size, column + 4 - (size + 4) % 8
    if column < 0:
        row, column = row + 4 - (size + 4) % 8, column + size
    return row, column
