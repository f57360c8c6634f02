"""`db upgrade` and `db check`: the schema, the declared places and the starter catalog."""

from pathlib import Path

import click

from specimen_service.cli.console import Site, config_option, site


@click.group()
def db() -> None:
    """Migrate the database, or say whether it is current."""


@db.command()
@config_option
def upgrade(config: Path | None) -> None:
    """Migrate to this version's schema. Declares the configured places, and loads what the starter catalog lacks."""
    with site(config, current=False) as here:
        bring_up(here)
    click.echo("The database is current.")


@db.command()
@config_option
def check(config: Path | None) -> None:
    """Say whether the schema is current (exit 0) or not (exit 1)."""
    from specimen_service.kernel.schema import head_revision, stamped_revision

    with site(config, current=False) as here:
        stamped, head = stamped_revision(here.database), head_revision()
    if stamped == head:
        click.echo(f"The database is current: schema {head}.")
        return
    click.echo(
        f"The database is at schema {stamped or 'none'}, this version needs {head}. Run: specimen-service db upgrade"
    )
    raise click.exceptions.Exit(1)


def bring_up(here: Site) -> None:
    """Migrate, then bring places and catalog in line; may be done again at any time."""
    from specimen_service.catalog.actions import load_starter
    from specimen_service.kernel.clock import utc_now
    from specimen_service.kernel.schema import upgrade as migrate
    from specimen_service.places.actions import declare_places

    migrate(here.database)
    with here.work() as session:
        declare_places(session, utc_now(), here.settings)
        load_starter(session, utc_now())
