"""The hash chain of custody events: SHA-256 over one unambiguous form of every column, each row bound to the one before.

`proof.py` says what the form is.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from specimen_service.custody.proof import hashed, private_digest

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
    "about",
    "put_into",
)
"""Every column but the internal id, the hash itself, and the two that may be erased. New ones go to the end."""

SALT_BYTES = 32

Plain = None | int | float | str


def digest(row: Mapping[str, object]) -> str:
    """Return the hash of a row as 64 hexadecimal digits; `row` maps at least the covered columns to their values."""
    return hashed([plain(row[name]) for name in COVERED])


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
