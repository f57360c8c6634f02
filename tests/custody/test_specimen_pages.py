"""The page of one specimen tells its life, and takes corrections from the laboratory."""

import pytest
from sqlalchemy import select

from specimen_service.custody.model import CustodyEvent, Event
from specimen_service.specimens.model import Specimen
from tests.house import furnish


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


@pytest.fixture
def number(house, clock):
    found = house.collect()["specimens"][0]["number"]
    clock.advance(minutes=30)
    return found


def event_of(database, kind):
    with database.unit_of_work(write=False) as session:
        return session.scalars(select(CustodyEvent).where(CustodyEvent.event == kind)).one()


def specimen_in(database):
    with database.unit_of_work(write=False) as session:
        return session.scalars(select(Specimen)).one()


def test_the_timeline_tells_who_what_where_when_and_how(house, number):
    badge, bench = house.badges["courier"], house.locations["Lab bench"]
    house.scan(number, "pick_up", scan_id="s1", operator=badge, counterparty=house.badges["collector"], entry="typed")
    house.scan(number, "receive", scan_id="s2", location=bench, temperature_c=4.5, note="dented lid")
    house.scan(number, "retrieve", scan_id="s3")
    page = house.sign_in("lab").get(f"/specimens/{number}").text
    for words in (
        "Picked up",
        "Courier One",
        "typed at station",
        "Handed over with Collector One.",
        "Lab bench",
        "4.5 °C.",
        "dented lid",
        "Retrieved: kept for review",
        "Kept for review, because it did not fit where the specimen stood.",
        "1 scan",
    ):
        assert words in page


def test_a_name_runs_as_its_own_script_does_as_a_whole(house):
    said = {"mrn": "P7", "family_name": "الحداد", "given_name": "ليلى", "birth_date": "1984-03-14", "sex": "F"}
    number = house.collect(patient=said)["specimens"][0]["number"]
    # Isolated by halves, the comma between them would put the family name last for who reads from the right.
    assert "<bdi>الحداد, ليلى</bdi>" in house.sign_in("lab").get(f"/specimens/{number}").text


def test_a_scan_that_changed_nothing_is_told_as_said_again(house, number, clock):
    for scan_id in ("s1", "s2"):
        house.scan(number, "receive", scan_id=scan_id, location=house.locations["Lab bench"])
        clock.advance(minutes=20)
    page = house.sign_in("lab").get(f"/specimens/{number}").text
    assert [page.count(f'<p class="what">{words}</p>') for words in ("Received", "Received, again")] == [1, 1]
    assert "In this state for</dt><dd>" in page
    assert ">40 min</time>" in page


def test_a_correction_stands_beside_what_it_corrects(house, number, sqlite_database):
    house.scan(number, "receive", scan_id="s1", location=house.locations["Clinic"])
    event = event_of(sqlite_database, Event.RECEIVED)
    browser = house.sign_in("lab")
    form = browser.get(f"/specimens/{number}/events/{event.hash}").text
    assert 'Say how “Received” of <span class="nowrap">21 NOV 2026 09:45</span> really was.' in form
    bench = next(line for line in form.splitlines() if "Lab bench</option>" in line).split('value="')
    place = next(part.split('"')[0] for part in bench if ">Lab bench<" in part)
    sent = {"reason": "Wrong bench on the handheld", "at": "09:40", "place": place, "how": "amended"}
    assert browser.post(f"/specimens/{number}/events/{event.hash}", data=sent).status_code == 303
    page = browser.get(f"/specimens/{number}").text
    assert "“Received” of 21 NOV 2026 09:45 was 21 NOV 2026 09:40 at Lab bench." in page
    assert "Wrong bench on the handheld" in page
    assert specimen_in(sqlite_database).holder == "Lab bench"
    told = house.get(f"/specimens/{number}/custody", as_="lab").json["events"]
    assert [one["event"] for one in told] == ["collected", "received", "corrected"]
    assert told[1]["location"] == "Clinic", "as it was recorded"


def test_an_event_that_never_happened_counts_no_more_but_stays_to_be_seen(house, number, sqlite_database):
    house.scan(number, "receive", scan_id="s1", location=house.locations["Lab bench"])
    event = event_of(sqlite_database, Event.RECEIVED)
    browser = house.sign_in("supervisor")
    sent = {"reason": "Another tube was in the rack", "how": "mistaken"}
    browser.post(f"/specimens/{number}/events/{event.hash}", data=sent)
    assert specimen_in(sqlite_database).status == "collected"
    page = browser.get(f"/specimens/{number}").text
    assert "“Received” of 21 NOV 2026 09:45 was mistaken and does not count." in page
    assert "A person found it mistaken; it does not count." in page
    told = house.get(f"/specimens/{number}/custody", as_="lab").json["events"]
    assert [(one["counts"], one["closed"]) for one in told] == [(True, None), (False, "mistaken"), (True, None)]


def test_a_correction_needs_its_reason_and_what_was_otherwise(house, number, sqlite_database):
    house.scan(number, "receive", scan_id="s1", location=house.locations["Lab bench"])
    event = event_of(sqlite_database, Event.RECEIVED)
    browser = house.sign_in("lab")
    path = f"/specimens/{number}/events/{event.hash}"
    for sent, word in (
        ({"how": "mistaken"}, "Say why."),
        ({"how": "amended", "reason": "x"}, "Write what was otherwise"),
        ({"how": "amended", "reason": "x", "at": "23:59"}, "This time is still to come."),
        ({"how": "amended", "reason": "x", "place": "9999"}, ""),
    ):
        reply = browser.post(path, data=sent)
        assert (reply.status_code, word in reply.text) == (422, True)
    assert specimen_in(sqlite_database).chain_length == 2


def test_who_may_not_correct_is_not_offered_it(house, number, sqlite_database):
    house.scan(number, "receive", scan_id="s1")
    event = event_of(sqlite_database, Event.RECEIVED)
    assert f"/events/{event.hash}" in house.sign_in("lab").get(f"/specimens/{number}").text
    for role in ("collector", "courier"):
        browser = house.sign_in(role)
        assert "/events/" not in browser.get(f"/specimens/{number}").text
        assert browser.get(f"/specimens/{number}/events/{event.hash}").status_code == 403


def test_the_collection_itself_is_not_corrected_here(house, number, sqlite_database):
    birth = event_of(sqlite_database, Event.COLLECTED)
    assert house.sign_in("lab").get(f"/specimens/{number}/events/{birth.hash}").status_code == 404
