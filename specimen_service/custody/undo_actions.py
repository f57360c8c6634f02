"""Taking back a scan on the device that made it: for a few seconds, and as a correction, never as an erasure."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.audit.model import Actor, ActorKind
from specimen_service.custody.correction_actions import correct_event, resolve_exception
from specimen_service.custody.fact_queries import histories_of
from specimen_service.custody.facts import How
from specimen_service.custody.model import CustodyEvent, CustodyException, Event, Outcome
from specimen_service.custody.queries import members_of
from specimen_service.kernel.errors import Conflict, NotFound
from specimen_service.kernel.language import say
from specimen_service.specimens.actions import Policy

LONGEST = timedelta(seconds=15)
"""From the scan to its taking back, both by the device's clock: ten seconds on the screen, and some for a slow finger."""


def undo_scan(
    session: Session, now: datetime, actor: Actor, policy: Policy, *, scan_id: str, undone_at: datetime, by: str
) -> None:
    """Say of a scan of the same device that it was mistaken; said again, it changes nothing.

    `by` is who took it back, for the reason that is kept. Raises `NotFound` where the scan never became an event, and
    `Conflict` where it is another device's or was made too long before.
    """
    event = session.scalar(select(CustodyEvent).where(CustodyEvent.scan_id == scan_id))
    if event is None:
        raise NotFound("scan", scan_id)
    is_own = actor.kind is ActorKind.DEVICE and event.device_id == actor.id
    if not is_own or not timedelta() <= undone_at - event.occurred_at <= LONGEST:
        raise Conflict(say("This scan can no longer be taken back here. Tell a supervisor."), code="too-late")
    reason = say(
        "Taken back on the device right after the scan, by %(person)s.", person=by or say("somebody without a badge")
    )
    if event.specimen_id is None and event.outcome is Outcome.PARKED:
        _answer(session, now, actor, policy, event, reason)
    for specimen_id in _concerned(session, event):
        if not _is_taken_back(session, specimen_id, event):
            correct_event(session, now, actor, policy, specimen_id=specimen_id, event_hash=event.hash, reason=reason)


def _concerned(session: Session, event: CustodyEvent) -> list[int]:
    """Return the specimens it happened to: its own, or all that was in the bag that was scanned."""
    if event.specimen_id is not None:
        return [event.specimen_id]
    if event.outcome is Outcome.PARKED or event.about is None:
        return []
    return sorted(members_of(session, event.about, {}, {}))


def _answer(session: Session, now: datetime, actor: Actor, policy: Policy, event: CustodyEvent, reason: str) -> None:
    found = select(CustodyException.id).where(
        CustodyException.event_id == event.id, CustodyException.closed_how.is_(None)
    )
    for exception_id in session.scalars(found).all():
        resolve_exception(session, now, actor, policy, exception_id=exception_id, how=How.MISTAKEN, reason=reason)


def _is_taken_back(session: Session, specimen_id: int, event: CustodyEvent) -> bool:
    """Tell whether it was taken back before, or cannot be: a specimen packed later knows nothing of the scan."""
    facts = histories_of(session, [specimen_id])[specimen_id]
    if not any(fact.hash == event.hash for fact in facts):
        return True
    said = [fact.correction for fact in facts if fact.event is Event.CORRECTED and fact.correction]
    return any(one.of == event.hash and one.how is How.MISTAKEN for one in said)
