"""Single scan POSTs a second beside a bare Flask + waitress + INSERT + COMMIT, and batches a second: `python bench_scans.py`.

Both servers run in processes of their own, on SQLite with `synchronous=FULL` or (`--postgres`) on a PostgreSQL with fsync; 8
connections send one request after the other. The two are measured in alternating pairs of the same run, since the
machine's mood changes by the minute; only their ratio means anything elsewhere. `--sealing` compares ours with ours while
`custody checkpoint` runs once a second instead: what sealing costs the median scan.
"""

import argparse
import http.client
import itertools
import json
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from flask import Flask, request
from sqlalchemy import make_url
from waitress import serve

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from specimen_service.app import create_app
from specimen_service.audit.model import SYSTEM
from specimen_service.custody.actions import record_scans
from specimen_service.custody.sealing import seal
from specimen_service.devices.actions import enrol
from specimen_service.devices.model import Profile
from specimen_service.kernel import schema
from specimen_service.kernel.db import Database
from specimen_service.settings import parse_settings
from tests.builders import NO_POLICY, add_device, add_location, add_person, add_tube
from tests.postgres import running_server

CONNECTIONS, TUBES, THREADS = 8, 500, 32
FLOOR_TABLE = "CREATE TABLE floor (id {}, scan_id TEXT UNIQUE, content TEXT)"
ACTIONS = ["verify", "pick_up", "receive"]
"""What happens to each tube in turn; the connections overtake each other, and these are accepted in any order."""
SETTINGS = {
    "limit": [
        {"from": "collected", "to": "departed", "minutes": 60},
        {"from": "departed", "to": "received", "minutes": 90},
    ]
}


def prepare(url: str) -> dict:
    """Make a database with tubes to scan; returns what the scanning client needs."""
    database = Database(url)
    schema.upgrade(database)
    now = datetime.now(UTC) - timedelta(hours=1)
    with database.unit_of_work() as session:
        lab, courier, device = add_location(session, "Lab"), add_person(session, "Dee"), add_device(session)
        token = enrol(session, now, SYSTEM, name="bench", profile=Profile.HANDHELD)
        numbers = [add_tube(session, device, at=now, location_id=lab.id).number for _ in range(TUBES)]
        known = {"numbers": numbers, "location": lab.number, "operator": courier.badge, "token": token}
    database.close()
    return known | {"device": device}


def serve_ours(url: str, port: int) -> None:
    app = create_app(parse_settings(SETTINGS), Database(url))
    serve(app, host="127.0.0.1", port=port, threads=THREADS, _quiet=True)


def serve_floor(url: str, port: int) -> None:
    """The least a durable scan can cost: parse, INSERT, COMMIT, answer."""
    app, store = Flask("floor"), (store_in_sqlite if url.startswith("sqlite") else store_in_postgres)(url)

    @app.post("/api/v1/scans")
    def scans() -> dict:
        (scan,) = request.get_json()["scans"]
        store((scan["scan_id"], json.dumps(scan)))
        return {"results": [{"scan_id": scan["scan_id"], "outcome": "accepted"}]}

    serve(app, host="127.0.0.1", port=port, threads=THREADS, _quiet=True)


