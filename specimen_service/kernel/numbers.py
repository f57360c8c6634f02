"""The 12 digits in a barcode of ours: 2 digits of kind or site block, 9 of serial, 1 Damm check digit.

The check digit is that of H. Michael Damm, "Total anti-symmetrische Quasigruppen" (2004): it notices every wrong digit and
every transposition of neighbours. Digits alone survive foreign keyboard layouts and Caps Lock; letters do not.
"""

import re
from enum import StrEnum

from specimen_service.kernel.language import say, to_say

LENGTH = 12
LAST_SERIAL = 999_999_999
FIRST_BLOCK, LAST_BLOCK = 10, 79

# The quasigroup of order 10 printed in Damm's thesis: row = interim digit, column = next digit.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


class Kind(StrEnum):
    """What a number of ours names; all but labels have one fixed pair of leading digits."""

    LABEL = "label"
    LOCATION = "location"
    SHIPMENT = "shipment"
    BADGE = "badge"
    COMMAND = "command"
    STORAGE = "storage position"
    DEVICE = "device"
    DOWNTIME = "downtime label"


PREFIXES = {
    Kind.LOCATION: 80,
    Kind.SHIPMENT: 81,
    Kind.BADGE: 82,
    Kind.COMMAND: 83,
    Kind.STORAGE: 84,
    Kind.DEVICE: 85,
    Kind.DOWNTIME: 90,
}
_WORDS = {
    Kind.LABEL: to_say("label"),
    Kind.LOCATION: to_say("location"),
    Kind.SHIPMENT: to_say("shipment"),
    Kind.BADGE: to_say("badge"),
    Kind.COMMAND: to_say("command"),
    Kind.STORAGE: to_say("storage position"),
    Kind.DEVICE: to_say("device"),
    Kind.DOWNTIME: to_say("downtime label"),
}
_KINDS = {prefix: kind for kind, prefix in PREFIXES.items()}


def kind_words(kind: Kind) -> str:
    """Return a kind of number as it stands within a sentence."""
    return say(_WORDS[kind])


def check_digit(digits: str) -> str:
    """Return the Damm check digit of a string of digits (`572` gives `4`)."""
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)


def checks(digits: str) -> bool:
    """Tell whether a string of digits ends in its own check digit."""
    return check_digit(digits) == "0"


def number(prefix: int, serial: int) -> str:
    """Make the 12-digit number of a two-digit prefix and a serial from 0 to 999,999,999."""
    body = f"{prefix:02d}{serial:09d}"
    return body + check_digit(body)


def looks_like_number(code: str) -> bool:
    """Tell whether a code has the form of a number of ours, whatever its check digit."""
    return re.fullmatch(r"[0-9]{12}", code) is not None


def kind_of(code: str) -> Kind | None:
    """Return what a 12-digit code names by its leading digits, or None where that pair is not ours."""
    prefix = int(code[:2])
    return Kind.LABEL if FIRST_BLOCK <= prefix <= LAST_BLOCK else _KINDS.get(prefix)


def grouped(code: str) -> str:
    """Write 12 digits in groups of four, as people read them aloud: `1000 0000 0420`; other codes stay as they are."""
    if not looks_like_number(code):
        return code
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))
