"""The print ledger: one lease a printer, nothing sent unrecorded, nothing in doubt sent again."""

import threading
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError

from printers.printer import Result
from printers.proof import Outcome
from printers.spool import LedgerUnavailableError
from printers.status import Condition
from specimen_service.audit.model import SYSTEM
from specimen_service.labels.actions import cancel_job, prove_by_scan
from specimen_service.labels.model import JobState, Proof
from specimen_service.labels.reprints import Answer, resolve_job
from specimen_service.specimens.model import Label, LabelState
from tests.labels.bench import job, label_of, ledger, printer_state, queue, queued, settings, sibling, tube


def result(outcome: Outcome, detail: str = "Something is the matter.") -> Result:
    return Result(outcome, Condition.READY, detail)


@pytest.fixture
def book(database, clock):
    return ledger(database, clock)


def sending(book, database, printer="chair-1"):
    [job_id] = queued(database, printer=printer)
    token = book.acquire(printer, "first", 30)
    assert book.begin(job_id, token)
    return job_id, token


def test_a_printer_is_leased_to_one_holder_at_a_time(book, clock):
    token = book.acquire("chair-1", "first", 30)
    assert book.acquire("chair-1", "second", 30) is None
    assert book.acquire("chair-1", "first", 30) == token
    clock.advance(seconds=31)
    later = book.acquire("chair-1", "second", 30)
    assert later > token
    assert book.acquire("chair-1", "first", 30) is None


def test_leases_of_different_printers_do_not_concern_each_other(book):
    assert book.acquire("chair-1", "first", 30) is not None
    assert book.acquire("chair-2", "second", 30) is not None


def test_a_job_is_sending_on_disk_before_a_byte_may_leave(book, database):
    job_id, token = sending(book, database)
    row = job(database, job_id)
    assert (row.state, row.lease_token, row.attempts) == (JobState.SENDING, token, 1)
    assert row.sending_at is not None


def test_what_a_dead_holder_left_sending_is_unknown_and_blocks_the_printer(book, database, clock):
    job_id, _token = sending(book, database)
    clock.advance(seconds=31)
    token = book.acquire("chair-1", "second", 30)
    assert job(database, job_id).state is JobState.UNKNOWN
    assert book.next_job("chair-1", token) is None
    assert book.needs_clearing("chair-1", token)
    book.cleared("chair-1", token)
    assert not book.needs_clearing("chair-1", token)
    assert job(database, job_id).state is JobState.UNKNOWN


def test_a_holder_that_lost_its_lease_writes_nothing(book, database, clock):
    job_id, old = sending(book, database)
    [waiting] = queued(database)
    clock.advance(seconds=31)
    book.acquire("chair-1", "second", 30)
    assert not book.begin(waiting, old)
    book.finish(job_id, old, result(Outcome.PRINTED))
    book.report_condition("chair-1", old, Condition.TOO_HOT, "late news")
    book.cleared("chair-1", old)
    book.release("chair-1", old)
    assert job(database, job_id).state is JobState.UNKNOWN
    assert job(database, waiting).state is JobState.QUEUED
    state = printer_state(database)
    assert (state.condition, state.needs_clearing, state.lease_owner) == ("unknown", True, "second")


def test_a_holder_whose_time_is_over_may_still_say_what_became_of_its_label(book, database, clock):
    job_id, token = sending(book, database)
    clock.advance(minutes=5)
    book.finish(job_id, token, result(Outcome.PRINTED))
    assert job(database, job_id).state is JobState.PRINTED


def test_handing_a_lease_back_leaves_its_label_in_doubt(book, database):
    job_id, token = sending(book, database)
    book.release("chair-1", token)
    assert job(database, job_id).state is JobState.UNKNOWN
    assert book.acquire("chair-1", "second", 30) > token


@pytest.mark.parametrize(
    ("outcome", "state", "proof", "blocks"),
    [
        (Outcome.NOTHING_SENT, JobState.QUEUED, None, False),
        (Outcome.FAILED, JobState.FAILED, None, False),
        (Outcome.PRINTED, JobState.PRINTED, Proof.PRINTER, False),
        (Outcome.SENT, JobState.SENT, None, False),
        (Outcome.UNKNOWN, JobState.UNKNOWN, None, True),
    ],
)
def test_every_outcome_ends_a_job_in_its_own_state(book, database, clock, outcome, state, proof, blocks):
    job_id, token = sending(book, database)
    book.finish(job_id, token, result(outcome))
    row = job(database, job_id)
    assert (row.state, row.proof) == (state, proof)
    assert (row.finished_at is None) == (state is JobState.QUEUED)
    assert bool(row.error) == (state is not JobState.PRINTED)
    assert book.needs_clearing("chair-1", token) == blocks


def test_why_nothing_could_be_sent_is_said_while_the_job_waits(book, database):
    [job_id] = queued(database)
    token = book.acquire("chair-1", "first", 30)
    book.finish(job_id, token, result(Outcome.NOTHING_SENT, "The printer is out of labels: put in a new roll."))
    row = job(database, job_id)
    assert (row.state, row.error, row.attempts) == (
        JobState.QUEUED,
        "The printer is out of labels: put in a new roll.",
        0,
    )


def test_a_cancelled_job_is_not_begun(book, database, clock):
    [job_id] = queued(database)
    token = book.acquire("chair-1", "first", 30)
    assert book.next_job("chair-1", token).id == job_id
    with database.unit_of_work() as session:
        cancel_job(session, clock(), SYSTEM, int(job_id))
    assert not book.begin(job_id, token)
    book.finish(job_id, token, result(Outcome.NOTHING_SENT))
    assert job(database, job_id).state is JobState.CANCELLED


