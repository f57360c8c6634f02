"""Signing for an act with badge and PIN amid another's session: tries are counted before the PIN is looked at."""

import threading

import pytest

from specimen_service.accounts.actions import check_pin, reset_pin
from specimen_service.accounts.model import Person
from specimen_service.accounts.passwords import hashed
from specimen_service.accounts.rules import BARRED_FOR, TRIES
from specimen_service.audit.model import SYSTEM
from specimen_service.kernel.errors import NotSigned
from tests.builders import add_person

PIN = "302817"


@pytest.fixture
def badge(database):
    with database.unit_of_work() as session:
        return add_person(session, "Priya", pin_hash=hashed(PIN)).badge


def signs(database, clock, badge, pin=PIN):
    with database.unit_of_work() as session:
        return check_pin(session, clock(), badge=badge, pin=pin)


def refused(database, clock, badge, pin="111222") -> str:
    with pytest.raises(NotSigned) as caught:
        signs(database, clock, badge, pin)
    return str(caught.value)


def test_a_badge_and_its_pin_sign_for_somebody(database, clock, badge):
    assert signs(database, clock, f"]C0{badge}\r\n").username == "priya"


@pytest.mark.parametrize("unknown", ["", "820000000999"])
def test_a_badge_of_nobody_signs_nothing(database, clock, badge, unknown):
    assert refused(database, clock, unknown, PIN) == refused(database, clock, badge, "111222")


def test_five_wrong_pins_bar_the_badge_though_every_request_failed(database, clock, badge):
    for _ in range(TRIES):
        assert "do not fit" in refused(database, clock, badge)
    assert "Wait five minutes" in refused(database, clock, badge, PIN)
    clock.now += BARRED_FOR
    assert signs(database, clock, badge).username == "priya"


def test_a_right_pin_forgets_the_wrong_ones_and_a_new_pin_lifts_the_bar(database, clock, badge):
    for _ in range(TRIES - 1):
        refused(database, clock, badge)
    signs(database, clock, badge)
    for _ in range(TRIES):
        refused(database, clock, badge)
    with database.unit_of_work() as session:
        reset_pin(session, clock(), SYSTEM, username="priya", pin="918273")
    assert signs(database, clock, badge, "918273").username == "priya"


def test_many_who_try_at_once_get_five_tries_together(database, clock, badge):
    said, barrier = [], threading.Barrier(9)

    def guess():
        barrier.wait()
        said.append(refused(database, clock, badge))

    guessers = [threading.Thread(target=guess) for _ in range(9)]
    for one in guessers:
        one.start()
    for one in guessers:
        one.join()
    assert sum("do not fit" in one for one in said) == TRIES


def test_somebody_inactive_signs_nothing(database, clock, badge):
    with database.unit_of_work() as session:
        session.query(Person).one().active = False
    refused(database, clock, badge, PIN)
