"""`python -m printers agent` as a station PC runs it: pyserial and nothing else, a serial printer, a real server."""

import random
import ssl
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest

from specimen_service.audit.model import SYSTEM
from specimen_service.devices.actions import revoke
from tests.labels.bench import job, printer_state
from tests.printers.agents import ROOT, furnished, imports, paper, running, served, station_pc, until
from tests.printers.chaos import Chaos

SLOW = 2400
"""A baud rate at which a label is on the wire for more than a second."""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    return station_pc(tmp_path_factory.mktemp("station"))


@pytest.fixture
def agent(python, tmp_path):
    """Start an agent for a server; more arguments follow."""

    def start(url, token, *more, name="agent"):
        file = tmp_path / "token"
        file.write_text(f"{token}\n")
        return running(tmp_path / name, python, "-m", "printers", "agent", "--server", url, "--token-file", file, *more)

    return start


@pytest.fixture
def refused(python, tmp_path):
    """Run an agent that cannot work; returns its one sentence."""

    def run(*arguments):
        command = [python, "-m", "printers", "agent", *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)
        assert (done.returncode, done.stdout) == (2, ""), done
        assert "Traceback" not in done.stderr
        return done.stderr.strip().splitlines()[-1]

    return run


def test_the_station_pc_of_these_tests_has_pyserial_and_nothing_else_of_ours(python):
    ours = ["printers", "serial"]
    others = ["flask", "sqlalchemy", "pydantic", "specimen_service", "PIL", "reportlab", "barcode", "uharfbuzz", "pip"]
    assert imports(python, *ours, *others) == dict.fromkeys(ours, True) | dict.fromkeys(others, False)


def test_labels_come_out_once_each_and_the_agent_ends_in_time(sqlite_database, agent, tmp_path):
    with paper(tmp_path / "printer") as out, served(*furnished(sqlite_database, out.url)) as site:
        jobs = [site.put_in_queue() for _ in range(3)]
        with agent(site.url, site.token) as station:
            for job_id, _number in jobs:
                site.wait_for(job_id, "printed")
            asked = time.monotonic()
            assert station.end() == 0
            assert time.monotonic() - asked < 5
        assert out.numbers() == {number: 1 for _job, number in jobs}
        assert "Driving printer chair-1" in station.says()
        assert printer_state(sqlite_database).lease_owner == ""


@pytest.mark.long
def test_an_agent_killed_in_the_middle_of_a_label_leaves_it_unknown_and_nobody_sends_it_again(
    database, agent, tmp_path
):
    with paper(tmp_path / "printer", baud=SLOW) as out, served(*furnished(database, out.url)) as site:
        doubted, number = site.put_in_queue()
        with agent(site.url, site.token) as station:
            site.wait_for(doubted, "sending")
            station.kill()
        following, its_number = site.put_in_queue()
        assert site.state(doubted) == "sending"
        site.clock.shift += timedelta(seconds=13)
        with agent(site.url, site.token):
            site.wait_for(following, "printed")
        assert site.state(doubted) == "unknown"
        assert out.numbers()[its_number] == 1
        assert out.numbers()[number] <= 1


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_however_often_an_agent_is_killed_no_label_comes_out_twice_and_none_is_lost(
    sqlite_database, agent, tmp_path, soaking
):
    dice, jobs = random.Random(20261121), {}
    with (
        paper(tmp_path / "printer", baud=19200, seconds=0.05) as out,
        served(*furnished(sqlite_database, out.url)) as site,
    ):
        for _kill in range(100 if soaking else 3):
            jobs |= dict(site.put_in_queue() for _ in range(2))
            with agent(site.url, site.token) as station:
                until(site.holds_the_lease, 20)
                time.sleep(dice.uniform(0, 0.6))
                station.kill()
            site.clock.shift += timedelta(seconds=13)
        with agent(site.url, site.token):
            until(lambda: {site.state(one) for one in jobs} <= {"printed", "unknown", "held"}, 600 if soaking else 60)
        came_out = out.numbers()
    states = {one: site.state(one) for one in jobs}
    for one, number in jobs.items():
        least, most = {"printed": (1, 1), "unknown": (0, 1), "held": (0, 0)}[states[one]]
        assert least <= came_out[number] <= most, (one, states[one])
    print(Counter(states.values()), sum(came_out.values()), "out")  # noqa: T201 - the figure of a full run


@pytest.mark.long
def test_a_server_killed_in_the_middle_of_a_label_hears_of_it_when_it_is_back(agent, sqlite_database, tmp_path):
    with paper(tmp_path / "printer", baud=SLOW) as out:
        _house, site = furnished(sqlite_database, out.url)
        config = tmp_path / "config.toml"
        config.write_text(f'[[printer]]\nname = "chair-1"\nurl = "{out.url}"\nagent = "agent"\n')
        serve = [sys.executable, "-m", "specimen_service", "serve", "--config", config, "--no-spool", "--port"]
        with Chaos(1) as network, agent(network.url, site.token) as station:
            until(lambda: "cannot" in station.says())
            job_id, number = site.put_in_queue()
            with running(tmp_path / "first", *serve, 0, home=ROOT) as server:
                network.target = port_of(server)
                site.wait_for(job_id, "sending")
                time.sleep(0.3)  # the agent hears that it may begin; at this pace the label takes over a second
                server.kill()
            until(lambda: out.numbers()[number] == 1)
            assert site.state(job_id) == "sending"
            with running(tmp_path / "second", *serve, 0, home=ROOT) as server:
                network.target = port_of(server)
                site.wait_for(job_id, "printed")
                another, _number = site.put_in_queue()
                site.wait_for(another, "printed")
        assert (out.count(), job(sqlite_database, job_id).attempts) == (2, 1)


def test_an_agent_talks_to_a_server_whose_certificate_it_was_told_to_trust(sqlite_database, agent, refused, tmp_path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )  # fmt: skip
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with (
        paper(tmp_path / "printer") as out,
        served(*furnished(sqlite_database, out.url)) as site,
        Chaos(site.port, tls=tls) as front,
    ):
        job_id, _number = site.put_in_queue()
        (tmp_path / "token").write_text(site.token)
        said = refused("--server", front.url, "--token-file", tmp_path / "token")
        assert "certificate that is not trusted" in said
        assert "--ca FILE" in said
        with agent(front.url, site.token, "--ca", certificate):
            site.wait_for(job_id, "printed")
        wrong = refused("--server", front.url, "--token-file", tmp_path / "token", "--ca", key)
        assert "no file of certificates" in wrong


def test_what_an_agent_cannot_work_with_is_one_sentence(sqlite_database, refused, tmp_path):
    token, empty = tmp_path / "token", tmp_path / "empty"
    empty.write_text("\n")
    with served(*furnished(sqlite_database, "tcp://127.0.0.1:9")) as site:
        token.write_text(site.token)
        server = ["--server", site.url]
        assert "holds no device token" in refused(*server, "--token-file", empty)
        assert "No such file" in refused(*server, "--token-file", tmp_path / "none")
        assert "must be a URL like https://" in refused("--server", "chair-1", "--token-file", token)
        assert "has no printer chair-9 for this agent" in refused(
            *server, "--token-file", token, "--printer", "chair-9"
        )
        with sqlite_database.unit_of_work() as session:
            revoke(session, site.clock(), SYSTEM, name="agent")
        assert "does not accept the token" in refused(*server, "--token-file", token)


def port_of(server) -> int:
    until(lambda: "http://" in server.says())
    return int(server.says().split()[-1].rsplit(":", 1)[1])
