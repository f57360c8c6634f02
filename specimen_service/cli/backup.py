"""`backup` and `restore`: a consistent copy while serving, and a way back that issues no number twice.

A restored database does not know what happened after its backup. So every serial skips ahead, and labels that were
queued wait for a person: the numbers may be on tubes, and the labels may have come out.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specimen_service.cli.console import Site, actor, config_option, site
from specimen_service.kernel.language import to_say

if TYPE_CHECKING:
    from specimen_service.kernel.db import Database

SKIP = 1_000_000
"""The same as `kernel.serials.RESTORE_SKIP`, which is not imported here, so that `--help` stays instant."""
_HELD = to_say(
    "It waited in a backup that was restored, and may have come out since. Print it again if it is still wanted."
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def backup(file: Path, config: Path | None) -> None:
    """Write a consistent copy of the database to FILE. Serving goes on meanwhile. It holds patient data: keep it safe."""
    from specimen_service.cli import postgres_copy, sqlite_copy
    from specimen_service.kernel.errors import SetupError
    from specimen_service.kernel.schema import stamped_revision

    with site(config, current=False) as here:
        if stamped_revision(here.database) is None:
            raise SetupError("The database is empty: there is nothing to back up.")
        with _appearing(file) as part:
            if here.database.is_sqlite:
                sqlite_copy.copy(_file_of(here.database), part)
                sqlite_copy.require_whole(part)
            else:
                postgres_copy.dump(here.database.url, part)
    click.echo(f"Backed up to {file} ({file.stat().st_size:,} bytes).")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--skip", type=click.IntRange(1), default=SKIP, show_default=True, help="How far every serial moves on.")
@config_option
def restore(file: Path, skip: int, config: Path | None) -> None:
    """Restore FILE into the configured database. That must be empty; every number serial moves on."""
    from specimen_service.cli.sqlite_copy import is_sqlite
    from specimen_service.kernel.errors import SetupError
    from specimen_service.kernel.schema import stamped_revision

    with site(config, current=False) as here:
        if is_sqlite(file) is not here.database.is_sqlite:
            kind = "SQLite" if is_sqlite(file) else "PostgreSQL"
            raise SetupError(f"{file} is no backup of the configured kind of database; it looks like one of {kind}.")
        if stamped_revision(here.database) is not None:
            raise SetupError(
                "The database is not empty, and restoring overwrites nothing. Name an empty one in [database] url."
            )
        (_restore_sqlite if here.database.is_sqlite else _restore_postgres)(here, file, skip)
    click.echo(f"Restored {file}; every number serial moved on by {skip:,}.")


def _restore_sqlite(here: Site, file: Path, skip: int) -> None:
    """Prepare the database under another name: it appears whole, with its serials moved on, or not at all."""
    from specimen_service.cli.sqlite_copy import copy, require_whole
    from specimen_service.kernel.db import Database
    from specimen_service.kernel.schema import upgrade
    from specimen_service.kernel.serials import skip_serials

    here.database.close()
    require_whole(file)
    with _appearing(_file_of(here.database)) as part:
        copy(file, part)
        with closing(Database(f"sqlite:///{part}")) as database:
            upgrade(database)
            with database.unit_of_work() as session:
                skip_serials(session, skip)
            _hold_what_waited(database, file, skip)


def _restore_postgres(here: Site, file: Path, skip: int) -> None:
    from specimen_service.cli.postgres_copy import load
    from specimen_service.kernel.schema import upgrade

    load(here.database.url, file, skip)
    upgrade(here.database)
    _hold_what_waited(here.database, file, skip)


def _hold_what_waited(database: "Database", file: Path, skip: int) -> None:
    from specimen_service.audit.actions import record
    from specimen_service.kernel.clock import utc_now
    from specimen_service.labels.actions import hold_jobs

    with database.unit_of_work() as session:
        held = hold_jobs(session, utc_now(), _HELD)
        record(session, utc_now(), actor(), "database.restored", subject=file.name, detail={"skip": skip, "held": held})


@contextmanager
def _appearing(file: Path) -> Iterator[Path]:
    """Yield a private file to fill, which takes the name of `file` once it is whole and on disk."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield part
        with part.open("rb") as filled:
            os.fsync(filled.fileno())
        part.replace(file)
        folder = os.open(file.resolve().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        part.unlink(missing_ok=True)


def _file_of(database: "Database") -> Path:
    return Path(str(database.url.database))
