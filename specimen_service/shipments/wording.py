"""What the pages of shipments say: the next step, and what a seal showed (pure)."""

from dataclasses import dataclass

from specimen_service.custody.model import Event
from specimen_service.shipments.queries import ShipmentDetails
from specimen_service.shipments.rules import Finding, ShipmentState


@dataclass(frozen=True)
class Sign:
    """A state or finding as a colour, an icon and words."""

    tone: str
    icon: str
    words: str


STATES = {
    ShipmentState.PACKING: Sign("", "plus", "Packing"),
    ShipmentState.SEALED: Sign("info", "check", "Sealed"),
    ShipmentState.IN_TRANSIT: Sign("info", "pick-up", "In transit"),
    ShipmentState.ARRIVED: Sign("info", "place", "Arrived"),
    ShipmentState.RECEIVED: Sign("go", "receive", "Received"),
    ShipmentState.SENT_OUT: Sign("info", "next", "Sent out"),
    ShipmentState.LOST: Sign("stop", "search", "Lost"),
}
FINDINGS = {
    Finding.INTACT: Sign("go", "check", "Seal whole"),
    Finding.BROKEN: Sign("stop", "stop", "Seal broken"),
    Finding.DIFFERS: Sign("stop", "stop", "Another seal"),
    Finding.NO_SEAL: Sign("stop", "stop", "Seal gone"),
    Finding.NEVER_SEALED: Sign("wait", "alert", "Seal not on record"),
}
STEPS = {
    Event.DEPARTED: Sign("info", "pick-up", "Picked up"),
    Event.ARRIVED: Sign("info", "drop-off", "Left"),
    Event.RECEIVED: Sign("go", "receive", "Received"),
    Event.SENT_OUT: Sign("info", "next", "Sent out"),
    Event.LOST: Sign("stop", "search", "Reported lost"),
    Event.FOUND: Sign("go", "search", "Found"),
    Event.SEEN: Sign("", "see", "Seen"),
    Event.ARCHIVED: Sign("", "store", "Stored"),
    Event.RETRIEVED: Sign("", "retrieve", "Retrieved"),
    Event.DISPOSED: Sign("", "dispose", "Disposed of"),
}


_NEXT = {
    ShipmentState.PACKING: "Scan the next tube, or seal it and hand it over.",
    ShipmentState.SEALED: "Hand it over: scan its barcode when it is picked up.",
    ShipmentState.IN_TRANSIT: "It is on its way. Scan its barcode where it is left.",
    ShipmentState.LOST: "Search for it. When it turns up, scan its barcode there.",
    ShipmentState.SENT_OUT: "It went to an outside laboratory. Nothing more to do here.",
    ShipmentState.ARRIVED: "Look at its seal, then take each tube out and receive it.",
}


def shipment_step(details: ShipmentDetails) -> str:
    """Say what to do next with a shipment."""
    kind, found = details.head.kind, details.reckoning
    if found.state is ShipmentState.PACKING and not found.expected:
        return f"Scan the first tube to put into this {kind}."
    if found.state is ShipmentState.RECEIVED and found.expected and not found.received:
        return "Take each tube out and receive it."
    if found.state is ShipmentState.RECEIVED or found.received:
        return _unpacking_step(kind, len(found.missing), len(found.unexpected))
    return _NEXT[found.state]


def _unpacking_step(kind: str, missing: int, unexpected: int) -> str:
    if missing:
        are = "is" if missing == 1 else "are"
        return f"{missing} {are} missing: look into the {kind} and at the last stop, then scan what turns up."
    if unexpected:
        return "All that was expected is here, and more: look at what was unexpected."
    return "All that was expected is here. Nothing more to do."
