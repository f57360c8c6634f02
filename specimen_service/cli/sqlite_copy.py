"""Copying a SQLite database that others are writing to, and looking whether a copy is whole."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import click

from specimen_service.kernel.errors import SetupError

_PAGES_A_STEP = 2_000


def copy(source: Path, target: Path) -> None:
    """Copy all of one moment of `source` into `target`, a single file; writers are not held up. Shows progress."""
    with (
        closing(sqlite3.connect(source, isolation_level=None)) as live,
        closing(sqlite3.connect(target)) as made,
        click.progressbar(length=1, label="Copying", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar,
    ):
        # This transaction holds one snapshot through all steps; without it every foreign write would start the copy anew.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()

        def show(_status: int, remaining: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(total - remaining - bar.pos)

        live.backup(made, pages=_PAGES_A_STEP, progress=show)
        made.execute("PRAGMA journal_mode=delete")


def require_whole(file: Path) -> None:
    """Raise `SetupError` unless a file is an undamaged database of this service."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as made:
            damage = made.execute("PRAGMA quick_check(1)").fetchone()[0]
            ours = made.execute("SELECT count(*) FROM sqlite_master WHERE name = 'custody_event'").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise SetupError(f"{file} cannot be read as a backup: {error}.") from error
    if damage != "ok":
        raise SetupError(f"{file} is damaged: {damage}.")
    if not ours:
        raise SetupError(f"{file} is no database of this service.")


def is_sqlite(file: Path) -> bool:
    """Tell whether a file begins as SQLite's do."""
    with file.open("rb") as opened:
        return opened.read(16) == b"SQLite format 3\0"
