"""Patients, and what differed when somebody sent one again."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, UtcDateTime, words


class Sex(StrEnum):
    """Administrative sex (HL7 table 0001)."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "O"
    UNKNOWN = "U"
    AMBIGUOUS = "A"
    NOT_APPLICABLE = "N"


class Identity(StrEnum):
    """Whether we know who it is; a temporary identity may lack name and birth date, and its label says so."""

    CONFIRMED = "confirmed"
    TEMPORARY = "temporary"


@dataclass(frozen=True)
class PatientFacts:
    """What a request or a record says of a patient; empty or None where it says nothing."""

    mrn: str
    mrn_authority: str
    family_name: str
    given_name: str
    birth_date: date | None
    sex: Sex
    identity: Identity


class Patient(Base):
    """A person, known by an MRN within the authority that issued it."""

    __tablename__ = "patient"
    __table_args__ = (Index("uq_patient_mrn", "mrn_authority", "mrn", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mrn: Mapped[str] = mapped_column(String(40))
    mrn_authority: Mapped[str] = mapped_column(String(40), default="")
    """Who issued the MRN; empty: this site."""
    family_name: Mapped[str] = mapped_column(String(200))
    given_name: Mapped[str] = mapped_column(String(200))
    birth_date: Mapped[date | None] = mapped_column(Date)
    """None: unknown, for a temporary identity only."""
    sex: Mapped[Sex] = mapped_column(words(Sex, "sex"))
    identity: Mapped[Identity] = mapped_column(words(Identity, "identity"))
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PatientDiscrepancy(Base):
    """What somebody sent of a known patient that differed from the record; kept for review, nothing is overwritten."""

    __tablename__ = "patient_discrepancy"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    noticed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_by: Mapped[str] = mapped_column(String(120))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The differing fields as they were sent."""
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a person looked into it; None: waits."""
