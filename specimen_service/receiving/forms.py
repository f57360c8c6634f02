"""What the pages of receiving keep in their address and cookie, and read from their forms."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, request

from specimen_service.kernel.codes import clean, is_number
from specimen_service.kernel.language import say
from specimen_service.kernel.numbers import Kind
from specimen_service.places.queries import LocationRow, locations
from specimen_service.receiving.actions import LONGEST_NAME, LONGEST_STATEMENT, NO_NAME, FollowUp, Signature
from specimen_service.receiving.queries import latest_event
from specimen_service.receiving.rules import is_name
from specimen_service.shipments.queries import is_shipment
from specimen_service.web.fields import Form, clean_line
from specimen_service.web.kit import Visit

COOKIE = "specimen_bench"
"""Where this browser receives, and since which event it counts: `NUMBER.EVENT`. It names no patient."""
COOKIE_SECONDS = 12 * 3600
ACTIONS = ("receive", "accept")
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Bench:
    """Where somebody receives and since when it is counted: all that a reload must keep."""

    places: list[LocationRow]
    place: LocationRow | None
    after: int | None
    """The event after which the count began; None: it begins now."""
    action: str = "receive"
    """What a scan does: `receive`, or `accept` where the place inspects."""
    tube: str = ""
    """The number of the specimen in hand; empty: none."""
    shipment: str = ""
    """The number of the shipment being unpacked; empty: none."""

    def url(self, path: str = "/lab/receive") -> str:
        """Return the address that shows this bench again."""
        kept = {
            "location": self.place.number if self.place else "",
            "after": "" if self.after is None else str(self.after),
            "action": "" if self.action == "receive" else self.action,
            "shipment": self.shipment,
            "tube": self.tube,
        }
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"{path}?{query}" if query else path

    def remember(self, response: Response) -> Response:
        """Let the browser come back to this place and count."""
        if self.place is not None and self.after is not None:
            response.set_cookie(
                COOKIE,
                f"{self.place.number}.{self.after}",
                max_age=COOKIE_SECONDS,
                path="/lab",
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
        return response


def bench_of(visit: Visit) -> Bench:
    """Read the bench from the address or the form, else from the cookie."""
    places = locations(visit.session)
    kept_place, _, kept_after = request.cookies.get(COOKIE, "").partition(".")
    number = request.values.get("location", "")
    after = _event(request.values.get("after", ""))
    place = place_numbered(places, number or kept_place)
    if after is None and (not number or "tube" in request.values) and place_numbered(places, kept_place) == place:
        after = _event(kept_after)
    action = request.values.get("action", "")
    inspects = place is not None and place.inspect
    tube = request.values.get("tube", "")[:64]
    shipment = clean(request.values.get("shipment", "")[:64])
    shipment = shipment if is_number(shipment, Kind.SHIPMENT) and is_shipment(visit.session, shipment) else ""
    return Bench(places, place, after, action if action in ACTIONS and inspects else "receive", tube, shipment)


def place_numbered(places: list[LocationRow], number: str) -> LocationRow | None:
    """Find a place by its number."""
    return next((place for place in places if place.number == number), None)


def begun(visit: Visit, bench: Bench, place: LocationRow) -> Bench:
    """Return a bench that begins its count at a place now."""
    action = bench.action if place.inspect else "receive"
    return Bench(bench.places, place, latest_event(visit.session), action)


def follow_up_form() -> tuple[Form, FollowUp]:
    """Read what was done about a rejection."""
    form = Form(request.form)
    site, read_back = form.line("site", LONGEST_NAME), form.line("read_back", LONGEST_NAME)
    if read_back and not is_name(read_back):
        form.faults["read_back"] = say(NO_NAME)
    return form, FollowUp(site, read_back, request.form.get("recollect") == "yes")


def signature_form() -> tuple[Form, Signature]:
    """Read a supervisor's statement and signature."""
    form = Form(request.form)
    statement = form.line("statement", LONGEST_STATEMENT)
    return form, Signature(
        clean_line(request.form.get("reason", "")), statement, form.line("badge", 64), request.form.get("pin", "")
    )


def _event(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= LARGEST else None
