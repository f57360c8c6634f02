"""Specimens, the collections they came from, and the labels that name them.

A specimen that is planned for an order exists from the order on, without number or collection; it gets both when it is
collected. What changes by scans (status, place, holder, last seen) is the stored result of the custody fold.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, UtcDateTime, words
from specimen_service.kernel.language import say, to_say

NO_LIMIT = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands in `due_at` for "no limit", so that one index orders every list; outside it is null."""


class Status(StrEnum):
    """Where a specimen is in its life."""

    TO_COLLECT = "to_collect"
    ISSUED = "issued"
    COLLECTED = "collected"
    VERIFIED = "verified"
    IN_TRANSIT = "in_transit"
    ARRIVED = "arrived"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    ON_HOLD = "on_hold"
    STORED = "stored"
    RETRIEVED = "retrieved"
    SENT_OUT = "sent_out"
    REJECTED = "rejected"
    NOT_OBTAINED = "not_obtained"
    CANCELLED = "cancelled"
    LOST = "lost"
    DISPOSED = "disposed"


_STATUSES = {
    Status.TO_COLLECT: to_say("to collect"),
    Status.ISSUED: to_say("labelled, not collected yet"),
    Status.COLLECTED: to_say("collected"),
    Status.VERIFIED: to_say("verified"),
    Status.IN_TRANSIT: to_say("in transit"),
    Status.ARRIVED: to_say("arrived"),
    Status.RECEIVED: to_say("received"),
    Status.ACCEPTED: to_say("accepted"),
    Status.ON_HOLD: to_say("on hold"),
    Status.STORED: to_say("stored"),
    Status.RETRIEVED: to_say("retrieved"),
    Status.SENT_OUT: to_say("sent out"),
    Status.REJECTED: to_say("rejected"),
    Status.NOT_OBTAINED: to_say("not obtained"),
    Status.CANCELLED: to_say("cancelled"),
    Status.LOST: to_say("lost"),
    Status.DISPOSED: to_say("disposed"),
}


def status_words(status: Status) -> str:
    """Return a status as it stands within a sentence."""
    return say(_STATUSES[status])


_NUMBERS = {
    "lis": to_say("Number of the laboratory's system (%(system)s)"),
    "sender": to_say("Number of the sender (%(system)s)"),
    "bottle": to_say("Number on the bottle"),
    "reference_lab": to_say("Number of the reference laboratory (%(system)s)"),
}


def identifier_words(kind: str, system: str) -> str:
    """Say what another system's number on a specimen is; a kind that nobody named is just such a number."""
    return say(_NUMBERS.get(kind, to_say("Other number (%(system)s)")), system=system)


class Source(StrEnum):
    """Who took the specimen: our staff, the patient at home, or somebody elsewhere."""

    STAFF = "staff"
    PATIENT = "patient"
    OUTSIDE = "outside"


class BarcodeOwner(StrEnum):
    """Whose number the label's barcode carries."""

    OURS = "ours"
    LIS = "lis"


class LabelState(StrEnum):
    """Whether a label may be on a tube."""

    CURRENT = "current"
    REPLACED = "replaced"
    VOIDED = "voided"


class Collection(Base):
    """One collector, one patient, one sitting; its accession is the number people quote."""

    __tablename__ = "collection"

    id: Mapped[int] = mapped_column(primary_key=True)
    accession: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    collected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was taken; None: handed out to the patient, not yet back."""
    collector_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who took it; None: somebody without an account, named in `collector_name`."""
    collector_name: Mapped[str] = mapped_column(String(120))
    station_id: Mapped[int | None] = mapped_column(ForeignKey("station.id"))
    source: Mapped[Source] = mapped_column(words(Source, "source"))
    sender: Mapped[str] = mapped_column(String(120), default="")
    ordering_provider: Mapped[str] = mapped_column(String(120), default="")
    ordering_site: Mapped[str] = mapped_column(String(120), default="")
    late_reason: Mapped[str] = mapped_column(String(200), default="")
    band_number: Mapped[str] = mapped_column(String(40), default="")
    encounter: Mapped[str] = mapped_column(String(40), default="")
    patient_location: Mapped[str] = mapped_column(String(80), default="")
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(String(120))


