"""Scanning a bag moves what is in it; a late packing scan gives the same state as an early one."""

from datetime import timedelta

import pytest

from specimen_service.custody.actions import new_carrier, resolve_exception
from specimen_service.custody.facts import How
from specimen_service.custody.model import CarrierKind, CustodyEvent
from specimen_service.custody.queries import life_of, members_of, open_exceptions
from specimen_service.kernel.numbers import PREFIXES, Kind, number
from specimen_service.specimens.model import Status
from tests.builders import NO_POLICY, NOW
from tests.custody.racing import assert_whole, at_once
from tests.scanning import scan


def carrier(site, kind=CarrierKind.BAG):
    with site.database.unit_of_work() as session:
        return new_carrier(session, NOW, kind).number


@pytest.fixture
def bag(site):
    return carrier(site)


def statuses(site, tubes):
    return [site.specimen(tube).status for tube in tubes]


def pack(tube, bag, minute, scan_id=None):
    return scan(scan_id or f"p-{tube.id}", tube.number, "see", minute, into=bag)


def test_a_bag_takes_what_is_in_it_along_and_one_scan_of_it_is_one_event(site, bag):
    tubes = [site.tube() for _ in range(3)]
    site.send(*(pack(tube, bag, 1) for tube in tubes))
    (result,) = site.send(scan("b1", bag, "pick_up", 5, location=site.clinic.number, operator=site.courier.badge))
    assert (result["outcome"], result["specimen"]) == ("accepted", None)
    assert result["message"] == "Picked up, with 3 specimens in it."
    (arrived,) = site.send(scan("b2", bag, "receive", 30, location=site.lab.number))
    assert arrived["message"] == "Arrived at Lab, with 3 specimens in it. Scan each tube to receive it."
    assert statuses(site, tubes) == [Status.ARRIVED] * 3
    site.send(*(scan(f"r-{tube.id}", tube.number, "receive", 31, location=site.lab.number) for tube in tubes[:2]))
    assert statuses(site, tubes) == [Status.RECEIVED, Status.RECEIVED, Status.ARRIVED], "the third is missing"
    assert [site.specimen(tube).inside for tube in tubes] == [None, None, bag]
    assert len(site.events(CustodyEvent.about == bag)) == 2
    assert_whole(site)


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]])
def test_packing_that_comes_in_late_gives_the_same_state(site, bag, order):
    early, late = site.tube(), site.tube()
    scans = [
        pack(early, bag, 1),
        pack(late, bag, 2),
        scan("b1", bag, "pick_up", 5, location=site.clinic.number),
        scan("b2", bag, "drop_off", 30, location=site.lab.number),
    ]
    for i in order:
        site.send(scans[i])
    ends = [site.specimen(tube) for tube in (early, late)]
    assert [(one.status, one.holder, one.inside, one.last_seen_at) for one in ends] == [
        (Status.ARRIVED, "Lab", bag, NOW + timedelta(minutes=30))
    ] * 2
    assert set(ends[0].leg_times) == {"collected", "departed", "arrived"}


def test_it_is_the_same_within_one_batch(site, bag):
    tube = site.tube()
    box = carrier(site, CarrierKind.BOX)
    results = site.send(
        scan("x1", box, "pick_up", 6, operator=site.courier.badge),
        scan("b1", bag, "see", 4, into=box),
        pack(tube, bag, 2),
    )
    assert [one["outcome"] for one in results] == ["accepted"] * 3
    assert (site.specimen(tube).status, site.specimen(tube).holder) == (Status.IN_TRANSIT, "Dee")
    with site.database.unit_of_work(write=False) as session:
        assert members_of(session, box, {}, {}) == {tube.id}


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [2, 0, 1], [0, 2, 1], [1, 2, 0]])
def test_a_bag_put_into_a_box_late_brings_what_is_in_it_along(site, bag, order):
    tube, box = site.tube(), carrier(site, CarrierKind.BOX)
    scans = [pack(tube, bag, 1), scan("b1", bag, "see", 3, into=box), scan("x1", box, "pick_up", 6)]
    for i in order:
        site.send(scans[i])
    assert site.specimen(tube).status is Status.IN_TRANSIT
    assert site.specimen(tube).folded_until == NOW + timedelta(minutes=6)


def test_a_tube_taken_out_or_put_into_another_bag_stays_behind(site, bag):
    out, moved = site.tube(), site.tube()
    other = carrier(site)
    site.send(pack(out, bag, 1), pack(moved, bag, 1), pack(moved, other, 2, "p2"))
    site.send(scan("r1", out.number, "receive", 3, location=site.lab.number))
    (result,) = site.send(scan("b1", bag, "pick_up", 40))
    assert result["message"] == "Picked up, with nothing in it."
    assert statuses(site, [out, moved]) == [Status.RECEIVED, Status.COLLECTED]


def test_what_does_not_fit_one_tube_in_the_bag_is_asked_of_that_tube_alone(site, bag):
    good, bad = site.tube(), site.tube()
    site.send(pack(good, bag, 1), pack(bad, bag, 1), scan("s1", bad.number, "reject", 2, reason="RH"))
    (result,) = site.send(scan("b1", bag, "pick_up", 5))
    assert result["message"] == "Picked up, with 1 specimen in it. 1 more did not fit and are kept for review."
    with site.database.unit_of_work(write=False) as session:
        (question,) = open_exceptions(session)
    assert (question.number, question.reason) == (bad.number, "rejected")
    with site.database.unit_of_work() as session:
        resolve_exception(
            session, NOW, site.handheld, NO_POLICY, exception_id=question.id, how=How.MISTAKEN, reason="taken out"
        )
        assert open_exceptions(session) == []
    assert site.specimen(good).status is Status.IN_TRANSIT


