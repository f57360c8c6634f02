"""What is contrary to the rules waits for a person, is explained by what comes later, or is answered by somebody."""

from datetime import timedelta

import pytest

from specimen_service.audit.model import Actor, ActorKind
from specimen_service.custody.actions import (
    Amendment,
    claim,
    correct_event,
    hold,
    release,
    resolve_exception,
    review_aside,
)
from specimen_service.custody.facts import How
from specimen_service.custody.model import Closing, CustodyEvent, Event, Reason
from specimen_service.custody.queries import closed_exceptions, open_exceptions, scans_aside
from specimen_service.kernel.errors import Conflict, InvalidInput
from specimen_service.specimens.model import Status
from tests.builders import NO_POLICY, NOW
from tests.scanning import scan

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def grace(site):
    """A supervisor."""
    return Actor(ActorKind.PERSON, site.courier.id, "Grace", "supervisor")


def questions(site, **filters):
    with site.database.unit_of_work(write=False) as session:
        return open_exceptions(session, **filters)


def closed(site):
    with site.database.unit_of_work(write=False) as session:
        return {row.code: (row.closed_how, row.closed_by) for row in closed_exceptions(session, NOW)}


def answer(site, who, question, how, reason="I asked the courier", **more):
    with site.database.unit_of_work() as session:
        resolve_exception(session, LATER, who, NO_POLICY, exception_id=question.id, how=how, reason=reason, **more)


def test_what_is_parked_is_listed_oldest_first_with_what_a_person_needs(site):
    tube = site.tube()
    site.send(scan("s2", tube.number, "retrieve", 9, location=site.lab.number, note="in the wrong rack"))
    site.send(scan("s1", "4006381333931", "receive", 3))
    first, second = questions(site)
    assert (first.code, first.reason, first.specimen_id, first.number) == (
        "4006381333931",
        "unknown_number",
        None,
        None,
    )
    assert first.message.startswith("No specimen here has this number.")
    assert (second.number, second.status, second.reason) == (tube.number, Status.COLLECTED, Reason.NOT_EXPECTED)
    assert (second.device, second.location, second.said["note"]) == ("handheld-1", "Lab", "in the wrong rack")
    assert questions(site, after=(first.effective_at, first.id)) == [second]
    assert questions(site, reason=Reason.UNKNOWN_NUMBER) == [first]
    assert questions(site, location_id=site.lab.id) == [second]
    assert site.specimen(tube).open_exceptions == 1


def test_a_late_scan_explains_an_earlier_one_and_the_question_closes_itself(site):
    tube = site.tube()
    site.send(scan("s1", tube.number, "receive", 5), scan("s2", tube.number, "retrieve", 30))
    assert [row.reason for row in questions(site)] == ["not_expected"]
    site.send(scan("s3", tube.number, "store", 20))
    assert questions(site) == []
    assert closed(site) == {tube.number: (Closing.EXPLAINED, "")}
    assert (site.specimen(tube).status, site.specimen(tube).open_exceptions) == (Status.RETRIEVED, 0)


def test_a_late_scan_can_make_another_contrary_to_the_rules(site):
    tube = site.tube()
    site.send(scan("s1", tube.number, "receive", 5), scan("s2", tube.number, "pick_up", 30))
    site.send(scan("s3", tube.number, "dispose", 10))
    assert [(row.reason, row.event) for row in questions(site)] == [("disposed", Event.DEPARTED)]
    assert site.specimen(tube).status is Status.DISPOSED


def test_a_step_scanned_again_rightly_closes_the_question(site):
    tube = site.tube()
    site.send(scan("s1", tube.number, "receive", 1, operator="820000000999"))
    assert [row.reason for row in questions(site)] == ["unknown_operator"]
    site.send(scan("s2", tube.number, "receive", 2, operator=site.courier.badge))
    assert questions(site) == []
    assert closed(site) == {tube.number: (Closing.REPEATED, "")}


def test_so_it_is_within_one_batch(site):
    tube = site.tube()
    results = site.send(
        scan("s1", tube.number, "receive", 1, operator="820000000999"), scan("s2", tube.number, "receive", 2)
    )
    assert [result["outcome"] for result in results] == ["parked", "accepted"]
    assert questions(site) == []
    assert site.specimen(tube).open_exceptions == 0


def test_an_unknown_code_resolves_itself_when_it_is_registered(site):
    tube = site.tube()
    site.send(scan("s1", "LIS-7", "receive", 5, location=site.lab.number))
    assert site.specimen(tube).status is Status.COLLECTED
    with site.database.unit_of_work() as session:
        claim(session, LATER, NO_POLICY, tube.id, system="lis", kind="lis", value="LIS-7")
    assert questions(site) == []
    assert closed(site) == {"LIS-7": (Closing.REGISTERED, "")}
    now = site.specimen(tube)
    assert (now.status, now.location_id, now.last_seen_location_id) == (Status.RECEIVED, site.lab.id, site.lab.id)


