"""One custody event in words: what, who, where, when, with what, and what was odd about it (pure)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from specimen_service.custody.queries import CustodyRow
from specimen_service.devices.model import device_words
from specimen_service.kernel.clock import moment, time_of_day
from specimen_service.kernel.codes import clean
from specimen_service.kernel.language import say, to_say
from specimen_service.kernel.numbers import grouped

CLOCK_OFF = timedelta(minutes=1)
"""From here on a device's clock is worth a word."""
SENT_LATE = timedelta(minutes=5)
"""From here on a scan was kept on the device before it came in."""

_WORDS = {
    "prepared": (to_say("Prepared"), "edit"),
    "collected": (to_say("Collected"), "tube"),
    "collection_failed": (to_say("Not obtained"), "void"),
    "departed": (to_say("Picked up"), "pick-up"),
    "arrived": (to_say("Dropped off"), "drop-off"),
    "accepted": (to_say("Accepted"), "check"),
    "rejected": (to_say("Rejected"), "stop"),
    "re_identified": (to_say("New label"), "label"),
    "de_identified": (to_say("Made anonymous"), "person"),
    "archived": (to_say("Stored"), "store"),
    "retrieved": (to_say("Retrieved"), "retrieve"),
    "disposed": (to_say("Disposed of"), "dispose"),
    "derived": (to_say("Aliquot taken"), "tube"),
    "processed": (to_say("Processed"), "check"),
    "processing_failed": (to_say("Processing failed"), "alert"),
    "verified": (to_say("Label verified"), "verify"),
    "received": (to_say("Received"), "receive"),
    "seen": (to_say("Seen"), "see"),
    "issued": (to_say("Handed out to the patient"), "drop-off"),
    "voided": (to_say("Label voided"), "void"),
    "sent_out": (to_say("Sent out"), "next"),
    "lost": (to_say("Reported lost"), "search"),
    "found": (to_say("Found"), "search"),
    "held": (to_say("Put on hold"), "pause"),
    "released": (to_say("Released"), "check"),
    "corrected": (to_say("Corrected"), "edit"),
}
_FIXED = frozenset({"collected", "issued", "corrected"})
_OF_LABELS = frozenset({"re_identified", "voided"})
_PARKED = {
    "unknown_number": to_say("its number was not known"),
    "replaced_label": to_say("the label had been replaced"),
    "voided_label": to_say("the label had been voided"),
    "wrong_collection": to_say("it belongs to another draw"),
    "unknown_location": to_say("the place was not known"),
    "unknown_operator": to_say("the badge was not known"),
    "unknown_into": to_say("the shipment or storage position was not known"),
    "reason_missing": to_say("the rejection came without a reason"),
    "nothing_to_link": to_say("the number to link it to is missing"),
    "not_our_label": to_say("the label is another system's, which cannot be voided here"),
    "clock_wrong": to_say("the device's clock was years off"),
    "impossible_jump": to_say("it cannot have been there at that time"),
    "not_expected": to_say("it did not fit where the specimen stood"),
    "disposed": to_say("the specimen had been disposed of"),
    "rejected": to_say("the specimen had been rejected"),
    "not_a_specimen": to_say("the barcode is not that of a specimen"),
}
_CLOSED = {
    "explained": to_say("It fits by now: what came in later, dated earlier, explains it."),
    "repeated": to_say("It was scanned again rightly soon after."),
    "registered": to_say("Its number was registered later."),
    "real": to_say("A person found it real."),
    "mistaken": to_say("A person found it mistaken; it does not count."),
    "other_specimen": to_say("A person found that it was another specimen; it does not count here."),
    "amended": to_say("A person put right what was wrong with it."),
}
_HOW = {
    "real": to_say("%(event)s is real."),
    "mistaken": to_say("%(event)s was mistaken and does not count."),
    "other_specimen": to_say("%(event)s was another specimen and does not count here."),
    "this_specimen": to_say("%(event)s was this specimen."),
}
_ENTRIES = {
    "scanned": (to_say("scanned at %(device)s"), to_say("scanned on the page")),
    "typed": (to_say("typed at %(device)s"), to_say("typed on the page")),
}
_CONDITIONS = {
    "SB": to_say("seal broken"),
    "CC": to_say("container cracked"),
    "CT": to_say("container torn"),
    "CL": to_say("container leaking"),
}  # HL7 table 0544; the others there name the temperature or handling that was not kept
_OFF = (
    (timedelta(days=1), to_say("%(count)s days behind"), to_say("%(count)s days ahead")),
    (timedelta(hours=1), to_say("%(count)s h behind"), to_say("%(count)s h ahead")),
)


@dataclass(frozen=True)
class Words:
    """What a story needs besides the event: how times are written, and what codes in it stand for."""

    zone: tzinfo
    reject_reasons: Mapping[str, str] = field(default_factory=dict)
    """HL7 table 0490 codes in plain words."""
    people: Mapping[str, str] = field(default_factory=dict)
    """Names by badge."""
    by_patient: bool = True
    """Whether the patient fills it at home: then its label went out with it, else it was printed at the chair."""
    rows: Mapping[str, CustodyRow] = field(default_factory=dict)
    """All events told of, by hash: what corrections refer to."""
    elsewhere: frozenset[str] = frozenset()
    """The hashes of those that stand in the chain of another number, and count in that one."""


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
    entry: str
    """Which entry of the specimen it is; of what stands in another chain, whose numbers begin anew, where that is."""
    hash: str


