"""`printers`: which are declared, and how each one is."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from specimen_service.cli.console import Site, config_option, say_table, site

if TYPE_CHECKING:
    from specimen_service.settings import PrinterSection

LEASE_SECONDS = 20.0
"""Longer than asking a printer can take: nobody else talks to it meanwhile."""


@click.group()
def printers() -> None:
    """Printers."""


@printers.command("list")
@config_option
def list_(config: Path | None) -> None:
    """List the declared printers and what waits for them."""
    from specimen_service.labels.queries import printer_rows

    with site(config) as here, here.work(write=False) as session:
        declared = here.settings.printer
        known = printer_rows(session, [one.name for one in declared])
        rows = [
            (
                one.name,
                one.url,
                one.language,
                str(one.dpi),
                here.settings.stock_of(one),
                row.condition,
                str(row.waiting),
            )
            for one, row in zip(declared, known, strict=True)
        ]
    say_table(("NAME", "URL", "LANGUAGE", "DPI", "STOCK", "CONDITION", "WAITING"), rows)


@printers.command()
@click.argument("name", required=False)
@config_option
def status(name: str | None, config: Path | None) -> None:
    """Ask one printer, or all of them, how they are; exit 1 unless each one is ready."""
    from specimen_service.kernel.errors import NotFound

    with site(config) as here:
        wanted = [one for one in here.settings.printer if name in {None, one.name}]
        if name is not None and not wanted:
            raise NotFound("declared printer", name)
        answers = [_asked(here, one) for one in wanted]
    for one, (_ready, sentence) in zip(wanted, answers, strict=True):
        click.echo(f"{one.name}: {sentence}")
    if not all(ready for ready, _sentence in answers):
        raise click.exceptions.Exit(1)


def _asked(here: Site, section: "PrinterSection") -> tuple[bool, str]:
    """Ask a printer under a lease of our own; where a running spooler holds it, tell what that one heard last."""
    from printers.printer import Printer
    from printers.status import Condition
    from specimen_service.labels.ledger import DatabaseLedger

    if section.agent is not None:
        return _heard(here, section)
    ledger = DatabaseLedger(here.database, {section.name: section})
    token = ledger.acquire(section.name, f"status {id(ledger)}", LEASE_SECONDS)
    if token is None:
        return _heard(here, section)
    try:
        report = Printer(section.url).report(thorough=True)
        ledger.report_condition(section.name, token, report.condition, report.detail)
    finally:
        ledger.release(section.name, token)
    who = f" {report.identity.model}, {report.identity.firmware}." if report.identity else ""
    return report.condition is Condition.READY, f"{report.detail}{who}"


def _heard(here: Site, section: "PrinterSection") -> tuple[bool, str]:
    from printers.status import Condition
    from specimen_service.kernel.clock import time_of_day
    from specimen_service.labels.queries import printer_rows

    with here.work(write=False) as session:
        row = printer_rows(session, [section.name])[0]
    if row.asked_at is None:
        return False, "Its spooler has not asked it yet."
    asked = time_of_day(row.asked_at, here.settings.service.zone)
    return row.condition == Condition.READY, f"{row.detail} (asked at {asked} by the spooler that runs it)"
