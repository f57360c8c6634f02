"""Writing the audit trail. If the row cannot be written, the transaction fails and nothing is shown or done."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from specimen_service.audit.model import Actor, AuditEntry


def record(
    session: Session,
    now: datetime,
    actor: Actor,
    action: str,
    *,
    subject: str | None = None,
    patients: Iterable[int] = (),
    detail: dict[str, Any] | None = None,
) -> None:
    """Write one row of what `actor` did."""
    session.execute(
        insert(AuditEntry).values(
            at=now,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            action=action,
            subject=subject,
            patients=sorted(set(patients)),
            detail=detail or {},
        )
    )


def record_look(session: Session, now: datetime, actor: Actor, page: str, patients: Iterable[int]) -> None:
    """Write the one row naming the patients whose data an answer shows (45 CFR 164.312(b)); none shown, no row."""
    shown = list(patients)
    if shown:
        record(session, now, actor, "patients.shown", subject=page, patients=shown)
