"""A laboratory with an inspecting bench, beside the clinic of every furnished house."""

import pytest

from tests.house import SETTINGS, furnish

LOCATIONS = [
    *SETTINGS["location"],
    {"name": "Inspection", "kind": "laboratory", "ends": "stored", "inspect": True},
]


@pytest.fixture
def house(sqlite_database, clock):
    """On SQLite: for what promises nothing of the database."""
    return furnish(sqlite_database, clock, location=LOCATIONS)


@pytest.fixture
def anywhere(database, clock):
    """On SQLite and on PostgreSQL."""
    return furnish(database, clock, location=LOCATIONS)
