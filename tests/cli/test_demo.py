"""The demo as its first user meets it: one command, ready in seconds, and a label that comes out and scans."""

import json
import stat
import time
from datetime import UTC, datetime

import pytest
import zxingcpp
from PIL import Image

from tests.cli.shell import Shell, call, running

KEYS = {"url", "data", "tokens", "users", "printers", "stations", "locations", "patients"}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "demo-data"


def collection(demo, station, collector) -> dict:
    patient = {"mrn": "P77", "family_name": "OKAFOR", "given_name": "Chidi", "birth_date": "1990-02-01", "sex": "M"}
    tube = {"type": "BLDV", "container": "EDTA", "tests": ["CBC"]}
    now = datetime.now(UTC).isoformat()
    body = {"patient": patient, "collected_at": now, "collector": collector, "station": station, "specimens": [tube]}
    status, answer = call(f"{demo['url']}/api/v1/collections", demo["tokens"]["station"], body)
    assert status == 201, answer
    return json.loads(answer)["specimens"][0]


def until_printed(demo, job_id) -> None:
    end = time.monotonic() + 30
    while True:
        _status, answer = call(f"{demo['url']}/api/v1/print-jobs/{job_id}", demo["tokens"]["station"])
        if json.loads(answer)["state"] == "printed":
            return
        assert time.monotonic() < end, answer
        time.sleep(0.1)


def read_off(folder, printer) -> set[str]:
    pictures = (folder / "printed" / printer).glob("*.png")
    return {zxingcpp.read_barcode(Image.open(picture)).text for picture in pictures}


@pytest.mark.timeout(300)  # a demo is made once and started three times
def test_a_demo_says_all_prints_takes_scans_and_serves_the_same_when_started_again(folder):
    with running("demo", "--data", folder, "--port", 0, "--json") as process:
        first = json.loads(process.line())
        it_says_all_prints_and_takes_scans(first, folder)
        assert process.end() == 0
        assert process.rest() == ""
        assert process.process.stderr.read() == ""
    assert stat.S_IMODE((folder / "access.json").stat().st_mode) == 0o600
    with running("demo", "--data", folder, "--port", 0) as process:
        assert process.line().startswith("The demo is ready at http://127.0.0.1:")
        assert "Sign in as" in "".join(process.line() for _ in range(6))
        process.end()
    kept = json.loads((folder / "access.json").read_text())
    assert {key: kept[key] for key in KEYS - {"url", "data"}} == {key: first[key] for key in KEYS - {"url", "data"}}
    with running("serve", "--config", folder / "config.toml", "--port", 0) as process:
        url = process.line().split()[-1]
        status, answer = call(f"{url}/api/v1/pending?limit=1", first["tokens"]["lab"])
        assert (status, len(json.loads(answer)["items"])) == (200, 1)


def it_says_all_prints_and_takes_scans(demo, folder):
    assert set(demo) == KEYS
    assert {"handheld", "station", "lab", "integrator", "agent"} == set(demo["tokens"])
    assert {"username", "password", "badge", "pin", "role"} == set(demo["users"][0])
    collector = next(one["username"] for one in demo["users"] if one["role"] == "collector")
    numbers = {}
    for station in demo["stations"]:
        specimen = collection(demo, station["name"], collector)
        until_printed(demo, specimen["print_job"])
        numbers[station["printer"]] = specimen["number"]
    assert {printer: number in read_off(folder, printer) for printer, number in numbers.items()} == dict.fromkeys(
        numbers, True
    )
    scan = {
        "scan_id": "s1",
        "code": numbers["chair-1"],
        "action": "verify",
        "scanned_at": datetime.now(UTC).isoformat(),
    }
    _status, answer = call(f"{demo['url']}/api/v1/scans", demo["tokens"]["handheld"], {"scans": [scan]})
    assert json.loads(answer)["results"][0]["specimen"]["status"] == "verified"
    status, page = call(f"{demo['url']}/sign-in")
    assert status == 200
    assert "TRAINING" in str(page)


def test_a_folder_that_holds_other_things_is_refused_and_left_alone(folder, tmp_path, capsys, monkeypatch):
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    shell = Shell(tmp_path, capsys, monkeypatch)
    assert "other than demo data" in shell.fails("demo", "--data", folder, "--port", 0)
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_a_demo_interrupted_while_it_is_made_leaves_nothing_behind(folder):
    with running("demo", "--data", folder, "--port", 0, "--json") as process:
        end = time.monotonic() + 30
        while not (folder / "specimens.db").exists():
            assert time.monotonic() < end
            time.sleep(0.01)
        assert process.end() == 0
        said = process.rest()
    assert said == ""
    assert not folder.exists()
