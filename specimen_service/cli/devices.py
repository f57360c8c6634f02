"""`devices`: enrolling handhelds, stations and integrations, and revoking their tokens."""

from pathlib import Path

import click

from specimen_service.cli.console import actor, config_option, site

_PROFILES = click.Choice(["handheld", "station", "lab", "integrator", "agent"])


@click.group()
def devices() -> None:
    """Devices and their tokens."""


@devices.command()
@click.argument("name")
@click.option("--profile", type=_PROFILES, required=True)
@config_option
def enrol(name: str, profile: str, config: Path | None) -> None:
    """Enrol a device; its token is printed once, alone on the last line."""
    from specimen_service.devices import actions
    from specimen_service.devices.model import Profile
    from specimen_service.kernel.clock import utc_now

    with site(config) as here, here.work() as session:
        token = actions.enrol(session, utc_now(), actor(), name=name, profile=Profile(profile))
    click.echo(f"Enrolled {name} as {profile}. Its token is shown this once:")
    click.echo(token)


@devices.command()
@click.argument("name")
@config_option
def revoke(name: str, config: Path | None) -> None:
    """Make a device's token useless at once."""
    from specimen_service.devices import actions
    from specimen_service.kernel.clock import utc_now

    with site(config) as here, here.work() as session:
        actions.revoke(session, utc_now(), actor(), name=name)
    click.echo(f"{name} is revoked.")
