"""The hash chain of custody events: SHA-256 over one unambiguous form of every column, each row bound to the one before.

The form of a row is the domain word and then, for every column that is not null and in the order of `COVERED`:
`name tag length:value`, with the value in UTF-8 and its length in bytes. A null contributes nothing, so that a column
added later leaves the hashes of older rows as they are, and still no value can be added or taken away unseen.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

COVERED = (
    "chain_device_id",
    "code",
    "content",
    "device_id",
    "device_seq",
    "effective_at",
    "entry",
    "event",
    "location_id",
    "matched",
    "occurred_at",
    "outcome",
    "person_id",
    "previous_hash",
    "reason",
    "received_at",
    "scan_id",
    "seq",
    "specimen_id",
    "verdict",
)
"""Every column but the internal id and the hash itself."""

_DOMAIN = "specimen-service custody event 1\n"


def digest(row: Mapping[str, object]) -> str:
    """Return the hash of a row as 64 hexadecimal digits; `row` maps at least the covered columns to their values."""
    return hashlib.sha256(canonical(row)).hexdigest()


def canonical(row: Mapping[str, object]) -> bytes:
    """Write a row's covered columns in their one form; raises `TypeError` for a value of a type no column has."""
    parts = [_DOMAIN]
    for name in COVERED:
        value = row[name]
        if value is None:
            continue
        if isinstance(value, int):  # a truth value is 0 or 1, as one of the databases keeps it
            text, tag = str(int(value)), "i"
        else:
            text, tag = _text(value), "s"
        parts.append(f"{name} {tag} {len(text) if text.isascii() else len(text.encode())}:{text}\n")
    return "".join(parts).encode()


def time_text(value: datetime) -> str:
    """Write a moment as the chain has it: UTC with microseconds, `2026-11-21 14:15:00.000000+00:00`."""
    return value.astimezone(UTC).isoformat(" ", "microseconds")


def _text(value: object) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return time_text(value)
    raise TypeError(f"a custody column cannot hold a {type(value).__name__}")
