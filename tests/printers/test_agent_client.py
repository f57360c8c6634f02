"""What an agent makes of a server that answers oddly or not at all: a sentence, in time, and no token anywhere else."""

import contextlib
import socket
import threading
import time

import pytest

from printers import agent_client
from printers.agent_client import BadServerError, Server, ServerAwayError, ServerRefusesError

HELLO = b'{"items": 1}'


def reply(status, body=HELLO, *headers):
    head = [b"HTTP/1.1 %d x" % status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join([*head, b"", body])


@contextlib.contextmanager
def answering(*replies, close=False):
    """A server that gives these answers in turn, the last one for ever; yields a Server and what it was asked."""
    asked = []
    left = list(replies)

    def serve(line):
        with contextlib.suppress(OSError), line:  # the test may be over, and the line closed, while it listens
            while data := line.recv(65536):
                asked.append(data)
                line.sendall(left.pop(0) if len(left) > 1 else left[0])
                if close:
                    return

    def accept():
        while True:
            try:
                line, _address = listener.accept()
            except OSError:
                return
            lines.append(line)
            threading.Thread(target=serve, args=(line,), daemon=True).start()

    lines = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        server = Server(f"http://127.0.0.1:{listener.getsockname()[1]}", "secret")
        try:
            yield server, asked, lines
        finally:
            server.close()
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(5)
            for line in lines:
                line.close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(200, b"<html>Welcome</html>"), "answers like no specimen service"),
        (reply(200, b"[]"), "answers like no specimen service"),
        (reply(302, b"", b"Location: http://127.0.0.1:9/"), "answers like no specimen service"),
        (reply(500), "cannot answer at present (HTTP 500)"),
        (reply(503), "cannot answer at present (HTTP 503)"),
        (reply(429), "cannot answer at present (HTTP 429)"),
        (reply(200, b" " * (agent_client.LARGEST_ANSWER + 1)), "does not end"),
        (b"220 mail.example.org ESMTP\r\n\r\n", "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "cannot be reached"),
    ],
)
def test_an_answer_that_is_none_is_a_sentence_and_waited_out(answer, said):
    with answering(answer, close=True) as (server, asked, _lines):
        with pytest.raises(ServerAwayError, match=r"It is tried again|check --server") as failure:
            server.get("/printers")
        assert said in str(failure.value)
        assert len(asked) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_does_not_know_the_token_is_not_worth_trying_again(status):
    with answering(reply(status)) as (server, _asked, _lines), pytest.raises(ServerRefusesError, match="devices enrol"):
        server.get("/printers")


def test_a_refusal_with_a_sentence_is_an_answer():
    with answering(reply(409, b'{"detail": "It is gone."}')) as (server, _asked, _lines):
        answer = server.post("/print-jobs/1/report", {})
        assert (answer.status, answer.detail) == (409, "It is gone.")


def test_the_connection_is_kept_and_the_token_sent():
    with answering(reply(200)) as (server, asked, lines):
        for _ in range(3):
            assert server.get("/printers").body == {"items": 1}
        assert (len(asked), len(lines)) == (3, 1)
        assert b"Authorization: Bearer secret\r\n" in asked[0]


def test_a_kept_connection_that_the_server_closed_is_opened_anew():
    with answering(reply(200), close=True) as (server, asked, _lines):
        for _ in range(3):
            assert server.get("/printers").status == 200
        assert len(asked) == 3


@pytest.mark.timed
def test_a_server_that_is_away_is_left_alone_longer_each_time(monkeypatch):
    monkeypatch.setattr(agent_client, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(agent_client, "LONGEST_PAUSE", 0.2)
    with answering(reply(503)) as (server, asked, _lines):
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            with pytest.raises(ServerAwayError):
                server.get("/printers")
            time.sleep(0.005)
        assert 4 <= len(asked) <= 20


@pytest.mark.timed
def test_a_silent_server_costs_no_more_than_the_deadline(monkeypatch):
    monkeypatch.setattr(agent_client, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = Server(f"http://127.0.0.1:{silent.getsockname()[1]}", "secret")
        began = time.monotonic()
        with pytest.raises(ServerAwayError, match="no answer within"):
            server.get("/printers")
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "url", ["station-7", "ftp://a", "http://", "http://user@a", "http://a?x=1", "http://a#x", "http://a:port", "//a"]
)
def test_an_address_that_cannot_be_one_is_refused(url):
    with pytest.raises(BadServerError):
        Server(url, "secret")


def test_a_token_that_would_travel_in_clear_is_told():
    assert Server("http://192.0.2.7", "secret").exposes_the_token
    assert not Server("http://127.0.0.1:8000", "secret").exposes_the_token
    assert not Server("https://192.0.2.7", "secret").exposes_the_token
