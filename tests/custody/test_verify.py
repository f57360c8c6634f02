"""Whoever changes custody behind the triggers is found, row by row, and nobody else is accused."""

import random
import sqlite3
from datetime import datetime, timedelta

import pytest
from sqlalchemy import inspect

from specimen_service.custody.chain import COVERED, digest
from specimen_service.custody.model import DeviceChain
from specimen_service.custody.proof import Fault, What
from specimen_service.specimens.model import Specimen
from tests.scanning import scan
from tests.tampering import TABLE, checked, found, lived, rows, tamper


@pytest.fixture
def history(site):
    return lived(site)


@pytest.fixture
def sqlite_history(sqlite_site):
    return lived(sqlite_site)


def test_an_untouched_history_is_whole(history):
    report = checked(history)
    assert (report.rows, report.whole, report.unsealed) == (4 * 6 + 6, True, 4 * 6 + 6)


def test_the_chain_covers_every_column_but_id_and_hash(history):
    with history.database.engine.connect() as connection:
        columns = {column["name"] for column in inspect(connection).get_columns("custody_event")}
    assert columns - {"id", "hash", "private", "private_salt"} == set(COVERED)


def test_each_row_continues_the_one_before(sqlite_history):
    for row in rows(sqlite_history):
        assert row["hash"] == digest(row)
    for tube in {row["specimen_id"] for row in rows(sqlite_history)} - {None}:
        chain = [row for row in rows(sqlite_history) if row["specimen_id"] == tube]
        assert [row["previous_hash"] for row in chain] == ["", *(row["hash"] for row in chain[:-1])]


# Other values that the columns' own constraints let pass.
OTHER = {
    "code": "text",
    "content": "text",
    "verdict": "text",
    "reason": "text",
    "scan_id": "text",
    "previous_hash": "text",
    "hash": "text",
    "effective_at": "time",
    "occurred_at": "time",
    "received_at": "time",
    "device_seq": "number",
    "event": "lost",
    "outcome": "conflict",
    "entry": "typed",
}


@pytest.mark.parametrize("seed", range(2))
def test_any_column_of_any_row_changed_is_named_and_no_other_row_is(history, seed):
    chance = random.Random(seed)
    before = rows(history)
    victims = chance.sample(before, 8)
    statements = []
    for row in victims:
        column = chance.choice([*OTHER, "matched", "device_id", "person_id", "location_id"])
        statements.append(TABLE.update().where(TABLE.c.id == row["id"]).values({column: other(column, row[column])}))
    tamper(history, *statements)
    faults = found(history)
    assert {fault.id for fault in faults} == {row["id"] for row in victims}
    assert len(faults) == len(victims)
    assert {fault.what for fault in faults} == {What.ALTERED}


def other(column: str, value):
    if value is None:
        return {"matched": True, "device_seq": 5, "reason": "x", "person_id": 1, "location_id": 1}.get(column, "y")
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, bool):
        return None
    if column in {"event", "outcome", "entry"}:
        return OTHER[column]
    return None if column in {"device_id", "person_id", "location_id", "device_seq"} else value[:-1] + "!"


def test_a_value_of_another_shape_is_named_too(sqlite_site):
    tube = sqlite_site.tube()
    sqlite_site.send(scan("s1", tube.number), scan("s2", tube.number, minute=2))
    tamper(
        sqlite_site,
        "UPDATE custody_event SET effective_at = 'soon' WHERE scan_id = 's1'",
        "UPDATE custody_event SET code = x'00ff' WHERE scan_id = 's2'",
    )
    assert [(fault.seq, fault.what) for fault in found(sqlite_site)] == [(2, What.ALTERED), (3, What.ALTERED)]


