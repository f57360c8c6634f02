"""The bar and space widths of Code 128 (ISO/IEC 15417), shared by what checks a symbol and what reads a printer's bytes.

Neither takes them from the library that makes our symbols: a fault there must show as a difference.
"""

from collections.abc import Mapping

_WIDTHS = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222
123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321
232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121
313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224
111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111
111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113
114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112
"""

CODE_C = 99
CODE_B = 100
START_B = 104
START_C = 105
STOP = 106


def _modules(widths: str) -> str:
    """``212222`` as modules: bars are ``1``, spaces ``0``, and a bar comes first."""
    return "".join("10"[i % 2] * int(width) for i, width in enumerate(widths))


PATTERNS: tuple[str, ...] = tuple(_modules(widths) for widths in _WIDTHS.split())
"""The modules of each symbol character by its value, 0 to 106."""

VALUES: Mapping[str, int] = {pattern: value for value, pattern in enumerate(PATTERNS)}
"""The value of each symbol character by its modules."""

SYMBOL_MODULES = 11
"""How many modules a symbol character has; the stop character has 13."""


def checksum(values: list[int]) -> int:
    """Return the check character over the start and data characters (ISO/IEC 15417, 4.6)."""
    return (values[0] + sum(place * value for place, value in enumerate(values[1:], start=1))) % 103
