"""When a sign-in is refused for a while, when a session locks, and when it is over."""

from datetime import UTC, date, datetime, timedelta

import pytest

from specimen_service.accounts.passwords import hashed, matches
from specimen_service.accounts.rules import (
    Credential,
    CredentialNotice,
    Patience,
    SessionState,
    badge_fault,
    barred_until,
    credential_fault,
    credential_notice,
    password_fault,
    pin_fault,
    session_state,
)
from specimen_service.kernel.numbers import PREFIXES, Kind, number

NOW = datetime(2026, 11, 21, 14, 15, tzinfo=UTC)


def test_the_fifth_failure_in_a_row_bars_for_five_minutes():
    assert barred_until(4, NOW) is None
    assert barred_until(5, NOW) == NOW + timedelta(minutes=5)


PATIENCE = Patience(lock=timedelta(minutes=2), sign_out=timedelta(minutes=10), oldest=timedelta(hours=12))
OPEN, LOCKED, OVER = SessionState


@pytest.mark.parametrize(
    ("age", "idle", "by_hand", "state"),
    [
        (10, 2, False, OPEN),
        (10, 2.1, False, LOCKED),
        (10, 10, False, LOCKED),
        (11, 10.1, False, OVER),
        (10, 0, True, LOCKED),
        (11, 10.1, True, OVER),
        (720, 1, False, OPEN),
        (720.1, 0, False, OVER),
        (720.1, 0, True, OVER),
    ],
)
def test_a_session_locks_after_two_idle_minutes_and_ends_after_ten_or_in_twelve_hours(age, idle, by_hand, state):
    started, seen = NOW - timedelta(minutes=age), NOW - timedelta(minutes=idle)
    locked = seen if by_hand else None
    assert session_state(started, seen, locked, NOW, PATIENCE) is state


def test_only_a_badge_is_taken_for_a_badge():
    badge = number(PREFIXES[Kind.BADGE], 7)
    assert badge_fault(badge) is None
    assert "not a badge" in badge_fault(number(PREFIXES[Kind.LOCATION], 7))
    assert "not a badge" in badge_fault("4006381333931")
    assert "don't add up" in badge_fault(badge[:-1] + str((int(badge[-1]) + 1) % 10))


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
    assert not matches("nobody has this password", "")


LAST = date(2027, 2, 28)
CMA = Credential("CMA (AAMA)", LAST)


@pytest.mark.parametrize(
    ("left", "sentence", "expired"),
    [
        (60, "Your CMA (AAMA) expires 28 FEB 2027 (60 days).", False),
        (41, "Your CMA (AAMA) expires 28 FEB 2027 (41 days).", False),
        (1, "Your CMA (AAMA) expires 28 FEB 2027 (1 day).", False),
        (0, "Your CMA (AAMA) expires today, 28 FEB 2027.", False),
        (-1, "Your CMA (AAMA) expired 28 FEB 2027; ask your manager.", True),
        (-400, "Your CMA (AAMA) expired 28 FEB 2027; ask your manager.", True),
    ],
)
def test_a_credential_is_warned_of_for_sixty_days_and_holds_to_the_end_of_its_last(left, sentence, expired):
    assert credential_notice(CMA, LAST - timedelta(days=left)) == CredentialNotice(sentence, expired=expired)


def test_nothing_is_said_of_a_credential_61_days_before_its_last():
    assert credential_notice(CMA, LAST - timedelta(days=61)) is None


def test_the_words_of_a_credential_have_1_to_60_characters_on_one_line():
    assert credential_fault("C" * 60) is None
    for words in ("", "  ", "C" * 61, "CMA\nAAMA"):
        assert "1 to 60 characters" in credential_fault(words)
