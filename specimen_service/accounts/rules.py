"""When a sign-in is refused for a while, and when a session is over."""

from datetime import datetime, timedelta

TRIES = 5
BARRED_FOR = timedelta(minutes=5)
SEEN_STEP = timedelta(seconds=20)
"""Activity is written at most this often, so that looking at pages does not cost a write each."""

SHORTEST_PASSWORD = 10
PIN_LENGTH = 6


def barred_until(failures: int, now: datetime) -> datetime | None:
    """Return until when tries are refused after so many failures in a row; None: not yet."""
    return now + BARRED_FOR if failures >= TRIES else None


def session_is_over(started: datetime, last_seen: datetime, now: datetime, *, idle_minutes: int, hours: int) -> bool:
    """Tell whether a session has been idle too long or is too old (45 CFR 164.312(a)(2)(iii), automatic logoff)."""
    return now - last_seen > timedelta(minutes=idle_minutes) or now - started > timedelta(hours=hours)


def password_fault(password: str) -> str | None:
    """Say what is wrong with a new password; None: nothing."""
    if len(password) < SHORTEST_PASSWORD:
        return f"needs at least {SHORTEST_PASSWORD} characters"
    return None


def pin_fault(pin: str) -> str | None:
    """Say what is wrong with a new PIN; None: nothing."""
    if len(pin) != PIN_LENGTH or not pin.isascii() or not pin.isdigit():
        return f"needs exactly {PIN_LENGTH} digits"
    if len(set(pin)) == 1 or pin in "0123456789876543210":
        return "is too easy to guess"
    return None
