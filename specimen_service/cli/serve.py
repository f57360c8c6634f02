"""`serve` and `spool`: the service, and the printers alone."""

from contextlib import ExitStack
from pathlib import Path

import click

from specimen_service.cli.console import config_option, site

port_option = click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on instead of the configured one; 0: any free one."
)


@click.command()
@config_option
@port_option
@click.option("--no-spool", is_flag=True, help="Leave the printers to `specimen-service spool`.")
def serve(*, config: Path | None, port: int | None, no_spool: bool) -> None:
    """Serve pages and API, and run the printers this machine owns."""
    from specimen_service.app import create_app
    from specimen_service.cli.lapses import LapseWatch
    from specimen_service.cli.process import ending_by_signal, log_to_stderr
    from specimen_service.cli.serving import claimed_port, serve_web, sole_server, url_of
    from specimen_service.cli.spooling import Spoolers
    from specimen_service.labels.ledger import DatabaseLedger

    with ending_by_signal(), ExitStack() as stack:
        here = stack.enter_context(site(config))
        service = here.settings.service
        stack.enter_context(sole_server(here.database))
        bound = stack.enter_context(claimed_port(service.host, service.port if port is None else port))
        app = create_app(here.settings, here.database)
        log_to_stderr()
        stack.enter_context(LapseWatch(DatabaseLedger(here.database, {})))
        if not no_spool:
            stack.enter_context(Spoolers(here.settings, here.database))
        said = f"Serving {service.site_name} at {url_of(bound)}"
        serve_web(app, bound, service.threads, lambda: click.echo(said))


@click.command()
@config_option
def spool(config: Path | None) -> None:
    """Run the printers this machine owns, without the web server."""
    from specimen_service.cli.process import ending_by_signal, log_to_stderr, wait_for_ever
    from specimen_service.cli.spooling import Spoolers

    with ending_by_signal(), site(config) as here:
        log_to_stderr()
        with Spoolers(here.settings, here.database):
            click.echo("Spooling.")
            wait_for_ever()
