"""The machine's own Chromium for tests, and what it complains of: an error on its console fails the test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.ground import missing

REMEDY = "Install Chromium (Debian: apt-get install chromium) or name its program in SPECIMEN_TEST_CHROMIUM."
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def program() -> str:
    """Return the path of the browser named by SPECIMEN_TEST_CHROMIUM, or of the first found under its usual names."""
    named = os.environ.get("SPECIMEN_TEST_CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else NAMES)), None)
    return found or missing("browser", REMEDY)


# A machine that many share stands still for seconds at times; a page that is wrong stays wrong.
expect.set_options(timeout=30_000)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start one headless browser and end it."""
    executable = program()
    # Chromium's sandbox cannot be built by the superuser.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*QUIET, *sandbox])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def browser_on(profile: Path, browser: Browser, complaints: list[str], *args: str) -> Iterator[Page]:
    """Start a second browser on a profile on disk, which outlives it, and yield its page."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    context = browser.browser_type.launch_persistent_context(
        profile, executable_path=program(), args=[*QUIET, *sandbox, *args], viewport={"width": 360, "height": 740}
    )
    collect_complaints(context, complaints)
    try:
        yield context.pages[0]
    finally:
        context.close()


def collect_complaints(context: BrowserContext, complaints: list[str]) -> None:
    """Add every console error (a violated Content-Security-Policy is one) and every uncaught exception to `complaints`."""
    context.on("console", lambda said: complaints.append(_complaint(said)) if said.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))


def _complaint(said: ConsoleMessage) -> str:
    return f"{said.text} ({said.location.get('url', '')})"
