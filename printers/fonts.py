"""Fonts from installed packages: which one draws a line of text, where its glyphs stand, and how wide and high it is.

Shaping (joined Arabic, stacked Vietnamese marks, Devanagari) is HarfBuzz's, order from right to left is the Unicode
bidirectional algorithm's. All lengths are in ems. Fonts are opened when first needed, once.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

from printers.faces import SOURCES, Face, Glyph, installed_face
from printers.label import Weight
from printers.wording import JOINERS, REPLACEMENT, is_mark

_RTL = {"R", "AL"}
_KANA = range(0x3040, 0x3100)
_STAND_INS = dict(zip(map(ord, JOINERS), "\u034f\ufe00", strict=True))
_STOOD_FOR = {ord(instead): joiner for joiner, instead in zip(JOINERS, _STAND_INS.values(), strict=True)}
"""Marks that no clean text holds: the bidirectional algorithm keeps marks beside their letter, and drops joiners."""

_COMMON = {"COMBINING", "MODIFIER", "ZERO"}


class UndrawableError(ValueError):
    """A letter that no installed font has: ``char`` is the letter, ``missing`` what to install."""

    def __init__(self, char: str, missing: str = "specimen-service[fonts]") -> None:
        """Keep the character; its code point is named, as the character itself cannot be shown."""
        self.char = char
        self.missing = missing
        name = unicodedata.name(char, "unnamed")
        super().__init__(f"No installed font can draw U+{ord(char):04X} ({name}). Install {missing} for more scripts.")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a line in one font and direction: ``text`` in reading order, ``x`` and ``width`` in ems."""

    face: Face
    text: str
    right_to_left: bool
    x: float
    width: float
    glyphs: tuple[Glyph, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A shaped line: its runs from left to right, its width, and its ink above and below the baseline, in ems."""

    runs: tuple[Run, ...]
    width: float
    ascent: float
    descent: float


@lru_cache(maxsize=4096)
def line(text: str, weight: Weight) -> Line:
    """Return the text shaped and measured; raises ``UndrawableError`` for a character no installed font has."""
    runs: list[Run] = []
    x = 0.0
    for face, stretch, right_to_left in _stretches(text, weight):
        glyphs, width = face.shape(stretch, right_to_left=right_to_left)
        runs.append(Run(face, stretch, right_to_left, x, width, glyphs))
        x += width
    ink = [run.face.ink(glyph) for run in runs for glyph in run.glyphs]
    ascent = max((top for _, top in ink), default=0.0)
    descent = max((-bottom for bottom, _ in ink), default=0.0)
    return Line(tuple(runs), x, ascent, max(descent, 0.0))


def visible(text: str, weight: Weight) -> str:
    """Return the text with each symbol that no font can draw (an emoji) replaced by a visible mark.

    A letter, mark or digit is never replaced, as names may differ by it: that raises ``UndrawableError``.
    """
    return "".join(char if _face_of(char, weight) else _replacement(char) for char in text)


def _replacement(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Me" or (category[0] in "SPC" and category != "Co"):
        return REPLACEMENT
    raise UndrawableError(char)


def _stretches(text: str, weight: Weight) -> Iterator[tuple[Face, str, bool]]:
    """Yield the text cut, in the order seen from left to right, where font, direction or script change.

    HarfBuzz shapes one script at a time: in one run with Latin letters, Devanagari would stay unjoined.
    """
    seen = _seen_order(text)
    kinds = zip(_faces_of(seen, weight), _directions(seen), _scripts(seen), strict=True)
    for (face, right_to_left, _), group in groupby(zip(kinds, seen, strict=True), key=lambda item: item[0]):
        stretch = "".join(char for _, char in group)
        yield face, stretch[::-1] if right_to_left else stretch, right_to_left


def _scripts(seen: str) -> list[str]:
    """For each character the script of the letter that it is, or that it follows, or at the start that it precedes."""
    scripts: list[str] = []
    current = next(filter(None, map(_script, seen)), "")
    for char in seen:
        current = _script(char) or current
        scripts.append(current)
    return scripts


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    """Return the script of a letter or mark, the first word of its Unicode name; none for what any script may use."""
    word = unicodedata.name(char, "").partition(" ")[0]
    return word if unicodedata.category(char)[0] in "LM" and word not in _COMMON else ""


def _seen_order(text: str) -> str:
    """Return the text as its characters are seen from left to right."""
    if not any(unicodedata.bidirectional(char) in _RTL for char in text):
        return text
    try:
        from bidi.algorithm import get_display
    except ModuleNotFoundError:
        raise UndrawableError(next(c for c in text if unicodedata.bidirectional(c) in _RTL)) from None
    return str(get_display(text.translate(_STAND_INS))).translate(_STOOD_FOR)


def _directions(seen: str) -> list[bool]:
    """For each character whether it runs from right to left; marks stand before their letter in the order seen."""
    ways: list[bool] = []
    for char in reversed(seen):
        is_right_to_left = unicodedata.bidirectional(char) in _RTL
        ways.append(is_right_to_left or (is_mark(char) and bool(ways) and ways[-1]))
    return ways[::-1]


def _faces_of(text: str, weight: Weight) -> list[Face]:
    """Return the font of each character: one for all if any has all, else each character's first."""
    for face in _faces(weight, kana=any(ord(char) in _KANA for char in text)):
        if all(face.draws(char) or char in JOINERS for char in text):
            return [face] * len(text)
    faces: list[Face] = []
    for char in text:
        follows = faces and (is_mark(char) or char == " ") and (faces[-1].draws(char) or char in JOINERS)
        found = faces[-1] if follows else _face_of(char, weight)
        if found is None:
            raise UndrawableError(char)
        faces.append(found)
    return faces


@cache
def _face_of(char: str, weight: Weight) -> Face | None:
    """Return the first font that has the character; joiners need none."""
    faces = _faces(weight, kana=ord(char) in _KANA)
    return next((face for face in faces if face.draws(char) or char in JOINERS), None)


def _faces(weight: Weight, *, kana: bool) -> Iterator[Face]:
    """Yield the installed fonts, the Japanese one first for a text with kana: its Chinese characters are drawn its way."""
    ordered = sorted(SOURCES, key=lambda source: source.japanese != kana) if kana else SOURCES
    for source in ordered:
        face = installed_face(source, weight)
        if face is not None:
            yield face


def base_face(weight: Weight) -> Face:
    """Noto Sans, which every installation has: Latin, Vietnamese, Greek, Cyrillic and Devanagari."""
    face = installed_face(SOURCES[0], weight)
    if face is None:
        raise UndrawableError("A", SOURCES[0].distribution)
    return face
