"""When a sign-in is refused for a while, and when a session is over."""

from datetime import UTC, datetime, timedelta

import pytest

from specimen_service.accounts.passwords import hashed, matches
from specimen_service.accounts.rules import barred_until, password_fault, pin_fault, session_is_over

NOW = datetime(2026, 11, 21, 14, 15, tzinfo=UTC)


def test_the_fifth_failure_in_a_row_bars_for_five_minutes():
    assert barred_until(4, NOW) is None
    assert barred_until(5, NOW) == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("age", "idle", "over"),
    [(10, 9, False), (10, 10, False), (11, 11, True), (719, 1, False), (720, 1, False), (721, 1, True)],
)
def test_a_session_ends_when_idle_for_ten_minutes_or_older_than_twelve_hours(age, idle, over):
    started, seen = NOW - timedelta(minutes=age), NOW - timedelta(minutes=idle)
    assert session_is_over(started, seen, NOW, idle_minutes=10, hours=12) is over


@pytest.mark.parametrize("pin", ["12345", "1234567", "12345a", "", "111111", "123456", "654321", "١٢٣٤٥٦"])
def test_a_pin_has_six_digits_and_is_not_guessed_at_once(pin):
    assert pin_fault(pin) is not None


def test_an_ordinary_pin_and_a_long_password_pass():
    assert pin_fault("302817") is None
    assert password_fault("correct horse") is None
    assert password_fault("too short") is not None


def test_a_kept_hash_matches_its_secret_only():
    kept = hashed("correct horse")
    assert "correct" not in kept
    assert matches("correct horse", kept)
    assert not matches("correct hors", kept)
    assert not matches("correct horse", None)
    assert not matches("correct horse", "not a hash")
