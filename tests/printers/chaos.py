"""A network between an agent and its server that misbehaves: one HTTP exchange at a time meets the fate it is given."""

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from enum import StrEnum

SECONDS = 10


class Fate(StrEnum):
    """What becomes of one request and its reply."""

    PASS = "pass"
    REFUSE = "refuse"
    """The line breaks before the request is through."""
    LOSE_REPLY = "lose_reply"
    """The server does as asked; nobody hears of it."""
    HALVE = "halve"
    """Half of the reply arrives."""
    DELAY = "delay"
    TWICE = "twice"
    """The request arrives a second time, a moment later."""
    LATE = "late"
    """The line breaks, and the request arrives all the same, when nobody waits for the reply any more."""


Choose = Callable[[str, bytes], Fate]
"""Gets the request line and the body; returns its fate."""


class Chaos:
    """A proxy on 127.0.0.1 in front of a port; `choose` may be changed at any time, `target` when a server moves."""

    def __init__(self, target: int, choose: Choose = lambda _line, _body: Fate.PASS, tls=None) -> None:
        self.target = target
        self.choose = choose
        self.met: Counter[Fate] = Counter()
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lines: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        for line in (self._listener, *list(self._lines)):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        for thread in self._threads:
            thread.join(SECONDS)

    def _run(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                line, _address = self._listener.accept()
                self._lines.add(line)
                self._run(self._serve, line)

    def _serve(self, line):
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
            stack.enter_context(line)
            if self._tls:
                line = stack.enter_context(self._tls.wrap_socket(line, server_side=True))
            reader = stack.enter_context(line.makefile("rb"))
            while request := _message(reader):
                if not self._exchange(line, request):
                    return

    def _exchange(self, line, request) -> bool:
        """Let one request meet its fate; False where the line breaks."""
        head, _, body = request.partition(b"\r\n\r\n")
        fate = self.choose(head.split(b"\r\n")[0].decode(), body)
        self.met[fate] += 1
        if fate is Fate.REFUSE:
            return False
        if fate is Fate.LATE:
            self._run(self._forward_later, request)
            return False
        if fate is Fate.DELAY:
            time.sleep(0.2)
        reply = self._forward(request)
        if fate is Fate.TWICE:
            self._run(self._forward_later, request)
        if fate is Fate.LOSE_REPLY or not reply:
            return False
        line.sendall(reply[: len(reply) // 2] if fate is Fate.HALVE else reply)
        return fate is not Fate.HALVE

    def _forward_later(self, request):
        time.sleep(0.15)
        with contextlib.suppress(OSError):
            self._forward(request)

    def _forward(self, request) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", self.target), SECONDS) as server:
                server.sendall(request)
                with server.makefile("rb") as reader:
                    return _message(reader)
        except OSError:
            return b""


def _message(reader) -> bytes:
    """Read one HTTP message by its Content-Length; nothing where the other side has closed."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = reader.readline()
        if not line:
            return b""
        head += line
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return head + reader.read(int(lengths[0])) if lengths else head
