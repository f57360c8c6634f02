"""Custody events: only ever added, chained by hash, and guarded by triggers in the database itself."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, UtcDateTime, words


class Event(StrEnum):
    """What happened: HL7 table 0003 events S38-S52, and ours besides."""

    PREPARED = "prepared"
    COLLECTED = "collected"
    COLLECTION_FAILED = "collection_failed"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RE_IDENTIFIED = "re_identified"
    DE_IDENTIFIED = "de_identified"
    ARCHIVED = "archived"
    RETRIEVED = "retrieved"
    DISPOSED = "disposed"
    DERIVED = "derived"
    PROCESSED = "processed"
    PROCESSING_FAILED = "processing_failed"
    VERIFIED = "verified"
    RECEIVED = "received"
    SEEN = "seen"
    ISSUED = "issued"
    VOIDED = "voided"
    SENT_OUT = "sent_out"
    LOST = "lost"
    FOUND = "found"
    HELD = "held"
    RELEASED = "released"
    CORRECTED = "corrected"


class Outcome(StrEnum):
    """The verdict on a scan when it arrived; only the first two are custody events."""

    ACCEPTED = "accepted"
    PARKED = "parked"
    CONFLICT = "conflict"
    INVALID = "invalid"


class Reason(StrEnum):
    """Why a scan is parked."""

    UNKNOWN_NUMBER = "unknown_number"
    CHECK_DIGIT = "check_digit"
    NOT_A_SPECIMEN = "not_a_specimen"
    AMBIGUOUS = "ambiguous"
    REPLACED_LABEL = "replaced_label"
    VOIDED_LABEL = "voided_label"
    WRONG_COLLECTION = "wrong_collection"
    UNKNOWN_LOCATION = "unknown_location"
    UNKNOWN_OPERATOR = "unknown_operator"
    UNKNOWN_INTO = "unknown_into"
    """It was put into a shipment or position that is not known."""
    REASON_MISSING = "reason_missing"
    """Rejected without a reason of HL7 table 0490."""
    NOTHING_TO_LINK = "nothing_to_link"
    """Linked to no other system's number."""
    NOT_OUR_LABEL = "not_our_label"
    """Another system's number, which is not ours to void."""
    CLOCK_WRONG = "clock_wrong"
    """The device's clock is years off."""
    IMPOSSIBLE_JUMP = "impossible_jump"
    NOT_EXPECTED = "not_expected"
    DISPOSED = "disposed"
    REJECTED = "rejected"


class Closing(StrEnum):
    """How the question a parked event raised was closed."""

    EXPLAINED = "explained"
    """By itself: what came in later, dated earlier, makes it fit."""
    REPEATED = "repeated"
    """By itself: the same step was scanned rightly soon after."""
    REGISTERED = "registered"
    """By itself: its code was registered for a specimen."""
    REAL = "real"
    MISTAKEN = "mistaken"
    OTHER_SPECIMEN = "other_specimen"
    AMENDED = "amended"


class Entry(StrEnum):
    """How the code came in."""

    SCANNED = "scanned"
    TYPED = "typed"


