"""The web server of one process: its port, and its claim on a SQLite file."""

import fcntl
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from waitress.server import create_server  # type: ignore[import-untyped]  # it ships no types

from specimen_service.app import LARGEST_BODY
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import SetupError

BACKLOG = 1024


@contextmanager
def claimed_port(host: str, port: int) -> Iterator[socket.socket]:
    """Yield a socket bound to the port (0: any free one), so that a taken one is known before anything else is done."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    except OSError as error:
        raise SetupError(f"[service] host {host} cannot be used: {error.strerror}.") from error
    with bound:
        try:
            bound.bind(address)
        except OSError as error:
            raise SetupError(
                f"Port {port} of {host} cannot be used: {error.strerror}. Name another with --port."
            ) from error
        yield bound


@contextmanager
def sole_server(database: Database) -> Iterator[None]:
    """Hold a SQLite file's lock, released with the process however it ends; two servers would not share its writer queue."""
    if not database.is_sqlite:
        yield
        return
    # The file stays: were it removed, a third server could lock a new one while a second still waits at the old.
    with Path(f"{database.url.database}.serving").open("a") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SetupError(f"{database.url.database} is being served already. Stop that server first.") from error
        yield


def serve_web(app: Flask, bound: socket.socket, threads: int, ready: Callable[[], None]) -> None:
    """Answer requests until a signal ends it; `ready` is called once connections are taken."""
    server = create_server(
        app,
        sockets=[bound],
        threads=threads,
        backlog=BACKLOG,
        max_request_body_size=LARGEST_BODY,
        ident=None,
        clear_untrusted_proxy_headers=True,
    )
    try:
        ready()
        server.run()
    finally:
        server.close()


def url_of(bound: socket.socket) -> str:
    """Return the address of a bound socket for a browser on this machine."""
    host, port = bound.getsockname()[:2]
    named = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    return f"http://[{named}]:{port}" if ":" in named else f"http://{named}:{port}"
