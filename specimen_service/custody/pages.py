"""Scanning by hand: the handheld page.

With its scripts the page keeps scans on the device and sends them by itself (`handheld_api.py`); without them each scan is
a form that is sent here. Looking up where a tube is goes here in both.
"""

import uuid
from dataclasses import dataclass

from flask import Response, request

from specimen_service.accounts.model import Role
from specimen_service.accounts.queries import credential_notice_of
from specimen_service.custody import messages
from specimen_service.custody.actions import record_scans
from specimen_service.custody.codes import why_unknown
from specimen_service.custody.find_queries import Whereabouts, badge_of, whereabouts
from specimen_service.custody.model import Outcome, Reason
from specimen_service.custody.specimen_pages import pages
from specimen_service.custody.tiles import FIND, MORE, TILES, Tile, scan_step, tile_named
from specimen_service.devices.actions import enrol_browser
from specimen_service.devices.queries import browser_of_cookie
from specimen_service.kernel.clock import moment, time_of_day
from specimen_service.kernel.codes import clean, is_number
from specimen_service.kernel.errors import Conflict, NotFound
from specimen_service.kernel.language import say
from specimen_service.kernel.numbers import Kind
from specimen_service.places.queries import LocationRow, locations
from specimen_service.specimens.actions import policy_of
from specimen_service.specimens.model import status_words
from specimen_service.web.devices import DEVICE_COOKIE, give_cookie
from specimen_service.web.kit import EVERYBODY, Visit
from specimen_service.web.live import is_fragment
from specimen_service.web.scans import scan_of_form, sent_at
from specimen_service.web.wording import Answer, scan_answer

__all__ = ["pages"]

_FIRST_TILE = {Role.COURIER: "pick_up", Role.COLLECTOR: "pick_up", Role.LAB: "receive"}


@dataclass(frozen=True)
class _Done:
    """What came of what was sent: its answer, the number it concerned, and where that was found."""

    answer: Answer | None = None
    number: str = ""
    found: Whereabouts | None = None


@pages.page("/scan", who=EVERYBODY, methods=("GET", "POST"))
def scan_page(visit: Visit) -> Response | str:
    """Show the handheld page; on POST, record one scan, look one up, or take a place's barcode as the place from here on."""
    places = locations(visit.session)
    tile = tile_named(request.values.get("action") or _FIRST_TILE.get(Role(visit.actor.role)))
    place = _place(places, request.values.get("location", ""))
    done = _Done()
    if request.method == "POST":
        code = clean(request.form.get("code", ""))
        if tile.action == FIND:
            done = _find(visit, code)
            if is_fragment():
                parts = ("custody/_answer.html", "custody/_found.html")
                return "\n".join(visit.render(part, answer=done.answer, found=done.found) for part in parts)
        elif is_number(code, Kind.LOCATION):
            place, answer = _set_place(places, code, place)
            done = _Done(answer)
        else:
            done = _record(visit, tile, place)
    sentence = scan_step(tile, place.name if place else None)
    notice = credential_notice_of(visit.session, visit.actor.id, visit.today)
    values = {"notice": notice, "places": places, "place": place, "tile": tile, "done": done, "sentence": sentence}
    return visit.render("custody/scan.html", **values, **shell_values(), **_device(visit))


@pages.page("/scan/device", who=EVERYBODY, methods=("POST",))
def enrol_this_browser(visit: Visit) -> Response:
    """Give the browser of somebody signed in a cookie of its own, by which it sends its scans whoever is signed in later."""
    secret = request.cookies.get(DEVICE_COOKIE, "")
    if browser_of_cookie(visit.session, secret) is None:
        secret = enrol_browser(visit.session, visit.now, visit.actor)
    response = Response("", 204)
    give_cookie(response, secret)
    return response


def shell_values() -> dict[str, object]:
    """Return what the page has for everybody, also for nobody: the shell that a browser keeps to open it offline."""
    tiles = TILES + MORE
    steps = {one.action: (scan_step(one, None), scan_step(one, "{place}")) for one in tiles}
    return {"tiles": TILES, "more": MORE, "steps": steps, "scan_id": str(uuid.uuid4())}


def _device(visit: Visit) -> dict[str, object]:
    known = browser_of_cookie(visit.session, request.cookies.get(DEVICE_COOKIE, ""))
    return {"device": known.name if known else "", "badge": badge_of(visit.session, visit.actor.id)}


def _place(places: list[LocationRow], number: str) -> LocationRow | None:
    return next((place for place in places if place.number == number), None)


def _set_place(places: list[LocationRow], code: str, before: LocationRow | None) -> tuple[LocationRow | None, Answer]:
    place = _place(places, code)
    if place is None:
        return before, Answer(
            "wait",
            "alert",
            say("Place not known"),
            say("This place is not declared here. Scan the barcode of the place again."),
        )
    return place, Answer("info", "place", say("Place set"), say("You are at %(place)s.", place=place.name))


def _record(visit: Visit, tile: Tile, place: LocationRow | None) -> _Done:
    scan = scan_of_form(visit, tile.action, location=place.number if place else None)
    policy = policy_of(visit.settings)
    result = record_scans(visit.session, visit.now, visit.actor, [scan], sent_at=sent_at(), policy=policy)[0]
    number = result["specimen"]["number"] if result["specimen"] else ""
    said = scan_answer(result["outcome"], result["reason"], result["message"], code=clean(scan["code"] or ""))
    return _Done(said, number)


def _whereabouts(found: Whereabouts, visit: Visit) -> str:
    """Say how it stands, who holds it and where it was seen last: what whoever looks for it wants first."""
    status = status_words(found.status).capitalize()
    by_hand = found.holder and found.holder != found.location
    stands = say("%(status)s, with %(holder)s.", status=status, holder=found.holder) if by_hand else f"{status}."
    return f"{stands} {_last_seen(found, visit)}"


def _last_seen(found: Whereabouts, visit: Visit) -> str:
    place, at = found.last_seen_location or found.location, found.last_seen_at
    if not place:
        return say("Nobody named a place.")
    if at is None:
        return say("Last at %(place)s.", place=place)
    is_today = at.astimezone(visit.zone).date() == visit.today
    time = time_of_day(at, visit.zone) if is_today else moment(at, visit.zone)
    return say("Last at %(place)s %(time)s.", place=place, time=time)


def _find(visit: Visit, code: str) -> _Done:
    try:
        found = whereabouts(visit.session, code)
    except NotFound:
        reason = why_unknown(code)
    except Conflict:
        reason = Reason.AMBIGUOUS
    else:
        older = "" if code == found.number else say("An older label or other number of this one.")
        sentence = f"{_whereabouts(found, visit)} {older}".strip()
        return _Done(Answer("info", "search", say("Found"), sentence), found.number, found)
    return _Done(scan_answer(Outcome.PARKED, reason, messages.unknown(reason, code), code=code))
