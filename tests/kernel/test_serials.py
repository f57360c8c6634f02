"""Numbers are issued once: by two processes, after a rollback, after a restore, and on a new installation."""

import shutil
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import insert

from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import NumbersExhausted
from specimen_service.kernel.numbers import LAST_SERIAL, checks, number
from specimen_service.kernel.serials import FIRST_SERIAL_BELOW, RESTORE_SKIP, Serial, issue_number, skip_serials

BLOCK = 10
ISSUER = """
import sys
from specimen_service.kernel.db import Database
from specimen_service.kernel.serials import issue_number
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    with database.unit_of_work() as session:
        issued = issue_number(session, 10)
    print(issued)
database.close()
"""


def issue(database, count=1, prefix=BLOCK):
    with database.unit_of_work() as session:
        return [issue_number(session, prefix) for _ in range(count)]


def serial_of(code):
    return int(code[2:11])


def set_next(database, value):
    with database.unit_of_work() as session:
        session.execute(insert(Serial).values(prefix=BLOCK, next_value=value))


def test_two_processes_never_issue_the_same_number(database):
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-W", "error", "-c", ISSUER, url, "100"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as other:
        for process in (one, other):
            assert process.stdout.readline() == "ready\n"
        for process in (one, other):  # both start at once, on a prefix that neither has opened
            process.stdin.write("\n")
            process.stdin.flush()
        issued = [process.communicate(timeout=60)[0].split() for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0)
    assert [len(numbers) for numbers in issued] == [100, 100]
    serials = sorted(map(serial_of, issued[0] + issued[1]))
    assert serials == list(range(serials[0], serials[0] + 200))


def test_numbers_of_one_prefix_follow_each_other_and_check(database):
    issued = issue(database, 5)
    first = serial_of(issued[0])
    assert issued == [number(BLOCK, first + i) for i in range(5)]
    assert all(map(checks, issued))


def test_prefixes_count_apart(database):
    set_next(database, 7)
    issue(database, 3)
    issue(database, prefix=80)
    assert serial_of(issue(database)[0]) == 10


def test_a_rolled_back_transaction_hands_its_number_back(database):
    before = issue(database)[0]
    taken = []

    def regretted():
        with database.unit_of_work() as session:
            taken.append(issue_number(session, BLOCK))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        regretted()
    assert issue(database) == taken
    assert serial_of(taken[0]) == serial_of(before) + 1


def test_a_new_installation_starts_at_a_random_serial(sqlite_database):
    with sqlite_database.unit_of_work() as session:
        first = [serial_of(issue_number(session, prefix)) for prefix in range(10, 80)]
    assert max(first) < FIRST_SERIAL_BELOW
    assert len(set(first)) == 70
    assert max(first) - min(first) > FIRST_SERIAL_BELOW // 2


def test_a_restored_backup_issues_no_number_again(sqlite_database, tmp_path):
    issue(sqlite_database, 3)
    sqlite_database.close()
    backup = shutil.copy(sqlite_database.url.database, tmp_path / "backup.db")
    since_backup = issue(sqlite_database, 50)
    with closing(Database(f"sqlite:///{backup}")) as restored:
        with restored.unit_of_work() as session:
            skip_serials(session)
        after = issue(restored, 50)
    assert not set(after) & set(since_backup)
    assert serial_of(after[0]) == serial_of(since_backup[0]) + RESTORE_SKIP


def test_the_last_number_of_a_block_is_issued_and_none_after_it(database):
    set_next(database, LAST_SERIAL)
    assert issue(database) == [number(BLOCK, LAST_SERIAL)]
    for _ in range(2):
        with pytest.raises(NumbersExhausted, match="block 10 are used"):
            issue(database)


def test_a_skip_past_the_end_leaves_no_number_to_issue(database):
    set_next(database, LAST_SERIAL)
    with database.unit_of_work() as session:
        skip_serials(session)
    with pytest.raises(NumbersExhausted):
        issue(database)
