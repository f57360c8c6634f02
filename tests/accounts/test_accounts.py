"""People signing in and out."""

from datetime import timedelta

import pytest

from specimen_service.accounts.actions import (
    add_person,
    begin_sign_in,
    deactivate,
    reset_password,
    reset_pin,
    sign_out,
    start_session,
)
from specimen_service.accounts.model import Role
from specimen_service.accounts.passwords import matches
from specimen_service.accounts.queries import open_session, people, person_by_badge
from specimen_service.audit.model import SYSTEM
from specimen_service.kernel.errors import Conflict, InvalidInput
from specimen_service.kernel.numbers import Kind, checks, kind_of
from specimen_service.settings import Settings

SETTINGS = Settings()


@pytest.fixture
def maya(database, clock):
    with database.unit_of_work() as session:
        return add_person(
            session,
            clock(),
            SYSTEM,
            username="maya",
            display_name="Maya L.",
            role=Role.COLLECTOR,
            password="lavender tube",
            pin="302817",
        )


def try_to_sign_in(database, now, password):
    with database.unit_of_work() as session:
        tried = begin_sign_in(session, now, "maya")
    if tried.barred or not matches(password, tried.kept_hash):
        return None
    with database.unit_of_work() as session:
        return start_session(session, now, person_id=tried.person_id, station=None)


def who(database, token, now, *, active=True):
    with database.unit_of_work() as session:
        found = open_session(session, token, now, SETTINGS, active=active)
    return found.actor.name if found and not found.locked else None


def test_a_badge_has_a_number_of_its_own_kind_and_no_secret_is_kept(database, maya):
    assert kind_of(maya.badge) is Kind.BADGE
    assert checks(maya.badge)
    assert "302817" not in maya.pin_hash
    with database.unit_of_work(write=False) as session:
        assert person_by_badge(session, maya.badge).username == "maya"


def test_the_right_password_opens_a_session_until_it_is_ended(database, clock, maya):
    token = try_to_sign_in(database, clock(), "lavender tube")
    assert who(database, token, clock()) == "Maya L."
    with database.unit_of_work() as session:
        found = open_session(session, token, clock(), SETTINGS, active=True)
        sign_out(session, clock(), found.actor, found.sign_in_id)
    assert who(database, token, clock()) is None


def test_five_wrong_passwords_bar_even_the_right_one_for_five_minutes(database, clock, maya):
    for _ in range(5):
        assert try_to_sign_in(database, clock(), "wrong password") is None
    assert try_to_sign_in(database, clock(), "lavender tube") is None
    clock.advance(minutes=5, seconds=1)
    assert try_to_sign_in(database, clock(), "lavender tube") is not None


def test_polling_keeps_nobody_signed_in_and_work_does(database, clock, maya):
    token = try_to_sign_in(database, clock(), "lavender tube")
    for _ in range(3):
        clock.advance(seconds=110)
        assert who(database, token, clock()) == "Maya L."
    clock.advance(seconds=110)
    assert who(database, token, clock(), active=False) == "Maya L."
    clock.advance(seconds=20)
    assert who(database, token, clock(), active=False) is None


@pytest.mark.parametrize(
    "end",
    [
        lambda s, n: deactivate(s, n, SYSTEM, username="maya"),
        lambda s, n: reset_password(s, n, SYSTEM, username="maya", password="another one"),
    ],
)
def test_a_deactivated_person_and_a_new_password_end_every_session(database, clock, maya, end):
    token = try_to_sign_in(database, clock(), "lavender tube")
    with database.unit_of_work() as session:
        end(session, clock())
    assert who(database, token, clock() + timedelta(seconds=1)) is None


@pytest.mark.parametrize("token", ["", "guess", "maya"])
def test_a_guessed_token_is_nobody(database, clock, maya, token):
    assert who(database, token, clock()) is None


def test_a_taken_username_and_a_weak_pin_are_refused_with_the_remedy(database, clock, maya):
    with pytest.raises(Conflict, match="taken"), database.unit_of_work() as session:
        add_person(
            session,
            clock(),
            SYSTEM,
            username="maya",
            display_name="M",
            role=Role.LAB,
            password="lavender tube",
            pin="302817",
        )
    with pytest.raises(InvalidInput, match="six digits"), database.unit_of_work() as session:
        reset_pin(session, clock(), SYSTEM, username="maya", pin="1234")
    with database.unit_of_work(write=False) as session:
        assert [one.username for one in people(session)] == ["maya"]
