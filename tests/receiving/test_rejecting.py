"""Rejecting a specimen: why, who was told, and the new collection in its place."""

import itertools
import re
import threading

import pytest
from sqlalchemy import select

from specimen_service.audit.model import Actor, ActorKind
from specimen_service.custody.actions import correct_event
from specimen_service.specimens.model import Rejection
from specimen_service.specimens.queries import specimen_id_of
from tests.builders import NO_POLICY
from tests.house import RIVERA
from tests.shipments.test_shipments_api import packed, receive

scans = itertools.count(1)


def received(house, *, place="Lab bench", tests=("CBC",), container="EDTA", **more):
    """A tube that the laboratory has."""
    tube = {"type": "BLDV", "container": container, "tests": list(tests)}
    number = house.collect(specimens=[tube], **more)["specimens"][0]["number"]
    house.now.advance(minutes=10)
    house.scan(number, "receive", scan_id=f"r-{next(scans)}", as_="lab", location=house.locations[place])
    house.now.advance(minutes=1)
    return number


def reject(house, number, reason="RH", recollect="yes", role="lab", **more):
    """Reject at the bench: what the form of the page sends."""
    form = {"reason": reason, "site": "Riverside", "read_back": "Ann Lee", "recollect": recollect} | more
    form |= {"location": house.locations["Lab bench"], "scan_id": more.get("scan_id", f"x-{next(scans)}")}
    return house.sign_in(role, "").post(f"/lab/specimens/{number}/reject", data=form)


def specimen(house, number):
    return house.get(f"/specimens/{number}", as_="lab").json


def pending(house):
    return {item["number"]: item for item in house.get("/pending", as_="lab").json["items"]}


def collect_again(house, order_number, tests=("CBC",), container="EDTA"):
    tube = {"type": "BLDV", "container": container, "tests": list(tests)}
    return house.collect(order_number=order_number, specimens=[tube])["specimens"][0]["number"]


def test_who_rejects_a_tube_out_of_a_shipment_goes_on_with_that_shipment(house):
    bag, (one, _two) = packed(house, "P1", "P2")
    bench = f"?location={house.locations['Lab bench']}&after=0&shipment={bag}"
    receive(house, bag)
    receive(house, one, bag)
    form = {"reason": "RH", "recollect": "no", "site": "Clinic", "read_back": "Ann"}
    back = house.sign_in("lab", "").post(f"/lab/specimens/{one}/reject{bench}", data=form).location
    assert f"shipment={bag}" in back
    assert f"tube={one}" in back


def test_a_rejected_specimen_waits_to_be_collected_again_until_it_is(anywhere):
    number = received(anywhere)
    assert reject(anywhere, number).status_code == 303
    old = specimen(anywhere, number)
    assert (old["status"], old["pending"], old["rejection"]["reason"]) == ("rejected", True, "RH")
    assert pending(anywhere)[number]["step"] == "to_recollect"
    again = collect_again(anywhere, old["rejection"]["order_number"])
    old, new = specimen(anywhere, number), specimen(anywhere, again)
    assert (old["pending"], number in pending(anywhere)) == (False, False)
    assert old["rejection"]["recollected_as"] == [again]
    assert new["recollects"] == [{"number": number, "reason": "RH", "tries": 1}]
    assert new["status"] == "collected"


def test_a_scan_of_the_old_label_keeps_the_specimen_waiting_and_names_what_to_do(anywhere):
    number = received(anywhere)
    reject(anywhere, number)
    anywhere.now.advance(minutes=5)
    result = anywhere.scan(number, "receive", scan_id="late", location=anywhere.locations["Lab bench"])
    assert (result["outcome"], result["reason"]) == ("parked", "rejected")
    assert "Set it aside" in result["message"]
    assert number in pending(anywhere)


def test_without_a_new_collection_it_is_pending_no_more(anywhere):
    number = received(anywhere, place="Inspection")
    assert number in pending(anywhere)
    reject(anywhere, number, recollect="no")
    assert number not in pending(anywhere)
    assert specimen(anywhere, number)["rejection"]["order_number"] is None