class CustodyEvent(Base):
    """One immutable fact: what, when, where, who, by which device, and what was answered.

    It belongs to the chain of its specimen or, where the code led to none, to the chain of the device that sent it.
    """

    __tablename__ = "custody_event"
    __table_args__ = (
        Index("uq_custody_event_specimen_chain", "specimen_id", "seq", unique=True),
        Index("uq_custody_event_device_chain", "chain_device_id", "seq", unique=True),
        Index(
            "ix_custody_event_about",
            "about",
            sqlite_where=text("about IS NOT NULL"),
            postgresql_where=text("about IS NOT NULL"),
        ),
        Index(
            "ix_custody_event_put_into",
            "put_into",
            "specimen_id",
            sqlite_where=text("put_into IS NOT NULL"),
            postgresql_where=text("put_into IS NOT NULL"),
        ),
        CheckConstraint("(specimen_id IS NULL) <> (chain_device_id IS NULL)", name="one_chain"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    specimen_id: Mapped[int | None] = mapped_column(ForeignKey("specimen.id"))
    chain_device_id: Mapped[int | None] = mapped_column(ForeignKey("device_chain.id"))
    seq: Mapped[int]
    """Place in its chain, from 1."""
    event: Mapped[Event] = mapped_column(words(Event, "event"))
    outcome: Mapped[Outcome] = mapped_column(words(Outcome, "outcome"))
    reason: Mapped[str | None] = mapped_column(String(40))
    """Why it was parked; None: accepted."""
    effective_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The device's time corrected by its skew, never later than the receipt."""
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The time as the device gave it."""
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    """The device that sent it; None: a person at a page."""
    device_seq: Mapped[int | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who did it; None: not known."""
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    entry: Mapped[Entry] = mapped_column(words(Entry, "entry"))
    matched: Mapped[bool | None]
    """For a verify: whether it was matched against a named collection; None: no verify."""
    code: Mapped[str] = mapped_column(Text)
    """The raw text as the scanner sent it, or the number for events that are no scan."""
    scan_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    about: Mapped[str | None] = mapped_column(String(200))
    """In a sender's chain: the cleaned code, by which a specimen finds what belongs to it; None: it can name none."""
    put_into: Mapped[str | None] = mapped_column(String(12))
    """The number of the shipment or storage position it was put into; None: none."""
    content: Mapped[str] = mapped_column(Text)
    """Canonical JSON of the scan as sent: what a repetition is compared with."""
    verdict: Mapped[str] = mapped_column(Text)
    """Canonical JSON of the result given on arrival: what a repetition is answered with."""
    private: Mapped[str | None] = mapped_column(Text)
    """Canonical JSON of what somebody wrote and of what names a patient; None: nothing, or erased."""
    private_salt: Mapped[str | None] = mapped_column(String(64))
    private_digest: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of salt and text: what the chain covers, so that the two can be erased without breaking it."""
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class DeviceChain(Base):
    """The chain of the scans of one sender that belong to no specimen."""

    __tablename__ = "device_chain"

    id: Mapped[int] = mapped_column(primary_key=True)
    sender: Mapped[str] = mapped_column(String(40), unique=True)
    """`device:7` or `person:3`."""
    length: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64), default="")


class CarrierKind(StrEnum):
    """What travels as one."""

    BAG = "bag"
    BOX = "box"
    RACK = "rack"


class Carrier(Base):
    """A bag, box or rack with a number of its own: scanning it moves what is in it."""

    __tablename__ = "carrier"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[CarrierKind] = mapped_column(words(CarrierKind, "carrier_kind"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Unpacking(Base):
    """A scan made while a bag was unpacked: an index on what scans say in `out_of`, so that what came in it is found."""

    __tablename__ = "unpacking"
    __table_args__ = (Index("ix_unpacking_carrier", "carrier"),)

    scan_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    carrier: Mapped[str] = mapped_column(String(12))
    """The number said; there need not be such a bag."""


class CustodyException(Base):
    """A question that an event raises for a person: the fold's answer, stored so that it can be listed.

    An event of a bag may raise one for each specimen in it. Open as long as `closed_how` is null; a question that the
    fold asks again, because more came in, is open again.
    """

    __tablename__ = "custody_exception"
    __table_args__ = (
        UniqueConstraint("event_id", "specimen_id", name="uq_custody_exception_event_id"),
        Index(
            "ix_custody_exception_open",
            "effective_at",
            "id",
            sqlite_where=text("closed_how IS NULL"),
            postgresql_where=text("closed_how IS NULL"),
        ),
        Index("ix_custody_exception_specimen_id", "specimen_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("custody_event.id"))
    specimen_id: Mapped[int | None] = mapped_column(ForeignKey("specimen.id"))
    """None: the code led to no specimen, or to a bag."""
    reason: Mapped[Reason] = mapped_column(words(Reason, "exception_reason"))
    effective_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_how: Mapped[Closing | None] = mapped_column(words(Closing, "closing"))
    closed_by: Mapped[str] = mapped_column(String(120), default="")
    """Who closed it; empty: it closed itself, or is open."""


class ScanAside(Base):
    """A scan that could not become an event, kept raw: malformed, or the same id with other content."""

    __tablename__ = "scan_aside"

    id: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[Outcome] = mapped_column(words(Outcome, "aside_outcome"))
    scan_id: Mapped[str | None] = mapped_column(String(64))
    sender: Mapped[str] = mapped_column(String(40))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    content: Mapped[str] = mapped_column(Text)
    faults: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a person looked into it; None: it waits."""
    seen_by: Mapped[str | None] = mapped_column(String(120))
    finding: Mapped[str | None] = mapped_column(String(200))
    """What that person found."""


class Leaf(Base):
    """A sealed event: its place in the one log of all chains. Rows are only ever added."""

    __tablename__ = "custody_leaf"

    event_id: Mapped[int] = mapped_column(ForeignKey("custody_event.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(unique=True)
    """Counted from 0, without a gap."""
    hash: Mapped[str] = mapped_column(String(64))
    """The event's hash when it was sealed."""


class TreeHead(Base):
    """The Merkle tree over the first `size` leaves (RFC 6962). Rows are only ever added."""

    __tablename__ = "custody_tree_head"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[str] = mapped_column(String(64))
    peaks: Mapped[str] = mapped_column(Text)
    """The roots of its whole subtrees, the largest first: all that is needed to add a leaf."""


class Erasure(Base):
    """What an event held apart was erased: by whom and why. Rows are only ever added."""

    __tablename__ = "custody_erasure"

    event_id: Mapped[int] = mapped_column(ForeignKey("custody_event.id"), primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(200))
