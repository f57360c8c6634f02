"""The JSON kit: slices declare endpoints, the kit guards them, validates, answers, and keeps replies by their key.

One request is one transaction. The reply leaves after its commit, so what was acknowledged is on disk.
"""

import json
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, request
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from specimen_service.api.idempotency import KeptReply, kept_reply, request_digest
from specimen_service.audit.model import Actor
from specimen_service.devices.model import Profile
from specimen_service.kernel.clock import Clock
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import Fault, InvalidInput, NotAllowed, NotFound, NotSignedIn
from specimen_service.kernel.language import say
from specimen_service.settings import Settings

PREFIX = "/api/v1"
LARGEST_ID = 2**63 - 1
"""What a database's integer holds; a larger one in a path names nothing."""
Authenticate = Callable[[Session, str], Actor | None]
Refused = Callable[[Session, datetime, str, str], None]
"""Keeps a trace of a refused call: when, from which address, with which token (never to be stored)."""
MOST_ADDRESSES = 1000
"""So many addresses leave a trace each minute; a flood must not fill the audit trail."""


class ApiModel(BaseModel):
    """Base of request and reply bodies: an unknown field is a fault, named."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Call:
    """One authenticated request: its transaction, who asks, when, what the configuration says, and the database behind it.

    The database is for a handler declared `write=False` whose work is transactions of its own, each whole by itself.
    """

    session: Session
    actor: Actor
    now: datetime
    settings: Settings
    database: Database


@dataclass(frozen=True)
class Reply:
    """What a handler answers: a body for JSON, or ready bytes of another type."""

    body: BaseModel | bytes
    status: int = HTTPStatus.OK
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """One operation, as declared: enough to guard it, to validate it, and to describe it in OpenAPI."""

    method: str
    path: str
    who: frozenset[Profile]
    handler: Callable[..., Reply]
    summary: str
    body: type[BaseModel] | None
    lenient: bool
    query: type[BaseModel] | None
    replies: Mapping[int, type[BaseModel] | str]
    errors: tuple[int, ...]
    write: bool
    tag: str

    @property
    def name(self) -> str:
        """The operation's id: its handler's name."""
        return self.handler.__name__


class Api:
    """The endpoints of one slice."""

    def __init__(self, tag: str) -> None:
        """Start an empty list under a tag for the documentation."""
        self.tag = tag
        self.endpoints: list[Endpoint] = []

    def endpoint(
        self,
        rule: str,
        *,
        who: Collection[Profile],
        summary: str,
        replies: Mapping[int, type[BaseModel] | str],
        body: type[BaseModel] | None = None,
        lenient: bool = False,
        query: type[BaseModel] | None = None,
        errors: tuple[int, ...] = (),
        write: bool = True,
    ) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
        """Declare an operation; `rule` is `POST /orders`.

        The handler gets the `Call`, path parts by name, `query=` and `body=` (validated; with `lenient` the parsed JSON
        as it came, for a handler that judges its parts one by one). `write=False` promises to change nothing.
        """
        method, path = rule.split(" ", 1)

        def declare(handler: Callable[..., Reply]) -> Callable[..., Reply]:
            self.endpoints.append(
                Endpoint(
                    method,
                    path,
                    frozenset(who),
                    handler,
                    summary,
                    body,
                    lenient,
                    query,
                    replies,
                    errors,
                    write,
                    self.tag,
                )
            )
            return handler

        return declare


@dataclass
class _Doorstep:
    """Who was refused in the present minute: each address leaves one trace in it."""

    database: Database
    clock: Clock
    refused: Refused
    minute: datetime | None = None
    addresses: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, address: str, token: str) -> None:
        """Have the refusal of a call recorded, in a transaction of its own: that of the call is rolled back."""
        now = self.clock()
        if self._is_first(address, now.replace(second=0, microsecond=0)):
            with self.database.unit_of_work() as session:
                self.refused(session, now, address, token)

    def _is_first(self, address: str, minute: datetime) -> bool:
        with self.lock:
            if minute != self.minute:
                self.minute, self.addresses = minute, set()
            if address in self.addresses or len(self.addresses) >= MOST_ADDRESSES:
                return False
            self.addresses.add(address)
            return True


def register_apis(
    app: Flask, apis: list[Api], *, database: Database, clock: Clock, authenticate: Authenticate, refused: Refused
) -> None:
    """Put the endpoints of all slices under `/api/v1`, each behind its guard; `refused` hears who is not let in."""
    doorstep = _Doorstep(database, clock, refused)
    for api in apis:
        for endpoint in api.endpoints:
            view = _view(endpoint, database, clock, authenticate, doorstep)
            app.add_url_rule(
                PREFIX + endpoint.path,
                f"api.{endpoint.name}",
                view,
                methods=[endpoint.method],
                provide_automatic_options=False,
            )


def _view(
    endpoint: Endpoint, database: Database, clock: Clock, authenticate: Authenticate, doorstep: _Doorstep
) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        try:
            return answer(path)
        except NotSignedIn:
            doorstep.note(request.remote_addr or "", _token())
            raise
        except IntegrityError:
            # Two servers stored the same new name at once: the second now finds what the first stored, and answers by it.
            return answer(path)

    def answer(path: dict[str, str]) -> Response:
        with database.unit_of_work(write=endpoint.write) as session:
            actor = _known_device(session, authenticate)
            if actor.role not in endpoint.who:
                raise NotAllowed(
                    say(
                        "A device of profile %(profile)s may not do this; enrol one of: %(profiles)s.",
                        profile=actor.role,
                        profiles=_names(endpoint.who),
                    )
                )
            call = Call(session, actor, clock(), current_app.config["SETTINGS"], database)
            return _idempotent(endpoint, call, path)

    view.__name__ = endpoint.name
    view.guard = endpoint.who  # type: ignore[attr-defined]  # read by the test that every route is guarded
    return view


def _known_device(session: Session, authenticate: Authenticate) -> Actor:
    token = _token()
    actor = authenticate(session, token) if token else None
    if actor is None:
        raise NotSignedIn
    return actor


def _token() -> str:
    """Return the bearer token of the request, empty for none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _idempotent(endpoint: Endpoint, call: Call, path: dict[str, str]) -> Response:
    key = request.headers.get("Idempotency-Key") if endpoint.method == "POST" else None
    if not key:
        return _response(_run(endpoint, call, path))
    digest = request_digest(request.method, request.full_path, request.get_data())
    kept = kept_reply(call.session, call.actor, key, digest)
    if isinstance(kept, KeptReply):
        return Response(
            kept.body, kept.status, content_type="application/json", headers={"Idempotent-Replayed": "true"}
        )
    response = _response(_run(endpoint, call, path))
    kept.store(call.now, response.status_code, response.get_data(as_text=True))
    return response


