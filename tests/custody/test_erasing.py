"""A note or a wristband can be erased: the proof stands, the text is gone from the file, and who did it is on record."""

import json

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DatabaseError

from specimen_service.audit.model import SYSTEM, AuditEntry
from specimen_service.custody.erasing import drop_traces, erase
from specimen_service.custody.model import CustodyEvent, ScanAside
from specimen_service.custody.proof import What
from specimen_service.custody.queries import custody_of
from specimen_service.kernel.errors import Conflict, NotFound
from tests.builders import NOW
from tests.scanning import scan
from tests.tampering import change, checked, disarm, found, lived, sealed

NOTE = "the lid of MARIGOLD was dented"
SECRET = {"note": NOTE, "patient_code": "P-MARIGOLD-7"}


@pytest.fixture
def noted(site):
    """A tube, and its first scan, with a note and a wristband."""
    tube = site.tube()
    site.send(scan("s1", tube.number, **SECRET))
    return site, tube


def erased(site, event: str = "s1", reason: str = "the patient asked for it"):
    with site.database.unit_of_work() as session:
        erase(session, NOW, SYSTEM, event, reason)
    drop_traces(site.database)


def test_the_event_itself_never_holds_the_text(noted):
    site, _ = noted
    (event,) = site.events(CustodyEvent.scan_id == "s1")
    covered = {column: getattr(event, column) for column in ("content", "verdict", "code", "private_digest")}
    assert "MARIGOLD" not in json.dumps(covered)
    assert json.loads(event.private) == SECRET


def test_equal_notes_have_digests_that_tell_nothing(noted):
    site, tube = noted
    site.send(scan("s2", tube.number, minute=2, **SECRET))
    one, two = site.events(CustodyEvent.scan_id.in_(["s1", "s2"]))
    assert one.private_salt != two.private_salt
    assert one.private_digest != two.private_digest


def test_an_erased_note_is_gone_and_the_proof_stands(noted):
    site, tube = noted
    checkpoint = sealed(site)
    erased(site)
    report = checked(site, checkpoint)
    assert (report.whole, report.erased) == (True, 1)
    with site.database.unit_of_work(write=False) as session:
        assert "note" not in custody_of(session, tube.id)[-1].said


def test_an_erased_note_is_in_no_file_any_more(sqlite_site):
    tube = sqlite_site.tube()
    sqlite_site.send(scan("s1", tube.number, **SECRET))
    sqlite_site.send(scan("s1", tube.number, note=NOTE))  # a conflict: kept aside with all it says
    erased(sqlite_site)
    home = sqlite_site.database.url.database
    for file in (home, f"{home}-wal"):
        with open(file, "rb") as opened:  # noqa: PTH123 - two names side by side
            assert b"MARIGOLD" not in opened.read()


def test_a_repetition_is_answered_as_before_also_after_the_erasure(noted):
    site, tube = noted
    (before,) = site.send(scan("s1", tube.number, **SECRET))
    erased(site)
    (after,) = site.send(scan("s1", tube.number, **SECRET))
    assert before["replayed"] is after["replayed"] is True
    assert before == after


@pytest.mark.parametrize("other", [{}, {"note": "another"}, SECRET | {"patient_code": "P1"}])
def test_another_note_under_the_same_id_is_a_conflict(noted, other):
    site, tube = noted
    (answer,) = site.send(scan("s1", tube.number, **other))
    assert answer["outcome"] == "conflict"


def test_an_empty_note_says_the_same_as_none(noted):
    site, tube = noted
    site.send(scan("s2", tube.number, minute=2, note=""))
    (answer,) = site.send(scan("s2", tube.number, minute=2))
    assert answer["replayed"] is True


def test_what_was_kept_aside_under_the_same_id_is_erased_too(noted):
    site, tube = noted
    site.send(scan("s1", tube.number, note="MARIGOLD again"))
    erased(site)
    with site.database.unit_of_work(write=False) as session:
        (aside,) = session.scalars(select(ScanAside.content))
    assert "MARIGOLD" not in aside
    assert json.loads(aside)["code"] == tube.number


def test_what_became_no_event_can_be_erased_whole(noted):
    site, tube = noted
    site.send({"scan_id": "bad", "code": tube.number, "patient_name": "MARIGOLD"})
    site.send({"code": tube.number, "patient_name": "MARIGOLD"})
    site.send(scan("s2", tube.number, minute=2))
    site.send(scan("s2", tube.number, minute=3, note="MARIGOLD too"))
    with site.database.unit_of_work(write=False) as session:
        nameless = session.scalars(select(ScanAside.id).where(ScanAside.scan_id.is_(None))).one()
    for name in ("bad", f"aside-{nameless}", "s2"):
        erased(site, name)
        with pytest.raises(Conflict):
            erased(site, name)
    with site.database.unit_of_work(write=False) as session:
        assert "MARIGOLD" not in "".join(session.scalars(select(ScanAside.content)))
    assert checked(site, sealed(site)).whole


def test_who_erased_it_and_why_is_on_record(noted):
    site, _ = noted
    erased(site)
    with site.database.unit_of_work(write=False) as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "custody.erased"))
    assert entry.detail == {"reason": "the patient asked for it"}
    assert entry.subject == site.events(CustodyEvent.scan_id == "s1")[0].hash


def test_what_cannot_be_erased_is_said_plainly(noted):
    site, tube = noted
    with pytest.raises(NotFound):
        erased(site, "nobody")
    site.send(scan("s2", tube.number, minute=2))
    with pytest.raises(Conflict, match="no note"):
        erased(site, "s2")
    erased(site)
    with pytest.raises(Conflict, match="no note"):
        erased(site)


def test_a_note_erased_behind_the_back_of_the_service_is_named(noted):
    site, _ = noted
    change(site, "UPDATE custody_event SET private = NULL, private_salt = NULL WHERE scan_id = 's1'")
    (fault,) = found(site)
    assert fault.what is What.ALTERED


@pytest.mark.parametrize("half", ["private = NULL", "private_salt = NULL", "private = 'x', private_salt = NULL"])
def test_half_an_erasure_is_refused_and_if_forced_is_named(noted, half):
    site, _ = noted
    statement = f"UPDATE custody_event SET {half} WHERE scan_id = 's1'"
    with pytest.raises(DatabaseError, match="never changed"):
        change_as_anybody(site, statement)
    disarm(site)
    change(site, statement)
    assert [fault.what for fault in found(site)] == [What.ALTERED]


def test_no_other_column_can_be_changed_along_with_an_erasure(noted):
    site, _ = noted
    with site.database.engine.connect() as connection:
        columns = {column["name"] for column in inspect(connection).get_columns("custody_event")}
    (event,) = site.events(CustodyEvent.scan_id == "s1")
    others = {column for column in columns - {"id", "private", "private_salt"} if getattr(event, column) is not None}
    assert len(others) > 10
    for column in others:
        statement = (
            f"UPDATE custody_event SET private = NULL, private_salt = NULL, {column} = NULL WHERE scan_id = 's1'"
        )
        with pytest.raises(DatabaseError, match="never changed"):
            change_as_anybody(site, statement)


def change_as_anybody(site, statement: str) -> None:
    with site.database.unit_of_work() as session:
        session.execute(text(statement))


def test_notes_of_a_lived_history_are_all_apart(site):
    lived(site)
    for event in site.events(CustodyEvent.scan_id.is_not(None)):
        assert (event.private is None) == (event.private_digest is None)
        assert '"note"' not in event.content
