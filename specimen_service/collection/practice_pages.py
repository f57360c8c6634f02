"""Practice mode: a virtual scanner on the screen, and the paper of virtual printers. Only the demo has any of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from flask import Response, current_app, render_template
from sqlalchemy.orm import Session

from specimen_service.accounts.queries import PersonRow, people
from specimen_service.collection.practice_queries import tubes_about
from specimen_service.collection.queries import waiting
from specimen_service.kernel.errors import NotFound
from specimen_service.places.queries import locations
from specimen_service.web.commands import COMMANDS, Command
from specimen_service.web.kit import EVERYBODY, Lobby, Pages, Visit
from specimen_service.web.live import live

pages = Pages()

PRINTERS = "PRACTICE"
"""Under this name the app keeps its virtual printers, by the names of declared ones; empty where there is no practice."""
_ON_SHELF, _ABOUT, _BANDS = 9, 12, 12
_BARCODE = re.compile(rb"\^FD>;([0-9]{12})\^FS")
_COMMANDS = tuple(one for one in COMMANDS if one.command is not Command.TEST)


class Paper(Protocol):
    """A label that came out of a virtual printer: the bytes it was drawn from, and its picture."""

    @property
    def number(self) -> int:
        """Which piece of paper it is, counted by the printer."""

    @property
    def zpl(self) -> bytes:
        """What the printer was sent."""

    @property
    def png(self) -> bytes:
        """What came out."""

    @property
    def torn(self) -> bool:
        """Whether it is only a part of a label."""

    @property
    def arrived(self) -> float:
        """When it came, in seconds of a clock that all printers share."""


class VirtualPrinter(Protocol):
    """A printer that keeps its newest labels, oldest first."""

    @property
    def labels(self) -> Sequence[Paper]:
        """What came out."""


@dataclass(frozen=True)
class Tube:
    """A tube to scan: what its label says to a scanner, and where its picture is."""

    code: str
    picture: str
    printer: str


@pages.page("/practice/tray", who=EVERYBODY, write=True, polled=True)
def tray(visit: Visit) -> Response:
    """Answer what lies on the practice tray: labels that came out, wristbands of who waits, codes that hang on walls."""
    bands = waiting(visit.session)[:_BANDS]
    fresh = _fresh(_printers())
    known = {tube.code for tube in fresh}
    values = {
        "tubes": fresh,
        "about": [one for one in tubes_about(visit.session, _ABOUT) if one.number not in known],
        "bands": list({band.mrn: band for band in bands}.values()),
        "commands": _COMMANDS,
        "places": locations(visit.session),
        "badges": _badges(visit.session),
    }
    patients = [band.patient_id for band in bands]
    return live(visit, "practice", values, patients, lambda: visit.render("collection/_practice_tray.html", **values))


@pages.open_page("/practice/badges", methods=("GET",))
def badges(lobby: Lobby) -> str:
    """Answer the badges of practice, to scan one at the door; whoever has no practice has no such page."""
    _printers()
    with lobby.database.unit_of_work(write=False) as session:
        return render_template("collection/_practice_badges.html", badges=_badges(session))


@pages.page("/practice/paper/<printer>/<int:number>.png", who=EVERYBODY, write=False, polled=True)
def paper(_visit: Visit, printer: str, number: int) -> Response:
    """Show a piece of paper that came out of a virtual printer."""
    made = _printers().get(printer)
    found = next((one for one in made.labels if one.number == number), None) if made else None
    if found is None:
        raise NotFound("piece of paper", number)
    return Response(found.png, content_type="image/png")


def _badges(session: Session) -> list[PersonRow]:
    return [one for one in people(session) if one.active]


def _printers() -> Mapping[str, VirtualPrinter]:
    found: Mapping[str, VirtualPrinter] = current_app.config[PRINTERS]
    if not found:
        raise NotFound("page", "practice")
    return found


def _fresh(printers: Mapping[str, VirtualPrinter]) -> list[Tube]:
    """List the newest whole labels with a number, as they came out; of a number printed twice the newest paper."""
    came = [(one, name) for name, printer in printers.items() for one in list(printer.labels) if not one.torn]
    tubes: dict[str, Tube] = {}
    for one, name in sorted(came, key=lambda pair: pair[0].arrived, reverse=True):
        if said := _BARCODE.search(one.zpl):
            code = said[1].decode()
            tubes.setdefault(code, Tube(code, f"/practice/paper/{name}/{one.number}.png", name))
    return list(tubes.values())[:_ON_SHELF][::-1]
