"""Signing in and out, and saying at which station this browser stands."""

from flask import Response, render_template, request

from specimen_service.accounts.actions import begin_sign_in, choose_station, sign_out, start_session
from specimen_service.accounts.passwords import matches
from specimen_service.web.fields import own_path
from specimen_service.web.kit import COOKIE, EVERYBODY, Lobby, Pages, Visit, see_other

pages = Pages()

_WRONG = "That username and password do not fit. Check both and try again."
_BARRED = "Too many tries. Wait five minutes, or ask an administrator to reset the password."


@pages.open_page("/sign-in", methods=("GET", "POST"))
def sign_in_page(lobby: Lobby) -> Response | str | tuple[str, int]:
    """Show the form; on POST, start a session and go on to where the person wanted to be."""
    if request.method == "GET":
        return _form(lobby, "")
    username = request.form.get("username", "").strip()
    with lobby.database.unit_of_work() as session:
        tried = begin_sign_in(session, lobby.now, username)
    if tried.barred:
        return _form(lobby, _BARRED), 429
    if not matches(request.form.get("password", ""), tried.kept_hash) or tried.person_id is None:
        return _form(lobby, _WRONG), 401
    with lobby.database.unit_of_work() as session:
        token = start_session(
            session, lobby.now, person_id=tried.person_id, station=request.form.get("station") or None
        )
    response = see_other(own_path(request.args.get("next", "/")))
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    return response


@pages.page("/sign-out", who=EVERYBODY, methods=("POST",))
def sign_out_now(visit: Visit) -> Response:
    """End the session here and on the server."""
    sign_out(visit.session, visit.now, visit.actor, visit.sign_in_id)
    response = see_other("/sign-in")
    response.delete_cookie(COOKIE, path="/")
    # Not "storage": scans of a handheld still to be sent lie there, and they belong to the device. It holds nothing else.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@pages.page("/station", who=EVERYBODY, methods=("POST",))
def choose(visit: Visit) -> Response:
    """Remember at which station this browser stands."""
    station = request.form.get("station", "")
    if any(one.name == station for one in visit.settings.station):
        choose_station(visit.session, visit.sign_in_id, station)
    return see_other(own_path(request.form.get("next", "/")))


def _form(lobby: Lobby, fault: str) -> str:
    stations = [one.name for one in lobby.settings.station]
    username = request.form.get("username", "")
    return render_template(
        "accounts/sign_in.html", fault=fault, stations=stations, settings=lobby.settings, username=username
    )
