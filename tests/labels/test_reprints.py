"""Printing again and answering for doubt, on the database: numbers, custody, queued jobs and who may."""

import pytest
from sqlalchemy import select

from specimen_service.accounts.model import Role
from specimen_service.audit.model import SYSTEM, Actor, ActorKind, AuditEntry
from specimen_service.catalog.model import Container
from specimen_service.custody.model import CustodyEvent, Event
from specimen_service.kernel.errors import Conflict, InvalidInput, NotFound
from specimen_service.kernel.numbers import grouped
from specimen_service.labels.actions import QUEUED_FOR, cancel_job, hold_jobs, prove_by_scan
from specimen_service.labels.model import BROWSER, JobState, PrintJob, Proof
from specimen_service.labels.queries import print_job, print_jobs, reprints_of
from specimen_service.labels.reprints import Answer, PrintRequest, print_again, resolve_job
from specimen_service.labels.signatures import Signature
from specimen_service.patients.model import Patient
from specimen_service.specimens.actions import register_identifier
from specimen_service.specimens.model import BarcodeOwner, Label, LabelState, Specimen, Status
from tests.builders import add_person, catalogued
from tests.labels.bench import label_of, queue, settings, tube

SMUDGED = PrintRequest("chair-1", "smudged")


@pytest.fixture
def session(database):
    with database.unit_of_work() as opened:
        yield opened


def printed(session, **values) -> tuple[Specimen, str]:
    """A tube whose first label came out."""
    specimen = tube(session, **values)
    queue(session, specimen).state = JobState.PRINTED
    session.flush()
    return specimen, label_of(session, specimen).number


def again(session, number, wish=SMUDGED, *, now, site=None):
    return print_again(session, now, SYSTEM, site or settings(), number, wish)


def refused(session, number, wish=SMUDGED, **more) -> str:
    with pytest.raises(Conflict) as caught:
        again(session, number, wish, **more)
    return caught.value.code


def labels(session, specimen):
    return session.scalars(select(Label).where(Label.specimen_id == specimen.id).order_by(Label.id)).all()


def events(session, specimen):
    rows = select(CustodyEvent.event, CustodyEvent.code).where(CustodyEvent.specimen_id == specimen.id)
    return [tuple(row) for row in session.execute(rows.order_by(CustodyEvent.seq))]


def test_a_reprint_carries_a_new_number_and_kills_the_old_label(session, clock):
    specimen, number = printed(session)
    made = again(session, number, now=clock())
    old, new = labels(session, specimen)
    assert (old.state, old.replaced_by_id, old.reason) == (LabelState.REPLACED, new.id, "smudged")
    assert (made.label_id, made.state, made.reason) == (new.id, JobState.QUEUED, "smudged")
    assert specimen.number == new.number != number
    assert (Event.RE_IDENTIFIED, new.number) in events(session, specimen)
    assert session.info[QUEUED_FOR] == {"chair-1"}


def test_a_reprint_says_why(session, clock):
    _specimen, number = printed(session)
    with pytest.raises(InvalidInput, match="/reason"):
        again(session, number, PrintRequest("chair-1"), now=clock())


def test_an_undeclared_printer_is_refused_and_the_declared_ones_are_named(session, clock):
    _specimen, number = printed(session)
    with pytest.raises(InvalidInput, match=r"chair-1, chair-2, folder"):
        again(session, number, PrintRequest("chair-9", "smudged"), now=clock())


def test_a_number_that_never_came_out_moves_to_another_printer_under_itself(session, clock):
    specimen = tube(session)
    first = queue(session, specimen)
    made = again(session, specimen.number, PrintRequest("chair-2"), now=clock())
    assert (made.label_id, made.printer) == (first.label_id, "chair-2")
    assert first.state is JobState.CANCELLED
    assert len(labels(session, specimen)) == 1


def test_asking_again_for_a_label_that_waits_there_already_changes_nothing(session, clock):
    specimen = tube(session)
    first = queue(session, specimen)
    assert again(session, specimen.number, PrintRequest("chair-1"), now=clock()).id == first.id
    assert first.state is JobState.QUEUED


@pytest.mark.parametrize("doubt", [JobState.SENDING, JobState.UNKNOWN])
def test_a_label_in_doubt_is_answered_for_before_it_is_printed_again(session, clock, doubt):
    specimen = tube(session)
    queue(session, specimen).state = doubt
    assert refused(session, specimen.number, now=clock()) == "answer-first"


def test_a_replaced_number_names_its_successor(session, clock):
    specimen, number = printed(session)
    again(session, number, now=clock()).state = JobState.PRINTED
    with pytest.raises(Conflict, match=grouped(specimen.number)):
        again(session, number, now=clock())


