"""A house whose first printer belongs to an agent, and what that agent says to it."""

import pytest

from tests.house import furnish
from tests.labels.bench import AGENTS_PRINTERS


@pytest.fixture
def agent_house(database, clock):
    stations = [{"name": "chair-1", "location": "Clinic", "printer": "chair-1"}]
    return furnish(database, clock, printer=AGENTS_PRINTERS, station=stations)


@pytest.fixture
def claim(agent_house):
    def asked(status=200, **body):
        reply = agent_house.post("/print-jobs/claim", body, as_="agent")
        assert reply.status_code == status, reply.json
        return reply.json

    return asked


@pytest.fixture
def report(agent_house):
    def said(claimed, state, status=200, /, **more):
        body = {"token": claimed["token"], "attempt": claimed["job"]["attempt"], "state": state} | more
        reply = agent_house.post(f"/print-jobs/{claimed['job']['id']}/report", body, as_="agent")
        assert reply.status_code == status, reply.json
        if status == 200:
            claimed["job"]["attempt"] = reply.json["attempt"]
        return reply.json

    return said