def _run(endpoint: Endpoint, call: Call, path: dict[str, str]) -> Reply:
    arguments: dict[str, Any] = dict(path)
    for name, value in arguments.items():
        if isinstance(value, int) and value > LARGEST_ID:
            raise NotFound(name.replace("_", " "), value)
    if endpoint.query is not None:
        arguments["query"] = _validated_query(endpoint.query)
    if endpoint.body is not None:
        arguments["body"] = _parsed_json() if endpoint.lenient else _validated_body(endpoint.body)
    return endpoint.handler(call, **arguments)


def _validated_body(model: type[BaseModel]) -> BaseModel:
    _parsed_json()
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        raise InvalidInput(faults_of(error)) from error


def _parsed_json() -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(request.get_data())
    except (ValueError, RecursionError) as error:
        raise InvalidInput([Fault("", say("The body is not JSON: %(error)s.", error=error))]) from error


def _validated_query(model: type[BaseModel]) -> BaseModel:
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise InvalidInput(faults_of(error)) from error


def faults_of(error: ValidationError) -> list[Fault]:
    """Turn pydantic's findings into faults: every bad field at once, by JSON pointer."""
    return [Fault("".join(f"/{_escaped(part)}" for part in found["loc"]), _plain(found)) for found in error.errors()]


def _escaped(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def _plain(found: Mapping[str, Any]) -> str:
    kind = found["type"]
    if kind == "missing":
        return say("This field is required.")
    if kind == "extra_forbidden":
        return say("There is no such field. Remove it or check its spelling.")
    if kind == "timezone_aware":
        return say("The time needs its offset, as in 2026-11-21T09:15:00-05:00.")
    return f"{str(found['msg']).removeprefix('Value error, ').rstrip('.')}."


def _response(reply: Reply) -> Response:
    data = reply.body if isinstance(reply.body, bytes) else reply.body.model_dump_json()
    return Response(data, reply.status, content_type=reply.content_type, headers=dict(reply.headers))


def _names(profiles: Collection[Profile]) -> str:
    return ", ".join(sorted(profiles))
