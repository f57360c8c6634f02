"""`Idempotency-Key`: the same key and request get the stored reply, another request under that key is a conflict.

Successful replies alone are kept, in the transaction of what they tell of: a failed request may be sent again, and no
row can be left locked by a process that died.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from specimen_service.api.model import IdempotentReply
from specimen_service.audit.model import Actor
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput
from specimen_service.kernel.language import say

LONGEST_KEY = 200


@dataclass(frozen=True)
class KeptReply:
    """The stored reply to the first request."""

    status: int
    body: str


@dataclass(frozen=True)
class NewKey:
    """A key not seen before: `store` keeps the reply under it."""

    session: Session
    sender: str
    key: str
    digest: str

    def store(self, now: datetime, status: int, body: str) -> None:
        """Keep the reply; the key is unique by constraint too."""
        row = {"sender": self.sender, "key": self.key, "request_hash": self.digest}
        self.session.execute(insert(IdempotentReply).values(**row, status=status, body=body, stored_at=now))


def request_digest(method: str, path: str, body: bytes) -> str:
    """Return the SHA-256 of everything that makes a request the same request."""
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()


def kept_reply(session: Session, actor: Actor, key: str, digest: str) -> KeptReply | NewKey:
    """Find the stored reply of a key; raises `Conflict` (409) where that key came with another request."""
    if len(key) > LONGEST_KEY:
        raise InvalidInput(
            [Fault("", say("Idempotency-Key may have %(count)s characters at most.", count=LONGEST_KEY))]
        )
    sender = f"{actor.kind}:{actor.id}"
    if session.get_bind().dialect.name == "postgresql":
        # A second request under the key waits for the first to end, and then finds its reply; SQLite has one writer anyway.
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{sender} {key}", 0))))
    found = session.execute(
        select(IdempotentReply.request_hash, IdempotentReply.status, IdempotentReply.body).where(
            IdempotentReply.sender == sender, IdempotentReply.key == key
        )
    ).one_or_none()
    if found is None:
        return NewKey(session, sender, key, digest)
    if found.request_hash != digest:
        raise Conflict(
            say("This Idempotency-Key came with another request before. Use a new key."), code="idempotency-key-reused"
        )
    return KeptReply(found.status, found.body)
