"""Labels before the needle, where a site's policy wants them so: a tube is collected when its label is verified on it."""

import pytest
from sqlalchemy import select

from specimen_service.custody.model import CustodyEvent, Event
from specimen_service.kernel.numbers import number as made
from specimen_service.labels.model import PrintJob
from specimen_service.specimens.model import Collection, Label, LabelState, Specimen, Status
from tests.house import RIVERA, furnish
from tests.station import acts, stored


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock, labels={"timing": "before_in_presence"})


def test_the_labels_print_first_and_each_verify_scan_stamps_its_tube(house, maya, clock):
    maya.order(RIVERA, "PT", "CBC")
    page = maya.identify()
    assert "Lay out the 2 tubes in this order, then print their labels." in page
    assert "Print the labels" in page
    page = maya.tap("collected")
    assert "Draw it, and scan its label." in page
    assert stored(house, select(Specimen.status)) == [Status.ISSUED] * 2
    [snapshot, _] = stored(house, select(PrintJob.snapshot))
    assert any(one.get("text") == "Collected" for one in snapshot["elements"]), "a line to write the time on"
    cit, edta = maya.labels()
    facts = f"{maya.path}/tubes"
    assert "<dd>not yet</dd>" in maya.browser.get(facts).text
    lab = house.sign_in("lab", "")
    assert lab.get("/lab/pending?state=to_draw").text.count("<td>Labelled, not drawn yet<br>") == 2
    assert "No specimen waits in this view." in lab.get("/lab/pending?state=to_return").text
    told = lab.get(f"/specimens/{cit}").text
    assert "Draw it, and scan its label." in told
    assert "Labelled before it was drawn" in told
    assert "with the patient" not in told
    clock.advance(minutes=1)
    first = clock()
    assert "Verified 1 of 2" in maya.scan(cit)
    assert "not yet" not in maya.browser.get(facts).text
    assert "RIVERA" in maya.go("/")
    assert maya.path in str(maya.browser.get("/?mine=1").location)
    assert lab.get("/lab/pending?state=to_draw").text.count("<td>Labelled, not drawn yet<br>") == 1
    clock.advance(minutes=2)
    assert "Verified 2 of 2" in maya.scan(edta)
    assert stored(house, select(Specimen.collected_at).order_by(Specimen.position)) == [first, clock()]
    assert stored(house, select(Collection.collected_at)) == [first]
    events = stored(house, select(CustodyEvent.event).order_by(CustodyEvent.specimen_id, CustodyEvent.seq))
    assert events == [Event.ISSUED, Event.COLLECTED, Event.VERIFIED] * 2
    assert "Done." in maya.tap("shown", answer="yes")


def test_a_labelled_tube_that_was_not_filled_is_planned_again_and_its_label_dies(house, maya):
    maya.order(RIVERA, "PT", "CBC")
    maya.identify()
    maya.tap("collected")
    cit, edta = maya.labels()
    page = maya.tap("not-obtained", not_obtained=f"{cit}:Difficult vein")
    assert "Not obtained" in page
    assert "on tube 2, Lavender EDTA. Draw it" in page
    maya.tap("not-obtained", not_obtained=f"{cit}:Difficult vein")
    states = select(Label.state).order_by(Label.id)
    assert stored(house, states)[:2] == [LabelState.VOIDED, LabelState.CURRENT]
    assert sorted(stored(house, select(Specimen.status))) == [Status.ISSUED, Status.NOT_OBTAINED, Status.TO_COLLECT]
    assert "Verified 1 of 2" in maya.scan(edta)
    assert "Done." in maya.tap("shown", answer="yes")
    assert "PT" in maya.go("/?tab=parked")
    assert len(acts(house, "tube.not_obtained")) == 1


def test_a_label_that_cannot_be_scanned_still_says_when_its_tube_was_filled(house, maya, clock):
    maya.order(RIVERA, "CBC")
    maya.identify()
    maya.tap("collected")
    [number] = maya.labels()
    clock.advance(minutes=1)
    maya.tap("skip", skip=f"{number}:Scanner does not work")
    assert stored(house, select(Specimen.collected_at)) == [clock()]


def test_what_was_drawn_before_is_entered_with_its_time_as_ever(house, maya):
    maya.order(RIVERA, "CBC")
    maya.identify()
    at = house.now().astimezone(house.app.config["SETTINGS"].service.zone)
    maya.tap("collected", collected_at=f"{at.hour:02d}:{at.minute:02d}")
    assert stored(house, select(Specimen.status)) == [Status.COLLECTED]


def test_of_two_orders_drawn_together_the_one_whose_tube_was_not_filled_waits(house, maya):
    first, second = (
        house.post("/orders", {"patient": RIVERA, "tests": [test]}).json["order_number"] for test in ("CBC", "PT")
    )
    maya.go(f"/collect/order/{first}")
    maya.identify()
    maya.tap("collected")
    cit, _edta = maya.labels()
    maya.tap("not-obtained", not_obtained=f"{cit}:Difficult vein")
    parked = maya.browser.get("/?tab=parked").text
    assert f"/collect/order/{second}" in parked
    assert f"/collect/order/{first}" not in parked
    assert f"/collect/order/{second}" not in maya.browser.get("/").text


def test_what_has_a_downtime_label_is_drawn_already_and_no_label_comes_first(house, maya):
    maya.order(RIVERA, "CBC")
    assert "Print the label" in maya.identify()
    page = maya.scan(made(90, 11), "downtime")
    assert "Print the label" not in page
    assert "give the time of the draw, then press Collected." in page
    maya.tap("collected", late_reason="Entered after a downtime")
    assert stored(house, select(Specimen.status)) == [Status.COLLECTED]
