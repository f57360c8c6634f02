"""What a shipment's journey says: where it stands, what was expected in it, what is missing, whether its seal held (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from specimen_service.custody.model import Event
from specimen_service.custody.queries import Journey, Stay, Step, Unpacked
from specimen_service.shipments.model import SealAct

FAST_CLOCK = timedelta(minutes=15)
"""A departure or arrival dated up to this long after the receipt belongs to the leg that it closed, as for specimens."""


class ShipmentState(StrEnum):
    """Where a shipment is on its journey."""

    PACKING = "packing"
    SEALED = "sealed"
    IN_TRANSIT = "in_transit"
    ARRIVED = "arrived"
    RECEIVED = "received"
    SENT_OUT = "sent_out"
    LOST = "lost"


class Finding(StrEnum):
    """What looking at a seal showed."""

    INTACT = "intact"
    BROKEN = "broken"
    DIFFERS = "differs"
    """Another number than the one put on."""
    NO_SEAL = "no_seal"
    """None was there, although one had been put on."""
    NEVER_SEALED = "never_sealed"
    """One was there, although nobody had recorded putting one on."""


@dataclass(frozen=True, slots=True)
class SealWord:
    """A seal put on (`finding` is None) or looked at."""

    act: SealAct
    number: str
    intact: bool
    at: datetime
    by: str
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What was in a shipment and what became of it; all in the order of packing."""

    state: ShipmentState
    closed_at: datetime | None
    """When it was sealed or left, whichever was first; None: neither yet."""
    expected: tuple[Stay, ...]
    """The manifest: all that was in it when it was closed, and what was put in after."""
    received: tuple[Stay, ...]
    missing: tuple[Stay, ...]
    """Not scanned out of it although it is being unpacked; before that nothing is missing."""
    unexpected: tuple[Unpacked, ...]
    """Scanned out of it, and not on the manifest."""

    @property
    def takes_more(self) -> bool:
        """Whether what was left out may still be put in: it has not come anywhere yet."""
        return self.state in {ShipmentState.PACKING, ShipmentState.SEALED, ShipmentState.IN_TRANSIT}

    @property
    def is_unpacked(self) -> bool:
        """Whether it is being counted against its manifest, or was."""
        return bool(self.received or self.missing or self.unexpected)

    def is_late(self, stay: Stay) -> bool:
        """Tell whether it was put in after the shipment was closed."""
        return self.closed_at is not None and stay.put_in.at > self.closed_at


_STATES = {
    Event.DEPARTED: ShipmentState.IN_TRANSIT,
    Event.ARRIVED: ShipmentState.ARRIVED,
    Event.RECEIVED: ShipmentState.RECEIVED,
    Event.SENT_OUT: ShipmentState.SENT_OUT,
    Event.LOST: ShipmentState.LOST,
    Event.FOUND: ShipmentState.ARRIVED,
}


def reckon(journey: Journey, seals: Sequence[SealWord]) -> Reckoning:
    """Say where a shipment stands and reconcile its manifest with what was scanned out of it."""
    closed_at = _closed_at(journey.steps, seals)
    stays = sorted(journey.stays, key=lambda one: (one.put_in.at, one.specimen_id))
    expected = tuple(one for one in stays if _travels(one, closed_at))
    received = tuple(one for one in expected if one.out)
    unexpected = _unexpected(journey.unpacked, {one.specimen_id for one in expected})
    state, _latest = standing(journey.steps, seals)
    if expected and all(one.out and one.out.event is Event.RECEIVED for one in expected):
        state = emptied(state)
    unpacking = state is ShipmentState.RECEIVED or bool(received) or bool(journey.unpacked)
    missing = tuple(one for one in expected if not one.out) if unpacking else ()
    return Reckoning(state, closed_at, expected, received, missing, unexpected)


def standing(steps: Sequence[Step], seals: Sequence[SealWord]) -> tuple[ShipmentState, Step | None]:
    """Return where a shipment is on its journey, and the step that brought it there (None: none did yet)."""
    latest: Step | None = None
    for step in steps:
        if step.event in _STATES and not (latest and _belongs_to_closed_leg(latest, step)):
            latest = step
    if latest is not None:
        return _STATES[latest.event], latest
    sealed = any(one.act is SealAct.SEALED for one in seals)
    return (ShipmentState.SEALED if sealed else ShipmentState.PACKING), None


def emptied(state: ShipmentState) -> ShipmentState:
    """Return where a shipment is once all that was in it was received: there, whether or not somebody scanned the shipment."""
    return ShipmentState.RECEIVED if state in {ShipmentState.IN_TRANSIT, ShipmentState.ARRIVED} else state


def with_findings(seals: Sequence[SealWord]) -> tuple[SealWord, ...]:
    """Return what was done with the seals in order of time, each look with what it showed."""
    words: list[SealWord] = []
    put_on = ""
    for one in sorted(seals, key=lambda seal: (seal.at, seal.act is SealAct.CHECKED)):
        if one.act is SealAct.SEALED:
            put_on = one.number
            words.append(one)
        else:
            words.append(SealWord(one.act, one.number, one.intact, one.at, one.by, _finding(put_on, one)))
    return tuple(words)


def plain_seal(text: str) -> str:
    """Write a seal number as it is compared: capitals, without blanks."""
    return "".join(text.split()).upper()


def _belongs_to_closed_leg(before: Step, step: Step) -> bool:
    return (
        before.event is Event.RECEIVED
        and step.event in {Event.DEPARTED, Event.ARRIVED}
        and step.at - before.at <= FAST_CLOCK
    )


def _closed_at(steps: Sequence[Step], seals: Sequence[SealWord]) -> datetime | None:
    closings = [step.at for step in steps if step.event is Event.DEPARTED]
    closings += [one.at for one in seals if one.act is SealAct.SEALED]
    return min(closings, default=None)


def _travels(stay: Stay, closed_at: datetime | None) -> bool:
    # Taken out before it was closed, it never travelled in it; a receipt says that it did, whoever forgot to close.
    if stay.out is None or stay.out.event is Event.RECEIVED:
        return True
    return closed_at is not None and stay.out.at > closed_at


def _unexpected(unpacked: Sequence[Unpacked], expected: set[int]) -> tuple[Unpacked, ...]:
    strange: dict[object, Unpacked] = {}
    for one in unpacked:
        if one.specimen_id not in expected:
            strange.setdefault(one.specimen_id or one.code, one)
    return tuple(strange.values())


def _finding(put_on: str, seen: SealWord) -> Finding:
    if not seen.number and put_on:
        return Finding.NO_SEAL
    if not put_on:
        return Finding.NEVER_SEALED if seen.number else Finding.INTACT
    if not seen.intact:
        return Finding.BROKEN
    return Finding.INTACT if plain_seal(seen.number) == plain_seal(put_on) else Finding.DIFFERS
