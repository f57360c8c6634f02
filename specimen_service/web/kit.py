"""The HTML kit: slices declare pages, the kit lets nobody unknown in and keeps one request one transaction.

A page is for named roles. Unsafe methods are refused unless the browser says that the form is our own
(`Sec-Fetch-Site`, or `Origin` where a browser does not send it).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, redirect, request
from flask import render_template as flask_render
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Role
from specimen_service.audit.model import Actor
from specimen_service.kernel.clock import Clock
from specimen_service.kernel.codes import clean, is_number
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import NotAllowed, NotFound
from specimen_service.kernel.language import say
from specimen_service.kernel.numbers import Kind
from specimen_service.settings import Settings
from specimen_service.web.fields import own_path

COOKIE = "specimen_session"
BADGE_COOKIE = "specimen_badge"
"""Remembers for a minute which badge was scanned, until its PIN follows: no number of anybody's is in an address."""
BADGE_SECONDS = 60
SIGN_IN = "/sign-in"
LEAVING = {"/lock", "/sign-out"}
EVERYBODY = frozenset(Role)
OPEN = "open"
"""The guard of a page for people not yet signed in."""
SAFE = {"GET", "HEAD", "OPTIONS"}
LARGEST_ID = 2**31 - 1
"""What an integer column holds on both databases; a larger one in a path names nothing."""
Handler = Callable[..., Any]


class SignedIn(Protocol):
    """What the gate needs to know of a session: who it is, which station, the session's id, and whether it is locked."""

    @property
    def actor(self) -> Actor:
        """The person."""

    @property
    def badge(self) -> str:
        """The number on the person's badge."""

    @property
    def locked(self) -> bool:
        """Whether nothing may be shown until the person shows again who it is."""

    @property
    def station(self) -> str | None:
        """The station chosen in this browser; None: none yet."""

    @property
    def sign_in_id(self) -> int:
        """The session's internal id."""


@dataclass(frozen=True)
class Visit:
    """One authenticated page request: its transaction, who asks, when, where, and what the configuration says."""

    session: Session
    actor: Actor
    now: datetime
    settings: Settings
    station: str | None
    sign_in_id: int

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return self.settings.service.zone

    @property
    def today(self) -> date:
        """The day it is at the site."""
        return self.now.astimezone(self.zone).date()

    @property
    def here(self) -> str:
        """The path to come back to after a lock: this page, or for a sent form the page it was on."""
        return _here()

    def render(self, template: str, **values: Any) -> str:  # noqa: ANN401 - template values
        """Render a template with the visit at hand; must be called inside the transaction."""
        return flask_render(template, visit=self, **values)


class OpenPage(Protocol):
    """The gate: find the person of a session cookie, or None; `active` is False for polling, which is no activity."""

    def __call__(
        self, session: Session, token: str, now: datetime, settings: Settings, *, active: bool
    ) -> SignedIn | None:
        """Return who is signed in by that cookie."""


Lock = Callable[[Session, datetime, Actor, int], None]
"""Locks a session, named by its internal id."""


@dataclass(frozen=True)
class Door:
    """What every page stands behind."""

    database: Database
    clock: Clock
    gate: OpenPage
    lock: Lock


@dataclass(frozen=True)
class Lobby:
    """What an open page has: no person, and the database to find one in."""

    database: Database
    now: datetime
    settings: Settings


@dataclass(frozen=True)
class Page:
    """One declared page or form target."""

    rule: str
    methods: tuple[str, ...]
    who: frozenset[Role]
    handler: Handler
    write: bool
    polled: bool
    takes_badges: bool


