"""`custody verify`: recomputes every chain and names what was altered behind the service's back."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from specimen_service.cli.console import config_option, site


@click.group()
def custody() -> None:
    """Check the chain of custody."""


@custody.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@config_option
def verify(*, as_json: bool, config: Path | None) -> None:
    """Check every chain: exit 0 whole, 1 names each bad row, 2 could not check."""
    from specimen_service.custody.verify import verify as verified

    with site(config) as here, here.work(write=False) as session:
        report = verified(session)
    if as_json:
        click.echo(json.dumps({"whole": report.whole, **asdict(report)}))
    else:
        for fault in report.faults:
            row = fault.table if fault.id is None else f"{fault.table} {fault.id}"
            click.echo(f"{row}: number {fault.seq} in the chain of {fault.chain} is {fault.what}")
        click.echo(f"{report.rows} rows checked, {len(report.faults)} bad.")
    if not report.whole:
        raise click.exceptions.Exit(1)
