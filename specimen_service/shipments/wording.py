"""What the pages of shipments say: the next step, and what a seal showed (pure)."""

from dataclasses import dataclass

from specimen_service.custody.model import CarrierKind, Event
from specimen_service.kernel.language import say, say_many, to_say
from specimen_service.shipments.queries import ShipmentDetails
from specimen_service.shipments.rules import Finding, Reckoning, ShipmentState


@dataclass(frozen=True)
class Sign:
    """A state or finding as a colour, an icon and words to say."""

    tone: str
    icon: str
    words: str


STATES = {
    ShipmentState.PACKING: Sign("", "plus", to_say("Packing")),
    ShipmentState.SEALED: Sign("info", "check", to_say("Sealed")),
    ShipmentState.IN_TRANSIT: Sign("info", "pick-up", to_say("In transit")),
    ShipmentState.ARRIVED: Sign("info", "place", to_say("Arrived")),
    ShipmentState.RECEIVED: Sign("go", "receive", to_say("Received")),
    ShipmentState.SENT_OUT: Sign("info", "next", to_say("Sent out")),
    ShipmentState.LOST: Sign("stop", "search", to_say("Lost")),
}
FINDINGS = {
    Finding.INTACT: Sign("go", "check", to_say("Seal whole")),
    Finding.BROKEN: Sign("stop", "stop", to_say("Seal broken")),
    Finding.DIFFERS: Sign("stop", "stop", to_say("Another seal")),
    Finding.NO_SEAL: Sign("stop", "stop", to_say("Seal gone")),
    Finding.NEVER_SEALED: Sign("wait", "alert", to_say("Seal not on record")),
}
STEPS = {
    Event.DEPARTED: Sign("info", "pick-up", to_say("Picked up")),
    Event.ARRIVED: Sign("info", "drop-off", to_say("Dropped off")),
    Event.RECEIVED: Sign("go", "receive", to_say("Received")),
    Event.SENT_OUT: Sign("info", "next", to_say("Sent out")),
    Event.LOST: Sign("stop", "search", to_say("Reported lost")),
    Event.FOUND: Sign("go", "search", to_say("Found")),
    Event.SEEN: Sign("", "see", to_say("Seen")),
    Event.ARCHIVED: Sign("", "store", to_say("Stored")),
    Event.RETRIEVED: Sign("", "retrieve", to_say("Retrieved")),
    Event.DISPOSED: Sign("", "dispose", to_say("Disposed of")),
}
TAKEN_FROM = {ShipmentState.PACKING, ShipmentState.SEALED, ShipmentState.ARRIVED}
"""Where it may be picked up from."""
KINDS = {CarrierKind.BAG: to_say("Bag"), CarrierKind.BOX: to_say("Box"), CarrierKind.RACK: to_say("Rack")}
_KINDS_WITHIN = {CarrierKind.BAG: to_say("bag"), CarrierKind.BOX: to_say("box"), CarrierKind.RACK: to_say("rack")}
"""As they stand within a sentence."""
_NEXT = {
    ShipmentState.PACKING: to_say("Scan the next tube, or seal it and hand it over."),
    ShipmentState.SEALED: to_say("Hand it over: whoever takes it taps I take it."),
    ShipmentState.IN_TRANSIT: to_say("It is on its way. Whoever leaves it taps I leave it here."),
    ShipmentState.LOST: to_say("Search for it. When it turns up, scan its barcode there."),
    ShipmentState.SENT_OUT: to_say("It went to an outside laboratory. Nothing more to do here."),
    ShipmentState.ARRIVED: to_say("Look at its seal, then take each tube out and receive it."),
}


def shipment_step(details: ShipmentDetails, *, receives: bool) -> str:
    """Say what to do next with a shipment, to somebody who receives specimens or to somebody who carries them."""
    kind, found = say(_KINDS_WITHIN[details.head.kind]), details.reckoning
    if found.state is ShipmentState.PACKING and not found.expected:
        return say("Scan the first tube to put into this %(kind)s.", kind=kind)
    if found.state is ShipmentState.RECEIVED and found.expected and not found.received:
        return say("Take each tube out and receive it.")
    if found.state is ShipmentState.RECEIVED or found.received:
        return _unpacking_step(kind, len(found.missing), len(found.unexpected), doubted=seal_fault(details) is not None)
    if found.state is ShipmentState.ARRIVED and not receives:
        return say("It has arrived. Whoever takes it further taps I take it.")
    return say(_NEXT[found.state])


def own_barcode(found: Reckoning) -> str:
    """Say what the barcode of a shipment is for on its own page."""
    this = say("That is the shipment on this page.")
    if found.state is ShipmentState.IN_TRANSIT:
        return f"{this} {say('Tap I leave it here where you leave it.')}"
    if found.state in TAKEN_FROM and found.expected:
        return f"{this} {say('Tap I take it when you take it with you.')}"
    return f"{this} {say('Scan what goes into it.')}" if found.takes_more else this


def seal_fault(details: ShipmentDetails) -> Finding | None:
    """Return what was wrong with the seal when it was last looked at; None: nothing, or nobody looked."""
    looks = [one.finding for one in details.seals if one.finding is not None]
    return looks[-1] if looks and looks[-1] is not Finding.INTACT else None


def _unpacking_step(kind: str, missing: int, unexpected: int, *, doubted: bool) -> str:
    if missing:
        return say_many(
            "%(count)s is missing: look into the %(kind)s and at the last stop, then scan what turns up.",
            "%(count)s are missing: look into the %(kind)s and at the last stop, then scan what turns up.",
            missing,
            kind=kind,
        )
    if unexpected:
        return say("All that was expected is here, and more: look at what was unexpected.")
    if doubted:
        return say("All that was expected is here. Count it with a second person, because of its seal.")
    return say("All that was expected is here. Nothing more to do.")