def test_an_older_tube_is_relabelled_only_with_its_old_code(session, clock):
    specimen, number = printed(session)
    clock.advance(minutes=16)
    assert refused(session, number, now=clock()) == "relabel-needs-proof"
    other, other_number = printed(session, at=clock())
    assert (
        refused(session, number, PrintRequest("chair-1", "torn", old_code=other_number), now=clock())
        == "wrong-old-code"
    )
    again(session, number, PrintRequest("chair-1", "torn", old_code=f"]C0{number}\r\n"), now=clock())
    assert len(labels(session, specimen)) == 2
    assert len(labels(session, other)) == 1


def test_a_relabelled_tube_is_to_be_verified_again(session, clock):
    specimen, number = printed(session)
    specimen.status, specimen.verified = Status.VERIFIED, True
    session.flush()
    again(session, number, PrintRequest("chair-1", "torn", old_code=number), now=clock())
    session.refresh(specimen)
    assert not specimen.verified


def test_a_supervisors_statement_stands_for_the_old_code_and_is_on_record(session, clock):
    _specimen, number = printed(session)
    clock.advance(minutes=16)
    signed = Signature("priya", "I saw it.", with_pin=True)
    again(session, number, PrintRequest("chair-1", "torn", supervisor=signed), now=clock())
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "label.printed_again")).one()
    assert [entry.detail[key] for key in ("supervisor", "statement", "with_pin")] == ["priya", "I saw it.", True]


def test_a_reprint_beyond_the_limit_needs_a_supervisor_or_the_laboratory(session, clock):
    specimen, number = printed(session)
    for _ in range(2):
        made = again(session, number, now=clock())
        made.state, number = JobState.PRINTED, specimen.number
    assert refused(session, number, now=clock()) == "reprint-limit"
    bench = Actor(ActorKind.PERSON, add_person(session, "Lin", Role.LAB).id, "Lin", Role.LAB)
    print_again(session, clock(), bench, settings(), number, SMUDGED).state = JobState.PRINTED
    signed = PrintRequest("chair-1", "torn", supervisor=Signature("priya", "I saw it.", with_pin=True))
    again(session, specimen.number, signed, now=clock())
    assert reprints_of(session, specimen.id) == 4


def test_a_reprint_that_moves_to_another_printer_before_it_came_out_counts_once(session, clock):
    specimen, number = printed(session)
    again(session, number, now=clock())
    again(session, specimen.number, PrintRequest("chair-2", "smudged"), now=clock())
    assert reprints_of(session, specimen.id) == 1


def test_a_damaged_label_uses_up_no_reprint(session, clock):
    specimen, job = in_doubt(session)
    resolve(session, job, Answer.DAMAGED, clock)
    assert reprints_of(session, specimen.id) == 0


def test_a_reprint_that_would_not_fit_leaves_the_old_label_alive(database, clock):
    with database.unit_of_work() as session:
        specimen, number = printed(session)
        session.get_one(Patient, specimen.patient_id).mrn = "M" * 40
    with pytest.raises(Conflict, match="MRN") as caught, database.unit_of_work() as session:
        again(session, number, now=clock())
    assert caught.value.code == "label-does-not-fit"
    with database.unit_of_work(write=False) as session:
        assert [label.number for label in labels(session, specimen)] == [number]


def test_a_tube_for_transfusion_is_not_relabelled(session, clock):
    specimen, number = printed(session)
    session.get_one(Container, catalogued(session, Container, "EDTA")).relabel = False
    clock.advance(minutes=16)
    assert refused(session, number, PrintRequest("chair-1", "torn", old_code=number), now=clock()) == "recollect"
    assert specimen.number == number


def test_another_systems_number_prints_again_under_itself_with_the_old_label_destroyed(session, clock):
    specimen = tube(session, barcode=BarcodeOwner.LIS)
    register_identifier(session, clock(), specimen.id, system="lab", kind="lis", value="L778812")
    queue(session, specimen).state = JobState.PRINTED
    assert refused(session, "L778812", now=clock()) == "destroy-old-label"
    made = again(session, "L778812", PrintRequest("chair-1", "torn", old_label_destroyed=True), now=clock())
    assert len(labels(session, specimen)) == 1
    assert "L778812" in {element.get("value") for element in made.snapshot["elements"]}


def test_a_site_may_keep_the_number_of_a_reprint(session, clock):
    specimen, number = printed(session)
    site = settings(labels={"reprint": "same-number"})
    assert refused(session, number, now=clock(), site=site) == "destroy-old-label"
    again(session, number, PrintRequest("chair-1", "torn", old_label_destroyed=True), now=clock(), site=site)
    assert specimen.number == number


def test_a_disposed_specimen_needs_no_label(session, clock):
    specimen, number = printed(session)
    specimen.status = Status.DISPOSED
    session.flush()
    assert refused(session, number, now=clock()) == "specimen-ended"


def in_doubt(session, **values):
    specimen = tube(session, **values)
    job = queue(session, specimen)
    job.state = JobState.UNKNOWN
    session.flush()
    return specimen, job


