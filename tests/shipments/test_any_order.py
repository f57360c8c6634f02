"""A late pack scan gives the same shipment as an early one: the same scans in any order of arrival end alike."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest

from specimen_service.custody.model import CarrierKind
from specimen_service.shipments.actions import create_shipment, seal_shipment
from specimen_service.shipments.queries import shipment_details
from specimen_service.shipments.rules import Reckoning, ShipmentState
from tests.builders import NOW
from tests.scanning import Site, scan

LATER = NOW + timedelta(hours=3)
MINUTES = [*range(1, 10), 20, 21, 40, 90]
TUBES = ("one", "two", "three", "stray")


@dataclass
class Copy:
    """Tubes, a bag and a box that a history is played on, by their names in the history."""

    name: str
    names: dict[str, str]


def made(site: Site, name: str) -> Copy:
    names = {tube: site.tube().number for tube in TUBES}
    with site.database.unit_of_work() as session:
        for kind in (CarrierKind.BAG, CarrierKind.BOX):
            names[kind.value] = create_shipment(session, NOW, site.handheld, kind=kind)
        seal_shipment(session, NOW, site.handheld, number=names["bag"], seal="S1", at=NOW + timedelta(minutes=8))
    return Copy(name, names)


def story(chance: Random, site: Site) -> list[dict]:
    """Packing, moving and unpacking at any time, equal times among them."""
    packing = [{"code": tube, "action": "see", "into": "bag"} for tube in TUBES[:3]]
    moves = [{"code": "bag", "action": chance.choice(["see", "pick_up"]), "into": "box"}] * chance.randint(0, 1)
    moves += [{"code": chance.choice(["bag", "box"]), "action": action} for action in ("pick_up", "receive")]
    unpacking = [{"code": tube, "action": "receive", "out_of": "bag"} for tube in chance.sample(TUBES, 3)]
    others = [
        {
            "code": chance.choice(TUBES),
            "action": chance.choice(["drop_off", "pick_up", "reject", "lost"]),
            "reason": "RH",
        }
        for _ in range(chance.randint(0, 4))
    ]
    again = [{"code": chance.choice(TUBES), "action": "see", "into": chance.choice(["bag", "box"])}]
    place = {"location": chance.choice([site.lab.number, site.clinic.number])}
    scans = [*packing, *moves, *unpacking, *others, *again]
    return [one | place | {"minute": chance.choice(MINUTES), "i": i} for i, one in enumerate(scans)]


def played(site: Site, copy: Copy, history: list[dict], chance: Random) -> None:
    """Send a history in an order of its own, in batches of any size, some of it twice."""
    sent = [*history, *chance.choices(history, k=3)]
    chance.shuffle(sent)
    while sent:
        size = chance.choice([1, 1, 2, 5])
        batch, sent = sent[:size], sent[size:]
        site.send(*(_named(one, copy) for one in batch), now=LATER)


def _named(one: dict, copy: Copy) -> dict:
    known = {
        name: copy.names.get(value, value) for name, value in one.items() if name in {"into", "out_of", "location"}
    }
    if one["action"] == "reject":
        known["reason"] = one["reason"]
    return scan(f"{copy.name}-{one['i']:02}", copy.names[one["code"]], one["action"], one["minute"], **known)


def outcome(site: Site, copy: Copy) -> dict:
    names = {number: name for name, number in copy.names.items()}
    with site.database.unit_of_work(write=False) as session:
        return {kind: _told(shipment_details(session, copy.names[kind]), names) for kind in ("bag", "box")}


def _told(details, names: dict[str, str]) -> dict:
    found: Reckoning = details.reckoning

    def of(stays):
        return sorted((names[details.contents[one.specimen_id].number], one.put_in.at, bool(one.out)) for one in stays)

    return {
        "state": found.state,
        "closed": found.closed_at,
        "steps": [(step.event, step.at) for step in details.steps],
        "expected": of(found.expected),
        "missing": of(found.missing),
        "unexpected": sorted(names[details.contents[one.specimen_id].number] for one in found.unexpected),
    }


@pytest.mark.timeout(1800)
def test_any_order_of_arrival_ends_in_the_same_shipment(site, soaking):
    count = 300 if soaking else 12 if site.database.is_sqlite else 4
    ends = []
    for seed in range(count):
        history = story(Random(seed), site)
        first, *others = [made(site, f"{seed}.{i}") for i in range(3)]
        for copy in (first, *others):
            played(site, copy, history, Random(copy.name))
        ends.append(outcome(site, first))
        assert [(seed, outcome(site, copy)) for copy in others] == [(seed, ends[-1])] * 2
    # The histories must reach what they are about.
    assert any(end["bag"]["missing"] for end in ends)
    assert any(end["bag"]["unexpected"] for end in ends)
    assert {ShipmentState.RECEIVED, ShipmentState.IN_TRANSIT} & {end["bag"]["state"] for end in ends}
