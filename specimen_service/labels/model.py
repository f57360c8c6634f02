"""The print ledger: one row a label sent to one printer once, and one row a printer for its lease and condition."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, UtcDateTime, words
from specimen_service.kernel.language import say, to_say

BROWSER = "browser"
"""The printer's name of a label that a person prints from a page, as a PDF that opens once."""


class JobState(StrEnum):
    """Where a print job is: `unknown` may or may not have come out and waits for a person."""

    QUEUED = "queued"
    SENDING = "sending"
    PRINTED = "printed"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CANCELLED = "cancelled"
    HELD = "held"


_STATES = {
    JobState.QUEUED: to_say("queued"),
    JobState.SENDING: to_say("sending"),
    JobState.PRINTED: to_say("printed"),
    JobState.SENT: to_say("sent"),
    JobState.UNKNOWN: to_say("unknown"),
    JobState.FAILED: to_say("failed"),
    JobState.CANCELLED: to_say("cancelled"),
    JobState.HELD: to_say("held"),
}


def state_words(state: JobState) -> str:
    """Return a job's state as it stands within a sentence."""
    return say(_STATES[state])


class Proof(StrEnum):
    """How we know that a label came out."""

    PRINTER = "printer"
    OPERATOR = "operator"
    SCAN = "scan"


class PrintJob(Base):
    """One label sent to one printer once; retries of nothing sent are attempts of the same job."""

    __tablename__ = "print_job"
    __table_args__ = (
        Index(
            "ix_print_job_open",
            "printer",
            "id",
            sqlite_where=text("state IN ('queued', 'sending')"),
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
        Index("ix_print_job_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    label_id: Mapped[int | None] = mapped_column(ForeignKey("label.id"), index=True)
    """The label; None: a test page, which names nobody."""
    printer: Mapped[str] = mapped_column(String(80))
    state: Mapped[JobState] = mapped_column(words(JobState, "job_state"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    """Why it was printed again; empty for a first label."""
    reprint: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it takes the place of a label that had come out: these are counted and limited."""
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The label as laid out, in millimetres with its texts: what was printed stays known whatever changes later."""
    error: Mapped[str] = mapped_column(String(300), default="")
    """Why it failed or waits, as a sentence; empty: nothing to say."""
    proof: Mapped[Proof | None] = mapped_column(words(Proof, "proof"))
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[int | None]
    """Fencing token of the lease it is or was sent under."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(120))
    sending_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PrinterState(Base):
    """What is known of one declared printer: who holds it, and how it was when last asked."""

    __tablename__ = "printer_state"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    lease_owner: Mapped[str] = mapped_column(String(120), default="")
    lease_token: Mapped[int] = mapped_column(default=0)
    """Rises with every new holder; a write under an older token is refused."""
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    condition: Mapped[str] = mapped_column(String(40), default="unknown")
    detail: Mapped[str] = mapped_column(String(200), default="")
    answers: Mapped[str | None] = mapped_column(String(1000))
    """What it last said of itself, one answer a line: who it is, its status, its label counter; None: nothing yet."""
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    wanted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a person last wanted it asked; its holder asks where this is later than `asked_at`."""
    calibration_wanted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a person last wanted it to measure its labels anew."""
    calibrated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its holder last began to have it measure them, on disk before the first byte."""
    troubled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was last known not to print: what waited then came too late once its sitting was over."""
    needs_clearing: Mapped[bool] = mapped_column(default=False)
    """After an `unknown`: nothing is sent until the printer shows an empty buffer."""
