"""The three ways a ZPL printer takes a picture in ``^GFA``: plain hexadecimal, run lengths, and compressed."""

import base64
import binascii
import zlib
from enum import StrEnum
from functools import lru_cache
from itertools import groupby

from PIL import Image
from zopfli.zlib import compress

_UNITS = "GHIJKLMNOPQRSTUVWXY"
_TWENTIES = "ghijklmnopqrstuvwxyz"


class Compression(StrEnum):
    """How dots go over the wire; each is ASCII. Emulations often lack Z64, few lack run lengths."""

    Z64 = "z64"
    ACS = "acs"
    HEX = "hex"


def graphic_field(image: Image.Image, compression: Compression) -> str:
    """Return the ``^GF`` command that draws the 1-bit image (0 is black), without its ``^FS``."""
    rows = _rows(image)
    total = len(rows) * len(rows[0])
    return f"^GFA,{total},{total},{len(rows[0])},{_ENCODERS[compression](rows)}"


def estimate(image: Image.Image) -> int:
    """Return about how long the command is as Z64, a little more than it is, without the time to pack it well."""
    return 4 * len(zlib.compress(b"".join(_rows(image)), 9)) // 3 + 30


def _rows(image: Image.Image) -> list[bytes]:
    """Return the image's rows as bytes in which 1 prints, blank beyond its width."""
    row = (image.width + 7) // 8
    raw = bytes(255 - byte for byte in image.tobytes())
    blank = 8 * row - image.width
    rows = [int.from_bytes(raw[i : i + row]) >> blank << blank for i in range(0, len(raw), row)]
    return [value.to_bytes(row) for value in rows]


def _z64(rows: list[bytes]) -> str:
    return _packed(b"".join(rows))


@lru_cache(maxsize=64)
def _packed(raw: bytes) -> str:
    text = base64.b64encode(compress(raw, numiterations=5, blocksplitting=0))  # more takes long and gains nothing
    return f":Z64:{text.decode()}:{binascii.crc_hqx(text, 0):04X}"


def _hex(rows: list[bytes]) -> str:
    return "".join(row.hex().upper() for row in rows)


def _acs(rows: list[bytes]) -> str:
    """Run lengths: letters count the digit after them, ``,`` and ``!`` fill up a row, ``:`` repeats the row above."""
    text, above = "", None
    for row in rows:
        text += ":" if row == above else _acs_row(row.hex().upper())
        above = row
    return text


def _acs_row(digits: str) -> str:
    for filler, sign in (("0", ","), ("F", "!")):
        kept = digits.rstrip(filler)
        if len(digits) - len(kept) > 1:
            return _acs_runs(kept) + sign
    return _acs_runs(digits)


def _acs_runs(digits: str) -> str:
    return "".join(_acs_run(digit, len(list(group))) for digit, group in groupby(digits))


def _acs_run(digit: str, times: int) -> str:
    if times < 3:  # noqa: PLR2004 # a count would be no shorter
        return digit * times
    full, rest = divmod(times, 400)
    twenties, units = divmod(rest, 20)
    return (
        ("z" + digit) * full
        + (_TWENTIES[twenties - 1] if twenties else "")
        + (_UNITS[units - 1] if units else "")
        + (digit if rest else "")
    )


_ENCODERS = {Compression.Z64: _z64, Compression.ACS: _acs, Compression.HEX: _hex}
