"""What a process that runs on needs: to be ended cleanly by signals, and to log to stderr."""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from specimen_service.telemetry import configure_logs

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def ending_by_signal() -> Iterator[None]:
    """Turn the signals that end a process into a `SystemExit`, once, so that everything is put away on the way out."""
    asked = False

    def end(_number: int, _frame: object) -> None:
        nonlocal asked
        asked = True
        for other in ENDING:
            signal.signal(other, signal.SIG_IGN)
        raise SystemExit(0)

    before = {number: signal.signal(number, end) for number in ENDING}
    try:
        yield
    except Exception as error:
        # A signal comes in the midst of anything: what a library makes of being interrupted there is no failure.
        if asked:
            raise SystemExit(0) from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_ever() -> None:
    """Sleep until a signal ends the process."""
    while True:
        signal.pause()


def log_to_stderr() -> None:
    """Write our log lines, and those of libraries and printers, to stderr: one JSON object a line."""
    configure_logs()
    handler = logging.StreamHandler(sys.stderr)
    stamps: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = structlog.processors.JSONRenderer()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=stamps))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    # It warns of every burst of scans that has to queue; the metrics show it too.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
