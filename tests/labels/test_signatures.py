"""Who may sign for a label on a tube, and with what."""

import pytest

from specimen_service.accounts.model import Role
from specimen_service.accounts.passwords import hashed
from specimen_service.kernel.errors import Conflict, InvalidInput, NotSigned
from specimen_service.labels.signatures import Claim, Signature, signature
from tests.builders import add_person
from tests.labels.bench import settings

PIN = "302817"


@pytest.fixture
def session(database):
    with database.unit_of_work() as opened:
        yield opened


def sign(session, clock, by, pin=None, **labels):
    return signature(session, clock(), settings(labels=labels), Claim(by, "I saw it.", pin))


@pytest.fixture
def people(session):
    roles = {"Priya": Role.SUPERVISOR, "Ada": Role.ADMIN, "Sam": Role.COLLECTOR, "Lin": Role.LAB}
    return {name.lower(): add_person(session, name, role, pin_hash=hashed(PIN)) for name, role in roles.items()}


@pytest.mark.parametrize("username", ["priya", "ada"])
def test_supervisors_sign_by_name_or_badge_and_with_their_pin(session, clock, people, username):
    badge = people[username].badge
    assert sign(session, clock, username) == sign(session, clock, badge) == Signature(username, "I saw it.", False)
    assert sign(session, clock, username, PIN) == sign(session, clock, badge, PIN)
    assert sign(session, clock, badge, PIN).with_pin


@pytest.mark.parametrize("by", ["sam", "lin", "nobody"])
def test_nobody_but_a_supervisor_signs(session, clock, people, by):
    assert people
    with pytest.raises(InvalidInput, match="supervisor"):
        sign(session, clock, by)


def test_a_wrong_pin_signs_nothing(session, clock, people):
    assert people
    with pytest.raises(NotSigned):
        sign(session, clock, "priya", "111222")


def test_a_site_may_want_every_signature_with_its_pin(session, clock, people):
    with pytest.raises(Conflict, match="badge and PIN"):
        sign(session, clock, "priya", supervisor_pin=True)
    assert sign(session, clock, people["priya"].badge, PIN, supervisor_pin=True).with_pin
