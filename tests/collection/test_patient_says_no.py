"""The patient says that a label is not theirs: from that tap on the tubes are discarded, whatever else happens."""

from sqlalchemy import select

from specimen_service.custody.model import CustodyEvent, Event
from specimen_service.specimens.model import Specimen, Status
from tests.house import RIVERA
from tests.station import stored


def picked_up(house, number):
    """What the scan of a courier's handheld is answered with."""
    verdict = house.scan(number, "pick_up", scan_id="scan-of-a-courier", as_="handheld")
    return verdict["outcome"], verdict["reason"]


def test_what_the_patient_says_is_wrong_is_discarded_and_drawn_again_under_a_new_order(house, maya):
    cit, edta = maya.collect(RIVERA, "PT", "CBC")
    maya.scan(cit)
    maya.scan(edta)
    page = maya.tap("shown", answer="no")
    assert "Stop. Do not relabel. Discard these tubes, check identity, and draw again." in page
    assert "STOP. The patient says no." in maya.tap("shown", answer="yes")
    assert "Ask for name and birth date" in maya.tap("recollect")
    assert sorted(stored(house, select(Specimen.status))) == [*[Status.REJECTED] * 2, *[Status.TO_COLLECT] * 2]
    assert picked_up(house, cit) == ("parked", "rejected")


def test_what_the_patient_says_is_wrong_is_carried_nowhere_whether_or_not_the_stop_is_acknowledged(house, maya, grace):
    [edta] = maya.collect(RIVERA, "CBC")
    maya.scan(edta)
    maya.tap("shown", answer="no")
    assert picked_up(house, edta) == ("parked", "rejected")
    assert stored(house, select(Specimen.status)) == [Status.REJECTED]
    assert "STOP not acknowledged" in maya.go("/")
    assert "STOP. The patient says no." in maya.go(maya.path)
    assert "Do not draw again" not in grace.go(maya.path)  # to draw again is just what there is to do


def test_what_was_never_obtained_is_no_question_for_the_laboratory(house, maya):
    cit, _edta = maya.collect(RIVERA, "PT", "CBC")
    maya.scan(cit)
    with house.database.unit_of_work() as session:
        session.scalars(select(Specimen).where(Specimen.position == 2)).one().status = Status.NOT_OBTAINED
    maya.tap("shown", answer="no")
    assert stored(house, select(Specimen.status).order_by(Specimen.position)) == [Status.REJECTED, Status.NOT_OBTAINED]
    assert len(stored(house, select(CustodyEvent.id).where(CustodyEvent.event == Event.REJECTED))) == 1


def test_a_no_by_mistake_is_taken_back_on_record_and_what_was_scanned_meanwhile_counts(house, maya):
    cit, edta = maya.collect(RIVERA, "PT", "CBC")
    maya.scan(cit)
    maya.scan(edta)
    maya.tap("shown", answer="no")
    assert picked_up(house, edta) == ("parked", "rejected")
    assert "Both tubes are verified. Show them to the patient" in maya.tap("acknowledge")
    assert stored(house, select(Specimen.status).order_by(Specimen.position)) == [Status.VERIFIED, Status.IN_TRANSIT]
    told = stored(house, select(CustodyEvent.event).where(CustodyEvent.event.in_([Event.REJECTED, Event.CORRECTED])))
    assert sorted(told) == [*[Event.CORRECTED] * 2, *[Event.REJECTED] * 2]
