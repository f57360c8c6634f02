"""Orders and the tests they ask for."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, UtcDateTime, words


class Priority(StrEnum):
    """How urgent (HL7 table 0485 R, A, S), least urgent last in every list."""

    STAT = "stat"
    ASAP = "asap"
    ROUTINE = "routine"

    @property
    def urgency(self) -> int:
        """Rank for sorting: 0 is the most urgent."""
        return list(Priority).index(self)


class Order(Base):
    """One request for tests of one patient."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    """The placer's own number, or one of ours."""
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    priority: Mapped[Priority] = mapped_column(words(Priority, "priority"))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the collection is wanted; None: any time."""
    ordering_provider: Mapped[str] = mapped_column(String(120), default="")
    ordering_site: Mapped[str] = mapped_column(String(120), default="")
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    placed_by: Mapped[str] = mapped_column(String(120))


class OrderedTest(Base):
    """One test of one order."""

    __tablename__ = "ordered_test"
    __table_args__ = (UniqueConstraint("order_id", "test_id", name="uq_ordered_test_order_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    test_id: Mapped[int] = mapped_column(ForeignKey("test.id"))
