"""One client of a storm of duplicates: threads that send the same scans again and again, each in an order of its own.

`python storm_client.py` reads `{"ports", "token", "scans", "rounds", "seed"}` from standard input: `rounds` says, for each
thread, how often it sends every scan. It prints, by scan id, every reply it got.
"""

import json
import random
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.faults.line import Line

SIZES = (1, 1, 10, 80)
"""Scans a request."""


def send_all(order: dict, slot: int) -> dict[str, list[dict]]:
    """Send every scan as often as this thread should, in requests of all sizes; returns the replies by scan id."""
    replies = defaultdict(list)
    chance = random.Random(f"{order['seed']} {slot}")
    line = Line(order["ports"][slot % len(order["ports"])], order["token"])
    for _ in range(order["rounds"][slot]):
        waiting = chance.sample(order["scans"], len(order["scans"]))
        while waiting:
            size = chance.choice(SIZES)
            some, waiting = waiting[:size], waiting[size:]
            for result in line.post(some) or ():
                replies[result["scan_id"]].append(result)
    line.close()
    return replies


def main() -> None:
    """Run all threads, and print what they were answered."""
    order = json.load(sys.stdin)
    with ThreadPoolExecutor(len(order["rounds"])) as pool:
        replies = list(pool.map(lambda slot: send_all(order, slot), range(len(order["rounds"]))))
    together = defaultdict(list)
    for heard in replies:
        for scan_id, results in heard.items():
            together[scan_id] += results
    json.dump(together, sys.stdout)


if __name__ == "__main__":
    main()
