"""Single scan POSTs a second beside a bare Flask + waitress + INSERT + COMMIT, and batches a second: `python bench_scans.py`.

Both servers run in processes of their own on SQLite with `synchronous=FULL`; 8 connections send one request after the
other. The two are measured in alternating pairs of the same run, since the machine's mood changes by the minute; only
their ratio means anything elsewhere.
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
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, request
from waitress import serve

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from specimen_service.app import create_app
from specimen_service.audit.model import SYSTEM
from specimen_service.custody.actions import record_scans
from specimen_service.devices.actions import enrol
from specimen_service.devices.model import Profile
from specimen_service.kernel import schema
from specimen_service.kernel.db import Database
from specimen_service.settings import parse_settings
from tests.builders import NO_POLICY, add_device, add_location, add_person, add_tube

CONNECTIONS, TUBES, THREADS = 8, 500, 32
ACTIONS = ["verify", "pick_up", "receive"]
"""What happens to each tube in turn; the connections overtake each other, and these are accepted in any order."""
SETTINGS = {
    "limit": [
        {"from": "collected", "to": "departed", "minutes": 60},
        {"from": "departed", "to": "received", "minutes": 90},
    ]
}


def prepare(file: Path) -> dict:
    """Make a database with tubes to scan; returns what the scanning client needs."""
    database = Database(f"sqlite:///{file}")
    schema.upgrade(database)
    now = datetime.now(UTC) - timedelta(hours=1)
    with database.unit_of_work() as session:
        lab, courier, device = add_location(session, "Lab"), add_person(session, "Dee"), add_device(session)
        token = enrol(session, now, SYSTEM, name="bench", profile=Profile.HANDHELD)
        numbers = [add_tube(session, device, at=now, location_id=lab.id).number for _ in range(TUBES)]
        known = {"numbers": numbers, "location": lab.number, "operator": courier.badge, "token": token}
    database.close()
    return known | {"device": device}


def serve_ours(file: str, port: int) -> None:
    app = create_app(parse_settings(SETTINGS), Database(f"sqlite:///{file}"))
    serve(app, host="127.0.0.1", port=port, threads=THREADS, _quiet=True)


def serve_floor(file: str, port: int) -> None:
    """The least a durable scan can cost: parse, INSERT, COMMIT, answer."""
    app, lock = Flask("floor"), threading.Lock()
    connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    for pragma in ("journal_mode=wal", "synchronous=full"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE scan (id INTEGER PRIMARY KEY, scan_id TEXT UNIQUE, content TEXT)")

    @app.post("/api/v1/scans")
    def scans() -> dict:
        (scan,) = request.get_json()["scans"]
        with lock:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO scan (scan_id, content) VALUES (?, ?)", (scan["scan_id"], json.dumps(scan)))
            connection.execute("COMMIT")
        return {"results": [{"scan_id": scan["scan_id"], "outcome": "accepted"}]}

    serve(app, host="127.0.0.1", port=port, threads=THREADS, _quiet=True)


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


def load(port: int, known: dict, turns: Iterator[int], seconds: float) -> float:
    """Send single scans from all connections for some seconds; returns scans a second.

    The requests are made before the clock starts and go out as ready bytes: a client that makes them on the way takes
    more of the two cores than the server does, and both servers look alike.
    """
    ready = [[_request(known, next(turns)) for _ in range(int(seconds * 250))] for _ in range(CONNECTIONS)]
    counts, until = [0] * CONNECTIONS, time.perf_counter() + seconds

    def send(slot: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for request in ready[slot]:
                line.sendall(request)
                reply = line.recv(4096)
                while b"]}" not in reply:
                    reply += line.recv(4096)
                assert b'"accepted"' in reply, reply
                counts[slot] += 1
                if time.perf_counter() > until:
                    return

    threads = [threading.Thread(target=send, args=(slot,)) for slot in range(CONNECTIONS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begun)


def _request(known: dict, turn: int) -> bytes:
    body = json.dumps({"scans": [scan_of(known, turn)], "sent_at": datetime.now(UTC).isoformat()})
    head = f"POST /api/v1/scans HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {known['token']}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def batches(file: Path, known: dict, turns: Iterator[int], size: int = 500, rounds: int = 8) -> float:
    """Record batches in this process, without HTTP; returns scans a second."""
    database = Database(f"sqlite:///{file}")
    sets = [[scan_of(known, next(turns)) for _ in range(size)] for _ in range(rounds)]
    begun = time.perf_counter()
    for scans in sets:
        with database.unit_of_work() as session:
            record_scans(session, datetime.now(UTC), known["device"], scans, None, NO_POLICY)
    spent = time.perf_counter() - begun
    database.close()
    return size * rounds / spent


def started(stack: ExitStack, kind: str, file: Path, port: int) -> None:
    process = subprocess.Popen([sys.executable, __file__, "--serve", kind, "--file", str(file), "--port", str(port)])
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)
    for _ in range(200):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{kind} did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--serve", choices=["ours", "floor"])
    parser.add_argument("--file")
    parser.add_argument("--port", type=int, default=18473)
    asked = parser.parse_args()
    if asked.serve:
        {"ours": serve_ours, "floor": serve_floor}[asked.serve](asked.file, asked.port)
        return
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        file = Path(folder) / "ours.db"
        known = prepare(file)
        started(stack, "ours", file, asked.port)
        started(stack, "floor", Path(folder) / "floor.db", asked.port + 1)
        ours, floors, ratios = [], [], []
        turns = itertools.count()
        for _ in range(asked.pairs):
            ours.append(load(asked.port, known, turns, asked.seconds))
            floors.append(load(asked.port + 1, known, itertools.count(), asked.seconds))
            ratios.append(ours[-1] / floors[-1])
        for name, values in (("ours, scans/s", ours), ("floor, scans/s", floors), ("ratio", ratios)):
            sys.stdout.write(
                f"{name}: median {statistics.median(values):.2f}, range {min(values):.2f} to {max(values):.2f}\n"
            )
        stack.close()
        sys.stdout.write(f"batches of 500, scans/s: {batches(file, known, turns):.0f}\n")


if __name__ == "__main__":
    main()
