"""A server killed at any instant loses no scan that it acknowledged and doubles none, and custody is whole after each kill."""

import itertools
import json
import random
import sys
import threading
import time
from contextlib import closing

import pytest
from sqlalchemy import func, select

from specimen_service.custody.model import CustodyEvent
from specimen_service.custody.proof import Checkpoint
from specimen_service.custody.sealing import seal
from specimen_service.custody.verify import verify
from specimen_service.kernel.clock import utc_now
from tests.faults.conftest import until
from tests.faults.scanners import Handheld, Servers, made_ward

pytestmark = pytest.mark.long

KILLS = {"sqlite": (100, 2000), "postgres": (10, 500)}
HANDHELDS, TUBES = 8, 300
LONGEST_LIFE = 0.06
"""Seconds that a server lives on after its first acknowledgement."""


class Killing:
    """Starts and kills servers under load, and holds the database against what the handhelds were told."""

    def __init__(self, database, servers: Servers) -> None:
        self.database, self.servers = database, servers
        self.chance, self.up = random.Random(), threading.Event()
        self.told: dict[str, dict] = {}
        self.checkpoint = None
        ward = made_ward(database, TUBES)
        self.database.close()
        self.pid, self.port = servers.start()
        self.handhelds = [Handheld(f"h{i}", ward, self.port, self.up) for i in range(HANDHELDS)]
        for one in self.handhelds:
            one.start()

    def cycle(self) -> None:
        """Serve for a while, kill, check, and start anew."""
        self.up.set()
        if self.chance.random() > 0.2:  # some die before anything is acknowledged
            until(lambda: any(one.results for one in self.handhelds) or self.fault(), what="no scan was acknowledged")
        time.sleep(self.chance.uniform(0, LONGEST_LIFE))
        self.servers.kill(self.pid)
        self.up.clear()
        self.check()
        self.pid, self.port = self.servers.start(self.port)

    def check(self) -> None:
        """Hold what was answered, and what is under way, against what is recorded; then verify all chains."""
        assert self.fault() is None, self.fault()
        under_way = [[scan["scan_id"] for scan in one.under_way] for one in self.handhelds]
        news = [one.results.popleft() for one in self.handhelds for _ in range(len(one.results))]
        recorded = self._recorded([result["scan_id"] for result in news], *under_way)
        for result in news:
            assert result["scan_id"] in recorded, f"{result} was acknowledged and is lost"
            assert recorded[result["scan_id"]] == result | {"replayed": False}, "answered otherwise than recorded"
            self.told[result["scan_id"]] = result
        for request in under_way:
            assert len({scan_id in recorded for scan_id in request}) <= 1, f"{request} was recorded in part"
        self._verify()

    def _recorded(self, *requests: list[str]) -> dict[str, dict]:
        scan_ids = list(itertools.chain(*requests))
        asked = select(CustodyEvent.scan_id, CustodyEvent.verdict).where(CustodyEvent.scan_id.in_(scan_ids))
        with self.database.unit_of_work(write=False) as session:
            return {scan_id: json.loads(verdict) for scan_id, verdict in session.execute(asked)}

    def _verify(self) -> None:
        """Verify all chains, and that nothing that stood after the last kill has gone."""
        with self.database.unit_of_work(write=False) as session:
            assert verify(session, self.checkpoint).faults == []
        tree = seal(self.database)
        self.checkpoint = Checkpoint(tree.size, tree.root(), utc_now().isoformat(), None)
        self.database.close()  # the next server finds the file as it was left, and nobody else at it

    def fault(self) -> BaseException | None:
        """What a handheld stumbled over."""
        return next((one.fault for one in self.handhelds if one.fault), None)

    def finish(self) -> int:
        """Have the last requests answered; returns how many scans were recorded by servers that could not say so."""
        self.up.set()
        for one in self.handhelds:
            one.stopping.set()
        for one in self.handhelds:
            one.join(60)
            assert not one.is_alive(), "it was never answered"
        self.check()
        return sum(one.told_late for one in self.handhelds)


@pytest.mark.timeout(7200)
def test_killed_at_any_instant_no_acknowledged_scan_is_lost_and_none_is_doubled(database, soaking):
    kills = KILLS["sqlite" if database.is_sqlite else "postgres"][soaking]
    with closing(Servers(database)) as servers:
        killing = Killing(database, servers)
        for _ in range(kills):
            killing.cycle()
        told_late = killing.finish()
    counted = select(func.count(CustodyEvent.scan_id), func.count(CustodyEvent.scan_id.distinct()))
    with database.unit_of_work(write=False) as session:
        events, distinct = session.execute(counted).one()
    assert events == distinct == len(killing.told), "an event is lost, doubled, or of no scan that was sent"
    sys.stdout.write(f"{kills} kills: {events} scans, 0 lost, 0 doubled; {told_late} recorded but not told in time\n")
    assert told_late > 0, "no kill fell between a commit and its reply"
