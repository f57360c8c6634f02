"""Being signed in: locking, staying, signing out, at which station this browser stands, and one's own PIN."""

from flask import Response, request

from specimen_service.accounts.actions import change_pin, choose_station, lock_session, sign_out
from specimen_service.accounts.rules import pin_fault
from specimen_service.accounts.sign_in_pages import pages, remember_station
from specimen_service.kernel.errors import NotSigned
from specimen_service.kernel.language import say
from specimen_service.web.fields import Form, own_path
from specimen_service.web.kit import COOKIE, EVERYBODY, Visit, see_other
from specimen_service.web.live import is_fragment

__all__ = ["pages"]


@pages.page("/lock", who=EVERYBODY, methods=("POST",))
def lock_now(visit: Visit) -> Response:
    """Lock this session: nothing is shown in this browser until somebody shows who they are."""
    lock_session(visit.session, visit.now, visit.actor, visit.sign_in_id)
    return Response(status=204) if is_fragment() else see_other(visit.here)


@pages.page("/here", who=EVERYBODY, methods=("POST",))
def still_here(visit: Visit) -> Response:  # noqa: ARG001 - passing the gate is what counts as activity
    """Take note that somebody touches or types at the page, which asks the server for nothing else meanwhile."""
    return Response(status=204)


@pages.page("/sign-out", who=EVERYBODY, methods=("POST",))
def sign_out_now(visit: Visit) -> Response:
    """End the session here and on the server; the browser still knows at which station it stands."""
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
    response = see_other(own_path(request.form.get("next", "/")))
    if any(one.name == station for one in visit.settings.station):
        choose_station(visit.session, visit.sign_in_id, station)
        remember_station(response, station)
    return response


@pages.page("/me/pin", who=EVERYBODY, methods=("GET", "POST"))
def own_pin(visit: Visit) -> str | tuple[str, int]:
    """Show the form for one's own PIN; on POST, set it where the password proves whose it is."""
    if request.method == "GET":
        return visit.render("accounts/own_pin.html", form=Form({}), done=False)
    faults = _changed(visit)
    page = visit.render("accounts/own_pin.html", form=Form({}, faults), done=not faults)
    return (page, 422) if faults else page


def _changed(visit: Visit) -> dict[str, str]:
    """Change the PIN, or tell by field why not; a counted try is kept either way."""
    password, pin, again = (request.form.get(name, "") for name in ("password", "pin", "again"))
    faults = {
        "password": None if password else say("Enter your password."),
        "pin": pin_fault(pin),
        "again": _again_fault(pin, again),
    }
    if found := {name: fault for name, fault in faults.items() if fault}:
        return found
    try:
        change_pin(visit.session, visit.now, visit.actor, password=password, pin=pin)
    except NotSigned as error:
        return {"password": str(error)}
    return {}


def _again_fault(pin: str, again: str) -> str | None:
    if not again:
        return say("Enter the new PIN once more.")
    return None if again == pin else say("The two PINs differ. Enter the new one twice.")