def test_the_station_sees_why_and_how_often(house):
    number = received(house)
    reject(house, number)
    again = collect_again(house, specimen(house, number)["rejection"]["order_number"])
    house.now.advance(minutes=1)
    house.scan(again, "receive", scan_id="again", location=house.locations["Lab bench"])
    house.now.advance(minutes=1)
    reject(house, again, reason="RC")
    second = specimen(house, again)["rejection"]
    assert second["tries"] == 2
    station = house.sign_in("collector")
    worklist = station.get("/").text
    assert "Try 3" in worklist
    assert "Clotted" in worklist
    page = station.get(f"/collect/order/{second['order_number']}").text
    assert "Try 3 at this specimen: the laboratory rejected the last one" in page
    assert again[:4] in page


def test_both_pages_lead_to_each_other(house):
    number = received(house)
    reject(house, number)
    browser = house.sign_in("lab", "")
    assert "To be collected again by order" in browser.get(f"/specimens/{number}").text
    again = collect_again(house, specimen(house, number)["rejection"]["order_number"])
    assert "To be collected again by order" not in browser.get(f"/specimens/{number}").text
    assert f"/specimens/{again}" in browser.get(f"/specimens/{number}").text
    assert f"/specimens/{number}" in browser.get(f"/specimens/{again}").text


def test_another_container_may_take_the_place_of_the_first(house):
    number = received(house)
    reject(house, number)
    order = specimen(house, number)["rejection"]["order_number"]
    again = collect_again(house, order, container="MICEDTA")
    assert specimen(house, number)["rejection"]["recollected_as"] == [again]
    assert pending(house).keys() == {again}


def test_the_orderer_is_filled_in_and_twelve_reasons_are_in_sight(house):
    number = received(house, ordering_site="Riverside Family Medicine")
    browser = house.sign_in("lab", "")
    page = browser.get(f"/lab/specimens/{number}").text
    tiles = page.partition('<ul class="reasons"')[2].partition("</ul>")[0]
    assert len(re.findall("reason=", tiles)) == 12
    assert len(set(re.findall(r"reason=(\w\w)", page))) == 14
    form = browser.get(f"/lab/specimens/{number}/reject?reason=QS").text
    assert 'value="Riverside Family Medicine"' in form
    assert "too little" in form


def test_pressed_twice_it_is_rejected_and_ordered_once(house, sqlite_database):
    number = received(house)
    reject(house, number, scan_id="one"), reject(house, number, scan_id="one")
    events = [one["event"] for one in house.get(f"/specimens/{number}/custody", as_="lab").json["events"]]
    assert events.count("rejected") == 1
    assert len([item for item in pending(house) if item is None]) == 1
    with sqlite_database.unit_of_work(write=False) as session:
        assert len(session.scalars(select(Rejection)).all()) == 1


def test_two_people_at_once_order_one_collection(anywhere, database):
    number = received(anywhere)
    answers = []

    def go(role):
        answers.append(reject(anywhere, number, role=role).status_code)

    people = [threading.Thread(target=go, args=(role,)) for role in ("lab", "supervisor")]
    for one in people:
        one.start()
    for one in people:
        one.join(30)
    assert answers == [303, 303]
    with database.unit_of_work(write=False) as session:
        assert len(session.scalars(select(Rejection)).all()) == 1
    planned = [item for item in anywhere.get("/pending", as_="lab").json["items"] if item["number"] is None]
    assert len(planned) == 1


def test_nobody_told_yet_can_be_told_later(house):
    number = received(house)
    reject(house, number, recollect="no", read_back="")
    assert specimen(house, number)["rejection"]["notified_at"] is None
    browser = house.sign_in("lab", "")
    assert "write who read it back" in browser.get(f"/lab/specimens/{number}").text
    told = {"site": "Riverside", "read_back": "Bea Kim"}
    browser.post(f"/lab/specimens/{number}/follow-up", data=told)
    browser.post(f"/lab/specimens/{number}/follow-up", data=told | {"read_back": "Somebody Else"})
    rejection = specimen(house, number)["rejection"]
    assert (rejection["read_back"], rejection["notified_by"]) == ("Bea Kim", "Lab One")
    browser.post(f"/lab/specimens/{number}/follow-up", data={"recollect": "yes"})
    assert specimen(house, number)["rejection"]["order_number"]
    assert number in pending(house)


