"""Through the database: the same scans in any order of arrival, in any batches and any number of times, end alike.

The same history is played on several pairs of tubes, each with a bag, a box and a laboratory's number of its own that may be
stuck on one of them or, by mistake, on both, in orders of their own; then their columns and their open questions are compared,
and `custody rebuild` must find nothing to put right.
"""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest

from specimen_service.custody.actions import new_carrier
from specimen_service.custody.model import CarrierKind
from specimen_service.custody.queries import open_exceptions
from specimen_service.custody.rebuilding import compare, compare_unplaced
from specimen_service.custody.scans import Action
from specimen_service.specimens.actions import Policy
from specimen_service.specimens.lifecycle import Limit
from specimen_service.specimens.model import Specimen
from tests.builders import NOW
from tests.scanning import Site, scan

POLICY = Policy((Limit("departed", "received", 30), Limit("collected", "departed", 60)), NOW.tzinfo)
COLUMNS = (
    *("status", "since", "pending", "due_at", "location_id", "holder", "verified", "leg_times", "open_exceptions"),
    *("last_seen_at", "last_seen_location_id", "last_seen_by", "folded_until", "chain_length"),
)


@dataclass
class Copy:
    """Two tubes that a history is played on, and the numbers that stand for those in the history."""

    name: str
    tubes: tuple[Specimen, Specimen]
    names: dict[str, str]


def copies(site: Site, key: str, count: int) -> list[Copy]:
    made = []
    for i in range(count):
        tubes = site.tube(policy=POLICY), site.tube(policy=POLICY)
        with site.database.unit_of_work() as session:
            bag, box = (new_carrier(session, NOW, kind).number for kind in (CarrierKind.BAG, CarrierKind.BOX))
        names = {"tube": tubes[0].number, "twin": tubes[1].number, "bag": bag, "box": box, "lab": f"LAB-{key}-{i}"}
        made.append(Copy(f"{key}.{i}", tubes, names))
    return made


def story(chance: Random, site: Site) -> list[dict]:
    """Up to 40 scans with `tube`, `twin`, `bag`, `box` and `lab` for the numbers; once in a while a tube is linked."""
    return [_scan(chance, site, i) for i in range(chance.randint(5, 40))]


def _scan(chance: Random, site: Site, i: int) -> dict:
    code = chance.choice(["tube"] * 5 + ["twin"] * 3 + ["lab"] * 3 + ["bag", "bag", "box"])
    known = {"location": chance.choice([None, site.clinic.number, site.lab.number, site.lab.number, "800000000999"])}
    known |= {"operator": chance.choice([None, site.courier.badge, site.courier.badge, "820000000999"])}
    known |= {"device_seq": chance.choice([None, 1, 2]), "into": chance.choice([None] * 5 + ["bag", "box"])}
    if code == "bag":
        known["into"] = chance.choice([None, None, "box"])
    action = chance.choice([*Action, *[Action.LINK] * 2] if code in {"tube", "twin"} else list(Action))
    if action is Action.LINK:
        known["links_to"] = "lab"
    if action is Action.REJECT:
        action, known["reason"] = (Action.REJECT, "RH") if chance.random() < 0.3 else (Action.RECEIVE, None)
    if action in {Action.DISPOSE, Action.SEND_OUT} and chance.random() < 0.8:
        action = Action.PICK_UP
    minute = chance.choice([*range(-3, 8), 14, 15, 16, 30, 61, 120])
    return {"i": i, "code": code, "action": action.value, "minute": minute} | known


def played(site: Site, copy: Copy, history: list[dict], chance: Random) -> None:
    """Send a history in an order of its own, in batches of any size, some of it twice."""
    sent = [*history, *chance.choices(history, k=4)]
    chance.shuffle(sent)
    while sent:
        size = chance.choice([1, 1, 2, 5, 20])
        batch, sent = sent[:size], sent[size:]
        site.send(*(_named(one, copy) for one in batch), now=NOW + timedelta(hours=3), policy=POLICY)


def _named(one: dict, copy: Copy) -> dict:
    fields = {name: value for name, value in one.items() if name not in {"i", "code", "action", "minute"} and value}
    fields |= {name: copy.names.get(value, value) for name, value in fields.items() if name in {"into", "links_to"}}
    return scan(f"{copy.name}-{one['i']:02}", copy.names[one["code"]], one["action"], one["minute"], **fields)


def outcome(site: Site, copy: Copy) -> dict:
    end = {"tubes": [standing(site, copy, tube) for tube in copy.tubes]}
    with site.database.unit_of_work(write=False) as session:
        asked = [
            row for row in open_exceptions(session, limit=10_000) if row.said["scan_id"].startswith(f"{copy.name}-")
        ]
    owners = {None: "nobody", copy.tubes[0].id: "tube", copy.tubes[1].id: "twin"}
    end["questions"] = sorted(
        (row.said["scan_id"].split("-")[-1], row.reason, owners[row.specimen_id]) for row in asked
    )
    return end


def standing(site: Site, copy: Copy, tube: Specimen) -> dict:
    """Return the columns of a tube, with the history's names for numbers."""
    found = site.specimen(tube)
    end = {name: getattr(found, name) for name in COLUMNS if name != "chain_length"}
    theirs = {number: name for name, number in copy.names.items()}
    end["inside"] = theirs.get(found.inside or "", found.inside)
    end["remembered"] = found.remembered and {**found.remembered, "voided": len(found.remembered["voided"])}
    return end


def assert_nothing_to_rebuild(site: Site) -> None:
    after, claimed = 0, set()
    with site.database.unit_of_work() as session:
        while True:
            batch = compare(session, NOW, POLICY, after, apply=False)
            assert batch.differences == []
            claimed |= batch.claimed
            if batch.last_id is None:
                break
            after = batch.last_id
        assert compare_unplaced(session, NOW, claimed, apply=False) == []


@pytest.mark.timeout(1800)
def test_any_order_of_arrival_ends_in_the_same_columns_and_the_same_open_questions(site, soaking):
    count = 200 if soaking else 8 if site.database.is_sqlite else 3
    for seed in range(count):
        history = story(Random(seed), site)
        ends = []
        for copy in copies(site, str(seed), 3):
            played(site, copy, history, Random(f"{copy.name}"))
            ends.append(outcome(site, copy))
        assert (seed, ends[1], ends[2]) == (seed, ends[0], ends[0])
    assert_nothing_to_rebuild(site)
