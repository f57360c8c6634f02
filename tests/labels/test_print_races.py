"""People who press at the same instant, and a spooler that begins just then: nobody gets a second label."""

import threading

import pytest
from sqlalchemy import select

from specimen_service.audit.model import SYSTEM, AuditEntry
from specimen_service.kernel.errors import Conflict
from specimen_service.labels.actions import move_waiting
from specimen_service.labels.model import JobState, PrintJob
from specimen_service.labels.reprints import Answer, PrintRequest, print_again, resolve_job
from specimen_service.specimens.model import Collection, Label, LabelState, Specimen
from tests.labels.bench import label_of, ledger, queue, queued, settings, sibling, tube

SMUDGED = PrintRequest("chair-1", "smudged")


def printed(session) -> tuple[Specimen, str]:
    """A tube whose first label came out."""
    specimen = tube(session)
    queue(session, specimen).state = JobState.PRINTED
    session.flush()
    return specimen, label_of(session, specimen).number


def again(session, number, wish=SMUDGED, *, now, site=None):
    return print_again(session, now, SYSTEM, site or settings(), number, wish)


def labels(session, specimen):
    return session.scalars(select(Label).where(Label.specimen_id == specimen.id).order_by(Label.id)).all()


def at_once(count, act):
    """Let so many people act at the same instant; returns what each got, a refusal by its code."""
    got, barrier = [], threading.Barrier(count)

    def one():
        barrier.wait()
        try:
            got.append(act())
        except Conflict as refusal:
            got.append(refusal.code)

    people = [threading.Thread(target=one) for _ in range(count)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(got) == count
    return got


def test_two_people_who_press_reprint_at_once_get_one_label(database, clock):
    with database.unit_of_work() as session:
        _specimen, number = printed(session)

    def press():
        with database.unit_of_work() as session:
            return again(session, number, now=clock()).id

    made = at_once(2, press)
    assert made[0] == made[1]


def test_people_who_press_while_labels_come_out_get_no_more_than_the_policy_says(database, clock):
    """A printer so fast that the first label is out before the second person is heard: then each press is a reprint."""
    with database.unit_of_work() as session:
        specimen, _number = printed(session)

    def press():
        with database.unit_of_work() as session:
            number = session.get_one(Specimen, specimen.id, with_for_update=True).number
            again(session, number, now=clock()).state = JobState.PRINTED
            return "printed"

    got = at_once(5, press)
    assert sorted(got) == ["printed"] * 2 + ["reprint-limit"] * 3
    with database.unit_of_work(write=False) as session:
        states = [label.state for label in labels(session, specimen)]
    assert states == [LabelState.REPLACED, LabelState.REPLACED, LabelState.CURRENT]


def test_people_who_press_at_once_get_the_same_number_once(database, clock):
    site = settings(labels={"reprint": "same-number"})
    with database.unit_of_work() as session:
        _specimen, number = printed(session)
    wish = PrintRequest("chair-1", "torn", old_label_destroyed=True)

    def press():
        with database.unit_of_work() as session:
            again(session, number, wish, now=clock(), site=site).state = JobState.PRINTED
            return "printed"

    assert sorted(at_once(3, press)) == ["just-printed", "just-printed", "printed"]


def test_two_answers_at_once_are_one_answer(database, clock):
    with database.unit_of_work() as session:
        specimen = tube(session)
        job = queue(session, specimen)
        job.state = JobState.UNKNOWN
    answers = iter([Answer.PRINTED, Answer.DAMAGED])

    def press():
        answer = next(answers)
        with database.unit_of_work() as session:
            return resolve_job(session, clock(), SYSTEM, settings(), job.id, answer).state

    got = at_once(2, press)
    assert "not-unknown" in got
    with database.unit_of_work(write=False) as session:
        assert len(labels(session, specimen)) == (1 if JobState.PRINTED in got else 2)


FALLBACK = settings(
    [
        {"name": "chair-1", "url": "tcp://127.0.0.1:9", "fallback": "chair-2"},
        {"name": "chair-2", "url": "tcp://127.0.0.1:9"},
    ]
)


def test_a_label_that_moves_while_its_spooler_begins_it_is_printed_on_one_printer(database, clock, soaking):
    """Whoever is first has it: begun, it stays; moved, its spooler finds it cancelled."""
    ended = set()
    for turn in range(200 if soaking else 8):
        [job_id] = queued(database, now=clock())
        spooler = ledger(database, clock, FALLBACK)
        token = spooler.acquire("chair-1", "here", 60)
        barrier, got = threading.Barrier(2), {}

        def begin(job_id=job_id, spooler=spooler, token=token, barrier=barrier, got=got):
            barrier.wait()
            got["begun"] = spooler.begin(job_id, token)

        def move(barrier=barrier, got=got):
            barrier.wait()
            with database.unit_of_work() as session:
                got["moved"] = len(move_waiting(session, clock(), SYSTEM, FALLBACK, "chair-1"))

        # Who comes to the barrier last is off first: in turns, lest one always wins.
        both = [threading.Thread(target=one) for one in ((begin, move) if turn % 2 else (move, begin))]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert got in ({"begun": True, "moved": 0}, {"begun": False, "moved": 1})
        ended.add(got["begun"])
        with database.unit_of_work() as session:
            for job in session.scalars(select(PrintJob).where(PrintJob.state.in_(["queued", "sending"]))):
                job.state = JobState.PRINTED
        with database.unit_of_work(write=False) as session:
            same = session.get_one(PrintJob, int(job_id)).label_id
            out = select(PrintJob).where(PrintJob.label_id == same, PrintJob.state == JobState.PRINTED)
            assert len(session.scalars(out).all()) == 1
    assert not soaking or ended == {True, False}, "the two never raced"


def test_a_reprint_pressed_while_its_label_moves_prints_it_on_one_printer(database, clock):
    [job_id] = queued(database, now=clock())

    def press():
        with database.unit_of_work() as session:
            label = session.get_one(Label, session.get_one(PrintJob, int(job_id)).label_id)
            again(session, label.number, now=clock(), site=FALLBACK)

    presser = threading.Thread(target=press)
    with database.unit_of_work() as session:
        move_waiting(session, clock(), SYSTEM, FALLBACK, "chair-1")
        presser.start()
        # Long enough to be in its midst; it cannot end before this transaction does.
        presser.join(0.3)
        assert presser.is_alive()
    presser.join()
    with database.unit_of_work(write=False) as session:
        jobs = session.scalars(select(PrintJob).order_by(PrintJob.id)).all()
        assert [job.state for job in jobs] == [JobState.CANCELLED, JobState.CANCELLED, JobState.QUEUED]


def test_two_people_who_move_the_same_labels_move_them_once(database, clock):
    queued(database, 3, now=clock())

    def press():
        with database.unit_of_work() as session:
            return len(move_waiting(session, clock(), SYSTEM, FALLBACK, "chair-1"))

    assert sorted(at_once(2, press)) == [0, 3]


def test_labels_move_in_their_order_under_their_numbers_and_a_collection_may_move_alone(database, clock):
    with database.unit_of_work() as session:
        first = tube(session)
        mine = [queue(session, one, site=FALLBACK) for one in (first, sibling(session, first))]
        other = queue(session, tube(session), site=FALLBACK)
        accession = session.get_one(Specimen, first.id).collection_id
    with database.unit_of_work() as session:
        name = session.scalar(select(Collection.accession).where(Collection.id == accession))
        moved = move_waiting(session, clock(), SYSTEM, FALLBACK, "chair-1", accession=name)
        assert [(job.label_id, job.printer, job.state) for job in moved] == [
            (job.label_id, "chair-2", JobState.QUEUED) for job in mine
        ]
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "print_jobs.moved"))
        assert (entry.subject, entry.detail["to"], entry.detail["jobs"]) == (
            "chair-1",
            "chair-2",
            [j.id for j in moved],
        )
    with database.unit_of_work(write=False) as session:
        assert session.get_one(PrintJob, other.id).state is JobState.QUEUED
        assert {session.get_one(PrintJob, job.id).state for job in mine} == {JobState.CANCELLED}


def test_a_printer_without_a_fallback_keeps_its_labels(database, clock):
    [job_id] = queued(database, now=clock())
    with pytest.raises(Conflict, match=r"config\.toml"), database.unit_of_work() as session:
        move_waiting(session, clock(), SYSTEM, settings(), "chair-1")
    with database.unit_of_work(write=False) as session:
        assert session.get_one(PrintJob, int(job_id)).state is JobState.QUEUED
