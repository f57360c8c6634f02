"""Any byte of any column of custody that is changed in the database is named, and nothing else is."""

import random
import sqlite3
import struct
from contextlib import closing

import pytest
from sqlalchemy import text

from specimen_service.custody.chain import COVERED
from specimen_service.custody.proof import What
from tests.tampering import TABLE, change, checked, disarm, found, lived, rows, sealed

COLUMNS = [*COVERED, "hash", "private", "private_salt"]
LOG = {"custody_leaf": ["number", "hash"], "custody_tree_head": ["size", "root", "peaks"]}


@pytest.fixture
def history(site):
    sealed(lived(site))
    disarm(site)
    return site


def flipped(value, chance: random.Random):
    """The value with one bit of one byte turned over, as it is stored; a byte where there was nothing."""
    if value is None:
        return chance.randrange(1, 1000)
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(16))
    if isinstance(value, float):
        (bits,) = struct.unpack("<Q", struct.pack("<d", value))
        return struct.unpack("<d", struct.pack("<Q", bits ^ 1))[0]
    raw = bytearray(value.encode() or b"\1")
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return bytes(raw)


def written(file, table: str, key: str, row_id: int, column: str, value) -> None:
    """Write a value past all rules of the schema; bytes become text of these bytes, valid or not."""
    slot = "CAST(? AS TEXT)" if isinstance(value, bytes) else "?"
    file.execute(f"UPDATE {table} SET {column} = {slot} WHERE {key} = ?", (value, row_id))


def opened(site):
    file = sqlite3.connect(site.database.url.database, isolation_level=None)
    file.execute("PRAGMA ignore_check_constraints=on")
    file.text_factory = bytes
    for index in ("uq_custody_event_specimen_chain", "uq_custody_event_device_chain"):
        file.execute(f"DROP INDEX IF EXISTS {index}")
    return closing(file)


def test_a_thousand_rows_changed_by_one_bit_are_all_named_and_no_other_row_is(sqlite_site):
    sealed(lived(sqlite_site, tubes=334))
    disarm(sqlite_site)
    chance = random.Random(1000)
    ids = [row["id"] for row in rows(sqlite_site)]
    assert len(ids) > 2000
    victims = chance.sample(ids, 1000)
    in_place = [column for column in COLUMNS if column not in {"specimen_id", "chain_device_id", "seq"}]
    with opened(sqlite_site) as file:
        before = {row[0]: row[1:] for row in file.execute(f"SELECT id, {', '.join(in_place)} FROM custody_event")}
        file.execute("BEGIN")
        for turn, row_id in enumerate(victims):
            column = in_place[turn % len(in_place)]
            old = before[row_id][in_place.index(column)]
            old = old.decode() if isinstance(old, bytes) else old
            written(file, "custody_event", "id", row_id, column, flipped(old, chance))
        file.execute("COMMIT")
    faults = found(sqlite_site)
    assert {fault.id for fault in faults if fault.what is What.ALTERED} == set(victims)
    assert len(faults) == 1000


@pytest.mark.parametrize("column", COLUMNS)
def test_one_bit_of_one_value_is_enough_whatever_the_column(sqlite_site, column, soaking):
    sealed(lived(sqlite_site, tubes=2))
    disarm(sqlite_site)
    chance = random.Random(column)
    with opened(sqlite_site) as file:
        kept = file.execute(f"SELECT id, {column} FROM custody_event ORDER BY id").fetchall()
        for turn in range(200 if soaking else 8):
            row_id, raw = kept[turn % len(kept)]
            value = raw.decode() if isinstance(raw, bytes) else raw
            changed = flipped(value, chance)
            written(file, "custody_event", "id", row_id, column, changed)
            faults = found(sqlite_site)
            assert row_id in {fault.id for fault in faults}, (value, changed)
            assert {fault.id for fault in faults} <= {row_id, None}, "nobody else is accused"
            written(file, "custody_event", "id", row_id, column, raw)
    assert found(sqlite_site) == []


