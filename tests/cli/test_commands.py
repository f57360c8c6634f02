"""The commands of an administrator: what they print, their exit codes, and one line for whatever goes wrong."""

import json
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import select, text

from printers.simulator import Fault, VirtualPrinter
from specimen_service.accounts.model import Person
from specimen_service.accounts.passwords import matches
from specimen_service.audit.model import AuditEntry
from specimen_service.devices.queries import device_of_token
from specimen_service.kernel.db import Database
from specimen_service.labels.ledger import DatabaseLedger
from specimen_service.labels.model import JobState
from specimen_service.settings import load_settings
from tests.cli.shell import CONFIG
from tests.labels.bench import queue, tube


@pytest.fixture
def database(shell):
    with closing(Database(load_settings().database.url)) as opened:
        yield opened


def test_help_loads_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "specimen_service", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "Commands:" in done.stdout
    heavy = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()} & {
        "sqlalchemy",
        "flask",
        "reportlab",
        "PIL",
    }
    assert heavy == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], "No such command"),
        (["users", "add", "ana"], "--name"),
        (["jobs", "resolve", "1", "perhaps"], "perhaps"),
        (["jobs", "resolve", "4711", "printed"], "There is no print job 4711"),
        (["devices", "revoke", "nobody"], "nobody"),
        (["users", "reset-pin", "nobody"], "nobody"),
        (["users", "credential", "nobody", "CMA (AAMA)", "2027-02-28"], "nobody"),
        (["users", "add", "ana", "--name", "Ana", "--role", "lab", "--credential", "CMA"], "--credential-until"),
        (["printers", "status", "chair-9"], "chair-9"),
        (["db", "check", "--config", "nowhere.toml"], "nowhere.toml"),
        (["restore", "nowhere.backup"], "nowhere.backup"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(shell, arguments, said):
    assert said in shell.fails(*arguments)


def test_an_unknown_configuration_key_is_named_with_its_path(bare_shell):
    bare_shell.config.write_text("[service]\nsite_nmae = 'x'\n")
    line = bare_shell.fails("db", "check")
    assert "service.site_nmae" in line
    assert "did you mean site_name?" in line


@pytest.mark.parametrize("command", [["users", "list"], ["jobs", "list"], ["custody", "verify"], ["serve"], ["spool"]])
def test_a_database_that_is_not_current_is_refused_with_the_remedy(bare_shell, command):
    assert "db upgrade" in bare_shell.fails(*command)


def test_a_file_that_is_no_database_is_refused_in_one_line(bare_shell):
    (bare_shell.folder / "specimens.db").write_bytes(b"This is not a database. " * 100)
    assert "specimens.db" in bare_shell.fails("db", "upgrade")


def test_db_check_answers_no_until_db_upgrade(bare_shell):
    assert bare_shell("db", "check") == 1
    assert "db upgrade" in bare_shell.out
    assert bare_shell("db", "upgrade") == 0
    assert bare_shell("db", "check") == 0


def test_db_upgrade_issues_the_locations_numbers_and_loads_the_catalog_once(shell, database):
    def counts():
        with database.unit_of_work(write=False) as session:
            tables = ("location", "station", "container", "specimen_type", "test")
            return [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables]

    before = counts()
    assert before[:2] == [1, 1]
    assert min(before[2:]) > 10
    assert shell("db", "upgrade") == 0
    assert counts() == before


def test_a_person_is_added_with_secrets_that_work(shell, database):
    assert shell("users", "add", "ana", "--name", "Ana Ruiz", "--role", "collector") == 0
    said = dict(line.split(": ", 1) for line in shell.out.splitlines())
    with database.unit_of_work(write=False) as session:
        person = session.scalars(select(Person)).one()
    assert (said["username"], said["badge"]) == ("ana", person.badge)
    assert matches(said["password"], person.password_hash)
    assert matches(said["PIN"], person.pin_hash)
    assert "taken" in shell.fails("users", "add", "ana", "--name", "Another", "--role", "lab")


def test_new_secrets_replace_the_old_ones(shell, database):
    shell("users", "add", "ana", "--name", "Ana Ruiz", "--role", "collector")
    shell("users", "reset-pin", "ana")
    pin = shell.out.splitlines()[-1].removeprefix("PIN: ")
    shell("users", "reset-password", "ana")
    password = shell.out.splitlines()[-1].removeprefix("password: ")
    with database.unit_of_work(write=False) as session:
        person = session.scalars(select(Person)).one()
    assert matches(pin, person.pin_hash)
    assert matches(password, person.password_hash)


def test_a_credential_is_given_with_the_person_or_later_and_listed(shell, database):
    given = ("--credential", "CMA (AAMA)", "--credential-until", "2027-02-28")
    assert shell("users", "add", "ana", "--name", "Ana Ruiz", "--role", "collector", *given) == 0
    assert shell("users", "add", "ben", "--name", "Ben Ruiz", "--role", "collector") == 0
    shell("users", "list")
    ana, ben = shell.out.splitlines()[1:]
    assert ana.split()[-4:] == ["CMA", "(AAMA)", "2027-02-28", "yes"]
    assert ben.split()[-3:] == ["-", "-", "yes"]
    assert shell("users", "credential", "ben", "PBT (ASCP)", "2028-01-31") == 0
    assert shell.out == "ben: PBT (ASCP) until 2028-01-31.\n"
    with database.unit_of_work(write=False) as session:
        kept = dict(session.execute(select(Person.username, Person.credential_until)).all())
    assert {name: until.isoformat() for name, until in kept.items()} == {"ana": "2027-02-28", "ben": "2028-01-31"}


def test_a_credential_is_taken_away_and_what_it_was_stays_on_record(shell, database):
    given = ("--credential", "CMA (AAMA)", "--credential-until", "2027-02-28")
    assert shell("users", "add", "ana", "--name", "Ana Ruiz", "--role", "collector", *given) == 0
    assert shell("users", "credential", "ana", "--none") == 0
    assert shell.out == "ana: no credential.\n"
    with database.unit_of_work(write=False) as session:
        assert session.execute(select(Person.credential, Person.credential_until)).one() == (None, None)
        removed = select(AuditEntry.subject, AuditEntry.detail).where(AuditEntry.action == "person.credential_removed")
        assert session.execute(removed).one() == (
            "ana",
            {"before": {"credential": "CMA (AAMA)", "until": "2027-02-28"}},
        )
    for wrong in (["--none", "CMA"], ["CMA"], []):
        assert "--none" in shell.fails("users", "credential", "ana", *wrong)
    assert "nobody" in shell.fails("users", "credential", "nobody", "--none")


@pytest.mark.parametrize(
    ("words", "until", "named"),
    [
        ("CMA", "28/02/2027", "28/02/2027"),
        ("C" * 61, "2027-02-28", "1 to 60 characters"),
        ("", "2027-02-28", "1 to 60"),
    ],
)
def test_a_credential_needs_words_that_fit_and_a_day(shell, words, until, named):
    shell("users", "add", "ana", "--name", "Ana Ruiz", "--role", "collector")
    assert named in shell.fails("users", "credential", "ana", words, until)


def test_a_deactivated_person_is_listed_as_such(shell):
    shell("users", "add", "ana", "--name", "Ana Ruiz", "--role", "collector")
    assert shell("users", "deactivate", "ana") == 0
    shell("users", "list")
    assert shell.out.splitlines()[1].split()[-1] == "no"


def test_a_devices_token_stands_alone_on_the_last_line_and_works_until_revoked(shell, database):
    assert shell("devices", "enrol", "front desk", "--profile", "station") == 0
    token = shell.out.splitlines()[-1]
    with database.unit_of_work(write=False) as session:
        assert device_of_token(session, token).name == "front desk"
    assert shell("devices", "revoke", "front desk") == 0
    with database.unit_of_work(write=False) as session:
        assert device_of_token(session, token) is None


def in_doubt(database) -> int:
    with database.unit_of_work() as session:
        job = queue(session, tube(session), site=load_settings())
        job.state = JobState.UNKNOWN
        return job.id


def test_the_ledger_is_listed_and_a_job_in_doubt_resolved(shell, database):
    job_id = in_doubt(database)
    assert shell("jobs", "list", "--state", "unknown") == 0
    assert shell.out.splitlines()[1].split()[:3] == [str(job_id), "unknown", "chair-1"]
    assert shell("jobs", "resolve", job_id, "not-printed") == 0
    assert "takes its place" in shell.out
    assert "failed" in shell.fails("jobs", "resolve", job_id, "printed")
    shell("jobs", "list", "--state", "queued")
    assert len(shell.out.splitlines()) == 2


def test_custody_that_is_whole_is_exit_0_and_an_altered_row_is_named(shell, database):
    with database.unit_of_work() as session:
        tube(session)
    assert shell("custody", "verify") == 0
    with database.unit_of_work() as session:
        session.execute(text("DROP TRIGGER custody_event_no_update"))
        session.execute(text("UPDATE custody_event SET code = '100000000420'"))
    assert shell("custody", "verify") == 1
    assert shell.out.startswith("custody_event 1: ")
    assert shell("custody", "verify", "--json") == 1
    report = json.loads(shell.out)
    assert (report["whole"], report["faults"][0]["id"], report["faults"][0]["what"]) == (False, 1, "altered")


def test_custody_that_cannot_be_checked_is_exit_2(bare_shell):
    (bare_shell.folder / "specimens.db").write_bytes(b"garbage" * 1000)
    bare_shell.fails("custody", "verify")


def test_printers_are_listed_and_asked(shell):
    with VirtualPrinter(tcp=0) as printer:
        shell.config.write_text(CONFIG.format(printer=printer.tcp_url))
        assert shell("printers", "list") == 0
        assert shell.out.splitlines()[1].split()[:2] == ["chair-1", printer.tcp_url]
        assert shell("printers", "status", "chair-1") == 0
        assert "ready" in shell.out
        printer.set_fault(Fault.OUT_OF_LABELS)
        assert shell("printers", "status") == 1
        assert "out of labels" in shell.out


def test_a_missing_serial_device_is_said_and_not_a_fault_of_ours(shell):
    shell.config.write_text(CONFIG.format(printer="serial:///dev/no-such-printer"))
    assert shell("printers", "status") == 1
    assert "There is no /dev/no-such-printer" in shell.out


def test_a_printer_that_a_spooler_holds_is_not_disturbed(shell, database, monkeypatch):
    monkeypatch.setattr("specimen_service.cli.asking.ASKED_WITHIN", 0.3)
    settings = load_settings()
    ledger = DatabaseLedger(database, {one.name: one for one in settings.printer})
    token = ledger.acquire("chair-1", "a running spooler", 30)
    assert shell("printers", "status") == 1
    assert "has not asked it yet" in shell.out
    assert ledger.acquire("chair-1", "a running spooler", 30) == token
