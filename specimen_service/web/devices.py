"""The side door of the pages: what an enrolled browser sends by its own cookie, whoever is or is not signed in.

The cookie names a device, never a person. It is HttpOnly, goes to nothing outside `/scan`, is not sent with requests that
start on another site (`SameSite=Strict`), and opens only the routes declared here. A body must be JSON and come from our
own pages.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask, Response, current_app, request
from sqlalchemy.orm import Session

from specimen_service.audit.model import Actor
from specimen_service.devices.model import Profile
from specimen_service.kernel.clock import Clock
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import Fault, InvalidInput, NotSignedIn, ServiceError
from specimen_service.kernel.language import say, to_say
from specimen_service.settings import Settings
from specimen_service.web.kit import require_own_form

DEVICE_COOKIE = "specimen_device"
ROOM = "/scan"
"""The only paths the cookie is sent to."""
COOKIE_SECONDS = 400 * 24 * 3600
"""The longest that browsers keep a cookie; it is given anew whenever somebody opens the page."""
LARGEST_BODY = 128 * 1024
"""Bytes; 50 scans have about 20,000."""
MOST_CALLS = 600
"""Calls of one device in a minute; a person scans once a second."""
_YEARS = (1970, 2200)
"""A dead battery sets a device back to 1970."""

Authenticate = Callable[[Session, str], Actor | None]


class TooLarge(ServiceError):
    """Says that one call brought too much."""

    code, status, title = "too-large", 413, to_say("Too much at once")

    def __init__(self) -> None:
        """Make the one sentence."""
        super().__init__(say("One call takes at most %(count)s bytes. Send fewer scans at once.", count=LARGEST_BODY))


class TooMany(ServiceError):
    """Says that a device calls more often than anybody can scan."""

    code, status, title = "too-many", 429, to_say("Too many calls")

    def __init__(self) -> None:
        """Make the one sentence."""
        super().__init__(say("This device calls too often. Nothing was stored; send the scans again in a minute."))


@dataclass(frozen=True)
class DeviceCall:
    """One call of an enrolled browser: its transaction, which device, when, and what it said."""

    session: Session
    actor: Actor
    now: datetime
    settings: Settings
    said: Mapping[str, Any]

    def moment(self, name: str) -> datetime | None:
        """Return a time that was said, None where it was not; raises `InvalidInput` for what is no time with an offset."""
        value = self.said.get(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            moment = None
        # Beyond these years arithmetic fails; without an offset it could be any hour.
        if moment is None or moment.tzinfo is None or not _YEARS[0] <= moment.year < _YEARS[1]:
            raise InvalidInput([Fault(f"/{name}", say("A time with its offset is wanted."))])
        return moment


Answer = Callable[[DeviceCall], Mapping[str, Any]]


class DeviceDoor:
    """The routes of one slice for enrolled browsers; each takes and gives JSON."""

    def __init__(self) -> None:
        """Start an empty list."""
        self.routes: list[tuple[str, Answer]] = []

    def post(self, rule: str) -> Callable[[Answer], Answer]:
        """Declare what answers a POST to a path within `/scan`; its handler gets the `DeviceCall` and returns JSON's values."""

        def declare(handler: Answer) -> Answer:
            self.routes.append((rule, handler))
            return handler

        return declare


@dataclass
class _Pace:
    """How often each device called in the present minute."""

    minute: datetime | None = None
    calls: dict[int | None, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, device: Actor, now: datetime) -> None:
        """Count a call; raises `TooMany`."""
        minute = now.replace(second=0, microsecond=0)
        with self.lock:
            if minute != self.minute:
                self.minute, self.calls = minute, {}
            self.calls[device.id] = self.calls.get(device.id, 0) + 1
            if self.calls[device.id] > MOST_CALLS:
                raise TooMany


def register_device_door(
    app: Flask, door: DeviceDoor, *, database: Database, clock: Clock, authenticate: Authenticate
) -> None:
    """Put the routes of a door in place, each behind its guard; `authenticate` finds the device of a cookie."""
    pace = _Pace()
    for rule, handler in door.routes:
        view = _view(handler, database, clock, authenticate, pace)
        app.add_url_rule(rule, f"device.{handler.__name__}", view, methods=["POST"], provide_automatic_options=False)


def _view(
    handler: Answer, database: Database, clock: Clock, authenticate: Authenticate, pace: _Pace
) -> Callable[[], Response]:
    def view() -> Response:
        require_own_form()
        with database.unit_of_work() as session:
            device = authenticate(session, request.cookies.get(DEVICE_COOKIE, ""))
            if device is None:
                raise NotSignedIn(
                    say("This browser is not enrolled. Sign in and open the handheld page; its scans are kept.")
                )
            now = clock()
            pace.count(device, now)
            answer = handler(DeviceCall(session, device, now, current_app.config["SETTINGS"], _said()))
            body = json.dumps(answer)
        return Response(body, content_type="application/json")

    view.guard = frozenset({Profile.HANDHELD})  # type: ignore[attr-defined]  # read by the test that every route is guarded
    return view


def _said() -> Mapping[str, Any]:
    if request.mimetype != "application/json":
        # A form of another site can send a body, but not one of this type without asking us first.
        raise InvalidInput([Fault("", say("Send JSON."))])
    if (request.content_length or 0) > LARGEST_BODY:
        raise TooLarge
    try:
        said = json.loads(request.get_data())
    except (ValueError, RecursionError) as error:
        raise InvalidInput([Fault("", say("The body is not JSON: %(error)s.", error=error))]) from error
    if not isinstance(said, dict):
        raise InvalidInput([Fault("", say("The body is a JSON object."))])
    return said


def give_cookie(response: Response, secret: str) -> None:
    """Give a browser the cookie by which it is known as a device."""
    response.set_cookie(
        DEVICE_COOKIE,
        secret,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
        path=ROOM,
    )
