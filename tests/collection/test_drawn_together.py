"""Several orders of one patient are one draw: the patient is stuck once, and each order knows its tubes."""

from datetime import timedelta

from sqlalchemy import func, select

from specimen_service.collection.model import Draw, Outcome
from specimen_service.collection.rules import is_due
from specimen_service.specimens.model import Collection, Specimen, SpecimenTest, Status
from tests.house import RIVERA
from tests.station import acts, stored


def order(house, *tests, **more):
    return house.post("/orders", {"patient": RIVERA, "tests": list(tests)} | more).json["order_number"]


def wristband(chair):
    chair.path = ""
    return chair.tap("collect/find", code=RIVERA["mrn"], entry="scanned")


def open_draws(house):
    return stored(house, select(func.count()).where(Draw.ended_at.is_(None), Draw.collection_id.is_(None)))


def test_orders_of_one_patient_are_one_draw_and_share_a_tube(house, maya):
    past = (house.now() - timedelta(hours=1)).isoformat()
    order(house, "CBC", "PT")
    second = order(house, "HBA1C", "CMP", due_at=past, priority="stat")
    page = wristband(maya)
    assert "Ask for name and birth date" in page
    page = maya.identify()
    assert "Draw the 3 tubes in this order" in page
    assert "2 orders of this patient are drawn together." in page
    assert "CBC, HBA1C" in page
    assert "STAT" in page
    lead = maya.path
    maya.go(f"/collect/order/{second}")
    assert maya.path == lead
    maya.tap("collected")
    assert len(maya.labels()) == 3
    assert "Nobody is waiting" in maya.go("/") or "still to scan" in maya.go("/")
    assert stored(house, select(func.count(Collection.id))) == [1]
    assert stored(house, select(SpecimenTest.order_id).distinct().order_by(SpecimenTest.order_id)) == [1, 2]
    assert open_draws(house) == [0]
    maya.go(f"/collect/order/{second}")
    assert maya.path.startswith("/collect/sitting/")


def test_an_order_that_comes_in_later_is_added_in_one_tap_and_never_unseen(house, maya):
    order(house, "CBC")
    wristband(maya)
    maya.identify()
    [first] = stored(house, select(Specimen.id))
    late = order(house, "PT")
    assert "RIVERA, Ana has another order waiting." in maya.go(maya.path)
    lead = maya.path
    maya.go(f"/collect/order/{late}")
    assert maya.path == lead
    assert "Draw the 2 tubes" in maya.tap("join", order=late)
    assert "The tubes have changed meanwhile." in maya.tap("collected", shown=str(first))
    assert "has another order" not in maya.go(maya.path)
    maya.tap("collected")
    assert len(maya.labels()) == 2
    assert len(acts(house, "draw.joined")) == 1


def test_what_is_left_of_either_order_is_parked_and_both_end_when_the_patient_leaves(house, maya, grace):
    order(house, "CBC")
    order(house, "PT")
    wristband(maya)
    maya.identify()
    blue = stored(house, select(Specimen.id).order_by(Specimen.id))[1]
    maya.tap("tube", not_obtained=f"{blue}:Difficult vein")
    maya.tap("collected")
    assert len(maya.labels()) == 1
    parked = maya.go("/?tab=parked")
    assert "PT" in parked
    order(house, "TSH")
    order(house, "GLU", due_at=(house.now() + timedelta(hours=2)).isoformat())
    assert "orders found" in wristband(maya), "one is parked, one is wanted later: a person chooses"


def test_who_takes_over_takes_all_over_and_who_leaves_leaves_all(house, maya, grace):
    first = order(house, "CBC")
    order(house, "PT")
    maya.go(f"/collect/order/{first}")
    maya.identify()
    grace.go(f"/collect/order/{first}")
    grace.tap("take-over")
    grace.identify()
    assert "Draw the 2 tubes" in grace.go(grace.path)
    grace.tap("not-ready", outcome="left")
    assert stored(house, select(Draw.outcome).where(Draw.ended_at.is_not(None))) == [Outcome.LEFT] * 2
    assert open_draws(house) == [0]
    assert stored(house, select(Specimen.status)) == [Status.TO_COLLECT] * 2


def test_an_order_for_later_waits_for_its_time(clock):
    now = clock()
    assert is_due(None, now)
    assert is_due(now + timedelta(minutes=30), now)
    assert not is_due(now + timedelta(minutes=31), now)