def test_what_else_was_wrong_with_it_is_asked_then(site):
    tube = site.tube()
    site.send(scan("s1", "LIS-7", "receive", 5, operator="820000000999"))
    with site.database.unit_of_work() as session:
        claim(session, LATER, NO_POLICY, tube.id, system="lis", kind="lis", value="LIS-7")
    assert [(row.reason, row.number) for row in questions(site)] == [("unknown_operator", tube.number)]
    assert site.specimen(tube).status is Status.COLLECTED


def test_a_code_registered_for_two_at_once_moves_neither(site):
    one, other = site.tube(), site.tube()
    site.send(scan("s1", "LIS-7", "receive", 5))
    with site.database.unit_of_work() as session:
        for tube in (one, other):
            claim(session, LATER, NO_POLICY, tube.id, system="lis", kind="lis", value="LIS-7")
    assert [row.reason for row in questions(site)] == ["ambiguous"]
    assert {site.specimen(one).status, site.specimen(other).status} == {Status.COLLECTED}


def test_a_link_makes_both_numbers_name_the_tube_whichever_is_scanned_first(site):
    tube, late = site.tube(), site.tube()
    site.send(scan("s1", tube.number, "link", 1, links_to="]C0LAB-1\r"), scan("s2", late.number, "see", 1))
    site.send(scan("s3", "LAB-1", "receive", 2))
    site.send(scan("s4", "LAB-2", "receive", 2))
    site.send(scan("s5", late.number, "link", 1.5, links_to="LAB-2"))
    assert {site.specimen(one).status for one in (tube, late)} == {Status.RECEIVED}
    assert questions(site) == []


def test_a_person_takes_a_parked_scan_as_real(site, grace):
    tube = site.tube()
    site.send(scan("s1", tube.number, "retrieve", 5, location=site.lab.number))
    before = site.events(CustodyEvent.scan_id == "s1")
    answer(site, grace, questions(site)[0], How.REAL)
    assert questions(site) == []
    assert closed(site) == {tube.number: (Closing.REAL, "Grace")}
    now = site.specimen(tube)
    assert (now.status, now.location_id) == (Status.RETRIEVED, site.lab.id)
    (said,) = site.events(CustodyEvent.event == Event.CORRECTED)
    assert (said.person_id, said.specimen_id, said.seq) == (grace.id, tube.id, 3)
    assert before[0].hash in said.content
    assert "I asked the courier" in said.private
    assert [one.hash for one in site.events(CustodyEvent.scan_id == "s1")] == [before[0].hash], "nothing is rewritten"


def test_a_person_calls_a_parked_scan_mistaken(site, grace):
    tube = site.tube()
    site.send(scan("s1", tube.number, "retrieve", 5, location=site.lab.number))
    assert site.specimen(tube).last_seen_location_id == site.lab.id
    answer(site, grace, questions(site)[0], How.MISTAKEN)
    assert closed(site) == {tube.number: (Closing.MISTAKEN, "Grace")}
    assert site.specimen(tube).last_seen_location_id == site.clinic.id


def test_a_person_says_that_it_was_another_specimen(site, grace):
    tube, other = site.tube(), site.tube()
    site.send(scan("s1", tube.number, "dispose", 1), scan("s2", tube.number, "receive", 5, location=site.lab.number))
    answer(site, grace, questions(site)[0], How.OTHER_SPECIMEN, other_number=f"]C0{other.number}")
    assert (site.specimen(tube).status, site.specimen(other).status) == (Status.DISPOSED, Status.RECEIVED)
    assert questions(site) == []
    site.send(scan("s3", other.number, "see", 0.5))
    assert site.specimen(other).status is Status.RECEIVED, "so it stays when the other is folded anew"


def test_an_unknown_code_can_be_given_to_a_specimen_or_called_real_or_mistaken(site, grace):
    tube = site.tube()
    site.send(*(scan(f"s{i}", f"???{i}", "receive", i) for i in range(3)))
    given, real, mistaken = questions(site)
    answer(site, grace, given, How.OTHER_SPECIMEN, other_number=tube.number)
    answer(site, grace, real, How.REAL)
    answer(site, grace, mistaken, How.MISTAKEN)
    assert questions(site) == []
    assert site.specimen(tube).status is Status.RECEIVED
    assert [how for how, _by in closed(site).values()] == ["mistaken", "real", "other_specimen"]


def test_of_two_people_who_answer_the_second_is_told(site, grace):
    tube = site.tube()
    site.send(scan("s1", tube.number, "retrieve", 5))
    (question,) = questions(site)
    answer(site, grace, question, How.MISTAKEN)
    with pytest.raises(Conflict, match="already"):
        answer(site, grace, question, How.REAL)
    assert site.specimen(tube).status is Status.COLLECTED


def test_an_answer_needs_its_reason_and_the_other_specimen(site, grace):
    tube = site.tube()
    site.send(scan("s1", tube.number, "retrieve", 5))
    (question,) = questions(site)
    with pytest.raises(InvalidInput):
        answer(site, grace, question, How.MISTAKEN, reason="  ")
    for number in (None, tube.number):
        with pytest.raises(InvalidInput):
            answer(site, grace, question, How.OTHER_SPECIMEN, other_number=number)
    assert questions(site) == [question]


