"""`printers`: which are declared, how each one is, a test page, and a calibration."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from specimen_service.cli.console import Site, actor, config_option, say_table, site

if TYPE_CHECKING:
    from specimen_service.cli.asking import Said
    from specimen_service.settings import PrinterSection


@click.group()
def printers() -> None:
    """Printers."""


@printers.command("list")
@config_option
def list_(config: Path | None) -> None:
    """List the declared printers and what waits for them."""
    from specimen_service.kernel.clock import utc_now
    from specimen_service.labels.queries import printer_rows

    with site(config) as here, here.work(write=False) as session:
        declared = here.settings.printer
        known = printer_rows(session, [one.name for one in declared], utc_now())
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
    """Ask one printer, or all, how they are. Exit 1 unless each one is ready."""
    from specimen_service.cli.asking import ask

    with site(config) as here:
        _say([(one.name, ask(here, one)) for one in _named(here, name)])


@printers.command()
@click.argument("name", required=False)
@config_option
def test(name: str | None, config: Path | None) -> None:
    """Print a test page on one printer, or on all. Exit 1 unless each came out."""
    from specimen_service.cli.asking import test as try_out

    with site(config) as here:
        _say([(one.name, try_out(here, one, actor())) for one in _named(here, name)])


@printers.command()
@click.argument("name")
@config_option
def calibrate(name: str, config: Path | None) -> None:
    """Have a printer measure its labels anew; it feeds some. Exit 1 unless it is ready then."""
    from specimen_service.cli.asking import calibrate as measure

    with site(config) as here:
        _say([(one.name, measure(here, one, actor())) for one in _named(here, name)])


def _named(here: Site, name: str | None) -> "list[PrinterSection]":
    from specimen_service.kernel.errors import NotFound

    wanted = [one for one in here.settings.printer if name in {None, one.name}]
    if name is not None and not wanted:
        raise NotFound("declared printer", name)
    return wanted


def _say(heard: "list[tuple[str, Said]]") -> None:
    for name, said in heard:
        click.echo(f"{name}: {said.sentence}")
        for answer in said.answers:
            click.echo(f"    {answer}")
    if not all(said.well for _name, said in heard):
        raise click.exceptions.Exit(1)
