"""The service on a real port of this machine, served as `serve` does, for as long as a test needs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import waitress
from flask import Flask
from waitress import wasyncore

SECONDS = 30


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an app on a free port of 127.0.0.1, and yield its address."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=8)
    serving = threading.Thread(target=server.run)
    serving.start()
    asked = threading.Event()

    def close() -> None:
        # The bell that woke this loop is one of the things it closes: nobody may still be pulling it.
        asked.wait(SECONDS)
        wasyncore.close_all(server._map)

    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # Inside its own loop, which ends once nothing is open: closed from here, it would trip over its own sockets.
        server.trigger.pull_trigger(close)
        asked.set()
        serving.join(SECONDS)
        server.task_dispatcher.shutdown()
