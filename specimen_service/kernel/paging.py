"""Cursors of keyset pages: the last row's sort key, opaque to callers and checked when it comes back."""

import base64
import binascii
import json
import re

from specimen_service.kernel.errors import Fault, InvalidInput
from specimen_service.kernel.language import say

PAGE_LIMIT = 200


def encode_cursor(key: list[str | int | None]) -> str:
    """Pack a sort key into a short text safe in a URL."""
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[str | int | None]:
    """Unpack a cursor of `length` parts; raises `InvalidInput` for one that did not come from here."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        key = None
    if not isinstance(key, list) or len(key) != length or not all(map(_fits_a_column, key)):
        raise InvalidInput([Fault("/cursor", say("This cursor is not one of ours. Start again without it."))])
    return key


def _fits_a_column(part: object) -> bool:
    # What a forged cursor may hold must not get as far as the database's driver.
    match part:
        case None:
            return True
        case bool():
            return False
        case int():
            return -(2**63) <= part < 2**63
        case str():
            return re.search("[\0\ud800-\udfff]", part) is None
    return False
