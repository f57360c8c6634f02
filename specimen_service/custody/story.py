"""One custody event in words: what, who, where, when, with what, and what was odd about it (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from specimen_service.custody.queries import CustodyRow
from specimen_service.kernel.clock import time_of_day

CLOCK_OFF = timedelta(minutes=1)
"""From here on a device's clock is worth a word."""
SENT_LATE = timedelta(minutes=5)
"""From here on a scan was kept on the device before it came in."""

_WORDS = {
    "prepared": ("Prepared", "edit"),
    "collected": ("Collected", "tube"),
    "collection_failed": ("Not obtained", "void"),
    "departed": ("Picked up", "pick-up"),
    "arrived": ("Dropped off", "drop-off"),
    "accepted": ("Accepted", "check"),
    "rejected": ("Rejected", "stop"),
    "re_identified": ("New label", "label"),
    "de_identified": ("Made anonymous", "person"),
    "archived": ("Stored", "store"),
    "retrieved": ("Retrieved", "retrieve"),
    "disposed": ("Disposed of", "dispose"),
    "derived": ("Aliquot taken", "tube"),
    "processed": ("Processed", "check"),
    "processing_failed": ("Processing failed", "alert"),
    "verified": ("Label verified", "verify"),
    "received": ("Received", "receive"),
    "seen": ("Seen", "see"),
    "issued": ("Handed out to the patient", "drop-off"),
    "voided": ("Label voided", "void"),
    "sent_out": ("Sent out", "next"),
    "lost": ("Reported lost", "search"),
    "found": ("Found", "search"),
    "held": ("Put on hold", "pause"),
    "released": ("Released", "check"),
    "corrected": ("Corrected", "edit"),
}
_OF_LABELS = frozenset({"re_identified", "voided"})
_PARKED = {
    "replaced_label": "the label had been replaced",
    "voided_label": "the label had been voided",
    "wrong_collection": "it belongs to another sitting",
    "unknown_location": "the place was not known",
    "unknown_operator": "the badge was not known",
    "not_expected": "it did not fit where the specimen stood",
    "disposed": "the specimen had been disposed of",
    "rejected": "the specimen had been rejected",
}


@dataclass(frozen=True)
class Told:
    """An event as the timeline shows it."""

    seq: int
    at: datetime
    what: str
    sign: str
    who: str
    where: str
    how: str
    """The device, and scanned or typed; empty for events that are no scan."""
    label: str
    """The number of the label it is about; empty where it is about the tube."""
    parked: str | None
    """Why it waits for a person; None: it fits."""
    clocks: str
    """What the clocks disagree about; empty: nothing."""
    note: str
    hash: str


def told(row: CustodyRow, zone: ZoneInfo) -> Told:
    """Put one event into words."""
    what, sign = _WORDS.get(str(row.event), (str(row.event), "info"))
    if row.matched is False:
        what = "Label read, not matched"
    parked = None
    if row.reason is not None:
        parked = _PARKED.get(row.reason, str(row.reason).replace("_", " "))
        what, sign = f"{what}: kept for review", "alert"
    return Told(
        seq=row.seq,
        at=row.effective_at,
        what=what,
        sign=sign,
        who=row.operator or "",
        where=row.location or "",
        how=_how(row),
        label=row.code if str(row.event) in _OF_LABELS else "",
        parked=parked,
        clocks=_clocks(row, zone),
        note=str(row.said.get("note") or ""),
        hash=row.hash,
    )


def _how(row: CustodyRow) -> str:
    if row.scan_id is None:
        return ""
    return f"{row.entry} at {row.device}" if row.device else f"{row.entry} on the page"


def _clocks(row: CustodyRow, zone: ZoneInfo) -> str:
    said = []
    off = row.effective_at - row.occurred_at
    if row.scan_id is not None and abs(off) >= CLOCK_OFF:
        minutes, way = round(abs(off) / timedelta(minutes=1)), "behind" if off > timedelta(0) else "ahead"
        said.append(
            f"The device's clock said {time_of_day(row.occurred_at, zone)}, {minutes} min {way}; both times are kept."
        )
    if row.received_at - row.effective_at >= SENT_LATE:
        said.append(f"It came in at {time_of_day(row.received_at, zone)}.")
    return " ".join(said)