def told(row: CustodyRow, words: Words) -> Told:
    """Put one event into words."""
    what, sign = _WORDS.get(str(row.event), (str(row.event), "info"))
    if str(row.event) == "issued" and not words.by_patient:
        what, sign = to_say("Labelled before it was drawn"), "label"
    if row.matched is False:
        what = to_say("Label read, not matched")
    if str(row.event) == "received" and row.carrier:
        what = to_say("Its shipment was received")
    if str(row.event) == "re_identified" and row.scan_id is not None:
        what = to_say("Linked to another system's number")
    what = say(what)
    if row.repeated:
        what = say("%(event)s, again", event=what)
    reason = row.waits or row.reason
    if row.waits is not None:
        what, sign = say("%(event)s: kept for review", event=what), "alert"
    return Told(
        seq=row.seq,
        at=row.effective_at,
        what=what,
        sign=sign,
        who=row.operator or "",
        where=row.location or "",
        how=_how(row),
        label=row.code if str(row.event) in _OF_LABELS else "",
        parked=say(_PARKED.get(reason, str(reason).replace("_", " "))) if reason else None,
        open=row.waits is not None,
        closed=say(_CLOSED[row.closed]) if row.closed in _CLOSED else "",
        counts=row.counts,
        correctable=str(row.event) not in _FIXED,
        details=tuple(_details(row, words)),
        clocks=_clocks(row, words.zone),
        note=str(row.said.get("note") or ""),
        entry=_entry(row, words),
        hash=row.hash,
    )


def _entry(row: CustodyRow, words: Words) -> str:
    if row.hash not in words.elsewhere:
        return say("Entry %(number)s", number=row.seq)
    if row.carrier:
        return say("Kept with the shipment")
    return say("Kept with another number")


def _how(row: CustodyRow) -> str:
    if row.scan_id is None:
        return ""
    at_device, on_page = _ENTRIES[row.entry]
    return say(at_device, device=device_words(row.device)) if row.device else say(on_page)


def _details(row: CustodyRow, words: Words) -> Iterator[str]:
    said = row.said
    if "corrects" in said:
        yield _correction(row, words)
        return
    if said.get("not_obtained"):
        yield say("Not obtained: %(reason)s.", reason=said["not_obtained"])
    if said.get("name_alert"):
        yield say("Name alert: the birth year was asked for, and matched.")
    if attempts := said.get("attempts"):
        yield say("At attempt %(count)s.", count=attempts)
    if row.carrier:
        yield say("In shipment %(number)s, which was scanned.", number=grouped(row.carrier))
    if into := clean(said.get("into") or ""):
        yield say("Put into %(number)s.", number=grouped(into))
    if links_to := clean(said.get("links_to") or ""):
        yield say("The other number is %(number)s.", number=grouped(links_to))
    yield from _findings(row, words)


def _findings(row: CustodyRow, words: Words) -> Iterator[str]:
    said = row.said
    if (reason := clean(said.get("reason") or "").upper()) and str(row.event) == "rejected":
        yield say("Reason: %(reason)s (%(code)s).", reason=words.reject_reasons.get(reason, reason), code=reason)
    if condition := clean(said.get("condition") or "").upper():
        yield say("Condition: %(condition)s (%(code)s).", condition=_condition(condition), code=condition)
    if counterparty := clean(said.get("counterparty") or ""):
        yield say("Handed over with %(person)s.", person=words.people.get(counterparty, counterparty))
    if (degrees := said.get("temperature_c")) is not None:
        yield say("%(degrees)s °C.", degrees=f"{degrees:g}")


def _condition(code: str) -> str:
    return say(_CONDITIONS.get(code, to_say("not kept as required")))


def _correction(row: CustodyRow, words: Words) -> str:
    """Say what a correction says, as `“Received” of 21 NOV 2026 14:05 was mistaken and does not count`."""
    corrected = words.rows.get(row.said["corrects"])
    if corrected is None:
        return say("It refers to a scan that was recorded for another specimen.")
    name = _WORDS.get(str(corrected.event), (str(corrected.event), ""))[0]
    which = say("“%(event)s” of %(moment)s", event=say(name), moment=moment(corrected.effective_at, words.zone))
    how = row.said["how"]
    if how != "amended":
        return say(_HOW[how], event=which)
    at = row.said.get("effective_at")
    changes = [
        moment(datetime.fromisoformat(at), words.zone) if at else "",
        say("at %(place)s", place=row.location) if row.location else "",
        say("by %(person)s", person=row.said["by"]) if row.said.get("by") else "",
    ]
    return say("%(event)s was %(changes)s.", event=which, changes=" ".join(filter(None, changes)))


def _clocks(row: CustodyRow, zone: tzinfo) -> str:
    said = []
    off = row.effective_at - row.occurred_at
    if row.scan_id is not None and abs(off) >= CLOCK_OFF:
        said.append(
            say(
                "The device's clock said %(time)s, %(off)s; both times are kept.",
                time=_clock(row, zone),
                off=_by(off),
            )
        )
    if row.received_at - row.effective_at >= SENT_LATE:
        said.append(say("It came in at %(moment)s.", moment=moment(row.received_at, zone)))
    return " ".join(said)


def _clock(row: CustodyRow, zone: tzinfo) -> str:
    same_day = row.occurred_at.astimezone(zone).date() == row.effective_at.astimezone(zone).date()
    return time_of_day(row.occurred_at, zone) if same_day else moment(row.occurred_at, zone)


def _by(off: timedelta) -> str:
    is_behind = off > timedelta(0)
    for unit, behind, ahead in _OFF:
        if abs(off) >= 2 * unit:
            return say(behind if is_behind else ahead, count=abs(off) // unit)
    minutes = round(abs(off) / timedelta(minutes=1))
    return say("%(count)s min behind", count=minutes) if is_behind else say("%(count)s min ahead", count=minutes)