class Pages:
    """The pages of one slice."""

    def __init__(self) -> None:
        """Start empty lists."""
        self.pages: list[Page] = []
        self.open_pages: list[tuple[str, tuple[str, ...], Handler]] = []

    def open_page(self, rule: str, *, methods: tuple[str, ...]) -> Callable[[Handler], Handler]:
        """Declare a page for people not yet signed in; its handler gets the `Lobby`. There are very few of them."""

        def declare(handler: Handler) -> Handler:
            self.open_pages.append((rule, methods, handler))
            return handler

        return declare

    def page(
        self,
        rule: str,
        *,
        who: Collection[Role],
        methods: tuple[str, ...] = ("GET",),
        write: bool = True,
        polled: bool = False,
        takes_badges: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Declare a page; its handler gets the `Visit` and path parts by name, and returns HTML or a response.

        `polled` marks fragments that a page fetches by itself: they keep nobody signed in. `takes_badges` marks a form
        that wants badges in its field `code`: everywhere else a badge scanned there switches the person.
        """

        def declare(handler: Handler) -> Handler:
            self.pages.append(Page(rule, methods, frozenset(who), handler, write, polled, takes_badges))
            return handler

        return declare


def register_pages(
    app: Flask, slices: list[Pages], *, database: Database, clock: Clock, gate: OpenPage, lock: Lock
) -> None:
    """Put the pages of all slices in place, each behind the gate."""
    door = Door(database, clock, gate, lock)
    for pages in slices:
        for page in pages.pages:
            name = f"{page.handler.__module__}.{page.handler.__name__}"
            app.add_url_rule(page.rule, name, _view(page, door), methods=page.methods)

        for rule, methods, handler in pages.open_pages:
            view = _open_view(handler, database, clock)
            app.add_url_rule(rule, f"{handler.__module__}.{handler.__name__}", view, methods=methods)


def _open_view(handler: Handler, database: Database, clock: Clock) -> Handler:
    def view(**path: str) -> Response | str:
        require_own_form()
        answer: Response | str = handler(Lobby(database, clock(), current_app.config["SETTINGS"]), **path)
        return answer

    view.guard = OPEN  # type: ignore[attr-defined]  # read by the test that every route is guarded
    return view


def _view(page: Page, door: Door) -> Handler:
    def view(**path: str | int) -> Response | str:
        require_own_form()
        now = door.clock()
        with door.database.unit_of_work() as session:
            settings: Settings = current_app.config["SETTINGS"]
            person = door.gate(session, request.cookies.get(COOKIE, ""), now, settings, active=not page.polled)
            if person is None or person.locked:
                return _to_sign_in()
            if (badge := scanned_badge()) and not page.takes_badges:
                return _switched(session, now, door, person, badge)
            if page.write:
                return _answered(
                    page, Visit(session, person.actor, now, settings, person.station, person.sign_in_id), path
                )
        # What only reads keeps no writer waiting, however long it takes.
        with door.database.unit_of_work(write=False) as session:
            return _answered(page, Visit(session, person.actor, now, settings, person.station, person.sign_in_id), path)

    view.__name__ = page.handler.__name__
    view.guard = page.who  # type: ignore[attr-defined]  # read by the test that every route is guarded
    return view


def _answered(page: Page, visit: Visit, path: dict[str, str | int]) -> Response | str:
    if visit.actor.role not in page.who:
        raise NotAllowed
    for name, value in path.items():
        if isinstance(value, int) and value > LARGEST_ID:
            raise NotFound(name, value)
    answer: Response | str = page.handler(visit, **path)
    return answer


def scanned_badge() -> str:
    """Return the number of a badge scanned into the request's scan box; empty where it is something else."""
    code = clean(request.form.get("code", "")) if request.method == "POST" else ""
    return code if is_number(code, Kind.BADGE) else ""


def _switched(session: Session, now: datetime, door: Door, person: SignedIn, badge: str) -> Response:
    if badge == person.badge:
        return Response(status=204) if _is_script() else see_other(_here())
    door.lock(session, now, person.actor, person.sign_in_id)
    return remember_badge(_to_sign_in(), badge)


def remember_badge(response: Response, badge: str) -> Response:
    """Let the next page of the sign-in ask for the PIN of a scanned badge."""
    response.set_cookie(
        BADGE_COOKIE,
        badge,
        max_age=BADGE_SECONDS,
        path=SIGN_IN,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )
    return response


def require_own_form() -> None:
    """Refuse an unsafe request that another site's page sent with our cookie."""
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site in {"same-origin", "none"}:
        return
    origin = request.headers.get("Origin")
    if site is None and (origin is None or urlsplit(origin).netloc == request.host):
        return
    raise NotAllowed(say("This form came from another site. Open the page here and try again."))


def _is_script() -> bool:
    return "X-Fragment" in request.headers


def _here() -> str:
    if request.method == "GET":
        return request.full_path.rstrip("?")
    try:
        before = urlsplit(request.referrer or "")
    except ValueError:  # a referrer that is no address, such as http://[
        return "/"
    ours = before.netloc == request.host
    return own_path(before.path + (f"?{before.query}" if before.query else "")) if ours else "/"


def _to_sign_in() -> Response:
    if _is_script():
        return Response("", 401)
    # Whoever pressed something must hear that it was not done; a scan of a badge, or leaving, has done what it should.
    undone = "" if request.method in SAFE or request.path in LEAVING or scanned_badge() else "&undone=1"
    return see_other(f"{SIGN_IN}?next={quote(_here(), safe='')}{undone}")


def see_other(url: str) -> Response:
    """Answer a form by sending the browser on, so that a reload repeats nothing."""
    response: Response = redirect(url, 303)  # type: ignore[assignment]  # werkzeug's own
    return response


def hand_on(url: str) -> Response:
    """Have the browser say to another form what it said to this one."""
    response: Response = redirect(url, 307)  # type: ignore[assignment]  # werkzeug's own
    return response
