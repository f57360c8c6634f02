"""Logs and metrics: ids, counts and durations only, never a name, an MRN or a birth date."""

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from specimen_service.kernel.errors import NotSignedIn

LOOPBACK = {"127.0.0.1", "::1"}


def configure_logs(*, level: int = logging.INFO) -> None:
    """Write one JSON line an event to stderr; called once by the commands that serve."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


class Metrics:
    """The counters of one app; every test's app has its own registry."""

    def __init__(self) -> None:
        """Make the registry and its metrics."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "specimen_http_requests", "Requests answered.", ["endpoint", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "specimen_http_request_seconds",
            "Time to answer a request.",
            ["endpoint"],
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )

    def text(self) -> bytes:
        """Return everything in the Prometheus text format."""
        return generate_latest(self.registry)


def init_app(app: Flask, metrics: Metrics, authenticated: object) -> None:
    """Count every request, and answer `/metrics` on loopback or for a device's token."""

    def start() -> None:
        g.started = time.perf_counter()

    def count(response: Response) -> Response:
        endpoint = request.endpoint or "unknown"
        metrics.requests.labels(endpoint, response.status_code).inc()
        metrics.seconds.labels(endpoint).observe(time.perf_counter() - g.get("started", time.perf_counter()))
        return response

    def show() -> Response:
        if request.remote_addr not in LOOPBACK and not authenticated():  # type: ignore[operator]
            raise NotSignedIn
        return Response(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")

    show.guard = "loopback or token"  # type: ignore[attr-defined]  # read by the test that every route is guarded
    app.before_request(start)
    app.after_request(count)
    app.add_url_rule("/metrics", "metrics", show)