@pytest.mark.parametrize(("table", "column"), [(table, column) for table, columns in LOG.items() for column in columns])
def test_one_bit_of_the_sealed_log_is_enough(sqlite_site, table, column):
    sealed(lived(sqlite_site, tubes=2))
    disarm(sqlite_site)
    chance = random.Random(column)
    key = "event_id" if table == "custody_leaf" else "rowid"
    with opened(sqlite_site) as file:
        kept = file.execute(f"SELECT {key}, {column} FROM {table} ORDER BY 1").fetchall()
        for turn in range(20):
            row_id, raw = kept[turn % len(kept)]
            value = raw.decode() if isinstance(raw, bytes) else raw
            changed = flipped(value, chance)
            if column in {"number", "size"}:
                changed = value + 1000 + turn
            written(file, table, key, row_id, column, changed)
            assert {table, "custody_leaf"} & {fault.table for fault in found(sqlite_site)}
            written(file, table, key, changed if column == "size" else row_id, column, raw)
    assert found(sqlite_site) == []


@pytest.mark.parametrize(
    "value", ["'soon'", "x'00ff'", "1.5", "-1", "''", "9223372036854775807", "CAST(x'c3' AS TEXT)"]
)
@pytest.mark.parametrize("column", ["seq", "specimen_id", "effective_at", "matched", "code", "hash", "private"])
def test_a_value_that_no_column_could_hold_is_named_and_breaks_nothing(sqlite_site, column, value):
    sealed(lived(sqlite_site, tubes=2))
    disarm(sqlite_site)
    with opened(sqlite_site) as file:
        file.execute(f"UPDATE custody_event SET {column} = {value} WHERE id = 3")
    assert 3 in {fault.id for fault in found(sqlite_site)}


@pytest.mark.parametrize("value", ["'soon'", "x'00ff'", "1.5", "-1", "CAST(x'c3' AS TEXT)"])
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("specimen", "chain_length"),
        ("specimen", "chain_head"),
        ("device_chain", "length"),
        ("device_chain", "head"),
        ("custody_leaf", "number"),
        ("custody_leaf", "hash"),
        ("custody_tree_head", "peaks"),
    ],
)
def test_ends_and_leaves_that_no_column_could_hold_are_named_too(sqlite_site, table, column, value):
    sealed(lived(sqlite_site, tubes=2))
    disarm(sqlite_site)
    with opened(sqlite_site) as file:
        file.execute(f"UPDATE {table} SET {column} = {value} WHERE rowid = (SELECT max(rowid) FROM {table})")
    assert {fault.table for fault in found(sqlite_site)} & {table, "custody_event"}


def test_any_column_changed_on_either_database_is_named(history):
    """PostgreSQL lets nobody write half a character: there a value is exchanged for another."""
    chance = random.Random(7)
    victims = {}
    for row, column in zip(chance.sample(rows(history), 20), COLUMNS[5:] + COLUMNS[5:], strict=False):
        value = row[column]
        other = {"matched": True, "device_seq": 5, "location_id": 2, "person_id": 1, "device_id": None}.get(column, "x")
        if other == value or column in {"event", "outcome", "entry"} or column.endswith("_at"):
            continue
        victims[row["id"]] = TABLE.update().where(TABLE.c.id == row["id"]).values({column: other})
    change(history, *victims.values())
    assert {fault.id for fault in found(history)} == set(victims)


def test_a_row_copied_into_another_chain_is_named(history):
    copied = {row["id"]: row for row in rows(history)}[6] | {"id": 999, "scan_id": "copied", "specimen_id": 2, "seq": 7}
    change(history, TABLE.insert().values(copied))
    assert 999 in {fault.id for fault in found(history)}
    assert {fault.id for fault in found(history)} <= {999, None}


def test_a_row_copied_within_its_chain_is_named(sqlite_site):
    lived(sqlite_site, tubes=2)
    disarm(sqlite_site)
    with opened(sqlite_site) as file:
        names = ", ".join(column for column in COLUMNS if column != "scan_id")
        file.execute(
            f"INSERT INTO custody_event ({names}) SELECT {names} FROM custody_event WHERE specimen_id = 1 AND seq = 1"
        )
    (fault,) = found(sqlite_site)
    assert (fault.what, fault.seq) == (What.ADDED, 1)


def test_what_is_not_changed_is_never_accused(history):
    for _ in range(20):
        assert checked(history).whole


def test_a_specimen_that_is_gone_leaves_its_events_without_a_chain(history):
    change(history, text("DELETE FROM specimen WHERE id = 2"))
    faults = found(history)
    assert {fault.what for fault in faults} == {What.ADDED}
    assert len(faults) == 6
