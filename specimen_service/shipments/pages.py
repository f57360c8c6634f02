"""Shipments for people: make one, pack it by scanning, seal it, hand it over, and see what came and what is missing."""

import uuid
from dataclasses import replace
from typing import Any

from flask import Response, request

from printers.languages import Language
from specimen_service.accounts.model import Role
from specimen_service.audit.actions import record_look
from specimen_service.custody.actions import record_scans
from specimen_service.custody.model import CarrierKind
from specimen_service.kernel.codes import clean, is_number
from specimen_service.kernel.errors import Fault, InvalidInput
from specimen_service.kernel.language import say
from specimen_service.kernel.numbers import Kind, grouped
from specimen_service.places.queries import locations
from specimen_service.shipments.actions import check_seal, create_shipment, record_empty_stop, seal_shipment
from specimen_service.shipments.papers import label_bytes, manifest_pdf
from specimen_service.shipments.queries import ShipmentDetails, empty_stops, shipment_details, shipments
from specimen_service.shipments.rules import Reckoning, ShipmentState
from specimen_service.shipments.wording import (
    FINDINGS,
    KINDS,
    STATES,
    STEPS,
    TAKEN_FROM,
    own_barcode,
    seal_fault,
    shipment_step,
)
from specimen_service.specimens.actions import policy_of
from specimen_service.web.kit import EVERYBODY, Pages, Visit, see_other
from specimen_service.web.live import is_fragment
from specimen_service.web.scans import scan_of_form, sent_at
from specimen_service.web.wording import Answer, scan_answer

pages = Pages()

LAB = (Role.LAB, Role.SUPERVISOR, Role.ADMIN)
_MOVES = {"pick_up", "drop_off"}


@pages.page("/shipments", who=EVERYBODY, methods=("GET", "POST"))
def shipments_page(visit: Visit) -> Response | str:
    """List shipments and stops where nothing waited; on POST, make a bag, box or rack and open it."""
    if request.method == "POST":
        kind, destination = request.form.get("kind", ""), request.form.get("destination", "")
        if kind not in set(CarrierKind):
            raise InvalidInput([Fault("/kind", say("Choose a bag, a box or a rack."))])
        number = create_shipment(visit.session, visit.now, visit.actor, kind=CarrierKind(kind), destination=destination)
        return see_other(f"/shipments/{number}")
    before = request.args.get("before", type=int)
    return visit.render(
        "shipments/shipments.html",
        rows=shipments(visit.session, before=before),
        stops=empty_stops(visit.session, limit=10),
        places=locations(visit.session),
        kinds=KINDS,
        states=STATES,
        stop_id=str(uuid.uuid4()),
    )


@pages.page("/shipments/find", who=EVERYBODY, methods=("POST",))
def find_shipment(visit: Visit) -> Response:
    """Open the shipment of a scanned barcode."""
    code = clean(request.form.get("code", ""))
    shipment_details(visit.session, code)
    return see_other(f"/shipments/{code}")


@pages.page("/shipments/empty-stops", who=EVERYBODY, methods=("POST",))
def note_empty_stop(visit: Visit) -> Response:
    """Note that nothing waited at a place."""
    stop_id = request.form.get("stop_id", "")[:64] or str(uuid.uuid4())
    place = request.form.get("location", "")
    record_empty_stop(visit.session, visit.now, visit.actor, stop_id=stop_id, location=place)
    return see_other("/shipments#stops")


@pages.page("/shipments/<number>", who=EVERYBODY, methods=("GET", "POST"))
def shipment_page(visit: Visit, number: str) -> Response | str:
    """Show a shipment; on POST, put what was scanned into it."""
    answer = None
    if request.method == "POST":
        answer = _packed(visit, shipment_details(visit.session, number))
    values = _values(visit, number)
    template = "shipments/_scanned.html" if answer and is_fragment() else "shipments/shipment.html"
    return visit.render(template, answer=answer, **values)


@pages.page("/shipments/<number>/seal", who=EVERYBODY, methods=("POST",))
def put_seal_on(visit: Visit, number: str) -> Response | tuple[str, int]:
    """Note the seal that was put on; a number that cannot be is told beside its field."""
    try:
        seal_shipment(visit.session, visit.now, visit.actor, number=number, seal=request.form.get("seal_number", ""))
    except InvalidInput as refusal:
        return _seal_again(visit, number, refusal.sentence)
    return see_other(f"/shipments/{number}")


@pages.page("/shipments/<number>/seal-check", who=EVERYBODY, methods=("POST",))
def look_at_seal(visit: Visit, number: str) -> Response | tuple[str, int]:
    """Note what was seen of the seal: whole, broken, or none there; a missing number is told beside its field."""
    seen = request.form.get("seen", "")
    if seen not in {"whole", "broken", "none"}:
        raise InvalidInput([Fault("/seen", say("Say whether the seal is whole, broken or gone."))])
    seal = "" if seen == "none" else request.form.get("seal_number", "")
    if seen != "none" and not seal.strip():
        return _seal_again(visit, number, say("Scan or type the number on the seal."))
    try:
        check_seal(visit.session, visit.now, visit.actor, number=number, seal=seal, intact=seen == "whole")
    except InvalidInput as refusal:
        return _seal_again(visit, number, refusal.sentence)
    return see_other(f"/shipments/{number}")


