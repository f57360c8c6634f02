"""What may be trusted of font 0, the scalable font that every ZPL printer holds: which characters, and how wide at most.

The widths were measured in the pictures of two independent renderers, zplkit 0.3.2 (drawn after a ZD621) and zebrash
(zpl-renderer-js 3.4.0): eight of each character between two others, the wider of both, a letter with an accent never
narrower than without. They are ems of the height given to ``^A0``. Both draw capitals 0.75 high on the baseline.
``tests/printers/test_resident.py`` measures both again. No physical printer was measured.
"""

from collections.abc import Mapping
from functools import lru_cache

from printers.wording import ELLIPSIS

_CHARS_BY_WIDTH: Mapping[float, str] = {
    0.279: "ijlìíîï",
    0.293: " '/:;IftÌÍÎÏ",
    0.334: "!(),.[]`",
    0.344: "r",
    0.390: "z",
    0.445: "Jcksvxyçýÿ",
    0.469: '"\\',
    0.500: "#$*0123456789?EFLTZ^_abdeghnopqu{|}ÈÉÊËßàáâãäåèéêëðñòóôõöøùúûüþ",
    0.556: "CSVÇÞ",
    0.562: "ABKPXYÀÁÂÃÄÅÝ",
    0.611: "DGOQRÐÒÓÔÕÖØ",
    0.625: "HNUÑÙÚÛÜ",
    0.667: "&w",
    0.722: "æ",
    0.779: "MmÆ",
    0.834: "W",
    0.906: "%+-=@",  # the hyphen of font 0 is as long as a dash
    1.000: "<>~",
}
_WIDTHS: Mapping[str, float] = {char: width for width, chars in _CHARS_BY_WIDTH.items() for char in chars}

_ROUNDING = 1.07
"""At some heights the renderers round each advance up to whole dots: by no more than this from 16 dots on."""


def spelled(text: str) -> str:
    """Return the text as font 0 can say it: the mark of a shortened name as three full stops, which look the same."""
    return text.replace(ELLIPSIS, "...")


@lru_cache(maxsize=4096)
def bound(text: str) -> float | None:
    """Return the width that the text does not exceed, in heights; ``None`` where font 0 cannot be trusted with it."""
    widths = [_WIDTHS.get(char) for char in spelled(text)]
    return None if None in widths else _ROUNDING * sum(width for width in widths if width is not None)


def trusts(text: str) -> bool:
    """Whether font 0 can be trusted with every character of the text."""
    return bound(text) is not None
