"""Error pages: what happened, what to do, and the way back, with the navigation for whoever is signed in."""

import re
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import current_app, render_template, request
from sqlalchemy.exc import SQLAlchemyError

from specimen_service.kernel.clock import Clock
from specimen_service.kernel.db import Database
from specimen_service.kernel.language import say, to_say
from specimen_service.kernel.numbers import grouped
from specimen_service.web.fields import own_path
from specimen_service.web.kit import COOKIE, SAFE, OpenPage, Visit

_NUMBER = re.compile(r"(?<!\d)\d{12}(?!\d)")
_NEXT = {
    HTTPStatus.BAD_REQUEST: to_say("Go back, reload the page and do it again."),
    HTTPStatus.UNAUTHORIZED: to_say("Sign in, then do it again."),
    HTTPStatus.FORBIDDEN: to_say("Go back, or choose another page above."),
    HTTPStatus.NOT_FOUND: to_say("Go back and check the number or the address, or scan the barcode again."),
    HTTPStatus.METHOD_NOT_ALLOWED: to_say("Go back and use the buttons of the page."),
    HTTPStatus.CONFLICT: to_say("Go back, reload the page and look at what it says now."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: to_say("Go back and send less at once."),
    HTTPStatus.UNPROCESSABLE_ENTITY: to_say("Go back and correct it."),
}
_TRY_AGAIN = to_say("Go back and try again. If it stays so, tell whoever runs the service.")


class ErrorPages:
    """Makes the page of an error; knows the database only to find out who is looking at it."""

    def __init__(self, database: Database, clock: Clock, gate: OpenPage) -> None:
        """Keep what is needed to know a person by the session's cookie."""
        self._database, self._clock, self._gate = database, clock, gate

    def __call__(self, status: int, title: str, sentence: str) -> tuple[str, int]:
        """Return the page and its status; where nobody is signed in, or the database does not answer, without navigation."""
        shown = _NUMBER.sub(lambda found: grouped(found[0]), sentence)
        said = {"title": title, "sentence": shown, "step": next_step(status), "back": _back()}
        try:
            return self._of_person(self._clock(), said), status
        except SQLAlchemyError:
            return render_template("web/error.html", **said), status

    def _of_person(self, now: datetime, said: dict[str, str]) -> str:
        settings = current_app.config["SETTINGS"]
        with self._database.unit_of_work(write=False) as session:
            person = self._gate(session, request.cookies.get(COOKIE, ""), now, settings, active=False)
            if person is None or person.locked:
                return render_template("web/error.html", **said)
            visit = Visit(session, person.actor, now, settings, person.station, person.sign_in_id)
            return visit.render("web/error.html", **said)


def next_step(status: int) -> str:
    """Say what to do about a page that could not be shown, or a form that could not be taken."""
    step = say(_NEXT.get(HTTPStatus(status), _TRY_AGAIN))
    return step if request.method in SAFE else f"{say('Nothing was stored.')} {step}"


def _back() -> str:
    """Return the page of ours that led here; empty: none did, or it is this very one."""
    try:
        before = urlsplit(request.referrer or "")
    except ValueError:  # a referrer that is no address, such as http://[
        return ""
    if before.netloc != request.host or (request.method == "GET" and before.path == request.path):
        return ""
    return own_path(before.path + (f"?{before.query}" if before.query else ""))
