"""Signing in: a badge and its PIN, or a username and password. A locked screen is the same page, asking for one PIN."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from flask import Response, make_response, render_template, request

from specimen_service.accounts.actions import (
    BARRED,
    BARRED_PIN,
    SignInTry,
    begin_badge_sign_in,
    begin_sign_in,
    enter,
    lock_session,
)
from specimen_service.accounts.passwords import matches
from specimen_service.accounts.queries import KnownSession, PersonRow, known_session, person_by_badge
from specimen_service.accounts.rules import PIN_LENGTH, SessionState, badge_fault
from specimen_service.kernel.codes import clean, is_number
from specimen_service.kernel.language import say, to_say
from specimen_service.kernel.numbers import Kind
from specimen_service.web.fields import own_path
from specimen_service.web.kit import BADGE_COOKIE, COOKIE, SIGN_IN, Lobby, Pages, remember_badge, see_other

pages = Pages()

MINE = "/?mine=1"
"""The first page, which leads a collector on to a draw left open at this station."""
STATION_COOKIE = "specimen_station"
"""At which station this browser stands, whoever is signed in: a chair does not move when people change."""
STATION_KEPT = timedelta(days=400)
"""The longest that browsers keep a cookie."""

_WRONG = to_say("That username and password do not fit. Check both and try again.")
_WRONG_PIN = to_say("That PIN does not fit this badge. Enter it again.")
_SHORT_PIN = to_say("A PIN has six digits. Enter it again.")
_UNKNOWN = to_say("This badge is not known here. Scan it again, or ask an administrator.")
_NO_PIN = to_say(
    "This badge has no PIN yet. Sign in with username and password and choose one, or ask an administrator."
)
_UNDONE = to_say("What you pressed last was not carried out: the screen was locked. Press it again afterwards.")

Answer = Response | str | tuple[str, int]


@dataclass(frozen=True)
class Doorstep:
    """What is known before anybody is in: this browser's last session, and at which station it stands."""

    lobby: Lobby
    known: KnownSession | None
    station: str | None

    @property
    def locked(self) -> PersonRow | None:
        """The person whose PIN opens the lock of this browser; None: it is not locked, or they have only a password."""
        known = self.known
        return known.person if known is not None and known.locked and known.person.has_pin else None


@pages.open_page(SIGN_IN, methods=("GET", "POST"))
def sign_in_page(lobby: Lobby) -> Answer:
    """Ask who it is; on POST, take a badge, or let somebody in by PIN or password, to where they wanted to be."""
    step = _doorstep(lobby)
    if request.method == "GET":
        page = make_response(_asked(step))
        if "station" in request.args:
            remember_station(page, step.station)
        return page
    badge = _scanned()
    if badge:
        return _take_badge(step, badge)
    return _try_pin(step) if "pin" in request.form else _try_password(step)


def remember_station(response: Response, station: str | None) -> None:
    """Have the browser keep at which station it stands; None: at none."""
    if station is None:
        response.delete_cookie(STATION_COOKIE, path="/")
        return
    kept = int(STATION_KEPT.total_seconds())
    response.set_cookie(
        STATION_COOKIE, station, max_age=kept, path="/", httponly=True, samesite="Lax", secure=request.is_secure
    )


def _doorstep(lobby: Lobby) -> Doorstep:
    with lobby.database.unit_of_work(write=False) as session:
        known = known_session(session, request.cookies.get(COOKIE, ""), lobby.now, lobby.settings)
    names = {one.name for one in lobby.settings.station}
    said = request.values.get("station")
    chosen = said if said is not None else request.cookies.get(STATION_COOKIE) or (known.station if known else None)
    return Doorstep(lobby, known, chosen if chosen in names else None)


def _asked(step: Doorstep) -> str:
    """Ask for the PIN of the badge just scanned or of whoever locked this screen; else for anybody's badge or name."""
    if "other" in request.args:
        return _form(step)
    badge = request.cookies.get(BADGE_COOKIE, "")
    if not badge:
        return _pin_form(step, step.locked, "") if step.locked else _form(step)
    person, fault = _owner(step, badge)
    if person is not None:
        return _pin_form(step, person, badge)
    return _pin_form(step, step.locked, "", fault) if step.locked else _form(step, fault)


def _scanned() -> str:
    """Return what came as a badge: all of the scan box, and a badge's number in a field for a name or a PIN."""
    for field in ("code", "pin", "username"):
        code = clean(request.form.get(field, ""))
        if code and (field == "code" or is_number(code, Kind.BADGE)):
            return code
    return ""


