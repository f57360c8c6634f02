"""Two people at one chair of a furnished clinic."""

import pytest

from tests.house import furnish
from tests.station import Chair


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


@pytest.fixture
def maya(house):
    """A collector."""
    return Chair(house, house.sign_in("collector"))


@pytest.fixture
def grace(house):
    """A supervisor, who may draw as well."""
    return Chair(house, house.sign_in("supervisor"))
