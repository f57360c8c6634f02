"""What the commands share: the configuration option, an open database, who is acting, and plain tables."""

import getpass
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from specimen_service.audit.model import Actor
    from specimen_service.kernel.db import Database
    from specimen_service.settings import Settings

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file; default: SPECIMEN_CONFIG, else ./config.toml.",
)


@dataclass(frozen=True)
class Site:
    """The configuration and its database."""

    settings: "Settings"
    database: "Database"

    @contextmanager
    def work(self, *, write: bool = True) -> Iterator["Session"]:
        """One transaction."""
        with self.database.unit_of_work(write=write) as session:
            yield session


@contextmanager
def site(config: Path | None, *, current: bool = True) -> Iterator[Site]:
    """Read the configuration and open its database; raises `SetupError` unless the schema is current (or need not be)."""
    from specimen_service.kernel.db import Database
    from specimen_service.kernel.language import speak
    from specimen_service.kernel.schema import require_current
    from specimen_service.settings import load_settings

    settings = load_settings(config)
    speak(settings.service.language)  # what commands store, such as why a label waits, is shown on pages
    with closing(Database(settings.database.url)) as database:
        if current:
            require_current(database)
        yield Site(settings, database)


def actor() -> "Actor":
    """Return who acts at the command line, for the audit trail: the account on this machine."""
    from specimen_service.audit.model import Actor, ActorKind

    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "somebody"
    return Actor(ActorKind.SYSTEM, 0, f"{name} (command line)", "admin")


def say_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in aligned columns under their headers; nothing but the headers where there are none."""
    widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
    for row in (headers, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
