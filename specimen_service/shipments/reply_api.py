"""What the interface tells of shipments: its replies, and how they are made of what was read."""

from dataclasses import asdict

from pydantic import AwareDatetime

from specimen_service.api.kit import ApiModel
from specimen_service.custody.model import CarrierKind, Event
from specimen_service.custody.queries import Stay, Unpacked
from specimen_service.shipments.model import SealAct
from specimen_service.shipments.queries import Content, EmptyStopRow, ShipmentDetails, ShipmentRow
from specimen_service.shipments.rules import Finding, ShipmentState
from specimen_service.specimens.model import Status


class SealOut(ApiModel):
    """A seal put on (`finding` null) or looked at."""

    act: SealAct
    number: str
    intact: bool
    at: AwareDatetime
    by: str
    finding: Finding | None


class StepOut(ApiModel):
    """One scan of the shipment itself."""

    event: Event
    at: AwareDatetime
    location: str | None
    by: str


class ContentOut(ApiModel):
    """A specimen of a shipment; names are null for a handheld. `number` of one unexpected may be any code scanned."""

    number: str
    known: bool
    family_name: str | None
    given_name: str | None
    container: str | None
    tests: list[str]
    collected_at: AwareDatetime | None
    status: Status | None
    put_in_at: AwareDatetime | None
    put_in_late: bool
    carrier: str | None
    out_at: AwareDatetime | None


class ShipmentSummary(ApiModel):
    """One shipment of a list; `inside` counts what is in it now."""

    number: str
    kind: CarrierKind
    state: ShipmentState
    created_at: AwareDatetime
    created_by: str
    destination: str | None
    inside: int
    due_at: AwareDatetime | None


class ShipmentOut(ApiModel):
    """A shipment with its manifest reconciled: `expected` is the manifest, `received` and `missing` are parts of it."""

    number: str
    kind: CarrierKind
    state: ShipmentState
    created_at: AwareDatetime
    created_by: str
    destination: str | None
    closed_at: AwareDatetime | None
    steps: list[StepOut]
    seals: list[SealOut]
    expected: list[ContentOut]
    received: list[ContentOut]
    missing: list[ContentOut]
    unexpected: list[ContentOut]


class ShipmentList(ApiModel):
    """Shipments, the newest first."""

    items: list[ShipmentSummary]
    next: str | None


class EmptyStopOut(ApiModel):
    """A stop where nothing waited."""

    stop_id: str
    location: str
    location_number: str
    at: AwareDatetime
    by: str


class EmptyStops(ApiModel):
    """The latest stops where nothing waited, the last first."""

    items: list[EmptyStopOut]


def summary_out(row: ShipmentRow) -> ShipmentSummary:
    """Make one line of a list."""
    head = row.head
    return ShipmentSummary(
        number=head.number,
        kind=head.kind,
        state=row.state,
        created_at=head.created_at,
        created_by=head.created_by,
        destination=head.destination,
        inside=row.inside,
        due_at=row.due_at,
    )


def stop_out(row: EmptyStopRow) -> EmptyStopOut:
    """Make the reply of a stop where nothing waited."""
    return EmptyStopOut(**{name: value for name, value in asdict(row).items() if name != "id"})


def shipment_out(details: ShipmentDetails, *, named: bool) -> ShipmentOut:
    """Make the reply of a shipment; `named` shows whose specimens they are."""
    head, found = details.head, details.reckoning

    def told(stays: tuple[Stay, ...]) -> list[ContentOut]:
        return [_content(details, stay, named=named) for stay in stays]

    return ShipmentOut(
        number=head.number,
        kind=head.kind,
        state=found.state,
        created_at=head.created_at,
        created_by=head.created_by,
        destination=head.destination,
        closed_at=found.closed_at,
        steps=[
            StepOut(event=step.event, at=step.at, location=step.place.name if step.place else None, by=step.by)
            for step in details.steps
        ],
        seals=[SealOut(**asdict(one)) for one in details.seals],
        expected=told(found.expected),
        received=told(found.received),
        missing=told(found.missing),
        unexpected=[_stranger(details, one, named=named) for one in found.unexpected],
    )


def _content(details: ShipmentDetails, stay: Stay, *, named: bool) -> ContentOut:
    known = _known(details.contents[stay.specimen_id], named=named)
    late, out_at = details.reckoning.is_late(stay), stay.out.at if stay.out else None
    return known.model_copy(
        update={"put_in_at": stay.put_in.at, "put_in_late": late, "carrier": stay.carrier, "out_at": out_at}
    )


def _stranger(details: ShipmentDetails, one: Unpacked, *, named: bool) -> ContentOut:
    content = details.contents.get(one.specimen_id) if one.specimen_id is not None else None
    out = _known(content, named=named) if content else _UNKNOWN.model_copy(update={"number": one.code})
    return out.model_copy(update={"out_at": one.at})


def _known(content: Content, *, named: bool) -> ContentOut:
    return _UNKNOWN.model_copy(
        update={
            "number": content.number,
            "known": True,
            "family_name": content.family_name if named else None,
            "given_name": content.given_name if named else None,
            "container": content.container,
            "tests": list(content.tests),
            "collected_at": content.collected_at,
            "status": content.status,
        }
    )


_UNKNOWN = ContentOut(
    number="",
    known=False,
    family_name=None,
    given_name=None,
    container=None,
    tests=[],
    collected_at=None,
    status=None,
    put_in_at=None,
    put_in_late=False,
    carrier=None,
    out_at=None,
)
