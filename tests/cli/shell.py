"""Running the command line: in this process where that says the same, in one of its own where ending and ports matter."""

import json
import os
import queue
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from specimen_service.cli import run

SECONDS = 40
CONFIG = """\
[service]
time_zone = "America/New_York"
[[location]]
name = "Clinic"
[[printer]]
name = "chair-1"
url = "{printer}"
[[station]]
name = "chair-1"
location = "Clinic"
printer = "chair-1"
"""


class Shell:
    """A configuration in a folder, and the commands run on it; `out` and `err` are what the last one printed."""

    def __init__(self, folder: Path, capsys, monkeypatch, *, printer: str = "tcp://127.0.0.1:9") -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(printer=printer))
        monkeypatch.setenv("SPECIMEN_CONFIG", str(self.config))
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: object) -> int:
        code = run([str(one) for one in arguments])
        self.out, self.err = self._capsys.readouterr()
        return code

    def fails(self, *arguments: object) -> str:
        """Run a command that cannot be done; returns its one line, having seen that it is one."""
        assert self(*arguments) == 2, self.out
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err


class Running:
    """One process of ours."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def line(self, seconds: float = SECONDS) -> str:
        """The next line it prints, in time; empty when it has closed its output."""
        return self._lines.get(timeout=seconds)

    def rest(self) -> str:
        """What an ended process printed besides."""
        self._reader.join(SECONDS)
        return "".join(self._lines.get_nowait() for _ in range(self._lines.qsize()))

    def _read(self) -> None:
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def end(self, seconds: float = 10) -> int:
        """Ask it to end; returns its exit code."""
        self.process.terminate()
        return self.process.wait(seconds)


@contextmanager
def running(*arguments: object, **environment: str) -> Iterator[Running]:
    """Start a command in a process of its own, and end it."""
    command = [sys.executable, "-m", "specimen_service", *map(str, arguments)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()
        process.stderr.close()


def call(url: str, token: str = "", body: object = None) -> tuple[int, bytes]:
    """One HTTP request, JSON in; returns status and body."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=SECONDS) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
