"""A draw: one collector with one patient at the chair, from the first identifier to the patient's word at the end.

Everything that the page must still know after a reload, a lock or a power cut stands here; which step is next follows
from it and is stored nowhere.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, UtcDateTime, words


class Outcome(StrEnum):
    """Why a draw ended without all its tubes; the order waits under `parked` then."""

    NOT_FASTING = "not_fasting"
    WRONG_PREPARATION = "wrong_preparation"
    LEFT = "left"
    REFUSED = "refused"
    ORDER_INCOMPLETE = "order_incomplete"
    WRONG_TIME = "wrong_time"
    IDENTITY_MISMATCH = "identity_mismatch"
    NOT_OBTAINED = "not_obtained"
    HANDED_ON = "handed_on"


class Draw(Base):
    """One draw; a new one begins whenever an order is taken up again, so that each try is on record."""

    __tablename__ = "draw"
    __table_args__ = (
        Index("ix_draw_order_id", "order_id"),
        Index("uq_draw_collection", "collection_id", unique=True),
        Index(
            "uq_draw_open_order",
            "order_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND collection_id IS NULL"),
            postgresql_where=text("ended_at IS NULL AND collection_id IS NULL"),
        ),
        Index(
            "ix_draw_open",
            "person_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    """None: the collection was recorded without an order, by another program."""
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collection.id"))
    """None: nothing is collected yet."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    """Whose draw it is now: nobody else goes on with it before taking it over."""
    station: Mapped[str] = mapped_column(String(80), default="")
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    identified: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Which identifiers were compared and match, by key."""
    is_alike: Mapped[bool] = mapped_column(default=False)
    """Whether another patient here has a very similar name and birthday."""
    answers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """What was asked before the needle, by question."""
    left_out: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Planned specimens that are not drawn this time, by internal id."""
    downtime: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Numbers of downtime labels, by internal id of the planned specimen."""
    attempts: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[Outcome | None] = mapped_column(words(Outcome, "outcome"))
    """Why it ended early; None: it did not."""
    stopped_by: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The scan that stopped it and that nobody acknowledged yet: its `scan_id` and whether the patient is the same."""
    to_confirm: Mapped[str] = mapped_column(String(12), default="")
    """The label of a later tube that was scanned out of turn and waits for a look at the tube; empty: none."""
    skipped: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Labels that a person could not scan and said why, by number."""
    weight_kg: Mapped[float | None] = mapped_column(Double)
    """A child's weight at this draw; None: not taken."""
    weighed_by: Mapped[str | None] = mapped_column(String(120))
    """The name of who kept the weight."""
    weighed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_ml: Mapped[float | None] = mapped_column(Double)
    """Up to which volume within 24 hours a supervisor let it go; None: the site's limit holds."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the patient agreed, or it ended early, or what it was drawn together with was collected; None: under way."""