def test_a_scanned_number_is_not_the_name_of_who_read_it_back(house):
    number = received(house)
    answer = reject(house, number, read_back="100000000420")
    assert answer.status_code == 422
    assert "Write the name of the person who read it back." in answer.text
    assert specimen(house, number)["status"] == "received"


def test_a_rejection_corrected_and_made_anew_is_to_be_told_anew(house, sqlite_database):
    number = received(house)
    reject(house, number, recollect="no")
    take_the_last_event_back(house, sqlite_database, number)
    assert specimen(house, number)["status"] == "received"
    assert "Rejection corrected" in house.sign_in("lab", "").get(f"/specimens/{number}").text
    house.now.advance(minutes=1)
    house.scan(number, "reject", scan_id="anew", as_="lab", reason="QS")
    assert specimen(house, number)["rejection"]["notified_at"] is None
    assert f"/lab/specimens/{number}" in house.sign_in("lab", "").get("/lab/review?view=rejected").text
    told = {"site": "Riverside", "read_back": "Bea Kim"}
    house.sign_in("lab", "").post(f"/lab/specimens/{number}/follow-up", data=told)
    again = specimen(house, number)["rejection"]
    assert (again["reason"], again["read_back"]) == ("QS", "Bea Kim")


def take_the_last_event_back(house, database, number):
    last = house.get(f"/specimens/{number}/custody", as_="lab").json["events"][-1]
    house.now.advance(minutes=1)
    with database.unit_of_work() as session:
        person = Actor(ActorKind.PERSON, 1, "Grace", "supervisor")
        words = {"event_hash": last["hash"], "reason": "It was the tube beside it"}
        specimen_id = specimen_id_of(session, number)
        correct_event(session, house.now(), person, NO_POLICY, specimen_id=specimen_id, **words)


def test_who_would_draw_again_hears_that_the_rejection_was_taken_back(house, sqlite_database):
    number = received(house)
    reject(house, number)
    order = specimen(house, number)["rejection"]["order_number"]
    station = house.sign_in()
    assert "Try 2" in station.get(f"/collect/order/{order}").text
    take_the_last_event_back(house, sqlite_database, number)
    assert "Ask the laboratory before you draw" in station.get(f"/collect/order/{order}").text
    assert "it took the rejection back" in station.get("/").text


def test_where_no_order_can_be_placed_the_rejection_stays_and_the_page_says_so(house, sqlite_database):
    number = received(house, tests=())
    answer = reject(house, number)
    assert "Rejected, but not ordered again" in answer.text
    assert specimen(house, number)["status"] == "rejected"
    assert specimen(house, number)["rejection"] is None


def test_what_is_gone_cannot_be_rejected_and_a_strange_reason_is_none(house):
    number = received(house)
    assert reject(house, number, reason="XX").location == f"/lab/specimens/{number}"
    house.scan(number, "dispose", scan_id="gone", as_="lab")
    house.now.advance(minutes=1)
    assert reject(house, number).location == f"/lab/specimens/{number}"
    assert specimen(house, number)["status"] == "disposed"


def test_a_rejected_specimen_is_overdue_by_no_limit_of_the_way_it_no_longer_goes(house):
    number = received(house, place="Inspection")
    reject(house, number)
    house.now.advance(days=2)
    assert pending(house)[number]["overdue"] is False


@pytest.mark.parametrize("role", ["collector", "courier"])
def test_only_the_laboratory_rejects_on_the_page(house, role):
    number = received(house)
    assert reject(house, number, role=role).status_code == 403
    assert specimen(house, number)["status"] == "received"


def test_patient_text_is_data_on_the_pages_of_the_bench(house):
    hostile = RIVERA | {"family_name": "<script>alert(1)</script>"}
    number = received(house, patient=hostile)
    browser = house.sign_in("lab", "")
    for path in (f"/lab/specimens/{number}", f"/lab/specimens/{number}/reject?reason=RH"):
        assert "<script>alert" not in browser.get(path).text.lower()
