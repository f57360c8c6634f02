"""The same scans sent again and again by many at once are recorded once each, and everybody is answered the same."""

import json
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from specimen_service.custody.model import CustodyEvent
from specimen_service.custody.verify import verify
from specimen_service.kernel.clock import utc_now
from tests.faults.scanners import ACTIONS, Servers, Ward, made_ward

pytestmark = pytest.mark.long

CLIENT = Path(__file__).with_name("storm_client.py")
SCANS = (300, 10_000)
SCANS_A_TUBE = 10
ROUNDS = (2, 2, 1, 1, 1, 1, 1, 1)
"""How often each of a client's 8 threads sends everything: with two clients each scan is sent 20 times."""


def scans_of(ward: Ward, count: int) -> list[dict]:
    """Make scans of all kinds; one in ten names nothing."""
    return [
        {
            "scan_id": f"s-{i}",
            "code": f"FOREIGN-{i % 7}" if i % 10 == 0 else random.choice(ward.numbers),
            "action": random.choice(ACTIONS),
            "scanned_at": utc_now().isoformat(),
            "location": ward.location,
            "operator": ward.operator,
        }
        for i in range(count)
    ]


def storm(order: dict) -> list[dict[str, list[dict]]]:
    """Let two clients loose; returns what each was answered, by scan id."""

    def run(turn: int) -> dict[str, list[dict]]:
        asked = json.dumps(order | {"seed": turn})
        done = subprocess.run([sys.executable, CLIENT], input=asked, stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(done.stdout)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(2)))


@pytest.mark.timeout(3600)
def test_the_same_scans_sent_twenty_times_by_two_clients_are_recorded_once_and_answered_alike(database, soaking):
    count = SCANS[soaking]
    ward = made_ward(database, count // SCANS_A_TUBE)
    database.close()
    scans = scans_of(ward, count)
    with ExitStack() as stack:
        servers = stack.enter_context(closing(Servers(database)))
        ports = [servers.start()[1] for _ in range(1 if database.is_sqlite else 2)]
        begun = time.monotonic()
        heard = storm({"ports": ports, "token": ward.token, "scans": scans, "rounds": ROUNDS})
        spent = time.monotonic() - begun
    sent = 2 * sum(ROUNDS)
    for scan in scans:
        replies = [reply for one in heard for reply in one.get(scan["scan_id"], ())]
        assert len(replies) == sent, "a request was not answered"
        assert [reply.pop("replayed") for reply in replies].count(False) == 1, "recorded other than once"
        assert all(reply == replies[0] for reply in replies), replies
    with database.unit_of_work(write=False) as session:
        assert session.scalar(select(func.count(CustodyEvent.scan_id))) == count
        assert verify(session).faults == []
    sys.stdout.write(f"{count} scans sent {sent} times on {len(ports)} servers in {spent:.0f} s: {count} events\n")