def test_a_missing_row_is_named_wherever_it_stood(history):
    tubes = sorted({row["specimen_id"] for row in rows(history)} - {None})
    tamper(
        history,
        f"DELETE FROM custody_event WHERE specimen_id = {tubes[0]} AND seq = 1",
        f"DELETE FROM custody_event WHERE specimen_id = {tubes[1]} AND seq IN (3, 4)",
        f"DELETE FROM custody_event WHERE specimen_id = {tubes[2]} AND seq = 6",
        f"DELETE FROM custody_event WHERE specimen_id = {tubes[3]}",
        "DELETE FROM custody_event WHERE chain_device_id IS NOT NULL AND seq = 2",
    )
    missing = [(fault.chain, fault.seq) for fault in found(history) if fault.what is What.MISSING]
    gone = {tubes[0]: [1], tubes[1]: [3, 4], tubes[2]: [6], tubes[3]: [1, 2, 3, 4, 5, 6]}
    assert missing == [(f"specimen {tube}", seq) for tube, seqs in gone.items() for seq in seqs] + [
        ("device_chain 1", 2)
    ]
    assert len(found(history)) == len(missing)


def test_a_row_added_behind_the_end_is_named(sqlite_history):
    last = max(
        (row for row in rows(sqlite_history) if row["specimen_id"]), key=lambda row: (row["specimen_id"], row["seq"])
    )
    forged = last | {"id": 999, "seq": last["seq"] + 1, "scan_id": "forged", "previous_hash": last["hash"]}
    tamper(sqlite_history, TABLE.insert().values(forged | {"hash": digest(forged)}))
    chain = f"specimen {last['specimen_id']}"
    assert found(sqlite_history) == [Fault("custody_event", 999, chain, forged["seq"], What.ADDED)]


def test_two_rows_in_each_others_place_are_named(sqlite_history):
    one, two = [row for row in rows(sqlite_history) if row["specimen_id"] == rows(sqlite_history)[0]["specimen_id"]][
        2:4
    ]
    swap = [
        TABLE.update().where(TABLE.c.id == row["id"]).values(seq=seq)
        for row, seq in ((one, 99), (two, one["seq"]), (one, two["seq"]))
    ]
    tamper(sqlite_history, *swap)
    assert sorted(fault.id for fault in found(sqlite_history)) == sorted([one["id"], two["id"]])


def test_a_row_rewritten_with_a_hash_of_its_own_breaks_the_chain_behind_it(sqlite_history):
    chain = [row for row in rows(sqlite_history) if row["specimen_id"] == rows(sqlite_history)[0]["specimen_id"]]
    forged = chain[2] | {"code": "forged"}
    tamper(sqlite_history, TABLE.update().where(TABLE.c.id == forged["id"]).values(code="forged", hash=digest(forged)))
    assert [(fault.id, fault.what) for fault in found(sqlite_history)] == [(chain[3]["id"], What.SWAPPED)]


def test_a_row_of_a_chain_that_does_not_exist_is_named(sqlite_site):
    sqlite_site.send(scan("s1", "?"), scan("s2", "?"))
    with sqlite3.connect(sqlite_site.database.url.database) as file:  # foreign keys are off unless asked for
        file.executescript(
            "DROP TRIGGER custody_event_no_update; UPDATE custody_event SET chain_device_id = 7 WHERE seq = 2"
        )
    file.close()
    assert [(fault.seq, fault.what) for fault in found(sqlite_site)] == [(2, What.MISSING), (2, What.ADDED)]


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Specimen, "UPDATE specimen SET chain_head = 'x' WHERE id = 2"),
        (Specimen, "UPDATE specimen SET chain_length = 99 WHERE id = 2"),
        (Specimen, "UPDATE specimen SET chain_length = 3 WHERE id = 2"),
        (DeviceChain, "UPDATE device_chain SET head = ''"),
    ],
)
def test_a_changed_end_of_a_chain_is_named_with_its_owner(sqlite_history, model, change):
    tamper(sqlite_history, change)
    (fault,) = found(sqlite_history)
    assert (fault.table, fault.what) == (model.__tablename__, What.HEAD)
