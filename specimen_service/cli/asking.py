"""Asking, testing and calibrating printers from the command line: through whoever holds the printer, or directly where nobody does.

Two programs that talk to one printer at once would read each other's answers and write into each other's labels.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from printers.languages import render
from printers.printer import Printer, Result
from printers.proof import Outcome
from printers.status import Condition
from specimen_service.audit.model import Actor
from specimen_service.cli.console import Site
from specimen_service.cli.spooling import declared_as
from specimen_service.kernel.clock import time_of_day, utc_now
from specimen_service.labels.actions import cancel_job
from specimen_service.labels.ledger import DatabaseLedger
from specimen_service.labels.model import JobState, PrinterState, PrintJob
from specimen_service.labels.testing import (
    drawn_test_page,
    queue_test_page,
    want_asked,
    want_calibrated,
    want_no_calibration,
)
from specimen_service.settings import PrinterSection

LEASE_SECONDS = 90.0
"""Longer than one label can take: nobody else talks to the printer meanwhile."""
ASKED_WITHIN, TESTED_WITHIN = 10.0, 40.0
"""How long a holder may take: it may have a label under way, and an agent asks in its own time."""
LOOK_AGAIN = 0.1
IN_DOUBT = "A label in doubt may still be in it. Answer for it first, or clear the printer."
Found = TypeVar("Found")


@dataclass(frozen=True)
class Said:
    """What came of it: the sentence for people, what the printer said of itself, and whether all is well."""

    sentence: str
    answers: tuple[str, ...] = ()
    well: bool = False


def ask(here: Site, section: PrinterSection) -> Said:
    """Ask a printer how it is."""
    with _leased(here, section) as lease:
        if lease is None:
            return _ask_holder(here, section)
        ledger, token = lease
        report = Printer(section.url, declared=declared_as(here.settings, section)).report(thorough=True)
        ledger.report_condition(section.name, token, report.condition, report.detail, report.answers)
    return Said(report.detail, report.answers, report.condition is Condition.READY)


def test(here: Site, section: PrinterSection, actor: Actor) -> Said:
    """Print a test page; one that cannot come out now is taken back, as nobody would stand there later."""
    with here.work() as session:
        job_id = queue_test_page(session, utc_now(), actor, here.settings, section.name).id
    with _leased(here, section) as lease:
        if lease is not None:
            _print_test_page(here, section, *lease, job_id)
    job = _awaited(lambda: _unless_on_its_way(here, job_id), TESTED_WITHIN)
    if job is None or job.state is JobState.QUEUED:
        job = _withdrawn(here, job_id, actor)
    with here.work(write=False) as session:
        state = session.get_one(PrinterState, section.name)
    answers = _answers(state)
    if job.state is JobState.PRINTED:
        return Said("The test page came out.", answers, well=True)
    return Said(job.error or state.detail, answers, job.state is JobState.SENT)


def calibrate(here: Site, section: PrinterSection, actor: Actor) -> Said:
    """Have a printer measure its labels; what cannot be done now is taken back, as nobody would stand there later."""
    with _leased(here, section) as lease:
        wanted_at = utc_now()
        with here.work() as session:
            want_calibrated(session, wanted_at, actor, here.settings, section.name)
        try:
            if lease is not None:
                return _calibrate(here, section, *lease)
            return _calibrated_by_holder(here, section, wanted_at)
        finally:
            with here.work() as session:
                want_no_calibration(session, section.name)


@contextmanager
def _leased(here: Site, section: PrinterSection) -> Iterator[tuple[DatabaseLedger, int] | None]:
    """Hold the printer for a while; None where an agent or a spooler does."""
    ledger = DatabaseLedger(here.database, {section.name: section})
    owner = f"command line {secrets.token_hex(4)}"
    token = ledger.acquire(section.name, owner, LEASE_SECONDS) if section.agent is None else None
    if token is None:
        yield None
        return
    try:
        yield ledger, token
    finally:
        ledger.release(section.name, token)


def _ask_holder(here: Site, section: PrinterSection) -> Said:
    asked_at = utc_now()
    with here.work() as session:
        want_asked(session, asked_at, section.name)

    def heard() -> PrinterState | None:
        with here.work(write=False) as session:
            state = session.get(PrinterState, section.name)
        return state if state and state.asked_at and state.asked_at >= asked_at else None

    state = _awaited(heard, ASKED_WITHIN)
    if state is not None:
        return Said(state.detail, _answers(state), state.condition == Condition.READY)
    with here.work(write=False) as session:
        state = session.get(PrinterState, section.name)
    if state is None or state.asked_at is None:
        return Said("Whoever runs this printer has not asked it yet.")
    asked = time_of_day(state.asked_at, here.settings.service.zone)
    return Said(f"{state.detail} (asked at {asked}, not since)", _answers(state))


def _calibrate(here: Site, section: PrinterSection, ledger: DatabaseLedger, token: int) -> Said:
    printer = Printer(section.url, declared=declared_as(here.settings, section))
    if ledger.needs_clearing(section.name, token) and not printer.clear():
        return Said(IN_DOUBT)
    report = printer.calibrate(begin=lambda: ledger.begin_calibration(section.name, token))
    if report is None:
        return Said(IN_DOUBT)
    ledger.report_condition(section.name, token, report.condition, report.detail, report.answers)
    return Said(report.detail, report.answers, report.condition is Condition.READY)


def _calibrated_by_holder(here: Site, section: PrinterSection, wanted_at: datetime) -> Said:
    def measured() -> PrinterState | None:
        with here.work(write=False) as session:
            state = session.get_one(PrinterState, section.name)
        begun, asked = state.calibrated_at, state.asked_at
        return state if begun and asked and wanted_at <= begun < asked else None

    state = _awaited(measured, TESTED_WITHIN)
    if state is not None:
        return Said(state.detail, _answers(state), state.condition == Condition.READY)
    with here.work(write=False) as session:
        state = session.get_one(PrinterState, section.name)
    return Said(f"It was not calibrated. {state.detail}", _answers(state))


def _answers(state: PrinterState) -> tuple[str, ...]:
    return tuple((state.answers or "").splitlines())


def _print_test_page(here: Site, section: PrinterSection, ledger: DatabaseLedger, token: int, job_id: int) -> None:
    printer = Printer(section.url, declared=declared_as(here.settings, section))
    if ledger.needs_clearing(section.name, token) and not printer.clear():
        ledger.finish(str(job_id), token, Result(Outcome.NOTHING_SENT, Condition.UNKNOWN, IN_DOUBT))
        return
    report = printer.report(thorough=True)
    ledger.report_condition(section.name, token, report.condition, report.detail, report.answers)
    with here.work(write=False) as session:
        snapshot = session.get_one(PrintJob, job_id).snapshot
    page = drawn_test_page(snapshot, section.dpi, "\n".join(report.answers))
    payload = render(page, section.language, section.dpi, compression=section.pictures)
    result = printer.print_label(payload, name=str(job_id), begin=lambda: ledger.begin(str(job_id), token))
    if result is not None:
        ledger.finish(str(job_id), token, result)


def _unless_on_its_way(here: Site, job_id: int) -> PrintJob | None:
    """Return the job once it came to an end, or once its printer would not take it."""
    with here.work(write=False) as session:
        job = session.get_one(PrintJob, job_id)
    untried = job.state is JobState.QUEUED and not job.error
    return None if untried or job.state is JobState.SENDING else job


def _withdrawn(here: Site, job_id: int, actor: Actor) -> PrintJob:
    with here.work() as session:
        job = session.get_one(PrintJob, job_id, with_for_update=True)
        why = job.error
        if job.state is JobState.QUEUED:
            cancel_job(session, utc_now(), actor, job_id)
            job.error = why
    return job


def _awaited(look: Callable[[], Found | None], seconds: float) -> Found | None:
    end = time.monotonic() + seconds
    while (found := look()) is None and time.monotonic() < end:
        time.sleep(LOOK_AGAIN)
    return found
