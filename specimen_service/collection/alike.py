"""Who could be taken for whom: names and birthdays that differ by little. What the other's are is never shown."""

import unicodedata
from datetime import date

NAME_SLIPS = 2
"""How many letters two whole names may differ by and still be taken for each other."""


def are_alike(
    one: tuple[str, str, date | None],
    other: tuple[str, str, date | None],
) -> bool:
    """Tell whether two people, as (family name, given name, birth date), have very similar names and birthdays."""
    names = [f"{_plain(family)} {_plain(given)}" for family, given, _born in (one, other)]
    swapped = f"{_plain(other[1])} {_plain(other[0])}"
    close = _slips(names[0], names[1]) <= NAME_SLIPS or _slips(names[0], swapped) <= NAME_SLIPS
    return close and _born_alike(one[2], other[2])


def _born_alike(one: date | None, other: date | None) -> bool:
    """Equal, two parts of three equal, or the same digits in another order."""
    if one is None or other is None:
        return True
    same = sum((one.year == other.year, one.month == other.month, one.day == other.day))
    return same >= 2 or sorted(f"{one:%Y%m%d}") == sorted(f"{other:%Y%m%d}")  # noqa: PLR2004 - of three parts


def _plain(name: str) -> str:
    bare = (char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    return "".join(char for char in bare if char.isalnum()).casefold()


def _slips(one: str, other: str) -> int:
    """Count the letters to add, leave out or change (Levenshtein); more than `NAME_SLIPS` is not counted out."""
    if abs(len(one) - len(other)) > NAME_SLIPS:
        return NAME_SLIPS + 1
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, row[0] = row[0], i
        for j, its in enumerate(other, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (letter != its))
        if min(row) > NAME_SLIPS:
            return NAME_SLIPS + 1
    return row[-1]
