"""The JSON kit on its own: guard, validation, problems, idempotency, one transaction a request."""

import threading
from http import HTTPStatus

import pytest
from flask import Flask
from pydantic import AwareDatetime
from sqlalchemy import select

from specimen_service.api import problems
from specimen_service.api.kit import Api, ApiModel, Reply, register_apis
from specimen_service.audit.model import SYSTEM, AuditEntry
from specimen_service.devices.actions import enrol, record_refused, revoke
from specimen_service.devices.model import Device, Profile
from specimen_service.devices.queries import device_of_token
from specimen_service.kernel.errors import Conflict
from specimen_service.settings import Settings

api = Api("things")


class ThingIn(ApiModel):
    """A thing to keep."""

    name: str
    at: AwareDatetime | None = None
    parts: tuple[int, ...] = ()


class ThingOut(ApiModel):
    """A thing kept."""

    name: str


@api.endpoint("POST /things", who=[Profile.STATION], summary="Keep", body=ThingIn, replies={201: ThingOut})
def post_thing(call, *, body):
    """Keep a thing as an enrolled device, and fail where the name says so."""
    enrol(call.session, call.now, call.actor, name=body.name, profile=Profile.AGENT)
    if body.name == "late failure":
        raise Conflict("That came too late.")
    if body.name == "fault":
        raise RuntimeError("RIVERA Ana 14 MAR 1984")
    return Reply(ThingOut(name=body.name), HTTPStatus.CREATED)


@pytest.fixture
def app(database, clock):
    made = Flask("kit")
    made.config["SETTINGS"] = Settings()
    problems.init_app(made, lambda *_: "page")
    register_apis(made, [api], database=database, clock=clock, authenticate=device_of_token, refused=record_refused)
    return made


@pytest.fixture
def token(database, clock):
    with database.unit_of_work() as session:
        return enrol(session, clock(), SYSTEM, name="chair", profile=Profile.STATION)


@pytest.fixture
def post(app, token):
    def send(body, *, key=None, bearer=token):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        if key:
            headers["Idempotency-Key"] = key
        data = {"data": body, "content_type": "application/json"} if isinstance(body, str | bytes) else {"json": body}
        return app.test_client().post("/api/v1/things", headers=headers, **data)

    return send


def kept(database):
    with database.unit_of_work(write=False) as session:
        return sorted(session.scalars(select(Device.name).where(Device.profile == Profile.AGENT)))


def test_a_known_device_of_the_right_profile_is_served(post, database):
    reply = post({"name": "one"})
    assert (reply.status_code, reply.json) == (201, {"name": "one"})
    assert kept(database) == ["one"]


@pytest.mark.parametrize("bearer", [None, "", "wrong", "x" * 5000, "ünïcode".encode().decode("latin-1")])
def test_nobody_unknown_is_served(post, database, bearer):
    reply = post({"name": "one"}, bearer=bearer)
    assert reply.status_code == 401
    assert reply.content_type == "application/problem+json"
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert kept(database) == []


def refusals(database):
    with database.unit_of_work(write=False) as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "device.refused").order_by(AuditEntry.id))
        return [(row.subject, row.detail) for row in rows]


def test_a_device_that_is_not_let_in_leaves_one_trace_a_minute_without_its_token(app, database, token, clock):
    client = app.test_client()

    def knock(bearer, address="192.0.2.7"):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        reply = client.post("/api/v1/things", headers=headers, environ_overrides={"REMOTE_ADDR": address})
        assert reply.status_code == 401

    for bearer in ("nonsense", "nonsense", ""):
        knock(bearer)
    assert refusals(database) == [("192.0.2.7", {"token": "unknown"})]
    knock("", "192.0.2.8")
    with database.unit_of_work() as session:
        revoke(session, clock(), SYSTEM, name="chair")
    clock.advance(minutes=1)
    knock(token)
    assert refusals(database)[1:] == [("192.0.2.8", {"token": "none"}), ("192.0.2.7", {"device": "chair"})]
    with database.unit_of_work(write=False) as session:
        written = "".join(str(vars(row)) for row in session.scalars(select(AuditEntry)))
    assert "nonsense" not in written
    assert token not in written


def test_a_flood_from_many_addresses_does_not_fill_the_audit_trail(app, database, monkeypatch):
    monkeypatch.setattr("specimen_service.api.kit.MOST_ADDRESSES", 3)
    for i in range(9):
        app.test_client().post("/api/v1/things", environ_overrides={"REMOTE_ADDR": f"192.0.2.{i}"})
    assert len(refusals(database)) == 3


def test_a_device_of_another_profile_is_told_which_may(post, database, clock):
    with database.unit_of_work() as session:
        handheld = enrol(session, clock(), SYSTEM, name="handheld", profile=Profile.HANDHELD)
    reply = post({"name": "one"}, bearer=handheld)
    assert reply.status_code == 403
    assert "station" in reply.json["detail"]


def test_a_revoked_device_is_refused_at_once(post, database, clock):
    with database.unit_of_work() as session:
        revoke(session, clock(), SYSTEM, name="chair")
    assert post({"name": "one"}).status_code == 401


def test_every_bad_field_is_named_at_once_and_nothing_is_stored(post, database):
    reply = post({"at": "2026-11-21T09:15:00", "parts": [1, "two"], "colour/tone": "red"})
    assert reply.status_code == 422
    assert {fault["pointer"] for fault in reply.json["errors"]} == {"/name", "/at", "/parts/1", "/colour~1tone"}
    assert all(fault["message"].endswith(".") for fault in reply.json["errors"])
    assert kept(database) == []


@pytest.mark.parametrize("body", ["", "{", b"\xff\xfe", "[" * 100_000, "nul", '"text"', "[]"])
def test_what_is_not_the_json_wanted_is_a_422_and_never_a_500(post, body):
    assert post(body).status_code == 422


def test_a_refusal_after_the_first_change_takes_the_change_back(post, database):
    reply = post({"name": "late failure"})
    assert (reply.status_code, reply.json["detail"]) == (409, "That came too late.")
    assert kept(database) == []


def test_a_fault_of_ours_tells_nothing_of_the_inside(post, database, capsys):
    reply = post({"name": "fault"})
    assert reply.status_code == 500
    assert "RIVERA" not in reply.get_data(as_text=True) + "".join(capsys.readouterr())
    assert kept(database) == []


def test_the_same_key_and_request_are_answered_once_and_done_once(post, database):
    first, second = post({"name": "one"}, key="k1"), post({"name": "one"}, key="k1")
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert kept(database) == ["one"]


def test_the_same_key_with_another_request_is_a_conflict(post, database):
    post({"name": "one"}, key="k1")
    reply = post({"name": "two"}, key="k1")
    assert reply.status_code == 409
    assert kept(database) == ["one"]


def test_a_refused_request_may_come_again_under_its_key(post, database):
    assert post({"name": "late failure"}, key="k1").status_code == 409
    assert post({"name": "one"}, key="k1").status_code == 201


def test_racing_requests_under_one_key_are_done_once(post, database):
    replies, start = [], threading.Barrier(6)

    def race():
        start.wait()
        replies.append(post({"name": "one"}, key="k1"))

    threads = [threading.Thread(target=race) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(reply.status_code, reply.json) for reply in replies] == [(201, {"name": "one"})] * 6
    assert kept(database) == ["one"]


def test_what_was_done_is_in_the_audit_trail_with_who_did_it(post, database):
    post({"name": "one"})
    with database.unit_of_work(write=False) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.subject == "one")).one()
    assert (entry.action, entry.actor_kind, entry.actor_name) == ("device.enrolled", "device", "chair")
