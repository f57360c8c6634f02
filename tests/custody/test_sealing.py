"""All chains are sealed in one log: by one sealer at a time, without a gap, and what was sealed cannot be taken back."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import select

from specimen_service.custody import sealing
from specimen_service.custody.model import CustodyEvent, Leaf, TreeHead
from specimen_service.custody.proof import Checkpoint, What
from specimen_service.custody.sealing import seal
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import SetupError
from tests.scanning import scan
from tests.tampering import checked, found, lived, rehash, reseal, sealed, tamper

EVENTS = 4 * 6 + 6


@pytest.fixture
def history(site):
    return lived(site)


def leaves(site):
    with site.database.unit_of_work(write=False) as session:
        return session.execute(select(Leaf.number, Leaf.event_id, Leaf.hash).order_by(Leaf.number)).all()


def hashes(site):
    return {event.id: event.hash for event in site.events()}


def test_every_event_gets_one_leaf_and_there_is_no_gap(history):
    tree = seal(history.database)
    assert tree.size == EVENTS
    assert [number for number, _, _ in leaves(history)] == list(range(EVENTS))
    assert {event_id: own for _, event_id, own in leaves(history)} == hashes(history)
    assert (checked(history).sealed, checked(history).unsealed, found(history)) == (EVENTS, 0, [])


def test_what_is_sealed_in_pieces_is_the_same_log(history, monkeypatch):
    monkeypatch.setattr(sealing, "EVENTS_A_TRANSACTION", 7)
    whole = seal(history.database).root()
    assert history.count(TreeHead) == 5
    assert found(history) == []
    monkeypatch.undo()
    tamper(history)
    reseal(history)
    assert seal(history.database).root() == whole


def test_scans_after_a_checkpoint_are_reported_as_not_sealed_until_the_next(history):
    first = sealed(history)
    history.send(*(scan(f"later-{i}", f"?{i}") for i in range(3)))
    assert (checked(history, first).unsealed, found(history, first)) == (3, [])
    second = sealed(history)
    assert (second.size, checked(history).unsealed) == (EVENTS + 3, 0)
    assert found(history, first) == found(history, second) == []


def test_sealing_again_changes_nothing(history):
    assert sealed(history) == sealed(history)
    assert history.count(TreeHead) == 1


def test_several_sealers_at_once_seal_every_event_once(history, monkeypatch):
    monkeypatch.setattr(sealing, "EVENTS_A_TRANSACTION", 3)
    url = history.database.url.render_as_string(hide_password=False)

    def seal_as_another_process(_turn):
        with closing(Database(url)) as database:
            return seal(database).size

    with ThreadPoolExecutor(4) as pool:
        sizes = list(pool.map(seal_as_another_process, range(4)))
    assert max(sizes) == EVENTS
    assert [number for number, _, _ in leaves(history)] == list(range(EVENTS))
    assert found(history) == []


def test_a_tail_cut_off_with_every_hash_rewritten_is_found_with_an_older_checkpoint(history):
    kept = sealed(history)
    last = max(history.events(CustodyEvent.specimen_id == 1), key=lambda event: event.seq)
    gone = f"SELECT id FROM custody_event WHERE scan_id LIKE 'x%' OR id = {last.id}"
    tamper(
        history,
        f"DELETE FROM custody_leaf WHERE event_id IN ({gone})",
        f"DELETE FROM custody_event WHERE id IN ({gone})",
    )
    rehash(history)
    reseal(history)
    assert found(history) == [], "without a checkpoint nothing can tell"
    (fault,) = found(history, kept)
    assert (fault.what, fault.seq) == (What.TRUNCATED, EVENTS)


def test_a_history_rewritten_from_its_beginning_is_found_with_an_older_checkpoint(history):
    kept = sealed(history)
    tamper(history, "UPDATE custody_event SET code = 'forged' WHERE id = 1")
    rehash(history)
    reseal(history)
    history.send(*(scan(f"later-{i}", f"?{i}") for i in range(9)))
    seal(history.database)
    assert found(history) == []
    (fault,) = found(history, kept)
    assert (fault.what, fault.table, fault.seq) == (What.REWRITTEN, "checkpoint", kept.size)


def test_a_history_rewritten_since_it_was_sealed_is_named_row_by_row(history):
    sealed(history)
    forged, *after = sorted(history.events(CustodyEvent.specimen_id == 2), key=lambda event: event.seq)[2:]
    tamper(history, f"UPDATE custody_event SET code = 'forged' WHERE id = {forged.id}")
    rehash(history)
    assert {(fault.id, fault.what) for fault in found(history)} == {
        (event.id, What.REWRITTEN) for event in (forged, *after)
    }


def test_an_older_copy_put_in_the_place_of_the_log_is_found(history):
    before = sealed(history)
    history.send(scan("later", "?"))
    kept = sealed(history)
    tamper(
        history,
        f"DELETE FROM custody_leaf WHERE number >= {before.size}",
        f"DELETE FROM custody_tree_head WHERE size > {before.size}",
        "DELETE FROM custody_event WHERE scan_id = 'later'",
    )
    rehash(history)
    assert found(history, before) == []
    assert [fault.what for fault in found(history, kept)] == [What.TRUNCATED]


@pytest.mark.parametrize(
    ("change", "table", "what"),
    [
        ("UPDATE custody_leaf SET hash = '{other}' WHERE number = 4", "custody_leaf", What.ALTERED),
        ("UPDATE custody_leaf SET number = 99 WHERE number = 29", "custody_leaf", What.MISSING),
        ("DELETE FROM custody_leaf WHERE number = 4", "custody_leaf", What.MISSING),
        ("DELETE FROM custody_leaf WHERE number = 29", "custody_leaf", What.MISSING),
        ("UPDATE custody_tree_head SET root = '{other}'", "custody_tree_head", What.ALTERED),
        ("UPDATE custody_tree_head SET peaks = '{other}'", "custody_tree_head", What.ALTERED),
        ("UPDATE custody_tree_head SET peaks = ''", "custody_tree_head", What.ALTERED),
        ("UPDATE custody_tree_head SET size = 28", "custody_tree_head", What.ALTERED),
        ("DELETE FROM custody_tree_head", "custody_tree_head", What.MISSING),
    ],
)
def test_the_log_itself_cannot_be_changed_unseen(history, change, table, what):
    sealed(history)
    tamper(history, change.format(other="0f" * 32))
    assert (table, what) in {(fault.table, fault.what) for fault in found(history)}


def test_a_sealed_event_that_is_gone_is_named_by_its_leaf(history):
    sealed(history)
    tamper(history, "DELETE FROM custody_event WHERE id = 5")
    rehash(history)
    assert ("custody_event", 5, What.MISSING) in {(fault.table, fault.id, fault.what) for fault in found(history)}


@pytest.mark.parametrize("column", ["root", "peaks"])
def test_nothing_is_sealed_upon_an_altered_head(history, column):
    sealed(history)
    tamper(history, f"UPDATE custody_tree_head SET {column} = 'x'")
    history.send(scan("later", "?"))
    with pytest.raises(SetupError, match="custody verify"):
        seal(history.database)


def test_the_first_checkpoint_may_be_of_an_empty_log(site):
    empty = sealed(site)
    assert empty.size == 0
    lived(site)
    assert found(site, empty) == []


def test_a_checkpoint_of_another_log_does_not_fit(history):
    sealed(history)
    other = Checkpoint(EVENTS, "0f" * 32, "2026-11-21T15:15:00+00:00", None)
    assert [fault.what for fault in found(history, other)] == [What.REWRITTEN]


def test_a_report_for_programs_says_all_that_one_for_people_does(history):
    sealed(history)
    tamper(history, "UPDATE custody_event SET code = 'forged' WHERE id = 7")
    report = checked(history)
    said = json.loads(report.json())
    assert said["whole"] is False
    (fault,) = said["faults"]
    assert (fault["table"], fault["id"], fault["what"]) == ("custody_event", 7, "altered")
    named, total = report.lines()
    assert named.startswith("custody_event 7: ")
    assert total == f"{EVENTS} rows checked, 0 not sealed yet, 0 erased, 1 bad."
