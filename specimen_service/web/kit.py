"""The HTML kit: slices declare pages, the kit lets nobody unknown in and keeps one request one transaction.

A page is for named roles. Unsafe methods are refused unless the browser says that the form is our own
(`Sec-Fetch-Site`, or `Origin` where a browser does not send it).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, redirect, request
from flask import render_template as flask_render
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Role
from specimen_service.audit.model import Actor
from specimen_service.kernel.clock import Clock
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import NotAllowed, NotFound
from specimen_service.settings import Settings

COOKIE = "specimen_session"
EVERYBODY = frozenset(Role)
OPEN = "open"
"""The guard of a page for people not yet signed in."""
SAFE = {"GET", "HEAD", "OPTIONS"}
LARGEST_ID = 2**31 - 1
"""What an integer column holds on both databases; a larger one in a path names nothing."""
Handler = Callable[..., Any]


class SignedIn(Protocol):
    """What the gate needs to know of a session: who it is, which station, and the session's id."""

    @property
    def actor(self) -> Actor:
        """The person."""

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

    def render(self, template: str, **values: Any) -> str:  # noqa: ANN401 - template values
        """Render a template with the visit at hand; must be called inside the transaction."""
        return flask_render(template, visit=self, **values)


class OpenPage(Protocol):
    """The gate: find the person of a session cookie, or None; `active` is False for polling, which is no activity."""

    def __call__(
        self, session: Session, token: str, now: datetime, settings: Settings, *, active: bool
    ) -> SignedIn | None:
        """Return who is signed in by that cookie."""


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
    ) -> Callable[[Handler], Handler]:
        """Declare a page; its handler gets the `Visit` and path parts by name, and returns HTML or a response.

        `polled` marks fragments that a page fetches by itself: they keep nobody signed in.
        """

        def declare(handler: Handler) -> Handler:
            self.pages.append(Page(rule, methods, frozenset(who), handler, write, polled))
            return handler

        return declare


def register_pages(app: Flask, slices: list[Pages], *, database: Database, clock: Clock, gate: OpenPage) -> None:
    """Put the pages of all slices in place, each behind the gate."""
    for pages in slices:
        for page in pages.pages:
            view = _view(page, database, clock, gate)
            app.add_url_rule(
                page.rule, f"{page.handler.__module__}.{page.handler.__name__}", view, methods=page.methods
            )

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


def _view(page: Page, database: Database, clock: Clock, gate: OpenPage) -> Handler:
    def view(**path: str | int) -> Response | str:
        require_own_form()
        settings: Settings = current_app.config["SETTINGS"]
        with database.unit_of_work(write=page.write) as session:
            now = clock()
            person = gate(session, request.cookies.get(COOKIE, ""), now, settings, active=not page.polled)
            if person is None:
                return _to_sign_in()
            if person.actor.role not in page.who:
                raise NotAllowed
            for name, value in path.items():
                if isinstance(value, int) and value > LARGEST_ID:
                    raise NotFound(name, value)
            visit = Visit(session, person.actor, now, settings, person.station, person.sign_in_id)
            answer: Response | str = page.handler(visit, **path)
            return answer

    view.__name__ = page.handler.__name__
    view.guard = page.who  # type: ignore[attr-defined]  # read by the test that every route is guarded
    return view


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
    raise NotAllowed("This form came from another site. Open the page here and try again.")


def _to_sign_in() -> Response:
    if request.headers.get("X-Fragment"):
        return Response("", 401)
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    response: Response = redirect(f"/sign-in?next={quote(here, safe='')}", 303)  # type: ignore[assignment]  # werkzeug's own
    return response


def see_other(url: str) -> Response:
    """Answer a form by sending the browser on, so that a reload repeats nothing."""
    response: Response = redirect(url, 303)  # type: ignore[assignment]  # werkzeug's own
    return response
