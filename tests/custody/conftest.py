"""The ground for scans, on both databases."""

from contextlib import closing

import pytest

from specimen_service.kernel.db import Database
from tests.custody.racing import servers
from tests.scanning import Site, made_site


@pytest.fixture
def site(database: Database) -> Site:
    return made_site(database)


@pytest.fixture
def sqlite_site(sqlite_database: Database) -> Site:
    """For promises that are not the database's."""
    return made_site(sqlite_database)


@pytest.fixture
def pair(site: Site):
    """Two servers."""
    one, two = servers(site)
    with closing(two.database):
        yield one, two