def test_labels_come_in_order_and_collections_are_never_interleaved(book, database):
    with database.unit_of_work() as session:
        ana, ben = tube(session), tube(session)
        ana_too, ben_too = sibling(session, ana), sibling(session, ben)
        tubes = {"ana 1": ana, "ben 1": ben, "ana 2": ana_too, "ben 2": ben_too}
        names = {str(queue(session, specimen).id): name for name, specimen in tubes.items()}
    token = book.acquire("chair-1", "first", 30)
    order = []
    while (found := book.next_job("chair-1", token)) is not None:
        book.begin(found.id, token)
        book.finish(found.id, token, result(Outcome.PRINTED))
        order.append(names[found.id])
    assert order == ["ana 1", "ana 2", "ben 1", "ben 2"]


def test_a_job_carries_the_label_in_its_printers_language(book, database):
    queued(database)
    queued(database, printer="folder")
    assert book.next_job("chair-1", book.acquire("chair-1", "first", 30)).payload.startswith(b"^XA")
    assert book.next_job("folder", book.acquire("folder", "first", 30)).payload.startswith(b"%PDF")


def test_a_label_that_waited_too_long_is_held_for_a_person(book, database, clock):
    [late] = queued(database, now=clock())
    clock.advance(minutes=14)
    [fresh] = queued(database, now=clock())
    clock.advance(minutes=2)
    token = book.acquire("chair-1", "first", 30)
    assert book.next_job("chair-1", token).id == fresh
    assert job(database, late).state is JobState.HELD


def test_a_snapshot_that_cannot_be_drawn_ends_failed_and_the_next_label_comes(book, database):
    bad, good = queued(database, 2)
    with database.unit_of_work() as session:
        session.merge(job(database, bad)).snapshot = {"stock": "gone", "elements": []}
    token = book.acquire("chair-1", "first", 30)
    assert book.next_job("chair-1", token).id == good
    assert job(database, bad).state is JobState.FAILED


def test_a_label_that_was_voided_while_it_waited_does_not_come_out(book, database):
    dead, good = queued(database, 2)
    with database.unit_of_work() as session:
        session.get_one(Label, job(database, dead).label_id).state = LabelState.VOIDED
    token = book.acquire("chair-1", "first", 30)
    assert book.next_job("chair-1", token).id == good
    assert job(database, dead).state is JobState.CANCELLED


def test_a_start_that_the_database_did_not_confirm_is_given_back_as_nothing_was_sent(book, database, monkeypatch):
    [job_id] = queued(database)
    token = book.acquire("chair-1", "first", 30)
    with monkeypatch.context() as patched:
        patched.setattr(database, "unit_of_work", lose_the_answer_of(database.unit_of_work))
        with pytest.raises(LedgerUnavailableError):
            book.begin(job_id, token)
    assert job(database, job_id).state is JobState.SENDING
    assert book.next_job("chair-1", token).id == job_id
    assert job(database, job_id).state is JobState.QUEUED
    assert book.begin(job_id, token)
    assert book.next_job("chair-1", token) is None
    assert job(database, job_id).state is JobState.SENDING


def lose_the_answer_of(unit_of_work):
    """Commit, and lose the connection before the answer arrives."""

    @contextmanager
    def lossy(*, write=True):
        with unit_of_work(write=write) as session:
            yield session
        raise OperationalError("COMMIT", {}, OSError("connection lost"))

    return lossy


def test_a_printer_that_cannot_be_asked_waits_for_a_persons_answer(book, database, clock):
    job_id, token = sending(book, database, "folder")
    book.finish(job_id, token, result(Outcome.UNKNOWN))
    assert book.needs_clearing("folder", token)
    with database.unit_of_work() as session:
        resolve_job(session, clock(), SYSTEM, settings(), int(job_id), Answer.PRINTED)
    assert not book.needs_clearing("folder", token)


def test_a_label_scanned_while_its_printer_went_silent_is_printed(book, database, clock):
    with database.unit_of_work() as session:
        specimen = tube(session)
        job_id, number = str(queue(session, specimen).id), label_of(session, specimen).number
    token = book.acquire("chair-1", "first", 30)
    book.begin(job_id, token)
    with database.unit_of_work() as session:
        prove_by_scan(session, clock(), [number])
    assert job(database, job_id).state is JobState.SENDING
    book.finish(job_id, token, result(Outcome.UNKNOWN))
    row = job(database, job_id)
    assert (row.state, row.proof, row.error) == (JobState.PRINTED, Proof.SCAN, "")


def test_no_race_leaves_a_label_sending_under_a_lost_lease(book, database, clock):
    for round_ in range(15):
        [job_id] = queued(database, now=clock())
        token = book.acquire("chair-1", f"old {round_}", 30)
        clock.advance(seconds=31)
        began, barrier = [], threading.Barrier(2)

        def begin(job_id=job_id, token=token, began=began, barrier=barrier):
            barrier.wait()
            began.append(book.begin(job_id, token))

        def take(round_=round_, barrier=barrier):
            barrier.wait()
            book.acquire("chair-1", f"new {round_}", 30)

        threads = [threading.Thread(target=one) for one in (begin, take)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert job(database, job_id).state is (JobState.UNKNOWN if began[0] else JobState.QUEUED)
        with database.unit_of_work() as session:
            row = session.merge(job(database, job_id))
            row.state = JobState.CANCELLED
        clock.advance(seconds=31)
