"""What becomes of scans: events for ever, repetitions answered alike, conflicts and nonsense kept aside."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from specimen_service.audit.model import Actor, ActorKind
from specimen_service.custody.actions import append_event, new_carrier, record_scans, when_first_read
from specimen_service.custody.model import CarrierKind, CustodyEvent, DeviceChain, Event, Outcome, ScanAside
from specimen_service.kernel.errors import Conflict
from specimen_service.kernel.numbers import PREFIXES, Kind, grouped, number
from specimen_service.specimens.actions import Policy, register_identifier, replace_label, void_label
from specimen_service.specimens.lifecycle import Limit
from specimen_service.specimens.model import NO_LIMIT, Collection, Label, Status
from tests.builders import NO_POLICY, NOW, add_specimen
from tests.scanning import scan, time_at


def outcomes(results):
    return [(result["outcome"], result["reason"]) for result in results]


def label_of(session, tube):
    return session.query(Label).filter_by(number=tube.number).one()


def test_a_tube_is_followed_from_the_chair_to_the_bin(site):
    tube = site.tube()
    steps = ["verify", "pick_up", "drop_off", "receive", "store", "retrieve", "dispose"]
    where = {"location": site.lab.number, "operator": site.courier.badge}
    results = site.send(*(scan(f"s{i}", tube.number, step, i + 1, **where) for i, step in enumerate(steps)))
    assert outcomes(results) == [("accepted", None)] * len(steps)
    statuses = [result["specimen"]["status"] for result in results]
    assert statuses == ["verified", "in_transit", "arrived", "received", "stored", "retrieved", "disposed"]
    assert all(result["specimen"]["number"] == tube.number for result in results)
    now = site.specimen(tube)
    assert (now.status, now.pending, now.chain_length) == (Status.DISPOSED, False, 8)


def test_a_repeated_scan_is_answered_with_the_stored_verdict_for_ever(site):
    tube = site.tube()
    sent = scan("s1", tube.number, "verify")
    first = site.send(sent)
    site.send(scan("s2", tube.number, "pick_up", 2))
    much_later = site.send(sent, now=NOW + timedelta(days=400), sent_at=NOW)
    assert much_later == [{**first[0], "replayed": True}]
    reordered = dict(reversed(sent.items())) | {"note": None}
    assert site.send(reordered) == much_later
    assert site.count(CustodyEvent) == 3


def test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing(site):
    tube = site.tube()
    site.send(scan("s1", tube.number, "verify"))
    for action in ("dispose", "void"):
        (result,) = site.send(scan("s1", tube.number, action))
        assert (result["outcome"], result["replayed"], result["specimen"]) == ("conflict", False, None)
    assert site.specimen(tube).status is Status.VERIFIED
    assert site.count(CustodyEvent) == 2
    assert site.count(ScanAside) == 2


def test_one_bad_scan_never_spoils_its_neighbours(site):
    tube = site.tube()
    good = [scan("g1", tube.number, "verify", 1), scan("g2", tube.number, "pick_up", 2)]
    bad = [{**scan("b1", tube.number), "scanned_at": "noon", "colour": "red"}, 7, scan("b2", tube.number, "fly")]
    results = site.send(good[0], *bad, good[1], good[0], {**good[0], "note": "other"})
    assert [result["outcome"] for result in results] == [
        *(["accepted", "invalid", "invalid", "invalid", "accepted"]),
        "accepted",
        "conflict",
    ]
    assert {error["pointer"] for error in results[1]["errors"]} == {"/scanned_at", "/colour"}
    assert (results[3]["errors"][0]["pointer"], results[5]["replayed"]) == ("/action", True)
    assert site.specimen(tube).status is Status.IN_TRANSIT
    assert site.count(ScanAside) == 4


def test_an_invalid_scan_does_not_use_up_its_id(sqlite_site):
    tube = sqlite_site.tube()
    assert sqlite_site.send({**scan("s1", tube.number), "device_seq": "17"})[0]["outcome"] == "invalid"
    assert sqlite_site.send(scan("s1", tube.number, device_seq=17))[0]["outcome"] == "accepted"


def test_the_code_is_cleaned_and_its_raw_text_kept(sqlite_site):
    tube = sqlite_site.tube()
    grouped = f"{tube.number[:4]} {tube.number[4:8]} {tube.number[8:]}"
    raw = [f"]C0{tube.number}\r", f"\t{tube.number}\n", f" {grouped} \r\n", f"]d2{tube.number}\x1d"]
    results = sqlite_site.send(*(scan(f"s{i}", code) for i, code in enumerate(raw)))
    assert outcomes(results) == [("accepted", None)] * len(raw)
    assert [event.code for event in sqlite_site.events(CustodyEvent.scan_id.is_not(None))] == raw


def test_a_code_that_names_no_specimen_is_parked_with_what_is_wrong_with_it(site):
    tube = site.tube()
    wrong = tube.number[:-1] + str((int(tube.number[-1]) + 1) % 10)
    unissued = number(79, 5)
    cases = {"4006381333931": "unknown_number", unissued: "unknown_number", wrong: "check_digit"}
    cases |= {site.lab.number: "not_a_specimen", site.courier.badge: "not_a_specimen"}
    cases |= {number(PREFIXES[Kind.DOWNTIME], 7): "unknown_number"}
    results = site.send(*(scan(f"s{i}", code) for i, code in enumerate(cases)))
    assert outcomes(results) == [("parked", reason) for reason in cases.values()]
    assert all(result["specimen"] is None for result in results)
    chained = site.events(CustodyEvent.chain_device_id.is_not(None))
    assert [event.seq for event in chained] == list(range(1, len(cases) + 1))
    assert site.count(DeviceChain) == 1
    more = site.send(scan("t1", "???"), actor=Actor(ActorKind.PERSON, site.courier.id, "Dee", "courier"))
    assert outcomes(more) == [("parked", "unknown_number")]
    assert site.count(DeviceChain) == 2


def test_another_systems_number_finds_its_specimen_and_two_carriers_are_ambiguous(site):
    one, other = site.tube(), site.tube()
    with site.database.unit_of_work() as session:
        for tube, value in ((one, "LIS-1"), (one, "LIS-1"), (one, "BOTH"), (other, "BOTH"), (one, other.number)):
            register_identifier(session, NOW, tube.id, system="lis", kind="lis", value=value)
    results = site.send(scan("s1", "]C0LIS-1\r", "verify"), scan("s2", "BOTH"), scan("s3", other.number))
    assert outcomes(results) == [("accepted", None), ("parked", "ambiguous"), ("accepted", None)]
    assert results[0]["specimen"]["number"] == one.number
    assert results[2]["specimen"]["number"] == other.number, "our own numbers come first"


def test_a_specimen_not_yet_collected_cannot_be_scanned_by_its_order_number(site):
    with site.database.unit_of_work() as session:
        planned = add_specimen(session, due_at=NOW)
        register_identifier(session, NOW, planned.id, system="lis", kind="lis", value="LIS-9")
    assert outcomes(site.send(scan("s1", "LIS-9"))) == [("parked", "unknown_number")]
    assert (site.specimen(planned).since, site.specimen(planned).due_at) == (NOW, NOW)


def test_a_replaced_label_parks_names_its_successor_and_still_shows_where_the_tube_is(site):
    tube = site.tube()
    with site.database.unit_of_work() as session:
        middle = replace_label(session, NOW + timedelta(minutes=5), label_of(session, tube), 10, "smudged")
        newest = replace_label(session, NOW + timedelta(minutes=6), middle, 10, "smudged again")
    (result,) = site.send(scan("s1", tube.number, "receive", 1, location=site.lab.number, operator=site.courier.badge))
    assert outcomes([result]) == [("parked", "replaced_label")]
    assert result["message"] == f"This label was replaced at 14:20. Use the newer one: {grouped(newest.number)}."
    assert result["specimen"] == {"number": newest.number, "status": "collected", "location": "Clinic"}
    now = site.specimen(tube)
    assert (now.status, now.last_seen_location_id, now.last_seen_by) == (Status.COLLECTED, site.lab.id, "Dee")
    assert site.send(scan("s2", newest.number, "receive", 2))[0]["specimen"]["status"] == "received"


def test_a_voided_label_parks_as_voided(sqlite_site):
    tube = sqlite_site.tube()
    with sqlite_site.database.unit_of_work() as session:
        void_label(session, NOW + timedelta(minutes=5), label_of(session, tube), "left over")
        with pytest.raises(Conflict):
            void_label(session, NOW + timedelta(minutes=6), label_of(session, tube), "again")
    (result,) = sqlite_site.send(scan("s1", tube.number))
    assert outcomes([result]) == [("parked", "voided_label")]
    assert result["message"].startswith("This label was voided at 14:20.")


def test_a_dead_label_of_another_collection_is_first_of_all_of_another_collection(sqlite_site):
    tube, voided, own = sqlite_site.tube(), sqlite_site.tube(), sqlite_site.tube()
    with sqlite_site.database.unit_of_work() as session:
        newer = replace_label(session, NOW + timedelta(minutes=5), label_of(session, tube), 10, "smudged").number
        void_label(session, NOW + timedelta(minutes=5), label_of(session, voided), "left over")
        accession = session.get_one(Collection, own.collection_id).accession
    codes = [tube.number, voided.number]
    results = sqlite_site.send(*(scan(f"s-{code}", code, "verify", collection=accession) for code in codes))
    assert outcomes(results) == [("parked", "wrong_collection")] * 2
    assert not any(newer in one["message"] or grouped(newer) in one["message"] for one in results)


def test_a_verify_is_matched_only_against_its_own_collection(sqlite_site):
    tube, other = sqlite_site.tube(), sqlite_site.tube()
    with sqlite_site.database.unit_of_work(write=False) as session:
        accessions = [session.get_one(Collection, one.collection_id).accession for one in (tube, other)]
    results = sqlite_site.send(
        scan("s1", tube.number, "verify", 1, collection=accessions[1]),
        scan("s2", tube.number, "verify", 2, collection=accessions[0]),
        scan("s3", other.number, "verify", 3),
        scan("s4", tube.number, "verify", 4, collection=accessions[0]),
    )
    assert outcomes(results) == [("parked", "wrong_collection"), *[("accepted", None)] * 3]
    assert [event.matched for event in sqlite_site.events(CustodyEvent.event == Event.VERIFIED)] == [
        False,
        True,
        False,
        True,
    ]
    assert results[3]["message"] == "Already verified. Nothing more to do."


def test_a_place_or_a_badge_that_nobody_knows_parks_the_scan(sqlite_site):
    tube = sqlite_site.tube()
    results = sqlite_site.send(
        scan("s1", tube.number, "receive", 1, location="800000000999"),
        scan("s2", tube.number, "receive", 2, operator="820000000999"),
        scan(
            "s3",
            tube.number,
            "receive",
            3,
            location=f"]C0{sqlite_site.lab.number}\r",
            operator=sqlite_site.courier.badge,
        ),
    )
    assert outcomes(results) == [("parked", "unknown_location"), ("parked", "unknown_operator"), ("accepted", None)]


def test_what_does_not_fit_the_state_parks_with_the_next_step(sqlite_site):
    tube = sqlite_site.tube()
    (result,) = sqlite_site.send(scan("s1", tube.number, "retrieve"))
    assert outcomes([result]) == [("parked", "not_expected")]
    assert result["message"] == (
        "This specimen is collected and cannot be retrieved. Pick it up or receive it first. The scan is kept for review."
    )


def test_the_courier_is_told_of_a_tube_whose_label_nobody_verified(sqlite_site):
    tube = sqlite_site.tube()
    (result,) = sqlite_site.send(scan("s1", tube.number, "pick_up", operator=sqlite_site.courier.badge))
    assert result["message"] == "Picked up. Its label was not verified on the tube."
    assert sqlite_site.specimen(tube).holder == "Dee"


def test_scans_that_arrive_late_lead_to_the_same_state_as_in_order(site):
    tubes = [site.tube() for _ in range(3)]
    steps = [("verify", 1), ("pick_up", 2), ("receive", 9), ("store", 12)]
    orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]]
    for tube, order in zip(tubes, orders, strict=True):
        for index in order:
            action, minute = steps[index]
            site.send(scan(f"{tube.id}-{index}", tube.number, action, minute, location=site.lab.number))
    after = [site.specimen(tube) for tube in tubes]
    assert {one.status for one in after} == {Status.STORED}
    assert after[0].leg_times == after[1].leg_times == after[2].leg_times
    assert len({(one.since, one.last_seen_at, one.holder, one.folded_until, one.chain_length) for one in after}) == 1


def test_a_late_batch_is_folded_like_an_early_one(site):
    tube = site.tube()
    site.send(scan("s9", tube.number, "receive", 9, location=site.lab.number))
    results = site.send(scan("s2", tube.number, "pick_up", 2), scan("s1", tube.number, "verify", 1))
    assert outcomes(results) == [("accepted", None)] * 2
    assert results[0]["message"] == "Picked up. That was earlier; by now it is received."
    assert (site.specimen(tube).status, site.specimen(tube).verified) == (Status.RECEIVED, True)


def test_a_wrong_clock_is_put_right_by_when_it_says_it_sends(sqlite_site):
    tube = sqlite_site.tube()
    received = NOW + timedelta(hours=1)
    clock = datetime(1970, 1, 1, 0, 30, tzinfo=UTC)  # a dead battery
    sqlite_site.send(scan("s1", tube.number) | {"scanned_at": "1970-01-01T00:20:00+00:00"}, now=received, sent_at=clock)
    sqlite_site.send(scan("s2", tube.number) | {"scanned_at": "2031-01-01T00:00:00+00:00"}, now=received)
    events = sqlite_site.events(CustodyEvent.scan_id.is_not(None))
    assert [event.effective_at for event in events] == [received - timedelta(minutes=10), received]
    assert [event.occurred_at.year for event in events] == [1970, 2031]
    assert [event.received_at for event in events] == [received, received]


def test_a_moved_specimen_is_due_when_the_limit_of_its_leg_says(sqlite_site):
    policy = Policy((Limit("collected", "departed", 60), Limit("departed", "received", 30)), UTC)
    tube = sqlite_site.tube(policy=policy)
    assert sqlite_site.specimen(tube).due_at == NOW + timedelta(minutes=60)
    sqlite_site.send(scan("s1", tube.number, "pick_up", 10), policy=policy)
    assert sqlite_site.specimen(tube).due_at == NOW + timedelta(minutes=40)
    sqlite_site.send(scan("s2", tube.number, "receive", 20), policy=policy)
    assert sqlite_site.specimen(tube).due_at == NO_LIMIT


def test_a_batch_of_a_thousand_scans_is_recorded_whole(sqlite_site):
    tubes = [sqlite_site.tube() for _ in range(50)]
    scans = [scan(f"s{i}", tubes[i % 50].number, "see", i / 60) for i in range(1000)]
    assert outcomes(sqlite_site.send(*scans)) == [("accepted", None)] * 1000
    assert sqlite_site.specimen(tubes[0]).chain_length == 21
    assert all(result["replayed"] for result in sqlite_site.send(*reversed(scans)))


@pytest.mark.timeout(20)
def test_a_batch_of_a_thousand_late_scans_of_one_tube_is_folded_once(sqlite_site):
    tube = sqlite_site.tube()
    late = [scan(f"s{i}", tube.number, "see", 1000 - i) for i in range(1000)]
    assert outcomes(sqlite_site.send(*late[1:])) == [("accepted", None)] * 999
    again = [scan(f"z{i}", tube.number, "see", i / 2) for i in range(1000)]
    assert outcomes(sqlite_site.send(*again, late[0])) == [("accepted", None)] * 1001
    assert sqlite_site.specimen(tube).chain_length == 2001


def test_whoever_asks_is_told_once_that_a_label_must_have_come_out(sqlite_site, monkeypatch):
    read = []
    monkeypatch.setattr("specimen_service.custody.actions._listeners", [])
    when_first_read(lambda _session, _now, numbers: read.extend(numbers))
    tube = sqlite_site.tube()
    sqlite_site.send(scan("s1", tube.number, "retrieve", 1), scan("s2", tube.number, "verify", 2))
    sqlite_site.send(scan("s3", tube.number, "see", 3), scan("s4", "???", "see", 4))
    assert read == [tube.number]


def test_an_event_of_the_service_that_does_not_fit_is_refused(sqlite_site):
    tube = sqlite_site.tube()
    never = {"event": Event.COLLECTION_FAILED, "effective_at": NOW, "code": tube.number}
    with sqlite_site.database.unit_of_work() as session, pytest.raises(Conflict):
        append_event(session, NOW, sqlite_site.handheld, NO_POLICY, specimen_id=tube.id, **never)


def test_a_home_collection_is_issued_first_and_collected_when_it_comes_back(sqlite_site):
    with sqlite_site.database.unit_of_work() as session:
        specimen = add_specimen(session)
        for event, at in ((Event.ISSUED, NOW), (Event.COLLECTED, NOW + timedelta(hours=2))):
            append_event(
                session,
                at,
                sqlite_site.handheld,
                NO_POLICY,
                specimen_id=specimen.id,
                event=event,
                effective_at=at,
                code="",
            )
            assert specimen.status == event.value, "an object at hand is read again"


@pytest.mark.parametrize("statement", ["UPDATE custody_event SET code = 'x'", "DELETE FROM custody_event"])
def test_the_database_itself_refuses_to_change_custody(site, statement):
    site.tube()
    with pytest.raises(DBAPIError, match="never"), site.database.unit_of_work() as session:
        session.execute(text(statement))
    assert site.count(CustodyEvent) == 1


def test_what_is_answered_tells_nothing_of_the_patient(sqlite_site):
    tube = sqlite_site.tube()
    results = sqlite_site.send(
        scan("s1", tube.number, "verify"), scan("s2", "P100008"), scan("s3", tube.number, "retrieve")
    )
    for secret in ("BRANDT", "Jonas", "P100008", "1984"):
        assert secret not in json.dumps(results)


def test_an_event_keeps_everything_that_was_sent(site):
    tube = site.tube()
    sent = scan("s1", tube.number, "see", 1, temperature_c=4.2, note="dented lid", entry="typed", device_seq=17)
    site.send(sent)
    (event,) = site.events(CustodyEvent.scan_id == "s1")
    assert json.loads(event.content) | json.loads(event.private) == sent
    assert (event.outcome, event.entry, event.device_seq) == (Outcome.ACCEPTED, "typed", 17)
    assert event.device_id == site.handheld.id
    assert event.occurred_at.isoformat() == time_at(1)


def statements(site, *scans):
    said = []
    with site.database.unit_of_work() as session:
        driver = session.connection().connection.driver_connection
        driver.set_trace_callback(said.append)
        record_scans(session, NOW + timedelta(hours=1), site.handheld, list(scans), None, NO_POLICY)
        driver.set_trace_callback(None)
    return [" ".join(one.split()[:2]) for one in said]


def test_an_ordinary_scan_costs_four_statements_even_of_a_tube_that_came_in_a_bag(sqlite_site, monkeypatch):
    monkeypatch.setattr("specimen_service.custody.actions._listeners", [])
    tube = sqlite_site.tube()
    where = {"location": sqlite_site.lab.number, "operator": sqlite_site.courier.badge}
    four = ["SELECT named.code,", "SELECT location.number,", "INSERT INTO", "UPDATE specimen"]
    assert statements(sqlite_site, scan("s1", tube.number, "verify", 1, **where)) == four
    with sqlite_site.database.unit_of_work() as session:
        bag = new_carrier(session, NOW, CarrierKind.BAG).number
    sqlite_site.send(scan("s2", tube.number, "see", 2, into=bag), scan("s3", bag, "pick_up", 3))
    assert statements(sqlite_site, scan("s4", tube.number, "receive", 40, **where)) == four
