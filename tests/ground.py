"""What a test needs from the machine: it is found, or the test is skipped aloud; where it is required, a skip is a failure."""

import os
from typing import NoReturn

import pytest

REQUIRED = {name.strip() for name in os.environ.get("SPECIMEN_REQUIRE", "").split(",")}


def missing(what: str, remedy: str) -> NoReturn:
    """Skip the asking test and say how to get `what`; fail instead if SPECIMEN_REQUIRE names it."""
    message = f"No {what} for these tests. {remedy}"
    if what in REQUIRED:
        pytest.fail(f"{message} (SPECIMEN_REQUIRE names {what}.)", pytrace=False)
    pytest.skip(message)