def test_a_slip_with_the_bag_is_one_question_and_taken_as_real_it_moves_all(site, bag):
    tubes = [site.tube() for _ in range(2)]
    site.send(*(pack(tube, bag, 1) for tube in tubes))
    (result,) = site.send(scan("b1", bag, "pick_up", 5, operator="820000000999", location=site.clinic.number))
    assert (result["outcome"], result["reason"]) == ("parked", "unknown_operator")
    assert statuses(site, tubes) == [Status.COLLECTED] * 2
    with site.database.unit_of_work() as session:
        (question,) = open_exceptions(session)
        assert (question.number, question.code) == (None, bag)
        resolve_exception(
            session, NOW, site.handheld, NO_POLICY, exception_id=question.id, how=How.REAL, reason="it was Ann"
        )
    assert statuses(site, tubes) == [Status.IN_TRANSIT] * 2
    assert_whole(site)


def test_a_bag_nobody_knows_and_what_is_done_to_tubes_only_are_parked(site, bag):
    tube = site.tube()
    results = site.send(
        scan("s1", tube.number, "see", 1, into="810000000999"),
        scan("s2", tube.number, "see", 2, into="nonsense"),
        scan("s3", "810000000010", "pick_up", 3),
        scan("s4", bag, "verify", 4),
        scan("s5", tube.number, "store", 5, into="840000000018"),
    )
    assert [(one["outcome"], one["reason"]) for one in results[:4]] == [
        ("parked", "unknown_into"),
        ("parked", "unknown_into"),
        ("parked", "check_digit"),
        ("parked", "not_a_specimen"),
    ]
    assert site.specimen(tube).inside is None


def test_a_storage_position_is_kept_until_the_tube_is_taken_out(site):
    tube = site.tube()
    position = number(PREFIXES[Kind.STORAGE], 7)
    site.send(scan("s1", tube.number, "receive", 1), scan("s2", tube.number, "store", 2, into=position))
    assert site.specimen(tube).inside == position
    site.send(scan("s3", tube.number, "retrieve", 3))
    assert site.specimen(tube).inside is None


def test_the_life_of_a_tube_tells_of_the_scans_of_its_bag(site, bag):
    tube = site.tube()
    site.send(scan("b0", bag, "see", 0.5), pack(tube, bag, 1), scan("b1", bag, "pick_up", 5))
    with site.database.unit_of_work(write=False) as session:
        life = life_of(session, tube.id)
    assert [(row.scan_id, row.carrier) for row in life.elsewhere] == [("b1", bag)], "not of when it was not in it"
    assert [row.scan_id for row in life.chain] == [None, f"p-{tube.id}"]


def test_two_servers_that_pack_and_move_a_bag_at_once_agree(pair):
    one, two = pair
    for i in range(6):
        bag = carrier(one)
        tubes = [one.tube() for _ in range(3)]
        packing = [scan(f"{i}-{tube.id}", tube.number, "see", 1, into=bag) for tube in tubes]
        at_once(
            lambda p=packing: [one.send(each) for each in p],
            lambda b=bag, i=i: two.send(scan(f"b{i}", b, "pick_up", 5)),
            lambda p=packing, i=i: two.send(scan(f"v{i}", p[0]["code"], "verify", 2)),
        )
        assert statuses(one, tubes) == [Status.IN_TRANSIT] * 3
    assert_whole(one)


@pytest.mark.parametrize("linked_at", [1, 3, 5])
def test_a_tube_packed_under_a_number_registered_later_travels_with_the_bag(site, bag, linked_at):
    tube = site.tube()
    scans = [
        scan("p1", "SND-7", "see", 1, into=bag),
        scan("b1", bag, "pick_up", 5, location=site.clinic.number),
        scan("b2", bag, "drop_off", 30, location=site.lab.number),
    ]
    scans.insert(linked_at // 2 + 1, scan("l1", tube.number, "link", 0.5, links_to="SND-7"))
    for one in scans:
        site.send(one)
    found = site.specimen(tube)
    assert (found.status, found.holder, found.inside) == (Status.ARRIVED, "Lab", bag)
    with site.database.unit_of_work(write=False) as session:
        assert members_of(session, bag, {}, {}) == {tube.id}
        assert open_exceptions(session) == []


def test_a_packing_scan_that_was_another_specimens_brings_that_one_into_the_bag(site, bag):
    wrong, right = site.tube(), site.tube()
    site.send(scan("r1", wrong.number, "reject", 0.5, reason="RH"), pack(wrong, bag, 1))
    site.send(scan("b1", bag, "pick_up", 5))
    with site.database.unit_of_work() as session:
        (question,) = open_exceptions(session)
        answer = {"how": How.OTHER_SPECIMEN, "reason": "misread", "other_number": right.number}
        resolve_exception(session, NOW, site.handheld, NO_POLICY, exception_id=question.id, **answer)
    assert (site.specimen(right).status, site.specimen(right).inside) == (Status.IN_TRANSIT, bag)
    site.send(scan("b2", bag, "drop_off", 30, location=site.lab.number))
    assert (site.specimen(right).status, site.specimen(right).holder) == (Status.ARRIVED, "Lab")
    assert_whole(site)
