"""The first page of the pending list with 100,000 specimens, beside its own SQL on the bare driver: `python bench_pending.py`.

One fifth is pending, as in a laboratory that stores what it has done. Both are measured in turn, request by request.
"""

import argparse
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event, insert, select

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from specimen_service.catalog.actions import load_starter
from specimen_service.catalog.model import Container, SpecimenType, Test
from specimen_service.kernel import schema
from specimen_service.kernel.db import Database
from specimen_service.patients.model import Identity, Patient, Sex
from specimen_service.pending.queries import Filters, pending_page
from specimen_service.specimens.model import NO_LIMIT, Specimen, SpecimenTest, Status
from tests.house import furnish

PATIENTS = 2_000
PENDING_OF = 5


def fill(database: Database, specimens: int, now: datetime) -> None:
    """Add patients, specimens and one test each, a thousand rows a statement."""
    with database.unit_of_work() as session:
        blood = session.scalar(select(SpecimenType.id).where(SpecimenType.code == "BLDV"))
        tube = session.scalar(select(Container.id).where(Container.code == "EDTA"))
        test = session.scalar(select(Test.id).where(Test.code == "CBC"))
        known = {"family_name": "INVENTED", "given_name": "Patient", "sex": Sex.UNKNOWN, "identity": Identity.TEMPORARY}
        people = [known | {"mrn": f"B{i}", "mrn_authority": "", "registered_at": now} for i in range(PATIENTS)]
        session.execute(insert(Patient), people)
        for start in range(0, specimens, 1000):
            session.execute(insert(Specimen), [_specimen(i, blood, tube, now) for i in range(start, start + 1000)])
            session.execute(
                insert(SpecimenTest), [{"specimen_id": i + 1, "test_id": test} for i in range(start, start + 1000)]
            )


def _specimen(i: int, blood: int, tube: int, now: datetime) -> dict:
    pending = i % PENDING_OF == 0
    return {
        "number": f"{100_000_000_000 + i}",
        "patient_id": i % PATIENTS + 1,
        "type_id": blood,
        "container_id": tube,
        "urgency": i % 3,
        "status": Status.VERIFIED if pending else Status.STORED,
        "since": now - timedelta(minutes=i % 500),
        "pending": pending,
        "due_at": now + timedelta(minutes=i % 700 - 300) if i % 2 else NO_LIMIT,
        "collected_at": now - timedelta(minutes=i % 500),
    }


def seconds(work) -> float:
    """Time one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def p95(times: list[float]) -> float:
    """The 95th percentile, in milliseconds."""
    return statistics.quantiles(times, n=20)[18] * 1000


def measure(database: Database, rounds: int) -> None:
    """Ask for the first page by HTTP, by the query function, and by its SQL on the bare driver, in turn."""
    house = furnish(database, lambda: datetime.now(UTC))
    caught = []
    connection = database.engine.raw_connection()
    with database.unit_of_work(write=False) as session:

        def catch(_conn, _cursor, statement, parameters, _context, _many):
            if not statement.startswith("BEGIN"):
                caught.append((statement, parameters))

        event.listen(database.engine, "before_cursor_execute", catch)
        pending_page(session, house.now(), Filters())
        event.remove(database.engine, "before_cursor_execute", catch)
    (statement, parameters), rest = caught[-1], caught[:-1]
    cursor = connection.cursor()

    def bare() -> None:
        cursor.execute(statement, parameters)
        cursor.fetchall()

    def query() -> None:
        with database.unit_of_work(write=False) as session:
            pending_page(session, house.now(), Filters())

    def http() -> None:
        assert house.get("/pending", as_="lab").status_code == 200

    for work in (bare, query, http):
        work()
    times = {work.__name__: [] for work in (bare, query, http)}
    for _ in range(rounds):
        for work in (bare, query, http):
            times[work.__name__].append(seconds(work))
    print(f"SELECTs of the page: {len(rest) + 1}")
    for name, found in times.items():
        ratio = p95(found) / p95(times["bare"])
        print(
            f"{name:6} p50 {statistics.median(found) * 1000:7.2f} ms  p95 {p95(found):7.2f} ms  {ratio:5.1f} x the bare SQL"
        )


def main() -> None:
    """Fill a database in a temporary folder and measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--specimens", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=100)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bench.db")
        schema.upgrade(database)
        now = datetime.now(UTC)
        with database.unit_of_work() as session:
            load_starter(session, now)
        fill(database, asked.specimens, now)
        measure(database, asked.rounds)
        database.close()


if __name__ == "__main__":
    main()
