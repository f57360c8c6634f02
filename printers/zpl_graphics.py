"""The picture in a ``^GF`` command, unpacked: plain hexadecimal, run lengths (ACS) or compressed (Z64)."""

import base64
import binascii
import re
import zlib

from PIL import Image, ImageOps

from printers.zpl_format import Command, ZplError

_MOST_BYTES = 1_000_000
_Z64 = re.compile(r":Z64:([A-Za-z0-9+/]+=*):([0-9A-Fa-f]{4})")
_COUNTS = {chr(ord("G") + i): i + 1 for i in range(19)} | {chr(ord("g") + i): 20 * (i + 1) for i in range(20)}


def read_graphic(command: Command) -> Image.Image:
    """Return the picture as a 1-bit image, 0 where it prints; raise ``ZplError`` for one that is damaged."""
    kind, size, total, row, data = command.data.decode("latin-1").split(",", 4) + [""] * (4 - command.data.count(b","))
    length, row_bytes = command.number(total, 1, _MOST_BYTES), command.number(row, 1, _MOST_BYTES)
    if kind != "A" or size != total or length % row_bytes:
        raise ZplError(command.offset, "^GF other than whole rows of ASCII is not drawn here")
    raw = _unpack_z64(command, data) if data.startswith(":") else _unpack_digits(command, data, row_bytes)
    if len(raw) != length:
        raise ZplError(command.offset, f"^GF holds {len(raw)} bytes and announces {length}")
    picture = Image.frombytes("1", (8 * row_bytes, length // row_bytes), raw)
    return ImageOps.invert(picture)


def _unpack_z64(command: Command, data: str) -> bytes:
    found = _Z64.fullmatch(data)
    if not found:
        raise ZplError(command.offset, "^GF data is neither digits nor Z64")
    if binascii.crc_hqx(found[1].encode(), 0) != int(found[2], 16):
        raise ZplError(command.offset, "^GF data fails its checksum")
    try:
        return zlib.decompressobj().decompress(base64.b64decode(found[1], validate=True), _MOST_BYTES)
    except (zlib.error, binascii.Error):
        raise ZplError(command.offset, "^GF data cannot be unpacked") from None


def _unpack_digits(command: Command, data: str, row_bytes: int) -> bytes:
    width = 2 * row_bytes
    rows: list[str] = []
    row, count = "", 0
    for sign in data:
        if sign in _COUNTS:
            count += _COUNTS[sign]
            continue
        if sign == ":" and not row and rows:
            row = rows[-1]
        elif sign in ",!":
            row = row.ljust(width, "0" if sign == "," else "F")
        elif sign in "0123456789ABCDEFabcdef":
            row += sign * max(count, 1)
        else:
            raise ZplError(command.offset, "^GF data is neither digits nor run lengths")
        count = 0
        while len(row) >= width:
            rows.append(row[:width])
            row = row[width:]
    return bytes.fromhex("".join(rows) + (row if len(row) % 2 == 0 else row + "0"))
