"""A test page on a printer: queued like a label and sent by whoever holds the printer; it names no patient."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from printers.label import Label
from printers.stocks import STOCKS
from printers.trial_page import trial_page
from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.kernel.clock import moment
from specimen_service.kernel.errors import Fault, InvalidInput
from specimen_service.kernel.language import say, to_say
from specimen_service.labels.actions import QUEUED_FOR
from specimen_service.labels.model import JobState, PrinterState, PrintJob
from specimen_service.settings import Settings

REASON = to_say("Test page")


def queue_test_page(session: Session, now: datetime, actor: Actor, settings: Settings, printer: str) -> PrintJob:
    """Queue a test page on a printer, or return the one that waits there already.

    Its holder asks the printer first, and puts what it said of itself on the page. Raises `InvalidInput` for an undeclared printer.
    """
    declared = settings.printer_named(printer)
    if declared is None:
        known = ", ".join(one.name for one in settings.printer) or say("none")
        no_such = say("There is no printer %(printer)s. Declared are: %(declared)s.", printer=printer, declared=known)
        raise InvalidInput([Fault("/printer", no_such)])
    waiting = select(PrintJob).where(
        PrintJob.printer == printer, PrintJob.state == JobState.QUEUED, PrintJob.label_id.is_(None)
    )
    job = session.scalar(waiting.limit(1))
    if job is None:
        title = f"Test page {printer} {moment(now, settings.service.zone)}"
        job = PrintJob(
            printer=printer,
            state=JobState.QUEUED,
            reason=say(REASON),
            snapshot={"test_page": settings.stock_of(declared), "title": title},
            created_at=now,
            created_by=actor.name,
        )
        session.add(job)
        session.flush()
        record(session, now, actor, "printer.tested", subject=printer)
        want_asked(session, now, printer)
        session.info.setdefault(QUEUED_FOR, set()).add(printer)
    return job


def want_asked(session: Session, now: datetime, printer: str) -> None:
    """Have whoever holds the printer ask it now; nothing where nobody ever held it, who would ask it first anyhow."""
    state = session.get(PrinterState, printer, with_for_update=True)
    if state is not None:
        state.wanted_at = now


def drawn_test_page(snapshot: Mapping[str, Any], dpi: int, answers: str) -> Label:
    """Draw the test page of a job with what its printer said, one answer a line."""
    return trial_page(STOCKS[snapshot["test_page"]], dpi, [snapshot["title"], *answers.splitlines()])