def _owner(step: Doorstep, badge: str) -> tuple[PersonRow | None, str]:
    """Return whose badge it is if a PIN can follow, else why not."""
    if fault := badge_fault(badge):
        return None, fault
    with step.lobby.database.unit_of_work(write=False) as session:
        person = person_by_badge(session, badge)
    if person is None:
        return None, say(_UNKNOWN)
    return (person, "") if person.has_pin else (None, say(_NO_PIN))


def _take_badge(step: Doorstep, badge: str) -> Answer:
    """Go on to the PIN of a badge; whoever was signed in until now is locked out first."""
    person, fault = _owner(step, badge)
    if person is None:
        page = _pin_form(step, step.locked, "", fault) if step.locked else _form(step, fault)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    known = step.known
    if known is not None and known.state is SessionState.OPEN:
        if known.person.id == person.id:
            return see_other(_wanted())
        with step.lobby.database.unit_of_work() as session:
            lock_session(session, step.lobby.now, known.actor, known.sign_in_id)
    here = request.full_path.rstrip("?") if "other" not in request.args else SIGN_IN
    response = remember_badge(see_other(here), badge)
    remember_station(response, step.station)
    return response


def _try_pin(step: Doorstep) -> Answer:
    badge = clean(request.form.get("badge", ""))
    person = _owner(step, badge)[0] if badge else step.locked
    if person is None:
        return see_other(SIGN_IN)  # the lock has become a sign-out meanwhile
    pin = request.form["pin"].strip()
    if len(pin) != PIN_LENGTH:
        return _pin_form(step, person, badge, say(_SHORT_PIN)), HTTPStatus.UNPROCESSABLE_ENTITY
    with step.lobby.database.unit_of_work() as session:
        tried = begin_badge_sign_in(session, step.lobby.now, person.badge)
    if fault := _fault(tried, pin, _WRONG_PIN, BARRED_PIN):
        return _pin_form(step, person, badge, fault[0]), fault[1]
    return _let_in(step, person.id)


def _try_password(step: Doorstep) -> Answer:
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    if empty := [name for name, said in (("username", username), ("password", password)) if not said]:
        page = _form(step, say("Enter your username and your password."), empty)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    with step.lobby.database.unit_of_work() as session:
        tried = begin_sign_in(session, step.lobby.now, username)
    if fault := _fault(tried, password, _WRONG, BARRED):
        # Both fields: which of the two is wrong is told to nobody.
        return _form(step, fault[0], ("username", "password")), fault[1]
    return _let_in(step, tried.person_id or 0)


def _fault(tried: SignInTry, secret: str, wrong: str, barred: str) -> tuple[str, HTTPStatus] | None:
    if tried.barred:
        return say(barred), HTTPStatus.TOO_MANY_REQUESTS
    return None if matches(secret, tried.kept_hash) else (say(wrong), HTTPStatus.UNAUTHORIZED)


def _let_in(step: Doorstep, person_id: int) -> Response:
    """Open the session and go to the page wanted; in a browser that somebody else used last, to what is one's own."""
    with step.lobby.database.unit_of_work() as session:
        token = enter(session, step.lobby.now, person_id=person_id, station=step.station, before=step.known)
    others = step.known is not None and step.known.person.id != person_id
    response = see_other(MINE if others else _wanted())
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    response.delete_cookie(BADGE_COOKIE, path=SIGN_IN)
    remember_station(response, step.station)
    return response


def _wanted() -> str:
    return own_path(request.args.get("next", "/"))


def _form(step: Doorstep, fault: str = "", wrong: Sequence[str] = ()) -> str:
    """Ask for a badge or a name; `wrong` are the fields a fault is about, none of them: it is about the badge."""
    return _page("accounts/sign_in.html", step, fault, username=request.form.get("username", ""), wrong=wrong)


def _pin_form(step: Doorstep, person: PersonRow, badge: str, fault: str = "") -> str:
    # Whose page waits behind this door: only for them does another tab go back to it.
    owner = step.known.person.display_name if step.known else person.display_name
    return _page("accounts/pin.html", step, fault, person=person, badge=badge, owner=owner)


def _page(template: str, step: Doorstep, fault: str, **values: object) -> str:
    settings = step.lobby.settings
    undone = say(_UNDONE) if "undone" in request.args else ""
    said = {"fault": fault, "undone": undone, "station": step.station, "settings": settings, "wanted": _wanted()}
    return render_template(template, **said, **values)
