"""The hash chain of custody events: SHA-256 over one unambiguous form of every column, each row bound to the one before.

The form of a row is a line naming it, then the columns of `COVERED` in their order. Each value is a byte for its kind, then
`i`: four bytes of number; `g`: eight bytes of floating point; `u`: four bytes of length and as many of UTF-8; `N`: nothing
more, a null. Numbers are little-endian; nulls at the end are left out, so that a column added later leaves the hashes of
older rows as they are. `proof.py` writes the same form by hand.
"""

import hashlib
import marshal
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

COVERED = (
    "specimen_id",
    "chain_device_id",
    "seq",
    "previous_hash",
    "event",
    "outcome",
    "reason",
    "effective_at",
    "occurred_at",
    "received_at",
    "device_id",
    "device_seq",
    "person_id",
    "location_id",
    "entry",
    "matched",
    "code",
    "scan_id",
    "content",
    "verdict",
    "private_digest",
)
"""Every column but the internal id, the hash itself, and the two that may be erased. New ones go to the end."""

SALT_BYTES = 32

Plain = None | int | float | str
_DOMAIN = b"specimen-service custody event 2\n"


def digest(row: Mapping[str, object]) -> str:
    """Return the hash of a row as 64 hexadecimal digits; `row` maps at least the covered columns to their values."""
    return hashed([plain(row[name]) for name in COVERED])


def hashed(values: Sequence[object]) -> str:
    """Return the hash of the covered values, plain and in their order; values of a kind no column has give some other hash."""
    end = len(values)
    while end and values[end - 1] is None:
        end -= 1
    # In its second version marshal writes exactly this form, five times faster than anything written in Python.
    return hashlib.sha256(_DOMAIN + marshal.dumps(tuple(values[:end]), 2)).hexdigest()


def plain(value: object) -> Plain:
    """Write a value as the databases keep it; raises `TypeError` for a value of a type that no column has."""
    if value is None:
        return None
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, int):  # a truth value is 0 or 1, as one of the databases keeps it
        return int(value)
    if isinstance(value, float):
        return value
    raise TypeError(f"a custody column cannot hold a {type(value).__name__}")


def time_text(value: datetime) -> str:
    """Write a moment as the chain has it: in UTC with microseconds, `2026-11-21 14:15:00.000000`."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def set_apart(text: str | None, salt: str) -> dict[str, str | None]:
    """Return the columns of what may be erased one day: the text, its random salt, and the digest that stays.

    The chain covers the digest alone. Without the salt nobody can find the text by trying what it may have been.
    """
    if text is None:
        return {"private": None, "private_salt": None, "private_digest": None}
    return {"private": text, "private_salt": salt, "private_digest": private_digest(text, salt)}


def private_digest(text: str, salt: str) -> str:
    """Return the SHA-256 of salt and text; `salt` is 64 hexadecimal digits."""
    return hashlib.sha256(f"{salt}{text}".encode()).hexdigest()
