"""`custody verify` in rows a second on one core, beside bare SHA-256 over the same rows: `python bench_verify.py`.

Both are measured in the same run, pass by pass in turn, by the processor time they take. `--scans` measures instead what
sealing once a second beside them costs single scans.
"""

import argparse
import hashlib
import itertools
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from specimen_service.custody.actions import record_scans
from specimen_service.custody.chain import COVERED
from specimen_service.custody.sealing import seal
from specimen_service.custody.verify import verify
from specimen_service.kernel import schema
from specimen_service.kernel.db import Database
from tests.builders import NO_POLICY, add_device, add_location, add_person, add_tube

EVENTS_A_TUBE = 10
ACTIONS = ["verify", "pick_up", "receive", "store", "see", "retrieve", "store", "see", "see"]


def fill(database: Database, rows: int) -> None:
    """Record tubes with ten events each, as devices send them, and seal them."""
    now = datetime.now(UTC)
    with database.unit_of_work() as session:
        lab, courier, device = add_location(session, "Lab"), add_person(session, "Dee"), add_device(session)
    for start in range(0, rows // EVENTS_A_TUBE, 100):
        with database.unit_of_work() as session:
            numbers = [add_tube(session, device, at=now, location_id=lab.id).number for _ in range(100)]
        scans = [
            {
                "scan_id": f"{start}-{minute}-{number}-0123456789abcdef",
                "code": f"]C0{number}\r",
                "action": action,
                "scanned_at": (now + timedelta(minutes=minute)).isoformat(),
                "location": lab.number,
                "operator": courier.badge,
                "device_seq": start + minute,
            }
            for number in numbers
            for minute, action in enumerate(ACTIONS, start=1)
        ]
        with database.unit_of_work() as session:
            record_scans(session, now + timedelta(hours=1), device, scans, None, NO_POLICY)
    seal(database)


def spent(work) -> float:
    """Return the processor seconds of one call."""
    before = time.process_time()
    work()
    return time.process_time() - before


def measure(database: Database, passes: int) -> None:
    """Verify and hash in turn; print medians."""
    with database.unit_of_work(write=False) as session:
        driver = session.connection().connection.driver_connection
        columns = ", ".join(COVERED)
        texts = ["".join(map(str, row)).encode() for row in driver.execute(f"SELECT {columns} FROM custody_event")]

    def bare() -> None:
        for text in texts:
            hashlib.sha256(text).hexdigest()

    def ours() -> None:
        with database.unit_of_work(write=False) as session:
            report = verify(session)
        assert report.whole
        assert report.rows == len(texts)

    took = {work: [spent(work) for _ in range(passes)] for work in (bare, ours)}
    for work, times in took.items():
        print(
            f"{work.__name__:5} {len(texts) / statistics.median(times):9,.0f} rows/s, best {len(texts) / min(times):9,.0f}"
        )
    print(f"{statistics.median(took[ours]) / statistics.median(took[bare]):.1f} x bare SHA-256")


def seal_every_second(url: str, ended: Event) -> None:
    """Seal as `custody checkpoint` does, in a process of its own, until told to end."""
    with closing(Database(url)) as database:
        while not ended.wait(1):
            seal(database)


def measure_scans(database: Database, blocks: int, seconds: float) -> None:
    """Record single scans for some seconds, with a sealer beside them and without, in turn; print both medians."""
    with database.unit_of_work() as session:
        device = add_device(session, "bench")
        number = add_tube(session, device, at=datetime.now(UTC)).number
    turns, times = itertools.count(), {"alone": [], "beside a sealer": []}
    for _ in range(blocks):
        for name, found in times.items():
            ended = multiprocessing.Event()
            sealer = multiprocessing.Process(target=seal_every_second, args=(str(database.url), ended))
            if name != "alone":
                sealer.start()
            until = time.perf_counter() + seconds
            while time.perf_counter() < until:
                now = datetime.now(UTC)
                scan = {
                    "scan_id": f"bench-{next(turns)}",
                    "code": number,
                    "action": "see",
                    "scanned_at": now.isoformat(),
                }
                begun = time.perf_counter()
                with database.unit_of_work() as session:
                    record_scans(session, now, device, [scan], None, NO_POLICY)
                found.append(time.perf_counter() - begun)
            ended.set()
            if name != "alone":
                sealer.join()
    for name, found in times.items():
        p50, p99 = statistics.median(found) * 1000, statistics.quantiles(found, n=100)[98] * 1000
        print(f"a scan {name:16} p50 {p50:.3f} ms  p99 {p99:.2f} ms  ({len(found)} scans)")
    print(f"p50: {statistics.median(times['beside a sealer']) / statistics.median(times['alone']):.3f} of alone")


def main() -> None:
    """Fill a database in a temporary folder and measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--passes", type=int, default=5)
    options.add_argument("--scans", action="store_true")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, closing(Database(f"sqlite:///{folder}/bench.db")) as database:
        schema.upgrade(database)
        fill(database, asked.rows)
        if asked.scans:
            measure_scans(database, asked.passes, seconds=4)
            return
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with database.unit_of_work(write=False) as session:
            verify(session)
        print(
            f"memory that verifying added: {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MB"
        )
        measure(database, asked.passes)


if __name__ == "__main__":
    main()