@pages.page("/shipments/<number>/move", who=EVERYBODY, methods=("POST",))
def move_shipment(visit: Visit, number: str) -> Response:
    """Pick a shipment up or leave it at a place, for whom its barcode is out of reach; it is a scan like any other."""
    action, place = request.form.get("action", ""), request.form.get("location", "")
    if action not in _MOVES or not place:
        raise InvalidInput([Fault("/location", say("Choose the place where you take it or leave it."))])
    shipment_details(visit.session, number)
    scan = scan_of_form(visit, action, location=place) | {"code": number}
    record_scans(visit.session, visit.now, visit.actor, [scan], sent_at=sent_at(), policy=policy_of(visit.settings))
    return see_other(f"/shipments/{number}")


@pages.page("/shipments/<number>/manifest.pdf", who=EVERYBODY)
def manifest(visit: Visit, number: str) -> Response:
    """Open the manifest, which names no patient."""
    details = shipment_details(visit.session, number)
    record_look(visit.session, visit.now, visit.actor, f"manifest {details.head.number}", details.patients)
    return _paper(manifest_pdf(details, visit.settings, visit.now), f"manifest-{details.head.number}.pdf")


@pages.page("/shipments/<number>/label.pdf", who=EVERYBODY, write=False)
def label(visit: Visit, number: str) -> Response:
    """Open the label of a bag, box or rack at its true size."""
    details = shipment_details(visit.session, number)
    return _paper(label_bytes(details, visit.settings, Language.PDF), f"shipment-{details.head.number}.pdf")


@pages.page("/shipments/<number>/label.svg", who=EVERYBODY, write=False)
def label_picture(visit: Visit, number: str) -> Response:
    """Draw the label of a bag, box or rack, to be scanned off the screen too."""
    details = shipment_details(visit.session, number)
    return Response(label_bytes(details, visit.settings, Language.SVG), content_type="image/svg+xml")


def _packed(visit: Visit, details: ShipmentDetails) -> Answer:
    number, code = details.head.number, clean(request.form.get("code", ""))
    if code == number:
        return Answer("info", "info", say("This one"), own_barcode(details.reckoning))
    if is_number(code, Kind.LOCATION):
        sentence = say("That is the barcode of a place. Scan what goes into the shipment.")
        return Answer("info", "place", say("A place"), sentence)
    # Taken out of a bag that came, and scanned on the wrong page: put in again, it would count as not received.
    into = number if details.reckoning.takes_more else None
    scan, policy = scan_of_form(visit, "see", into=into), policy_of(visit.settings)
    result = record_scans(visit.session, visit.now, visit.actor, [scan], sent_at=sent_at(), policy=policy)[0]
    answer = scan_answer(result["outcome"], result["reason"], result["message"], accepted=say("Put in"))
    if result["outcome"] != "accepted":
        return answer
    if into is None:
        receives = _receives(visit, details.reckoning)
        step = say("Tap Receive what is in it to receive it.") if receives else say("Nothing more goes into it.")
        return Answer("info", "info", say("Not put in"), f"{say('It is noted as seen.')} {step}")
    return replace(answer, sentence=say("%(number)s is in this shipment.", number=grouped(code)))


def _seal_again(visit: Visit, number: str, fault: str) -> tuple[str, int]:
    return visit.render("shipments/shipment.html", answer=None, **_values(visit, number) | {"seal_wrong": fault}), 422


def _receives(visit: Visit, found: Reckoning) -> bool:
    came = found.state in {ShipmentState.IN_TRANSIT, ShipmentState.ARRIVED, ShipmentState.RECEIVED}
    return visit.actor.role in LAB and came and (not found.expected or len(found.received) < len(found.expected))


def _values(visit: Visit, number: str) -> dict[str, Any]:
    details = shipment_details(visit.session, number)
    named = visit.actor.role != Role.COURIER
    if named:
        record_look(visit.session, visit.now, visit.actor, f"shipment {number}", details.patients)
    fault = seal_fault(details)
    return {
        "shipment": details,
        "found": details.reckoning,
        "missing_numbers": [details.contents[one.specimen_id].number for one in details.reckoning.missing],
        "named": named,
        "receives": _receives(visit, details.reckoning),
        "taken_from": TAKEN_FROM,
        "seal_wrong": "",
        "seal_typed": request.form.get("seal_number", ""),
        "sentence": shipment_step(details, receives=visit.actor.role in LAB),
        "kinds": KINDS,
        "state": STATES[details.reckoning.state],
        "findings": FINDINGS,
        "steps": STEPS,
        "places": locations(visit.session),
        "preset": _preset(visit, details),
        "scan_id": str(uuid.uuid4()),
        "seal_fault": FINDINGS[fault] if fault else None,
    }


def _preset(visit: Visit, details: ShipmentDetails) -> str | None:
    """Name the place where a hand-over most likely happens; None: nobody can tell, so a person must."""
    if details.reckoning.state is ShipmentState.IN_TRANSIT:
        return details.head.destination
    here = (one.location for one in visit.settings.station if one.name == visit.station)
    return details.lies_at or next(here, None)


def _paper(data: bytes, name: str) -> Response:
    return Response(data, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})
