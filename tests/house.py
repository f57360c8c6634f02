"""A furnished house for tests: places, catalog, people and devices as `db upgrade` and an administrator would make them."""

import functools
import json
from dataclasses import dataclass, field

from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from sqlalchemy import exists, func, insert, select
from werkzeug.routing import Rule

from specimen_service.accounts.actions import start_session
from specimen_service.accounts.model import Person, Role
from specimen_service.accounts.passwords import hashed
from specimen_service.accounts.queries import person_by_username
from specimen_service.app import create_app
from specimen_service.audit.model import SYSTEM
from specimen_service.catalog.actions import load_starter
from specimen_service.devices.actions import enrol
from specimen_service.devices.model import Profile
from specimen_service.kernel.db import Base, Database
from specimen_service.kernel.numbers import PREFIXES, Kind
from specimen_service.kernel.serials import issue_number
from specimen_service.places.actions import declare_places
from specimen_service.places.queries import locations
from specimen_service.settings import parse_settings
from specimen_service.web.kit import COOKIE

SETTINGS = {
    "service": {"time_zone": "America/New_York"},
    "location": [
        {"name": "Clinic", "kind": "clinic"},
        {"name": "Lab bench", "kind": "laboratory", "ends": "received"},
        {"name": "Cold room", "kind": "storage", "ends": "stored"},
        {"name": "Inspection", "kind": "laboratory", "inspect": True},
    ],
    "printer": [{"name": "printer-1", "url": "tcp://127.0.0.1:9"}],
    "station": [{"name": "chair-1", "location": "Clinic", "printer": "printer-1"}],
    "limit": [{"from": "collected", "to": "departed", "minutes": 60}],
    # Tests of the work move the clock by minutes and stay signed in; those of the lock say `security={}`.
    "security": {"lock_after_minutes": 10},
}
PASSWORD = "lavender tube"
PIN = "302817"
RIVERA = {"mrn": "P100001", "family_name": "RIVERA", "given_name": "Ana", "birth_date": "1984-03-14", "sex": "F"}


@dataclass
class House:
    """An app on a furnished database, with a token for each device profile and a person for each role."""

    app: Flask
    tokens: dict[str, str]
    badges: dict[str, str]
    locations: dict[str, str]
    now: object
    database: Database
    client: FlaskClient = field(init=False)

    def __post_init__(self):
        self.client = self.app.test_client()

    def get(self, path, *, as_="station", **more):
        """GET an API path as a device of a profile."""
        return self.client.get(f"/api/v1{path}", headers=self._bearer(as_), **more)

    def post(self, path, body, *, as_="station", key=None):
        """POST JSON to an API path as a device of a profile."""
        headers = self._bearer(as_) | ({"Idempotency-Key": key} if key else {})
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)

    def collection(self, **changes):
        """The body of an ordinary collection of one EDTA tube, with changes."""
        body = {
            "patient": dict(RIVERA),
            "collected_at": self.now().isoformat(),
            "collector": "collector",
            "station": "chair-1",
            "print": False,
            "specimens": [{"type": "BLDV", "container": "EDTA", "tests": ["CBC"]}],
        }
        return body | changes

    def collect(self, **changes):
        """Record an ordinary collection and return the reply's JSON."""
        reply = self.post("/collections", self.collection(**changes))
        assert reply.status_code == 201, reply.json
        return reply.json

    def scan(self, code, action, *, scan_id, as_="station", **more):
        """Send one scan and return its result."""
        scan = {"scan_id": scan_id, "code": code, "action": action, "scanned_at": self.now().isoformat()} | more
        reply = self.post("/scans", {"scans": [scan]}, as_=as_)
        assert reply.status_code == 200, reply.json
        return reply.json["results"][0]

    def sign_in(self, role="collector", station="chair-1"):
        """A browser signed in as the person of a role."""
        browser = self.app.test_client()
        with self.database.unit_of_work() as session:  # past the form: Argon2 takes 42 ms by design
            person = person_by_username(session, role)
            token = start_session(session, self.now(), person_id=person.id, station=station or None)
        browser.set_cookie(COOKIE, token)
        return browser

    def _bearer(self, profile):
        return {"Authorization": f"Bearer {self.tokens[profile]}"}


def furnish(database, clock, practice=None, **changes):
    """Furnish a migrated, empty database and open the app on it; `practice` are virtual printers by name."""
    settings = parse_settings(SETTINGS | changes)
    key = database.engine.dialect.name, clock(), json.dumps(SETTINGS | changes, sort_keys=True)
    with database.unit_of_work() as session:
        if key in _furnished and not session.scalar(select(exists().select_from(Person))):
            _lay_again(session, _furnished[key][-1])
        else:
            secrets = _move_in(session, clock(), settings)
            session.flush()
            _furnished[key] = *secrets, _rows(session)
    app = create_app(settings, database, clock, practice)
    app.jinja_env.bytecode_cache = _compiled
    *secrets, _ = _furnished[key]
    return House(app, *map(dict, secrets), clock, database)


def _move_in(session, now, settings):
    """Make places, catalog, devices and people; return their tokens, badges and numbers."""
    declare_places(session, now, settings)
    load_starter(session, now)
    tokens = {one.value: enrol(session, now, SYSTEM, name=one, profile=one) for one in Profile}
    badges = {role.value: _person(session, now, role) for role in Role}
    return tokens, badges, {one.name: one.number for one in locations(session)}


# Hundreds of tests furnish the same house: its rows are made once a process, and laid down as they are after that.
_furnished = {}


def _rows(session):
    found = {table: session.execute(select(table)).mappings().all() for table in Base.metadata.sorted_tables}
    return {table: [dict(row) for row in rows] for table, rows in found.items() if rows}


def _lay_again(session, rows):
    for table, laid in rows.items():
        session.execute(insert(table), laid)
        if session.get_bind().dialect.name == "postgresql" and "id" in table.c:
            number = func.pg_get_serial_sequence(table.name, "id")
            session.execute(select(func.setval(number, select(func.max(table.c.id)).scalar_subquery())))


class _CompiledOnce(BytecodeCache):
    """Templates are compiled once a process: each test makes an app, and compiling takes longer than most tests."""

    def __init__(self):
        self.kept = {}

    def load_bytecode(self, bucket):
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket):
        self.kept[bucket.key] = bucket.bytecode_to_string()


_compiled = _CompiledOnce()
_compile_builder, _builders = Rule._compile_builder, {}


def _compiled_route(route, append_unknown=True):
    key = route.rule, repr(route.defaults), append_unknown
    if key not in _builders:
        _builders[key] = _compile_builder(route, append_unknown)
    return _builders[key]


Rule._compile_builder = _compiled_route  # for the same reason: an app has more than a hundred routes


def _person(session, now, role):
    # Like `add_person`, with hashes made once: Argon2 takes 42 ms by design, and each test furnishes a house.
    badge = issue_number(session, PREFIXES[Kind.BADGE])
    hashes = {"password_hash": _hash_of(PASSWORD), "pin_hash": _hash_of(PIN)}
    session.add(
        Person(username=role, display_name=f"{role.title()} One", badge=badge, role=role, created_at=now, **hashes)
    )
    return badge


_hash_of = functools.cache(hashed)
