"""What people want of a printer besides labels: a test page, which names no patient, an answer, a calibration.

All of it is kept, and done by whoever holds the printer: nobody else may write to it.
"""

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
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput
from specimen_service.kernel.language import say, to_say
from specimen_service.labels.actions import QUEUED_FOR
from specimen_service.labels.calibration import is_awaited, is_under_way
from specimen_service.labels.model import JobState, PrinterState, PrintJob
from specimen_service.settings import PrinterSection, Settings

REASON = to_say("Test page")
CANNOT = to_say("Printer %(printer)s cannot be calibrated from here. Calibrate it with its own buttons.")
NOBODY = to_say("Nobody drives printer %(printer)s yet. Start its spooler or its agent, and press Calibrate again.")
IN_DOUBT = to_say(
    "A label of printer %(printer)s may or may not have come out. Answer for it first, then press Calibrate again."
)


def queue_test_page(session: Session, now: datetime, actor: Actor, settings: Settings, printer: str) -> PrintJob:
    """Queue a test page on a printer, or return the one that waits there already.

    Its holder asks the printer first, and puts what it said of itself on the page. Raises `InvalidInput` for an undeclared printer.
    """
    declared = _declared(settings, printer)
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


def want_calibrated(session: Session, now: datetime, actor: Actor, settings: Settings, printer: str) -> None:
    """Have whoever holds the printer make it measure its labels anew; asked again before that is over, nothing is added.

    Raises `InvalidInput` for an undeclared printer, `Conflict` for one that cannot be told, that nobody drives, or that has
    a label in doubt: the answer to that one lies in the paper.
    """
    declared = _declared(settings, printer)
    if not declared.can_calibrate:
        raise Conflict(say(CANNOT, printer=printer), code="cannot-calibrate")
    state = session.get(PrinterState, printer, with_for_update=True)
    if state is None:
        raise Conflict(say(NOBODY, printer=printer), code="not-driven")
    in_doubt = select(PrintJob.id).where(PrintJob.printer == printer, PrintJob.state == JobState.UNKNOWN)
    if session.scalar(in_doubt.limit(1)) is not None:
        raise Conflict(say(IN_DOUBT, printer=printer), code="label-in-doubt")
    is_wanted = is_awaited(state.calibration_wanted_at, state.calibrated_at, now)
    if not is_wanted and not is_under_way(state.calibrated_at, state.asked_at, now):
        state.calibration_wanted_at = now
        record(session, now, actor, "printer.calibration_wanted", subject=printer)
        session.info.setdefault(QUEUED_FOR, set()).add(printer)


def want_no_calibration(session: Session, printer: str) -> None:
    """Take the wish back; one that was taken up goes on."""
    session.get_one(PrinterState, printer, with_for_update=True).calibration_wanted_at = None


def drawn_test_page(snapshot: Mapping[str, Any], dpi: int, answers: str) -> Label:
    """Draw the test page of a job with what its printer said, one answer a line."""
    return trial_page(STOCKS[snapshot["test_page"]], dpi, [snapshot["title"], *answers.splitlines()])


def _declared(settings: Settings, printer: str) -> PrinterSection:
    declared = settings.printer_named(printer)
    if declared is None:
        known = ", ".join(one.name for one in settings.printer) or say("none")
        no_such = say("There is no printer %(printer)s. Declared are: %(declared)s.", printer=printer, declared=known)
        raise InvalidInput([Fault("/printer", no_such)])
    return declared
