"""Shipments over HTTP. Packing, moving and unpacking are scans (`POST /scans` with `into`, of the bag, with `out_of`)."""

import uuid
from http import HTTPStatus
from typing import Annotated

from pydantic import AwareDatetime, Field

from printers.languages import Language
from specimen_service.accounts.queries import person_by_badge
from specimen_service.api.kit import Api, ApiModel, Call, Reply
from specimen_service.audit.actions import record_look
from specimen_service.custody.model import CarrierKind
from specimen_service.devices.model import Profile
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import Fault, InvalidInput
from specimen_service.kernel.language import say
from specimen_service.kernel.paging import PAGE_LIMIT, decode_cursor, encode_cursor
from specimen_service.shipments.actions import check_seal, create_shipment, record_empty_stop, seal_shipment
from specimen_service.shipments.papers import label_bytes, manifest_pdf
from specimen_service.shipments.queries import empty_stop, empty_stops, shipment_details, shipments
from specimen_service.shipments.reply_api import (
    EmptyStopOut,
    EmptyStops,
    ShipmentList,
    ShipmentOut,
    shipment_out,
    stop_out,
    summary_out,
)

api = Api("shipments")

HANDLERS = frozenset({Profile.HANDHELD, Profile.STATION, Profile.LAB})
OFFICES = frozenset({Profile.STATION, Profile.LAB})
SEES_NAMES = frozenset({Profile.STATION, Profile.LAB})
Code = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
SealNumber = Annotated[str, Field(max_length=40, pattern=r"^[^\x00-\x1f]*$")]
_MEDIA = {Language.PDF: "application/pdf", Language.ZPL: "application/zpl", Language.SVG: "image/svg+xml"}


class ShipmentIn(ApiModel):
    """A bag, box or rack to be made; `destination` is the number of a location, `operator` a badge."""

    kind: CarrierKind = CarrierKind.BAG
    destination: Code | None = None
    operator: Code | None = None


class SealIn(ApiModel):
    """The seal put on."""

    seal_number: Annotated[SealNumber, Field(min_length=1)]
    at: AwareDatetime | None = None
    operator: Code | None = None


class SealCheckIn(ApiModel):
    """What was seen of the seal; `seal_number` null: there was none."""

    seal_number: SealNumber | None
    intact: bool
    at: AwareDatetime | None = None
    operator: Code | None = None


class EmptyStopIn(ApiModel):
    """A stop where nothing waited; `stop_id` makes sending it again harmless."""

    location: Code
    at: AwareDatetime | None = None
    operator: Code | None = None
    stop_id: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")] | None = None


class ShipmentQuery(ApiModel):
    """How much, from where on."""

    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = 50
    cursor: str | None = None


@api.endpoint(
    "POST /shipments",
    who=HANDLERS,
    summary="Make a bag, box or rack with a number of its own",
    body=ShipmentIn,
    replies={HTTPStatus.CREATED: ShipmentOut},
    errors=(422,),
)
def post_shipment(call: Call, body: ShipmentIn) -> Reply:
    """Issue the number; packing is scanning tubes with `into`."""
    by = _operator(call, body.operator)
    number = create_shipment(
        call.session, call.now, call.actor, kind=body.kind, destination=body.destination or "", by=by
    )
    return _shown(call, number, HTTPStatus.CREATED)


@api.endpoint(
    "GET /shipments",
    who=HANDLERS,
    summary="Shipments, the newest first",
    query=ShipmentQuery,
    replies={HTTPStatus.OK: ShipmentList},
    errors=(422,),
    write=False,
)
def get_shipments(call: Call, query: ShipmentQuery) -> Reply:
    """List numbers and counts; no patient is named."""
    before = _before(query.cursor)
    rows = shipments(call.session, before=before, limit=query.limit + 1)
    shown = rows[: query.limit]
    items = [summary_out(row) for row in shown]
    following = encode_cursor([shown[-1].head.id]) if len(rows) > query.limit else None
    return Reply(ShipmentList(items=items, next=following))


@api.endpoint(
    "GET /shipments/<number>",
    who=HANDLERS,
    summary="A shipment with its manifest reconciled: expected, received, missing, unexpected",
    replies={HTTPStatus.OK: ShipmentOut},
    errors=(404,),
)
def get_shipment(call: Call, number: str) -> Reply:
    """Answer with numbers; stations and laboratories see the names too, and that look is on record."""
    return _shown(call, clean(number), HTTPStatus.OK)