def correct(site, who, tube, event, amendment=None, reason="The clock was wrong"):
    with site.database.unit_of_work() as session:
        correct_event(
            session,
            LATER,
            who,
            NO_POLICY,
            specimen_id=tube.id,
            event_hash=event.hash,
            reason=reason,
            amendment=amendment,
        )


def test_a_correction_puts_time_place_and_person_right(site, grace):
    tube = site.tube()
    site.send(scan("s1", tube.number, "receive", 5, location=site.clinic.number))
    (event,) = site.events(CustodyEvent.scan_id == "s1")
    correct(site, grace, tube, event, Amendment(effective_at=NOW + timedelta(minutes=3), location_id=site.lab.id))
    now = site.specimen(tube)
    assert (now.since, now.location_id, now.holder) == (NOW + timedelta(minutes=3), site.lab.id, "Lab")
    correct(site, grace, tube, event, Amendment(person_id=site.courier.id))
    now = site.specimen(tube)
    assert (now.last_seen_by, now.location_id) == ("Dee", site.lab.id), "what was put right before stays so"
    correct(site, grace, tube, event)
    assert site.specimen(tube).status is Status.COLLECTED


def test_an_amended_place_answers_the_question_for_it(site, grace):
    tube = site.tube()
    site.send(scan("s1", tube.number, "receive", 5, location="800000000999"))
    (event,) = site.events(CustodyEvent.scan_id == "s1")
    correct(site, grace, tube, event, Amendment(location_id=site.lab.id))
    assert closed(site) == {tube.number: (Closing.AMENDED, "Grace")}
    assert (site.specimen(tube).status, site.specimen(tube).location_id) == (Status.RECEIVED, site.lab.id)


def test_what_cannot_be_corrected_is_refused(site, grace):
    tube = site.tube()
    (birth,) = site.events()
    with pytest.raises(Conflict):
        correct(site, grace, tube, birth)
    site.send(scan("s1", tube.number, "receive", 5))
    (event,) = site.events(CustodyEvent.scan_id == "s1")
    for bad in (Amendment(), Amendment(effective_at=LATER + timedelta(minutes=1))):
        with pytest.raises(InvalidInput):
            correct(site, grace, tube, event, bad)
    with pytest.raises(InvalidInput):
        correct(site, grace, tube, event, reason="")


def test_a_mistaken_void_brings_the_label_back(site, grace):
    tube = site.tube()
    site.send(scan("s1", tube.number, "void", 5))
    assert site.send(scan("s2", tube.number, "receive", 6))[0]["reason"] == "voided_label"
    assert site.send(scan("s3", tube.number, "see", 4))[0]["outcome"] == "accepted", "by then it was not void"
    (event,) = site.events(CustodyEvent.scan_id == "s1")
    correct(site, grace, tube, event)
    assert questions(site) == []
    assert site.specimen(tube).status is Status.RECEIVED
    assert site.send(scan("s4", tube.number, "store", 7))[0]["outcome"] == "accepted"


def test_a_specimen_on_hold_still_says_where_it_is_and_goes_on_when_released(site, grace):
    tube = site.tube()
    site.send(scan("s1", tube.number, "pick_up", 1, operator=site.courier.badge))
    with site.database.unit_of_work() as session:
        hold(session, LATER, grace, NO_POLICY, specimen_id=tube.id, reason="The consent is missing")
        with pytest.raises(Conflict):
            hold(session, LATER, grace, NO_POLICY, specimen_id=tube.id, reason="twice")
    later = LATER + timedelta(hours=1)
    results = site.send(
        scan("s2", tube.number, "receive", 130, location=site.lab.number),
        scan("s3", tube.number, "accept", 131),
        now=later,
    )
    assert [result["outcome"] for result in results] == ["accepted", "parked"]
    now = site.specimen(tube)
    assert (now.status, now.holder) == (Status.ON_HOLD, "Lab")
    with site.database.unit_of_work() as session:
        release(session, later, grace, NO_POLICY, specimen_id=tube.id, reason="It came")
    assert site.specimen(tube).status is Status.RECEIVED


def test_a_scan_kept_aside_is_looked_into_once(site, grace):
    tube = site.tube()
    site.send(scan("s1", tube.number, "verify"))
    site.send(scan("s1", tube.number, "dispose"))
    site.send(scan("s2", tube.number, "see"), 7)
    with site.database.unit_of_work() as session:
        conflict, nonsense = scans_aside(session)
        assert ([conflict.outcome, nonsense.outcome], nonsense.content) == (["conflict", "invalid"], "7")
        review_aside(session, LATER, grace, aside_id=conflict.id, finding="The handheld counts anew after a reset")
        assert scans_aside(session) == [nonsense]
        with pytest.raises(Conflict):
            review_aside(session, LATER, grace, aside_id=conflict.id, finding="again")
