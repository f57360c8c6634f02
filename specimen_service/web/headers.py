"""Headers of every answer: a strict content policy, no sniffing, no framing, and nothing of a patient kept by a cache."""

from flask import Flask, Response, request
from flask_compress import Compress

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"


_ALWAYS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), microphone=(), geolocation=()"),
)


_COMPRESSION = {
    "COMPRESS_REGISTER": False,
    "COMPRESS_MIMETYPES": ["text/css", "text/javascript", "image/svg+xml"],
    "COMPRESS_ALGORITHM": ["gzip"],
}


def init_app(app: Flask) -> None:
    """Set the headers on every response, and compress our own scripts, styles and signs."""
    app.config.update(_COMPRESSION)
    compress = Compress(app)

    def compressed(response: Response) -> Response:
        # No page: it may hold a patient beside words that a stranger's link put there, and its length, once
        # compressed, would tell of the one by the other (BREACH, 2013).
        if request.endpoint != "static":
            return response
        response.direct_passthrough = False
        response.make_sequence()  # a file read whole is closed with the answer; compressed as a stream it was left open
        return compress.after_request(response)

    app.after_request(compressed)
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    headers = response.headers
    there = {name for name, _ in headers}  # asking the headers for each would cost more than all else here
    headers.extend([(name, value) for name, value in _ALWAYS if name not in there])
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response
