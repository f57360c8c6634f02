"""A furnished house, on one database or on both, and a site to scan at."""

import pytest

from tests.house import furnish
from tests.scanning import made_site


@pytest.fixture
def house(sqlite_database, clock):
    """On SQLite: for what promises nothing of the database."""
    return furnish(sqlite_database, clock)


@pytest.fixture
def anywhere(database, clock):
    """On SQLite and on PostgreSQL."""
    return furnish(database, clock)


@pytest.fixture
def site(database):
    """A clinic, a laboratory and a handheld, on both databases."""
    return made_site(database)
