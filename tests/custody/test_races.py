"""Several servers at once: one event for each scan id, whoever comes first, and nobody waits for ever."""

import functools

from specimen_service.custody.model import CustodyEvent, DeviceChain
from tests.custody.racing import assert_whole, at_once
from tests.scanning import scan

ROUNDS = 12


def test_two_servers_that_get_the_same_scans_store_each_once(pair):
    one, two = pair
    tubes = [one.tube() for _ in range(3)]
    for i in range(ROUNDS):
        scans = [scan(f"r{i}-{j}", tube.number, "see", i) for j, tube in enumerate(tubes)] + [scan(f"r{i}-x", "???")]
        batch = scans[i % 4 : i % 4 + 1] if i % 3 == 0 else scans  # single scans and batches take different roads
        results = at_once(
            lambda b=batch: one.send(*b), lambda b=batch: two.send(*reversed(b)), lambda b=batch: two.send(*b)
        )
        replies = [{result["scan_id"]: result for result in reply} for reply in results]
        for sent in batch:
            answers = [reply[sent["scan_id"]] for reply in replies]
            assert sorted(answer["replayed"] for answer in answers) == [False, True, True]
            assert len({(answer["outcome"], answer["message"]) for answer in answers}) == 1
    distinct = {event.scan_id for event in one.events(CustodyEvent.scan_id.is_not(None))}
    assert one.count(CustodyEvent) == len(distinct) + len(tubes)
    assert_whole(one)


def test_one_id_with_two_contents_on_two_servers_is_one_event_and_one_conflict(pair):
    one, two = pair
    tubes = [one.tube(), one.tube()]
    for i in range(ROUNDS):
        # Different tubes: no lock is common to both, only the unique index makes them meet.
        halves = [(server, scan(f"r{i}", tube.number, "see", i)) for server, tube in zip(pair, tubes, strict=True)]
        jobs = [functools.partial(server.send, sent) for server, sent in halves]
        assert sorted(reply[0]["outcome"] for reply in at_once(*jobs)) == ["accepted", "conflict"]
    assert one.count(CustodyEvent) == ROUNDS + 2
    assert two.count(DeviceChain) == 0
    assert_whole(one)


def test_batches_over_the_same_tubes_in_opposite_orders_do_not_wait_for_each_other(pair):
    one, two = pair
    tubes = [one.tube() for _ in range(6)]
    forward = [[scan(f"a{i}-{t.id}", t.number, "see", i) for t in tubes] for i in range(ROUNDS)]
    backward = [[scan(f"b{i}-{t.id}", t.number, "see", i) for t in reversed(tubes)] for i in range(ROUNDS)]
    at_once(lambda: [one.send(*batch) for batch in forward], lambda: [two.send(*batch) for batch in backward])
    assert {one.specimen(tube).chain_length for tube in tubes} == {1 + 2 * ROUNDS}
    assert_whole(one)
