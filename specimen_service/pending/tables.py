"""Tables as CSV that a spreadsheet opens as text: no cell of it can be taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with when a spreadsheet would compute it (OWASP, CSV injection), full-width forms among it."""
MARK = "\ufeff"
"""Tells a spreadsheet that the file is UTF-8."""


def csv_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table with its head as CSV (RFC 4180), every text of it safe to open in a spreadsheet."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return MARK + file.getvalue()


def safe_cell(value: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would compute; numbers stay numbers."""
    if isinstance(value, int | float) or value is None:
        return value
    text = str(value)
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA) or text.startswith(FORMULA) else text
