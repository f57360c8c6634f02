"""Replies kept by `Idempotency-Key`, so that a repeated POST is answered and not done again."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base, UtcDateTime


class IdempotentReply(Base):
    """The reply to the first request with a key, stored in that request's own transaction."""

    __tablename__ = "idempotent_reply"
    __table_args__ = (Index("uq_idempotent_reply_key", "sender", "key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sender: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 over method, path and body: the same key with another request is a conflict."""
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
