"""One custody event in words: what, who, where, when, with what, and what was odd about it (pure)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from specimen_service.custody.queries import CustodyRow
from specimen_service.kernel.clock import moment, time_of_day
from specimen_service.kernel.codes import clean
from specimen_service.kernel.numbers import grouped

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
_FIXED = frozenset({"collected", "issued", "corrected"})
_OF_LABELS = frozenset({"re_identified", "voided"})
_PARKED = {
    "unknown_number": "its number was not known",
    "replaced_label": "the label had been replaced",
    "voided_label": "the label had been voided",
    "wrong_collection": "it belongs to another sitting",
    "unknown_location": "the place was not known",
    "unknown_operator": "the badge was not known",
    "unknown_into": "the shipment or storage position was not known",
    "reason_missing": "the rejection came without a reason",
    "nothing_to_link": "the number to link it to is missing",
    "not_our_label": "the label is another system's, which cannot be voided here",
    "clock_wrong": "the device's clock was years off",
    "impossible_jump": "it cannot have been there at that time",
    "not_expected": "it did not fit where the specimen stood",
    "disposed": "the specimen had been disposed of",
    "rejected": "the specimen had been rejected",
    "not_a_specimen": "the barcode is not that of a specimen",
}
_CLOSED = {
    "explained": "It fits by now: what came in later, dated earlier, explains it.",
    "repeated": "It was scanned again rightly soon after.",
    "registered": "Its number was registered later.",
    "real": "A person found it real.",
    "mistaken": "A person found it mistaken; it does not count.",
    "other_specimen": "A person found that it was another specimen; it does not count here.",
    "amended": "A person put right what was wrong with it.",
}
_HOW = {
    "real": "is real",
    "mistaken": "was mistaken and does not count",
    "other_specimen": "was another specimen and does not count here",
    "this_specimen": "was this specimen",
}
_CONDITIONS = {
    "SB": "seal broken",
    "CC": "container cracked",
    "CT": "container torn",
    "CL": "container leaking",
}  # HL7 table 0544; the others there name the temperature or handling that was not kept


@dataclass(frozen=True)
class Words:
    """What a story needs besides the event: how times are written, and what codes in it stand for."""

    zone: tzinfo
    reject_reasons: Mapping[str, str] = field(default_factory=dict)
    """HL7 table 0490 codes in plain words."""
    people: Mapping[str, str] = field(default_factory=dict)
    """Names by badge."""
    rows: Mapping[str, CustodyRow] = field(default_factory=dict)
    """All events told of, by hash: what corrections refer to."""


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
    """Why it was kept for a person; None: it fitted."""
    open: bool
    """Whether it still waits for a person."""
    closed: str
    """How the question it raised was closed, in a sentence; empty: it raised none, or is open."""
    counts: bool
    correctable: bool
    """Whether a person may say that it was otherwise: not the collection itself, and no correction."""
    details: tuple[str, ...]
    """What else was said: to whom it was handed, what it was put into, why it was rejected."""
    clocks: str
    """What the clocks disagree about; empty: nothing."""
    note: str
    hash: str


def told(row: CustodyRow, words: Words) -> Told:
    """Put one event into words."""
    what, sign = _WORDS.get(str(row.event), (str(row.event), "info"))
    if row.matched is False:
        what = "Label read, not matched"
    if str(row.event) == "re_identified" and row.scan_id is not None:
        what = "Linked to another system's number"
    reason = row.waits or row.reason
    if row.waits is not None:
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
        parked=_PARKED.get(reason, str(reason).replace("_", " ")) if reason else None,
        open=row.waits is not None,
        closed=_CLOSED.get(row.closed or "", ""),
        counts=row.counts,
        correctable=str(row.event) not in _FIXED,
        details=tuple(_details(row, words)),
        clocks=_clocks(row, words.zone),
        note=str(row.said.get("note") or ""),
        hash=row.hash,
    )


def _how(row: CustodyRow) -> str:
    if row.scan_id is None:
        return ""
    return f"{row.entry} at {row.device}" if row.device else f"{row.entry} on the page"


def _details(row: CustodyRow, words: Words) -> Iterator[str]:
    said = row.said
    if "corrects" in said:
        yield _correction(row, words)
        return
    if said.get("not_obtained"):
        yield f"Not obtained: {said['not_obtained']}."
    if said.get("name_alert"):
        yield "Name alert: the birth year was asked for, and matched."
    if attempts := said.get("attempts"):
        yield f"At attempt {attempts}."
    if row.carrier:
        yield f"In shipment {grouped(row.carrier)}, which was scanned."
    if into := clean(said.get("into") or ""):
        yield f"Put into {grouped(into) if into.isdigit() else into}."
    if links_to := clean(said.get("links_to") or ""):
        yield f"The other number is {links_to}."
    if (reason := clean(said.get("reason") or "").upper()) and str(row.event) == "rejected":
        yield f"Reason: {words.reject_reasons.get(reason, reason)} ({reason})."
    if condition := clean(said.get("condition") or "").upper():
        yield f"Condition: {_CONDITIONS.get(condition, 'not kept as required')} ({condition})."
    if counterparty := clean(said.get("counterparty") or ""):
        yield f"Handed over with {words.people.get(counterparty, counterparty)}."
    if (degrees := said.get("temperature_c")) is not None:
        yield f"{degrees:g} °C."


def _correction(row: CustodyRow, words: Words) -> str:
    """Say what a correction says, as `“Received” of 21 NOV 2026 14:05 was mistaken and does not count`."""
    corrected = words.rows.get(row.said["corrects"])
    if corrected is None:
        return "It refers to a scan that was recorded for another specimen."
    name = _WORDS.get(str(corrected.event), (str(corrected.event), ""))[0]
    which = f"“{name}” of {moment(corrected.effective_at, words.zone)}"
    how = row.said["how"]
    if how != "amended":
        return f"{which} {_HOW[how]}."
    at = row.said.get("effective_at")
    changes = [
        moment(datetime.fromisoformat(at), words.zone) if at else "",
        f"at {row.location}" if row.location else "",
        f"by {row.said['by']}" if row.said.get("by") else "",
    ]
    return f"{which} was {' '.join(filter(None, changes))}."


def _clocks(row: CustodyRow, zone: tzinfo) -> str:
    said = []
    off = row.effective_at - row.occurred_at
    if row.scan_id is not None and abs(off) >= CLOCK_OFF:
        said.append(f"The device's clock said {_clock(row, zone)}, {_by(off)}; both times are kept.")
    if row.received_at - row.effective_at >= SENT_LATE:
        said.append(f"It came in at {moment(row.received_at, zone)}.")
    return " ".join(said)


def _clock(row: CustodyRow, zone: tzinfo) -> str:
    same_day = row.occurred_at.astimezone(zone).date() == row.effective_at.astimezone(zone).date()
    return time_of_day(row.occurred_at, zone) if same_day else moment(row.occurred_at, zone)


def _by(off: timedelta) -> str:
    way = "behind" if off > timedelta(0) else "ahead"
    for unit, word in ((timedelta(days=1), "days"), (timedelta(hours=1), "h")):
        if abs(off) >= 2 * unit:
            return f"{abs(off) // unit} {word} {way}"
    return f"{round(abs(off) / timedelta(minutes=1))} min {way}"
