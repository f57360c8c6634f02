"""`report`: what a print agent may say of a label, in which order, how often, and how late."""

import threading
import time

import pytest

from specimen_service.audit.model import SYSTEM
from specimen_service.cli.lapses import LapseWatch
from specimen_service.labels.actions import cancel_job
from specimen_service.labels.model import JobState, Proof
from specimen_service.labels.reprints import Answer, resolve_job
from tests.labels.bench import AGENTS_PRINTERS, job, ledger, printer_state, queued, settings

ENDS = {
    "printed": (JobState.PRINTED, Proof.PRINTER),
    "sent": (JobState.SENT, None),
    "unknown": (JobState.UNKNOWN, None),
    "failed": (JobState.FAILED, None),
    "queued": (JobState.QUEUED, None),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_label_is_begun_and_ended_as_the_agent_says(claim, report, database, end):
    [job_id] = queued(database)
    claimed = claim()
    assert report(claimed, "sending")["state"] == "sending"
    assert job(database, job_id).state is JobState.SENDING
    report(claimed, end, detail="The lid is open.")
    row = job(database, job_id)
    assert (row.state, row.proof) == ENDS[end]
    assert row.error == ("" if end == "printed" else "The lid is open.")


@pytest.mark.parametrize("end", ENDS)
def test_a_report_sent_again_is_answered_again_and_changes_nothing(claim, report, database, clock, end):
    [job_id] = queued(database)
    claimed = claim()
    unbegun = {"token": claimed["token"], "job": dict(claimed["job"])}
    report(claimed, "sending")
    report(unbegun, "sending")
    assert job(database, job_id).attempts == 1
    report(claimed, end)
    before = job(database, job_id).finished_at
    clock.advance(seconds=1)
    report(claimed, end)
    assert job(database, job_id).finished_at == before


def test_a_begin_that_comes_late_starts_nothing(claim, report, database):
    [job_id] = queued(database)
    claimed = claim()
    late = {"token": claimed["token"], "job": dict(claimed["job"])}
    report(claimed, "sending")
    report(claimed, "queued")
    assert report(late, "sending", 409)["type"].endswith("job-moved-on")
    assert job(database, job_id).state is JobState.QUEUED


@pytest.mark.parametrize("begun", [False, True])
def test_a_report_of_an_attempt_that_is_over_cannot_put_a_label_back_that_is_being_sent(claim, report, database, begun):
    [job_id] = queued(database)
    claimed = claim()
    if begun:
        report(claimed, "sending")
    late = {"token": claimed["token"], "job": dict(claimed["job"])}
    report(claimed, "queued")
    again = claim()
    report(again, "sending")
    report(late, "queued", 409)
    assert job(database, job_id).state is JobState.SENDING


@pytest.mark.parametrize("end", ["printed", "sent", "unknown"])
def test_what_was_not_begun_cannot_have_been_printed(claim, report, database, end):
    [job_id] = queued(database)
    assert "sending before its first byte" in report(claim(), end, 409)["detail"]
    assert job(database, job_id).state is JobState.QUEUED


def test_why_nothing_is_sent_is_said_while_the_job_waits(claim, report, database):
    [job_id] = queued(database)
    report(claim(), "queued", detail="The printer is out of labels: put in a new roll.")
    row = job(database, job_id)
    assert (row.error, row.attempts) == ("The printer is out of labels: put in a new roll.", 0)


def test_a_label_cancelled_meanwhile_is_not_begun(claim, report, database, clock):
    [job_id] = queued(database)
    claimed = claim()
    with database.unit_of_work() as session:
        cancel_job(session, clock(), SYSTEM, int(job_id))
    assert "is cancelled" in report(claimed, "sending", 409)["detail"]
    assert job(database, job_id).state is JobState.CANCELLED


def test_a_fenced_off_agent_changes_nothing(claim, report, database, clock):
    [doubted], [waiting] = queued(database), queued(database)
    old = claim(owner="one")
    report(old, "sending")
    clock.advance(seconds=13)
    new = claim(owner="two")
    assert new["needs_clearing"]
    assert job(database, doubted).state is JobState.UNKNOWN
    assert report(old, "printed", 409)["type"].endswith("lease-lost")
    stale = {"token": old["token"], "job": {"id": int(waiting), "attempt": 0}}
    report(stale, "sending", 409)
    claim(owner="one", token=old["token"], cleared=True, condition="ready", detail="fenced")
    claim(owner="one", token=old["token"], released=True)
    state = printer_state(database)
    assert (job(database, doubted).state, job(database, waiting).state) == (JobState.UNKNOWN, JobState.QUEUED)
    assert (state.needs_clearing, state.lease_token, state.condition) == (True, new["token"], "unknown")


def test_a_label_under_way_at_an_agent_that_never_comes_back_is_a_persons_to_answer(claim, report, database, clock):
    [job_id] = queued(database)
    book = ledger(database, clock, settings(AGENTS_PRINTERS))
    claimed = claim()
    report(claimed, "sending")
    for seconds, state in ((12, JobState.SENDING), (40, JobState.SENDING), (10, JobState.UNKNOWN)):
        clock.advance(seconds=seconds)
        book.give_up_lapsed()
        assert job(database, job_id).state is state
    assert report(claimed, "printed", 409)["type"].endswith("lease-lost")
    assert claim(owner="new")["needs_clearing"]


def test_a_watch_finds_such_labels_by_itself(claim, report, database, clock):
    [job_id] = queued(database)
    report(claim(), "sending")
    with LapseWatch(ledger(database, clock, settings(AGENTS_PRINTERS)), every=0.02):
        clock.advance(seconds=60)
        end = time.monotonic() + 10
        while job(database, job_id).state is JobState.SENDING:
            assert time.monotonic() < end
            time.sleep(0.02)
    assert job(database, job_id).state is JobState.UNKNOWN


def test_an_agent_that_was_cut_off_for_less_than_a_minute_is_believed(claim, report, database, clock):
    [job_id] = queued(database)
    claimed = claim()
    report(claimed, "sending")
    clock.advance(seconds=50)
    ledger(database, clock, settings(AGENTS_PRINTERS)).give_up_lapsed()
    report(claimed, "printed")
    assert job(database, job_id).state is JobState.PRINTED


def test_a_report_that_cannot_be_meant_names_its_fault_and_changes_nothing(claim, report, database):
    [job_id] = queued(database)
    claimed = claim()
    changes = [{"state": "held"}, {"state": "cancelled"}, {"state": None}, {"attempt": -1}, {"attempt": 1.5}, {"x": 1}]
    for change in changes:
        assert report(claimed, "sending", 422, **change)["errors"]
    assert job(database, job_id).state is JobState.QUEUED


def test_a_person_answers_for_an_agents_label_as_for_any(claim, report, database, clock):
    [job_id] = queued(database)
    claimed = claim()
    report(claimed, "sending")
    report(claimed, "unknown")
    with database.unit_of_work() as session:
        resolve_job(session, clock(), SYSTEM, settings(AGENTS_PRINTERS), int(job_id), Answer.PRINTED)
    report(claimed, "failed", 409)
    row = job(database, job_id)
    assert (row.state, row.proof) == (JobState.PRINTED, Proof.OPERATOR)


def test_of_two_agents_that_claim_and_begin_at_once_one_sends(agent_house, database):
    for _round in range(10):
        [job_id] = queued(database)
        begun, barrier = [], threading.Barrier(2)

        def work(owner, begun=begun, barrier=barrier):
            client = agent_house.app.test_client()
            headers = {"Authorization": f"Bearer {agent_house.tokens['agent']}"}
            barrier.wait()
            claimed = client.post("/api/v1/print-jobs/claim", json={"owner": owner}, headers=headers).json
            if claimed["job"]:
                body = {"token": claimed["token"], "attempt": claimed["job"]["attempt"], "state": "sending"}
                url = f"/api/v1/print-jobs/{claimed['job']['id']}/report"
                begun.append((owner, claimed, client.post(url, json=body, headers=headers).status_code))

        threads = [threading.Thread(target=work, args=(f"{owner}-{_round}",)) for owner in ("one", "two")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        [(owner, claimed, status)] = begun
        assert (status, job(database, job_id).state) == (200, JobState.SENDING)
        body = {"token": claimed["token"], "attempt": 1, "state": "printed"}
        assert agent_house.post(f"/print-jobs/{job_id}/report", body, as_="agent").status_code == 200
        assert agent_house.post(
            "/print-jobs/claim", {"owner": owner, "token": claimed["token"], "released": True}, as_="agent"
        ).json