def store_in_sqlite(url: str) -> Callable[[tuple[str, str]], None]:
    """One connection behind one lock."""
    connection, lock = (
        sqlite3.connect(make_url(url).database, check_same_thread=False, isolation_level=None),
        threading.Lock(),
    )
    for pragma in ("journal_mode=wal", "synchronous=full"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(FLOOR_TABLE.format("INTEGER PRIMARY KEY"))

    def store(row: tuple[str, str]) -> None:
        with lock:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO floor (scan_id, content) VALUES (?, ?)", row)
            connection.execute("COMMIT")

    return store


def store_in_postgres(url: str) -> Callable[[tuple[str, str]], None]:
    """One connection a thread."""
    own, plain = threading.local(), make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        connection.execute(FLOOR_TABLE.format("SERIAL PRIMARY KEY"))

    def store(row: tuple[str, str]) -> None:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(plain)
        own.connection.execute("INSERT INTO floor (scan_id, content) VALUES (%s, %s)", row)
        own.connection.commit()

    return store


def scan_of(known: dict, turn: int) -> dict:
    now = datetime.now(UTC).isoformat()
    lap, tube = divmod(turn, TUBES)
    code, action = f"]C0{known['numbers'][tube]}\r", ACTIONS[lap % len(ACTIONS)]
    where = {"location": known["location"], "operator": known["operator"]}
    return {
        "scan_id": str(uuid.uuid4()),
        "code": code,
        "action": action,
        "scanned_at": now,
        "device_seq": turn,
        **where,
    }


def load(port: int, known: dict, turns: Iterator[int], seconds: float) -> tuple[float, float]:
    """Send single scans from all connections for some seconds; returns scans a second, and the median wait in ms.

    The requests are made before the clock starts and go out as ready bytes: a client that makes them on the way takes
    more of the two cores than the server does, and both servers look alike.
    """
    ready = [[_request(known, next(turns)) for _ in range(int(seconds * 250))] for _ in range(CONNECTIONS)]
    waits: list[float] = []
    until = time.perf_counter() + seconds

    def send(slot: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for request in ready[slot]:
                sent = time.perf_counter()
                line.sendall(request)
                reply = line.recv(4096)
                while b"]}" not in reply:
                    reply += line.recv(4096)
                assert b'"accepted"' in reply, reply
                waits.append(time.perf_counter() - sent)
                if time.perf_counter() > until:
                    return

    threads = [threading.Thread(target=send, args=(slot,)) for slot in range(CONNECTIONS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(waits) / (time.perf_counter() - begun), statistics.median(waits) * 1000


def _request(known: dict, turn: int) -> bytes:
    body = json.dumps({"scans": [scan_of(known, turn)], "sent_at": datetime.now(UTC).isoformat()})
    head = f"POST /api/v1/scans HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {known['token']}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def batches(url: str, known: dict, turns: Iterator[int], size: int = 500, rounds: int = 8) -> float:
    """Record batches in this process, without HTTP; returns scans a second."""
    database = Database(url)
    sets = [[scan_of(known, next(turns)) for _ in range(size)] for _ in range(rounds)]
    begun = time.perf_counter()
    for scans in sets:
        with database.unit_of_work() as session:
            record_scans(session, datetime.now(UTC), known["device"], scans, None, NO_POLICY)
    spent = time.perf_counter() - begun
    database.close()
    return size * rounds / spent


def started(stack: ExitStack, kind: str, url: str, port: int) -> None:
    process = subprocess.Popen([sys.executable, __file__, "--serve", kind, "--url", url, "--port", str(port)])
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)
    for _ in range(1200):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{kind} did not start")


@contextmanager
def sealing(url: str) -> Iterator[None]:
    """Seal once a second meanwhile, as an eager schedule of `custody checkpoint` would."""
    process = subprocess.Popen([sys.executable, __file__, "--serve", "sealer", "--url", url])
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def seal_for_ever(url: str, _port: int) -> None:
    database = Database(url)
    while True:
        seal(database)
        time.sleep(1)


def compare(asked: argparse.Namespace, known: dict, turns: Iterator[int], url: str) -> None:
    """Measure the two in alternating pairs, and print medians and ranges."""
    ours, others = [], []
    for _ in range(asked.pairs):
        ours.append(load(asked.port, known, turns, asked.seconds))
        if asked.sealing:
            with sealing(url):
                others.append(load(asked.port, known, turns, asked.seconds))
        else:
            others.append(load(asked.port + 1, known, itertools.count(), asked.seconds))
    other = "ours while sealing" if asked.sealing else "floor"
    ratios = [one[0] / two[0] for one, two in zip(ours, others, strict=True)]
    waits = [two[1] / one[1] for one, two in zip(ours, others, strict=True)]
    for name, values in (
        ("ours, scans/s", [one[0] for one in ours]),
        (f"{other}, scans/s", [one[0] for one in others]),
        (f"ours / {other}, scans/s", ratios),
        ("ours, median wait in ms", [one[1] for one in ours]),
        (f"{other} / ours, median wait", waits),
    ):
        sys.stdout.write(f"{name}: median {statistics.median(values):.2f}, {min(values):.2f} to {max(values):.2f}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--sealing", action="store_true")
    parser.add_argument("--serve", choices=["ours", "floor", "sealer"])
    parser.add_argument("--url")
    parser.add_argument("--port", type=int, default=18473)
    asked = parser.parse_args()
    if asked.serve:
        {"ours": serve_ours, "floor": serve_floor, "sealer": seal_for_ever}[asked.serve](asked.url, asked.port)
        return
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        urls = [f"sqlite:///{Path(folder) / name}.db" for name in ("ours", "floor")]
        if asked.postgres:
            server = servers.enter_context(running_server())
            urls = [servers.enter_context(server.database()).render_as_string(hide_password=False) for _ in urls]
        known, turns = prepare(urls[0]), itertools.count()
        with ExitStack() as stack:
            started(stack, "ours", urls[0], asked.port)
            if not asked.sealing:
                started(stack, "floor", urls[1], asked.port + 1)
            compare(asked, known, turns, urls[0])
        sys.stdout.write(f"batches of 500, scans/s: {batches(urls[0], known, turns):.0f}\n")


if __name__ == "__main__":
    main()
