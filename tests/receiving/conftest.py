"""A furnished house, on one database or on both."""

import pytest

from tests.house import furnish


@pytest.fixture
def house(sqlite_database, clock):
    """On SQLite: for what promises nothing of the database."""
    return furnish(sqlite_database, clock)


@pytest.fixture
def anywhere(database, clock):
    """On SQLite and on PostgreSQL."""
    return furnish(database, clock)
