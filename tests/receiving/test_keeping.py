"""Keeping a specimen with a fault on a supervisor's signature; holding, missing and finding one."""

import pytest
from sqlalchemy import select

from specimen_service.accounts.model import Person
from specimen_service.specimens.model import SignedException
from tests.house import PIN
from tests.receiving.test_rejecting import pending, received, reject, specimen

STATEMENT = "Cerebrospinal fluid; I took it myself and know whose it is."


def sign(house, number, by="supervisor", role="lab", **more):
    form = {"reason": "RM", "statement": STATEMENT, "badge": house.badges[by], "pin": PIN} | more
    return house.sign_in(role, "").post(f"/lab/specimens/{number}/exception", data=form)


def act(house, number, path, **form):
    house.now.advance(minutes=1)
    return house.sign_in("lab", "").post(f"/lab/specimens/{number}/{path}", data=form)


def test_a_signed_exception_stays_on_the_specimen_for_everybody_to_see(anywhere):
    number = received(anywhere, place="Inspection")
    assert sign(anywhere, number).status_code == 303
    found = specimen(anywhere, number)
    assert found["status"] == "accepted"
    (exception,) = found["signed_exceptions"]
    assert (exception["reason"], exception["statement"], exception["signed_by"]) == ("RM", STATEMENT, "Supervisor One")
    for path in (f"/specimens/{number}", f"/lab/specimens/{number}"):
        assert STATEMENT in anywhere.sign_in("lab", "").get(path).text
    last = anywhere.get(f"/specimens/{number}/custody", as_="lab").json["events"][-1]
    assert (last["event"], last["operator"], last["said"]["signed_exception"]) == ("accepted", "Supervisor One", "RM")


def test_a_specimen_for_transfusion_is_never_kept_with_a_fault(house):
    number = received(house, tests=("TYSC",), container="PINK")
    answer = sign(house, number)
    assert "never kept with a fault" in answer.text
    assert specimen(house, number)["signed_exceptions"] == []
    page = house.sign_in("supervisor").get(f"/lab/specimens/{number}").text
    assert "Nobody can sign for it" in page
    assert 'name="pin"' not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"by": "lab"}, "Only a supervisor can sign for this."),
        ({"pin": "000001"}, "That badge and PIN do not fit."),
        ({"statement": " "}, "Say why it cannot be collected again"),
        ({"reason": "XX"}, "Choose what is wrong with the specimen."),
    ],
)
def test_without_a_supervisors_own_signature_nothing_is_kept(house, changes, words):
    number = received(house)
    answer = sign(house, number, **changes)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert specimen(house, number)["signed_exceptions"] == []


def test_a_wrong_pin_is_counted(house, sqlite_database):
    number = received(house)
    sign(house, number, pin="000001")
    with sqlite_database.unit_of_work(write=False) as session:
        tries = select(Person.failed_sign_ins).where(Person.username == "supervisor")
        assert session.scalars(tries).one() == 1


def test_pressed_twice_it_is_signed_once(house, sqlite_database):
    number = received(house)
    sign(house, number), sign(house, number)
    with sqlite_database.unit_of_work(write=False) as session:
        assert len(session.scalars(select(SignedException)).all()) == 1


def test_a_rejected_specimen_is_not_signed_for(house):
    number = received(house)
    reject(house, number)
    assert "correct the rejection first" in sign(house, number).text
    assert specimen(house, number)["signed_exceptions"] == []


def test_a_specimen_on_hold_waits_until_it_is_released_with_a_reason(anywhere):
    number = received(anywhere, place="Inspection")
    assert "Say why." in act(anywhere, number, "hold", act="hold", note=" ").text
    act(anywhere, number, "hold", act="hold", note="The order is incomplete")
    assert (specimen(anywhere, number)["status"], pending(anywhere)[number]["step"]) == ("on_hold", "on_hold")
    assert "The order is incomplete" in anywhere.sign_in("lab", "").get(f"/specimens/{number}").text
    again = act(anywhere, number, "hold", act="hold", note="Once more")
    assert "on hold already" in again.text
    act(anywhere, number, "hold", act="release", note="The order was completed")
    assert specimen(anywhere, number)["status"] == "received"


def test_a_lost_specimen_is_to_be_found_and_turns_up_at_a_place(house):
    number = received(house, place="Inspection")
    act(house, number, "search", act="lost", note="Not in rack 4")
    assert pending(house)[number]["step"] == "to_find"
    page = act(house, number, "search", act="found", location=house.locations["Cold room"], note="Behind the fridge")
    assert "Found" in page.text
    found = specimen(house, number)
    assert (found["status"], found["location"]) == ("received", "Cold room")
