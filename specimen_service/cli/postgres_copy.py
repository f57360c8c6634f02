"""Copying a PostgreSQL database with its own programs, which must be on the PATH."""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL

from specimen_service.kernel.errors import SetupError


def dump(url: URL, file: Path) -> None:
    """Write all of one moment of the database to `file` as SQL; nobody is held up. Raises `SetupError`."""
    _run("pg_dump", url, "--no-owner", "--no-privileges", f"--file={file}")


def load(url: URL, file: Path, skip: int) -> None:
    """Read such a file into an empty database, and move every serial on in the same transaction. Raises `SetupError`."""
    # In one transaction, as a crash in between would leave a database that issues numbers a second time.
    moved = f"UPDATE public.serial SET next_value = next_value + {skip:d}"  # noqa: S608 - a whole number
    options = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", "--single-transaction")
    _run("psql", url, *options, f"--file={file}", f"--command={moved}")


def _run(program: str, url: URL, *options: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise SetupError(
            f"PostgreSQL's own {program} is needed and not on the PATH. Install the PostgreSQL client programs."
        )
    # The password goes by the environment: every user of the machine can read the arguments of a process.
    where = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    environment = {**os.environ, "PGPASSWORD": url.password} if url.password else dict(os.environ)
    done = subprocess.run(  # noqa: S603 - no shell, and the arguments are ours
        [found, f"--dbname={where.render_as_string()}", *options],
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise SetupError(f"{program}: {said[0]}")
