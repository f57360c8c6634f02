"""Scanning by hand: the handheld page."""

import uuid
from dataclasses import dataclass

from flask import Response, request

from specimen_service.accounts.model import Role
from specimen_service.custody.actions import record_scans
from specimen_service.custody.specimen_pages import pages
from specimen_service.kernel.codes import clean, is_number
from specimen_service.kernel.numbers import Kind
from specimen_service.places.queries import LocationRow, locations
from specimen_service.specimens.actions import policy_of
from specimen_service.web.kit import EVERYBODY, Visit
from specimen_service.web.live import is_fragment
from specimen_service.web.scans import scan_of_form, sent_at
from specimen_service.web.wording import Answer, scan_answer

__all__ = ["pages"]


@dataclass(frozen=True)
class Tile:
    """One action of the handheld page: its icon, its words, and whether it happens at a place."""

    action: str
    sign: str
    word: str
    verb: str
    at_place: bool = False


TILES = (
    Tile("pick_up", "pick-up", "Pick up", "picked up"),
    Tile("drop_off", "drop-off", "Drop off", "dropped off", at_place=True),
    Tile("receive", "receive", "Receive", "received", at_place=True),
    Tile("store", "store", "Store", "stored", at_place=True),
    Tile("retrieve", "retrieve", "Retrieve", "retrieved"),
    Tile("dispose", "dispose", "Dispose", "disposed of"),
    Tile("verify", "verify", "Verify", "verified"),
    Tile("see", "see", "See", "seen"),
)
_FIRST_TILE = {Role.COURIER: "pick_up", Role.LAB: "receive", Role.COLLECTOR: "verify"}


@pages.page("/scan", who=EVERYBODY, methods=("GET", "POST"))
def scan_page(visit: Visit) -> Response | str:
    """Show the handheld page; on POST, record one scan (or take a place's barcode as the place from here on)."""
    places = locations(visit.session)
    tile = _tile(visit)
    place = _place(places, request.values.get("location", ""))
    answer, number = None, ""
    if request.method == "POST":
        code = clean(request.form.get("code", ""))
        if is_number(code, Kind.LOCATION):
            place, answer = _set_place(places, code, place)
        else:
            answer, number = _record(visit, tile, place)
    values = {
        "tiles": TILES,
        "tile": tile,
        "places": places,
        "place": place,
        "answer": answer,
        "number": number,
        "scan_id": str(uuid.uuid4()),
    }
    values["sentence"] = scan_step(tile, place.name if place else None)
    values["steps"] = {one.action: (scan_step(one, None), scan_step(one, "{place}")) for one in TILES}
    if request.method == "POST" and is_fragment():
        return visit.render("custody/_scan_answer.html", **values)
    return visit.render("custody/scan.html", **values)


def scan_step(tile: Tile, place: str | None) -> str:
    """Say what to scan next for an action, at a place or without one."""
    if tile.at_place and place is None:
        return "Scan the barcode of the place first, then each tube."
    where = f" at {place}" if tile.at_place and place else ""
    return {
        "pick_up": "Scan each tube you take.",
        "drop_off": f"Scan each tube you leave{where}.",
        "receive": f"Scan each tube received{where}.",
        "store": f"Scan each tube stored{where}.",
        "retrieve": "Scan each tube you take out of storage.",
        "dispose": "Scan each tube you throw away.",
        "verify": "Scan the label on the tube.",
        "see": "Scan a tube to see where it stands; nothing changes.",
    }[tile.action]


def _tile(visit: Visit) -> Tile:
    wanted = request.values.get("action") or _FIRST_TILE.get(Role(visit.actor.role), "see")
    return next((tile for tile in TILES if tile.action == wanted), TILES[-1])


def _place(places: list[LocationRow], number: str) -> LocationRow | None:
    return next((place for place in places if place.number == number), None)


def _set_place(places: list[LocationRow], code: str, before: LocationRow | None) -> tuple[LocationRow | None, Answer]:
    place = _place(places, code)
    if place is None:
        return before, Answer(
            "wait", "alert", "Place not known", "This place is not declared here. Scan the barcode of the place again."
        )
    return place, Answer("info", "place", "Place set", f"You are at {place.name}.")


def _record(visit: Visit, tile: Tile, place: LocationRow | None) -> tuple[Answer, str]:
    scan = scan_of_form(visit, tile.action, location=place.number if place else None)
    policy = policy_of(visit.settings)
    result = record_scans(visit.session, visit.now, visit.actor, [scan], sent_at=sent_at(), policy=policy)[0]
    number = result["specimen"]["number"] if result["specimen"] else ""
    return scan_answer(result["outcome"], result["reason"], result["message"]), number