def resolve(session, job, answer, clock):
    return resolve_job(session, clock(), SYSTEM, settings(), job.id, answer)


def test_a_label_that_a_person_saw_is_printed(session, clock):
    specimen, job = in_doubt(session)
    resolve(session, job, Answer.PRINTED, clock)
    assert (job.state, job.proof) == (JobState.PRINTED, Proof.OPERATOR)
    assert len(labels(session, specimen)) == 1


@pytest.mark.parametrize("answer", [Answer.NOT_PRINTED, Answer.DAMAGED])
def test_a_label_that_did_not_come_out_whole_is_void_and_a_new_number_is_queued(session, clock, answer):
    specimen, job = in_doubt(session)
    resolve(session, job, answer, clock)
    old, new = labels(session, specimen)
    assert (old.state, old.replaced_by_id, job.state) == (LabelState.VOIDED, new.id, JobState.FAILED)
    assert print_job(session, job.id).replaced_by == new.number
    [following] = session.scalars(select(PrintJob).where(PrintJob.label_id == new.id))
    assert (following.state, following.printer) == (JobState.QUEUED, "chair-1")
    assert [event for event, _code in events(session, specimen)][-2:] == [Event.VOIDED, Event.RE_IDENTIFIED]


@pytest.mark.parametrize("state", [one for one in JobState if one is not JobState.UNKNOWN])
def test_only_a_job_in_doubt_takes_an_answer(session, clock, state):
    specimen, job = in_doubt(session)
    job.state = state
    session.flush()
    with pytest.raises(Conflict, match="unknown"):
        resolve(session, job, Answer.NOT_PRINTED, clock)
    assert len(labels(session, specimen)) == 1


def test_a_job_that_is_not_there_takes_no_answer(session, clock):
    with pytest.raises(NotFound):
        resolve_job(session, clock(), SYSTEM, settings(), 4711, Answer.PRINTED)


def test_a_disposed_tubes_doubt_is_closed_without_a_new_label(session, clock):
    specimen, job = in_doubt(session)
    specimen.status = Status.DISPOSED
    session.flush()
    resolve(session, job, Answer.NOT_PRINTED, clock)
    assert job.state is JobState.FAILED
    assert len(labels(session, specimen)) == 1


def test_a_first_scan_proves_what_was_sent_or_in_doubt_and_nothing_else(session, clock):
    by_state = {}
    for state in JobState:
        specimen = tube(session)
        by_state[state] = queue(session, specimen)
        by_state[state].state = state
    session.flush()
    prove_by_scan(session, clock(), [label.number for label in session.scalars(select(Label))])
    for state, job in by_state.items():
        session.refresh(job)
        proved = state in {JobState.SENT, JobState.UNKNOWN}
        assert job.state is (JobState.PRINTED if proved else state)
        assert (job.proof is Proof.SCAN) == (proved or state is JobState.SENDING)


@pytest.mark.parametrize("state", list(JobState))
def test_only_a_job_of_which_nothing_was_sent_can_be_dropped(session, clock, state):
    job = queue(session, tube(session))
    job.state = state
    session.flush()
    if state in {JobState.QUEUED, JobState.HELD, JobState.FAILED}:
        cancel_job(session, clock(), SYSTEM, job.id)
        assert job.state is JobState.CANCELLED
    else:
        with pytest.raises(Conflict):
            cancel_job(session, clock(), SYSTEM, job.id)


def test_a_job_that_a_person_answered_for_is_not_dropped(session, clock):
    _specimen, job = in_doubt(session)
    resolve(session, job, Answer.DAMAGED, clock)
    with pytest.raises(Conflict):
        cancel_job(session, clock(), SYSTEM, job.id)


def test_a_label_for_an_undeclared_printer_waits_for_a_person(session):
    job = queue(session, tube(session), "gone")
    assert job.state is JobState.HELD
    assert job.snapshot
    assert QUEUED_FOR not in session.info


def test_jobs_are_held_but_for_those_on_the_named_printers(session, clock):
    kept, held, page = (queue(session, tube(session), name) for name in ("chair-1", "chair-2", BROWSER))
    assert hold_jobs(session, clock(), "The printer is gone.", unless_on=["chair-1"]) == 1
    assert (kept.state, held.state, page.state) == (JobState.QUEUED, JobState.HELD, JobState.QUEUED)


def test_the_ledger_is_read_page_by_page_newest_first(session):
    ids = [queue(session, tube(session)).id for _ in range(5)]
    seen, cursor = [], None
    while True:
        rows, cursor = print_jobs(session, limit=2, cursor=cursor)
        seen += [row.id for row in rows]
        if cursor is None:
            break
    assert seen == ids[::-1]
    rows, _cursor = print_jobs(session, state=JobState.UNKNOWN, limit=2, cursor=None)
    assert rows == []
