"""A link holds as people left it: what is put right moves the number, and with it the scans that came by it."""

from datetime import timedelta

import pytest

from specimen_service.audit.model import Actor, ActorKind
from specimen_service.custody.actions import Amendment, correct_event, resolve_exception
from specimen_service.custody.facts import How
from specimen_service.custody.model import CustodyEvent
from specimen_service.custody.queries import open_exceptions
from specimen_service.specimens.model import Status
from tests.builders import NO_POLICY, NOW
from tests.scanning import scan

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def grace(site):
    """A supervisor."""
    return Actor(ActorKind.PERSON, site.courier.id, "Grace", "supervisor")


def questions(site):
    with site.database.unit_of_work(write=False) as session:
        return [(row.code, row.reason) for row in open_exceptions(session)]


def put_right(site, who, tube, scan_id, amendment=None):
    (event,) = site.events(CustodyEvent.scan_id == scan_id)
    with site.database.unit_of_work() as session:
        about = {"specimen_id": tube.id, "event_hash": event.hash, "reason": "misread", "amendment": amendment}
        correct_event(session, LATER, who, NO_POLICY, **about)


def test_a_mistaken_link_gives_back_what_came_by_its_number(site, grace):
    tube = site.tube()
    site.send(scan("s1", "LAB-1", "receive", 5), scan("s2", tube.number, "link", 1, links_to="LAB-1"))
    assert (site.specimen(tube).status, questions(site)) == (Status.RECEIVED, [])
    put_right(site, grace, tube, "s2")
    assert site.specimen(tube).status is Status.COLLECTED
    assert questions(site) == [("LAB-1", "unknown_number")]


def test_a_link_made_twice_holds_although_one_was_mistaken(site, grace):
    tube = site.tube()
    site.send(*(scan(f"s{i}", tube.number, "link", i, links_to="LAB-1") for i in (1, 2)))
    put_right(site, grace, tube, "s1")
    site.send(scan("s3", "LAB-1", "receive", 5))
    assert site.specimen(tube).status is Status.RECEIVED


def test_a_link_whose_badge_is_put_right_holds(site, grace):
    tube = site.tube()
    site.send(scan("s1", tube.number, "link", 1, links_to="LAB-1", operator="820000000999"))
    put_right(site, grace, tube, "s1", Amendment(person_id=site.courier.id))
    site.send(scan("s2", "LAB-1", "receive", 5))
    assert (site.specimen(tube).status, questions(site)) == (Status.RECEIVED, [])


def test_a_link_that_was_another_specimens_names_that_one(site, grace):
    tube, other = site.tube(), site.tube()
    site.send(scan("s1", tube.number, "link", 1, links_to="LAB-1", operator="820000000999"))
    with site.database.unit_of_work() as session:
        (question,) = open_exceptions(session)
        answer = {"how": How.OTHER_SPECIMEN, "reason": "misread", "other_number": other.number}
        resolve_exception(session, LATER, grace, NO_POLICY, exception_id=question.id, **answer)
    site.send(scan("s2", "LAB-1", "receive", 5))
    assert (site.specimen(tube).status, site.specimen(other).status) == (Status.COLLECTED, Status.RECEIVED)


def test_a_number_stuck_on_two_tubes_is_the_firsts_until_then_and_nobodys_after(site, grace):
    tube, other = site.tube(), site.tube()
    between, after = scan("s1", "LAB-1", "receive", 10), scan("s2", "LAB-1", "store", 30)
    links = [scan(f"l{i}", one.number, "link", i * 10, links_to="LAB-1") for i, one in ((0, tube), (2, other))]
    site.send(links[0], between, after)
    assert site.specimen(tube).status is Status.STORED
    site.send(links[1])
    assert [site.specimen(one).status for one in (tube, other)] == [Status.RECEIVED, Status.COLLECTED]
    assert questions(site) == [("LAB-1", "ambiguous")]
    put_right(site, grace, other, "l2")
    assert (site.specimen(tube).status, questions(site)) == (Status.STORED, [])


def test_a_person_says_whose_a_scan_is_that_several_could_be_of(site, grace):
    tube, other = site.tube(), site.tube()
    site.send(scan("l1", tube.number, "link", 0, links_to="LAB-1"), scan("s1", "LAB-1", "receive", 30))
    site.send(scan("l2", other.number, "link", 20, links_to="LAB-1"))
    with site.database.unit_of_work() as session:
        (question,) = open_exceptions(session)
        answer = {"how": How.OTHER_SPECIMEN, "reason": "seen on it", "other_number": other.number}
        resolve_exception(session, LATER, grace, NO_POLICY, exception_id=question.id, **answer)
    assert [site.specimen(one).status for one in (tube, other)] == [Status.COLLECTED, Status.RECEIVED]
    put_right(site, grace, other, "l2")
    assert [site.specimen(one).status for one in (tube, other)] == [Status.COLLECTED, Status.RECEIVED]
    assert questions(site) == []