class Specimen(Base):
    """One labelled container and what is in it."""

    __tablename__ = "specimen"
    __table_args__ = (
        Index(
            "ix_specimen_pending",
            "urgency",
            "due_at",
            "number",
            "id",
            # Behind the sort key: what counting reads, so that counts never touch the rows.
            "status",
            "location_id",
            "pending",
            sqlite_where=text("pending"),
            postgresql_where=text("pending"),
        ),
        Index(
            "ix_specimen_rejected",
            "since",
            "id",
            sqlite_where=text("status = 'rejected'"),
            postgresql_where=text("status = 'rejected'"),
        ),
        Index(
            "ix_specimen_inside",
            "inside",
            sqlite_where=text("inside IS NOT NULL"),
            postgresql_where=text("inside IS NOT NULL"),
        ),
        Index("ix_specimen_collection_id", "collection_id"),
        Index("ix_specimen_patient_id", "patient_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(12), default="")
    """The number of its current label; empty until it is collected."""
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collection.id"))
    """None: planned, not yet collected."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("specimen.id"))
    """The specimen it was taken from; None: taken from the patient."""
    type_id: Mapped[int] = mapped_column(ForeignKey("specimen_type.id"))
    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"))
    position: Mapped[int] = mapped_column(default=1)
    """Its place in the order of draw within its collection, from 1."""
    urgency: Mapped[int]
    """Rank of its most urgent order: 0 stat, 1 asap, 2 routine."""
    collected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    site: Mapped[str] = mapped_column(String(80), default="")
    laterality: Mapped[str] = mapped_column(String(20), default="")
    method: Mapped[str] = mapped_column(String(20), default="")
    handling: Mapped[str] = mapped_column(String(20), default="")
    fasting: Mapped[bool | None]
    """Whether the patient fasted; None: not asked."""
    volume_ml: Mapped[float | None]
    barcode: Mapped[BarcodeOwner] = mapped_column(words(BarcodeOwner, "barcode"), default=BarcodeOwner.OURS)
    downtime_number: Mapped[str] = mapped_column(String(12), default="")
    set_number: Mapped[int | None]
    """Which blood culture set a bottle belongs to; None: no bottle of a set."""
    stable_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when the least stable of its tests can be done; None: no limit known."""

    status: Mapped[Status] = mapped_column(words(Status, "status"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    pending: Mapped[bool]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=NO_LIMIT)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    holder: Mapped[str] = mapped_column(String(120), default="")
    verified: Mapped[bool] = mapped_column(default=False)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_seen_location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    last_seen_by: Mapped[str] = mapped_column(String(120), default="")
    leg_times: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """When each custody event last moved it, as `[ISO text, name of the place]`: what the limits of legs are counted from."""
    inside: Mapped[str | None] = mapped_column(String(12))
    """The number of the shipment or storage position it is in; None: none."""
    open_exceptions: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of its events wait for a person."""
    remembered: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What the fold remembers besides: the status that a hold or a loss interrupted, labels voided by scan; None: nothing."""
    folded_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Effective time of the latest event in the fold; a later event is applied on top, an earlier one folds anew."""
    chain_length: Mapped[int] = mapped_column(default=0)
    chain_head: Mapped[str] = mapped_column(String(64), default="")
    """Hash of its last custody event; empty: none yet."""


class SpecimenTest(Base):
    """One test to be done on one specimen, for one order or for none."""

    __tablename__ = "specimen_test"
    __table_args__ = (
        UniqueConstraint("specimen_id", "test_id", "order_id", name="uq_specimen_test_specimen_id"),
        Index("ix_specimen_test_order_id", "order_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    specimen_id: Mapped[int] = mapped_column(ForeignKey("specimen.id"))
    test_id: Mapped[int] = mapped_column(ForeignKey("test.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    """None: drawn without an order in this service."""


class Label(Base):
    """A number given to one physical label; it points to its specimen for ever, also when another has replaced it."""

    __tablename__ = "label"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    specimen_id: Mapped[int] = mapped_column(ForeignKey("specimen.id"), index=True)
    state: Mapped[LabelState] = mapped_column(words(LabelState, "label_state"))
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("label.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    """Why it was replaced or voided."""
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


LINK = "link"
"""The system of a number that a scan stuck on a specimen."""


class Identifier(Base):
    """Another system's number for a specimen; several specimens may carry the same text, so a scan of it can be ambiguous."""

    __tablename__ = "identifier"
    __table_args__ = (Index("ix_identifier_value", "value"), Index("ix_identifier_specimen_id", "specimen_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    specimen_id: Mapped[int] = mapped_column(ForeignKey("specimen.id"))
    system: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    """`lis`, `sender`, `bottle` or `reference_lab`."""
    value: Mapped[str] = mapped_column(Text)
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """By the server's clock; of a link: when the earliest of its scans was made."""


class Rejection(Base):
    """What followed from a rejection: who was told, and by which order the specimen is collected again."""

    __tablename__ = "rejection"

    id: Mapped[int] = mapped_column(primary_key=True)
    specimen_id: Mapped[int] = mapped_column(ForeignKey("specimen.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(20))
    """HL7 table 0490 code."""
    site: Mapped[str] = mapped_column(String(120), default="")
    """Who is to be told: the site that ordered."""
    read_back: Mapped[str] = mapped_column(String(120), default="")
    """Who read it back there; empty: nobody was told yet."""
    notified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notified_by: Mapped[str] = mapped_column(String(120), default="")
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), unique=True)
    """By which it is collected again; None: it is not."""
    tries: Mapped[int]
    """How often it was collected in vain, this time included."""
    recollected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the new collection was made; None: not yet."""


class SignedException(Base):
    """A supervisor's signed word that a specimen which cannot be collected again is used in spite of a fault."""

    __tablename__ = "signed_exception"

    id: Mapped[int] = mapped_column(primary_key=True)
    specimen_id: Mapped[int] = mapped_column(ForeignKey("specimen.id"), index=True)
    reason: Mapped[str] = mapped_column(String(20))
    """What is wrong with it: HL7 table 0490 code."""
    statement: Mapped[str] = mapped_column(Text)
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