@api.endpoint(
    "POST /shipments/<number>/seals",
    who=HANDLERS,
    summary="Note the seal that was put on",
    body=SealIn,
    replies={HTTPStatus.CREATED: ShipmentOut},
    errors=(404, 422),
)
def post_seal(call: Call, number: str, body: SealIn) -> Reply:
    """Note it; the same seal twice is noted once."""
    by = _operator(call, body.operator)
    seal_shipment(call.session, call.now, call.actor, number=clean(number), seal=body.seal_number, at=body.at, by=by)
    return _shown(call, clean(number), HTTPStatus.CREATED)


@api.endpoint(
    "POST /shipments/<number>/seal-checks",
    who=HANDLERS,
    summary="Note what was seen of the seal: whole, broken, another, or none",
    body=SealCheckIn,
    replies={HTTPStatus.CREATED: ShipmentOut},
    errors=(404, 422),
)
def post_seal_check(call: Call, number: str, body: SealCheckIn) -> Reply:
    """Note it; `finding` compares it with the seal put on."""
    by = _operator(call, body.operator)
    seen = body.seal_number or ""
    check_seal(
        call.session, call.now, call.actor, number=clean(number), seal=seen, intact=body.intact, at=body.at, by=by
    )
    return _shown(call, clean(number), HTTPStatus.CREATED)


@api.endpoint(
    "GET /shipments/<number>/manifest.pdf",
    who=OFFICES,
    summary="The manifest: the shipment's barcode and the number of every specimen in it; it names no patient",
    replies={HTTPStatus.OK: "application/pdf"},
    errors=(404, 409),
)
def get_manifest(call: Call, number: str) -> Reply:
    """Draw it as of now; it names no patient, yet tells which specimens travel: the look is on record."""
    details = shipment_details(call.session, clean(number))
    record_look(call.session, call.now, call.actor, f"manifest {details.head.number}", details.patients)
    return Reply(manifest_pdf(details, call.settings, call.now), content_type="application/pdf")


@api.endpoint(
    "POST /empty-stops",
    who=HANDLERS,
    summary="Note that nothing waited at a stop",
    body=EmptyStopIn,
    replies={HTTPStatus.CREATED: EmptyStopOut},
    errors=(409, 422),
)
def post_empty_stop(call: Call, body: EmptyStopIn) -> Reply:
    """Note where, who and when."""
    key = record_empty_stop(
        call.session,
        call.now,
        call.actor,
        stop_id=body.stop_id or str(uuid.uuid4()),
        location=body.location,
        at=body.at,
        by=_operator(call, body.operator),
    )
    return Reply(stop_out(empty_stop(call.session, key)), HTTPStatus.CREATED)


@api.endpoint(
    "GET /empty-stops",
    who=HANDLERS,
    summary="The latest stops where nothing waited",
    replies={HTTPStatus.OK: EmptyStops},
    write=False,
)
def get_empty_stops(call: Call) -> Reply:
    """List them, the last first."""
    return Reply(EmptyStops(items=[stop_out(one) for one in empty_stops(call.session)]))


def _declare_label(language: Language) -> None:
    def show(call: Call, number: str) -> Reply:
        details = shipment_details(call.session, clean(number))
        return Reply(label_bytes(details, call.settings, language), content_type=_MEDIA[language])

    show.__name__ = f"show_shipment_label_{language}"
    api.endpoint(
        f"GET /shipments/<number>/label.{language}",
        who=OFFICES,
        summary=f"The label of a bag, box or rack as {language.upper()}; it names no patient",
        replies={HTTPStatus.OK: _MEDIA[language]},
        errors=(404, 409),
        write=False,
    )(show)


for _language in _MEDIA:
    _declare_label(_language)


def _shown(call: Call, number: str, status: int) -> Reply:
    details = shipment_details(call.session, number)
    named = call.actor.role in SEES_NAMES
    if named:
        record_look(call.session, call.now, call.actor, f"shipment {number}", details.patients)
    return Reply(shipment_out(details, named=named), status)


def _operator(call: Call, badge: str | None) -> str:
    if not badge:
        return ""
    person = person_by_badge(call.session, clean(badge))
    if person is None:
        raise InvalidInput([Fault("/operator", say("This badge is not known here. Scan it again."))])
    return person.display_name


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    (key,) = decode_cursor(cursor, 1)
    if not isinstance(key, int):
        raise InvalidInput([Fault("/cursor", say("This cursor is not one of ours. Start again without it."))])
    return key
