"""Text as people wrote it, made fit to be drawn: composed, without controls, cut between characters only."""

import unicodedata

JOINERS = "\u200c\u200d"
"""The non-joiner and joiner: invisible themselves, but they shape their neighbours (Persian, Hindi)."""

_VIRAMA = 9
"""The combining class of signs that take a consonant's vowel and tie it to the next."""

_FILLERS = "\u034f\u115f\u1160\u3164\uffa0"
"""Letters and marks by their category that draw nothing: a name of these would be no name."""

ELLIPSIS = "…"
"""The visible mark of a shortened text."""

REPLACEMENT = "\ufffd"
"""What stands for a character that nobody can draw."""


def clean(text: str) -> str:
    """Return the text composed (NFC), on one line, without control, direction and other invisible characters.

    Half characters (lone surrogates) become the replacement character. Other words are never changed.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    composed = unicodedata.normalize("NFC", text)
    words = "".join(_cleaned(char) for char in composed).split()
    return " ".join(word for word in (word.strip(JOINERS) for word in words) if word)


def _cleaned(char: str) -> str:
    category = unicodedata.category(char)
    if char.isspace() or category in {"Zl", "Zp"}:
        return " "
    if category == "Cs":
        return REPLACEMENT
    invisible = category in {"Cc", "Cf"} or char in _FILLERS or unicodedata.name(char, "").startswith("VARIATION")
    return "" if invisible and char not in JOINERS else char


def is_mark(char: str) -> bool:
    """Whether the character belongs to the one before it."""
    return unicodedata.category(char).startswith("M") or char in JOINERS


def _joins_next(char: str, following: str) -> bool:
    return char == JOINERS[1] or (unicodedata.combining(char) == _VIRAMA and following.isalpha())


def clusters(text: str) -> tuple[str, ...]:
    """Return the text as what people see as characters: a base with all its marks is one, and so is a conjunct.

    A letter after a virama is written into the one before it (Unicode Standard Annex 29, rule GB9c).
    """
    found: list[str] = []
    for char in text:
        if found and (is_mark(char) or _joins_next(found[-1][-1], char)):
            found[-1] += char
        else:
            found.append(char)
    return tuple(found)
