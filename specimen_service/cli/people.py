"""`users`: adding people, and giving them new secrets; secrets are shown once."""

import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specimen_service.cli.console import actor, config_option, say_table, site

if TYPE_CHECKING:
    from specimen_service.accounts.rules import Credential

_EASY = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody confuses when typing a password off a screen."""
_PASSWORD_LENGTH = 14
_ROLES = click.Choice(["collector", "courier", "lab", "supervisor", "admin"])
_DAY = click.DateTime(["%Y-%m-%d"])
_ask = click.option("--ask", is_flag=True, help="Type the secret yourself instead of having one made.")


@click.group()
def users() -> None:
    """People who sign in."""


@users.command()
@click.argument("username")
@click.option("--name", required=True, help="The name as others read it.")
@click.option("--role", type=_ROLES, required=True)
@click.option("--credential", help='What entitles them to draw, as "CMA (AAMA)".')
@click.option("--credential-until", type=_DAY, help="The last day on which it holds.")
@_ask
@config_option
def add(
    username: str,
    name: str,
    role: str,
    credential: str | None,
    credential_until: datetime | None,
    *,
    ask: bool,
    config: Path | None,
) -> None:
    """Add a person; prints badge number, password and PIN once."""
    from specimen_service.accounts.actions import add_person
    from specimen_service.accounts.model import Role
    from specimen_service.accounts.rules import Credential
    from specimen_service.kernel.clock import utc_now

    if (credential is None) != (credential_until is None):
        raise click.UsageError("Give --credential and --credential-until together.")
    known = Credential(credential, credential_until.date()) if credential is not None and credential_until else None
    with site(config) as here:
        password, pin = _password(ask=ask), _pin(ask=ask)
        with here.work() as session:
            person = add_person(
                session,
                utc_now(),
                actor(),
                username=username,
                display_name=name,
                role=Role(role),
                password=password,
                pin=pin,
                credential=known,
            )
            badge = person.badge
    _show(("username", username), ("badge", badge), *_made(ask, ("password", password), ("PIN", pin)))


@users.command("list")
@config_option
def list_(config: Path | None) -> None:
    """List everybody."""
    from specimen_service.accounts.queries import credentials, people

    with site(config) as here, here.work(write=False) as session:
        found, kept = people(session), credentials(session)
    rows = [
        (p.username, p.display_name, p.role, p.badge, *_dated(kept.get(p.id)), "yes" if p.active else "no")
        for p in found
    ]
    say_table(("USERNAME", "NAME", "ROLE", "BADGE", "CREDENTIAL", "UNTIL", "ACTIVE"), rows)


@users.command()
@click.argument("username")
@click.argument("text", required=False)
@click.argument("date", type=_DAY, required=False)
@click.option("--none", is_flag=True, help="Take the credential away: this site keeps none of this person.")
@config_option
def credential(username: str, text: str | None, date: datetime | None, *, none: bool, config: Path | None) -> None:
    """Set what entitles somebody to draw, and its last day, or take it away."""
    from specimen_service.accounts.actions import remove_credential, set_credential
    from specimen_service.accounts.rules import Credential
    from specimen_service.kernel.clock import utc_now

    kept = Credential(text, date.date()) if text is not None and date is not None else None
    if none == (kept is not None) or (none and text is not None):
        raise click.UsageError('Give what entitles them and its last day, as "CMA (AAMA)" 2027-02-28, or --none.')
    with site(config) as here, here.work() as session:
        if kept is None:
            remove_credential(session, utc_now(), actor(), username=username)
        else:
            set_credential(session, utc_now(), actor(), username=username, credential=kept)
    click.echo(f"{username}: {kept.words} until {kept.until}." if kept else f"{username}: no credential.")


@users.command("reset-pin")
@click.argument("username")
@_ask
@config_option
def reset_pin(username: str, *, ask: bool, config: Path | None) -> None:
    """Give somebody a new PIN, and lift a bar."""
    from specimen_service.accounts import actions
    from specimen_service.kernel.clock import utc_now

    with site(config) as here:
        pin = _pin(ask=ask)
        with here.work() as session:
            actions.reset_pin(session, utc_now(), actor(), username=username, pin=pin)
    _show(("username", username), *_made(ask, ("PIN", pin)))


@users.command("reset-password")
@click.argument("username")
@_ask
@config_option
def reset_password(username: str, *, ask: bool, config: Path | None) -> None:
    """Give somebody a new password. Every open session of theirs ends."""
    from specimen_service.accounts import actions
    from specimen_service.kernel.clock import utc_now

    with site(config) as here:
        password = _password(ask=ask)
        with here.work() as session:
            actions.reset_password(session, utc_now(), actor(), username=username, password=password)
    _show(("username", username), *_made(ask, ("password", password)))


@users.command()
@click.argument("username")
@config_option
def deactivate(username: str, config: Path | None) -> None:
    """Let somebody in no more, at once."""
    from specimen_service.accounts import actions
    from specimen_service.kernel.clock import utc_now

    with site(config) as here, here.work() as session:
        actions.deactivate(session, utc_now(), actor(), username=username)
    click.echo(f"{username} can no longer sign in.")


def _dated(credential: "Credential | None") -> tuple[str, str]:
    return (credential.words, str(credential.until)) if credential else ("-", "-")


def _password(*, ask: bool) -> str:
    if ask:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return "".join(secrets.choice(_EASY) for _ in range(_PASSWORD_LENGTH))


def _pin(*, ask: bool) -> str:
    from specimen_service.accounts.rules import PIN_LENGTH, pin_fault

    if ask:
        return str(click.prompt("PIN", hide_input=True, confirmation_prompt=True))
    while True:
        pin = f"{secrets.randbelow(10**PIN_LENGTH):0{PIN_LENGTH}d}"
        if pin_fault(pin) is None:
            return pin


def _made(ask: bool, *secrets_made: tuple[str, str]) -> tuple[tuple[str, str], ...]:  # noqa: FBT001 - an option passed on
    return () if ask else secrets_made


def _show(*facts: tuple[str, str]) -> None:
    for name, value in facts:
        click.echo(f"{name}: {value}")
