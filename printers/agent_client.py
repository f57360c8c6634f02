"""Talking to the server from the PC beside the printer: JSON over HTTP(S), with deadlines, in the standard library alone.

A connection is kept from one question to the next, because a TLS handshake twice a second would cost more than the
questions. No redirect is followed: the token goes to the named server and nowhere else.
"""

import http.client
import json
import random
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from printers.spool import LedgerUnavailableError

PREFIX = "/api/v1"
SECONDS = 5.0
"""How long one question may take."""
CHUNK = 65536
LARGEST_ANSWER = 4 * 1024 * 1024
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
_OTHERS_TURN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class ServerAwayError(LedgerUnavailableError):
    """The server cannot be reached or cannot answer at present."""


class ServerRefusesError(LedgerUnavailableError):
    """The server will not deal with us, or we not with it, until a person changes something."""


class BadServerError(ValueError):
    """The server's address cannot be used."""

    def __init__(self, url: str, reason: str) -> None:
        """Keep the address and what is wrong with it."""
        super().__init__(f"The server {url!r} {reason}.")
        self.url = url
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    """An HTTP answer that is one: its status and its JSON object."""

    status: int
    body: Mapping[str, Any]

    @property
    def detail(self) -> str:
        """What a refusal says, as the server's sentence."""
        faults = [str(one.get("message", "")) for one in self.body.get("errors", []) if isinstance(one, dict)]
        return " ".join([str(self.body.get("detail", "") or self.body.get("title", "")), *faults]).strip()


class Server:
    """The service at a URL, for one device token. Each thread keeps a connection of its own."""

    def __init__(self, url: str, token: str, ca: Path | None = None) -> None:
        """Check the URL and the file of trusted authorities; raises `BadServerError`, `OSError`. Nothing is opened."""
        self._url = _server_url(url)
        self.name = url
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._context = _tls(ca) if self._url.scheme == "https" else None
        self._kept = threading.local()

    @property
    def exposes_the_token(self) -> bool:
        """Whether the token would travel unencrypted beyond this machine."""
        return self._context is None and self._url.hostname not in {"localhost", "127.0.0.1", "::1"}

    def get(self, path: str) -> Answer:
        """Ask; raises `ServerAwayError`, `ServerRefusesError`."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Send; raises `ServerAwayError` (it may have arrived all the same), `ServerRefusesError`."""
        return self._ask("POST", path, json.dumps(body).encode())

    def close(self) -> None:
        """Let go of this thread's connection; the next question opens another."""
        self._line().close()

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        line = self._line()
        if time.monotonic() < line.not_before:
            raise ServerAwayError(line.why)
        try:
            status, data = line.exchange(method, self._url.path.rstrip("/") + PREFIX + path, body, self._headers)
            answer = self._understood(status, data)
        except ssl.SSLCertVerificationError as error:
            line.rest(f"{self.name} shows a certificate that is not trusted ({error.verify_message}).")
            raise ServerRefusesError(f"{line.why} Name the authority that signed it with --ca FILE.") from error
        except (OSError, http.client.HTTPException) as error:
            line.rest(f"{self.name} cannot be reached ({_reason(error)}). It is tried again.")
            raise ServerAwayError(line.why) from error
        except ServerAwayError as error:
            line.rest(str(error))
            raise
        line.pause = FIRST_PAUSE
        return answer

    def _line(self) -> "_Line":
        if not hasattr(self._kept, "line"):
            self._kept.line = _Line(self._url, self._context)
        line: _Line = self._kept.line
        return line

    def _understood(self, status: int, data: bytes) -> Answer:
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _OTHERS_TURN:
            raise ServerAwayError(f"{self.name} cannot answer at present (HTTP {status}). It is tried again.")
        try:
            body = json.loads(data)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ServerAwayError(f"{self.name} answers like no specimen service (HTTP {status}): check --server.")
        answer = Answer(status, body)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise ServerRefusesError(
                f"{self.name} does not accept the token: enrol this PC with `devices enrol NAME --profile agent`."
            )
        return answer


class _Line:
    """One thread's connection, and how long to leave the server alone after it failed."""

    def __init__(self, url: SplitResult, context: ssl.SSLContext | None) -> None:
        """Open nothing yet."""
        self._url = url
        self._context = context
        self._open: http.client.HTTPConnection | None = None
        self.pause = FIRST_PAUSE
        self.not_before = float("-inf")
        self.why = ""

    def exchange(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Ask once; over a kept connection that the other side has closed meanwhile, once more over a new one."""
        kept, self._open = self._open, None
        if kept is not None:
            try:
                return self._exchange(kept, method, path, body, headers)
            except (http.client.RemoteDisconnected, ConnectionError):
                kept.close()
        return self._exchange(self._connection(), method, path, body, headers)

    def close(self) -> None:
        """Let go of the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def rest(self, why: str) -> None:
        """Leave the server alone for a while, longer each time, and not in step with other agents."""
        self.why = why
        self.not_before = time.monotonic() + self.pause * random.uniform(0.5, 1.0)
        self.pause = min(2 * self.pause, LONGEST_PAUSE)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> tuple[int, bytes]:
        more = {"Content-Type": "application/json"} if body is not None else {}
        try:
            connection.request(method, path, body, {**headers, **more})
            with connection.getresponse() as reply:
                data = _whole(reply, time.monotonic() + SECONDS)
        except BaseException:
            connection.close()
            raise
        self._open = connection
        return reply.status, data

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._context is None:
            return http.client.HTTPConnection(host, port, timeout=SECONDS)
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=self._context)


def _whole(reply: http.client.HTTPResponse, deadline: float) -> bytes:
    """Read an answer to its end; one that trickles in past the deadline or never ends is none."""
    data = b""
    while chunk := reply.read1(CHUNK):
        data += chunk
        if len(data) > LARGEST_ANSWER or time.monotonic() > deadline:
            raise http.client.HTTPException("its answer does not end")
    if reply.length:
        raise http.client.IncompleteRead(data, reply.length)
    return data


def _server_url(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as error:
        raise BadServerError(text, f"is not a URL ({error})") from None
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise BadServerError(text, "must be a URL like https://specimens.example.org")
    if url.username is not None or url.query or url.fragment:
        raise BadServerError(text, "holds a user name, '?' or '#', which it must not")
    return url


def _tls(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        raise BadServerError(str(ca), "is no file of certificates in PEM form, which --ca needs") from error


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {SECONDS:.0f} s"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
