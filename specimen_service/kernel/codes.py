"""What a scanner sends, made clean: AIM prefix, line ends, blanks and signs around our numbers go; the rest stays as it is."""

import re

from specimen_service.kernel.numbers import Kind, checks, kind_of, looks_like_number

_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")  # ISO/IEC 15424: flag, symbology, modifier
_GROUPED = re.compile(r"[0-9][0-9 \t\u00a0]{10,30}[0-9]")
_DECORATED = re.compile(r"[!-/:-@\[-`{-~]{0,3}([0-9]{12})[!-/:-@\[-`{-~]{0,3}")
"""A number of ours between signs that a scanner was set to put around every code; letters might be another system's."""
_EDGE = " \t\r\n\v\f\x1d\u00a0"
"""Blanks, line ends, and the group separator that some scanners send for FNC1."""
_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")


def clean(raw: str) -> str:
    """Strip what the scanner added; digits grouped for reading are joined where they make a number of ours."""
    code = raw.strip(_EDGE)
    if _AIM.match(code):
        code = code[3:].strip(_EDGE)
    if _GROUPED.fullmatch(code):
        joined = re.sub(r"\D", "", code)
        return joined if looks_like_number(joined) else code
    if (decorated := _DECORATED.fullmatch(code)) and kind_of(decorated[1]) is not None:
        return decorated[1]
    return code


def is_number(code: str, kind: Kind) -> bool:
    """Tell whether a code is a whole number of ours of one kind."""
    return looks_like_number(code) and kind_of(code) is kind and checks(code)


def is_product(code: str) -> bool:
    """Tell whether a code is the number of a product (GTIN: weights 3 and 1 from the right, check digit last)."""
    if not _GTIN.fullmatch(code):
        return False
    return sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(reversed(code))) % 10 == 0
