"""Barcodes that check themselves: Code 128 as a row of modules, decoded again before anybody may print it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from barcode.codex import Code128 as _Code128

from printers.code128_table import CODE_B, CODE_C, START_B, START_C, STOP, SYMBOL_MODULES, VALUES, checksum

PRINTABLE = re.compile(r"[0-9A-Z-]{1,40}")
_CODE_A = 101
_FIRST_OF_B = 32


class SymbolError(ValueError):
    """A value that cannot become a barcode: ``problem`` says why. Values are never patient data, so it is named."""

    def __init__(self, value: str, problem: str) -> None:
        """Keep the value and the problem; the message is both."""
        self.value = value
        self.problem = problem
        super().__init__(f"The barcode value {value!r} {problem}.")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One Code 128 symbol: its value, its symbol characters without check and stop, its modules (``1`` is a bar)."""

    value: str
    codes: tuple[int, ...]
    modules: str

    @property
    def bars(self) -> tuple[tuple[int, int], ...]:
        """Each bar as (first module, modules wide), from the left."""
        place = 0
        bars = []
        for module, group in groupby(self.modules):
            width = len(list(group))
            if module == "1":
                bars.append((place, width))
            place += width
        return tuple(bars)


@lru_cache(maxsize=1024)
def encode(value: str) -> Symbol:
    """Return the symbol for digits, capitals and hyphens; an even number of digits is pure subset C (12 digits: 101 modules).

    Raises ``SymbolError`` for anything else, and for a symbol that does not decode to the value it was made from.
    """
    if not PRINTABLE.fullmatch(value):
        raise SymbolError(value, "may hold 1 to 40 digits, capital letters A to Z and hyphens only")
    maker = _TrueCode128(value)
    modules = maker.build()[0]
    codes = symbol_characters(modules)
    if decode(codes) != value:
        raise SymbolError(value, "came out as other bars than asked for")
    return Symbol(value, tuple(codes), modules)


class _TrueCode128(_Code128):  # type: ignore[misc] # the library has no types
    """The library's Code 128 without its fault: it took a leading data pair 99 for a switch and dropped it."""

    def _try_to_optimize(self, encoded: list[int]) -> list[int]:
        if encoded[1] not in (_CODE_A, CODE_B):
            return encoded
        optimized: list[int] = super()._try_to_optimize(encoded)
        return optimized


def symbol_characters(modules: str) -> list[int]:
    """Return the start and data characters read from a row of modules; raises ``SymbolError`` where it is no Code 128."""
    stop = len(modules) - SYMBOL_MODULES - 2
    values = [VALUES.get(modules[i : i + SYMBOL_MODULES], -1) for i in range(0, stop, SYMBOL_MODULES)]
    if -1 in values or VALUES.get(modules[max(stop, 0) :]) != STOP or checksum(values[:-1]) != values[-1]:
        raise SymbolError(modules, "is no Code 128 symbol")
    return values[:-1]


def decode(codes: list[int]) -> str:
    """Return what a scanner would say to the symbol characters; subsets B and C only, which is all that we print."""
    subset, text = {START_B: "B", START_C: "C"}.get(codes[0], ""), ""
    for code in codes[1:]:
        if subset == "C" and code == CODE_B:
            subset = "B"
        elif subset == "B" and code == CODE_C:
            subset = "C"
        elif subset == "C" and code < CODE_B:
            text += f"{code:02}"
        elif subset == "B" and code < CODE_C:
            text += chr(code + _FIRST_OF_B)
        else:
            raise SymbolError(text, "holds a symbol character that we never print")
    return text
