"""A real proxy between a browser and the service that behaves as Wi-Fi at the edge of a building does.

Only what a handheld sends is treated roughly: a request is lost on the way, its answer is lost, or it arrives twice.
"""

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}
SECONDS = 10


class RoughLine:
    """The proxy at `url`; `fault()` says of each rough request what happens to it, `down` cuts everything off."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream.removeprefix("http://")
        self.fault: Callable[[], str] = lambda: ""
        self.down = False
        self.done = Counter()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, list, bytes]:
        connection = http.client.HTTPConnection(self.upstream, timeout=SECONDS)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


def _handler(line: RoughLine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def relay(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            rough = self.path in {"/scan/queue", "/scan/undo"}
            fault = "down" if line.down else line.fault() if rough else ""
            line.done[fault] += rough
            if fault in {"down", "request lost"}:
                return self.cut()
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            answer = line.forward(self.command, self.path, headers, body)
            if fault == "twice":
                answer = line.forward(self.command, self.path, headers, body)
            return self.cut() if fault == "answer lost" else self.reply(*answer)

        do_GET = relay  # noqa: N815 - the names are the standard library's
        do_POST = relay  # noqa: N815

        def cut(self) -> None:
            self.close_connection = True
            self.connection.close()

        def reply(self, status: int, headers: list, body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def rough_line(upstream: str) -> Iterator[RoughLine]:
    """Put a proxy before a service and take it away again."""
    line = RoughLine(upstream)
    serving = threading.Thread(target=line.server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield line
    finally:
        line.server.shutdown()
        line.server.server_close()
        serving.join(SECONDS)
