"""`claim`: what a print agent is given, and what it may say of its printer."""

import base64

from sqlalchemy import func, select, update

from specimen_service.audit.model import SYSTEM, AuditEntry
from specimen_service.devices.actions import enrol, revoke
from specimen_service.devices.model import Profile
from specimen_service.labels.model import JobState, PrintJob
from specimen_service.labels.testing import queue_test_page
from tests.house import furnish
from tests.labels.bench import AGENTS_PRINTERS, job, ledger, printer_state, queue, queued, settings, sibling, tube

BEN = {"mrn": "P2", "family_name": "BRANDT", "given_name": "Ben", "birth_date": "1970-01-02", "sex": "M"}


def looks(database) -> int:
    with database.unit_of_work(write=False) as session:
        shown = select(func.count()).where(AuditEntry.action == "patients.shown", AuditEntry.subject == "label.claimed")
        return session.scalar(shown)


def test_an_agent_learns_its_own_printers_and_no_others(agent_house):
    [printer] = agent_house.get("/printers", as_="agent").json["items"]
    assert printer == {
        "name": "chair-1",
        "url": "tcp://127.0.0.1:9",
        "language": "zpl",
        "dpi": 203,
        "stock": "2x1in",
        "width_mm": 50.8,
        "height_mm": 25.4,
        "length_mm": 25.4,
    }


def test_a_claim_leases_the_printer_and_hands_out_the_next_label_rendered(claim, database):
    first, _second = queued(database, 2)
    claimed = claim()
    assert claimed["job"]["id"] == int(first)
    assert base64.b64decode(claimed["job"]["payload"]).startswith(b"^XA")
    assert claimed["token"] == printer_state(database).lease_token
    assert (claimed["lease_seconds"], claimed["needs_clearing"], claimed["printer"]["name"]) == (12, False, "chair-1")


def test_of_two_agents_under_one_token_one_holds_the_printer(claim, database, clock):
    queued(database)
    first = claim(owner="one")
    assert first["job"]
    second = claim(owner="two")
    assert (second["token"], second["job"]) == (None, None)
    clock.advance(seconds=13)
    assert claim(owner="two")["token"] > first["token"]
    assert claim(owner="one")["token"] is None


def test_a_running_lease_is_renewed_by_claims_and_keeps_its_token(claim, database, clock):
    token = claim(owner="one")["token"]
    for _ in range(5):
        clock.advance(seconds=5)
        assert claim(owner="one")["token"] == token
    assert claim(owner="two")["token"] is None


def test_most_claims_write_nothing(claim, database, clock):
    claim()
    until = printer_state(database).lease_until
    clock.advance(seconds=1)
    claim()
    assert printer_state(database).lease_until == until


def test_a_released_printer_is_free_at_once_and_its_label_under_way_is_in_doubt(claim, report, database):
    [job_id] = queued(database)
    claimed = claim(owner="one")
    report(claimed, "sending")
    assert claim(owner="one", token=claimed["token"], released=True)["token"] is None
    assert job(database, job_id).state is JobState.UNKNOWN
    assert claim(owner="two")["token"] > claimed["token"]


def test_after_a_label_in_doubt_nothing_is_offered_until_the_printer_is_cleared(claim, report, database):
    queued(database, 2)
    claimed = claim()
    report(claimed, "sending")
    report(claimed, "unknown")
    doubting = claim()
    assert (doubting["needs_clearing"], doubting["job"]) == (True, None)
    after = claim(token=doubting["token"], cleared=True)
    assert not after["needs_clearing"]
    assert after["job"]["id"] != claimed["job"]["id"]


def test_one_label_is_in_flight_at_a_time(claim, report, database):
    queued(database, 2)
    claimed = claim()
    report(claimed, "sending")
    assert claim()["job"] is None
    report(claimed, "printed")
    assert claim()["job"]


def test_labels_of_one_collection_stay_together(claim, report, database):
    with database.unit_of_work() as session:
        ana, ben = tube(session), tube(session)
        ids = [queue(session, one).id for one in (ana, ben, sibling(session, ana), sibling(session, ben))]
    order = []
    while (claimed := claim())["job"]:
        report(claimed, "sending")
        report(claimed, "printed")
        order.append(ids.index(claimed["job"]["id"]))
    assert order == [0, 2, 1, 3]


def test_a_late_label_is_held_and_never_offered(claim, database, clock):
    [job_id] = queued(database, now=clock())
    clock.advance(minutes=16)
    assert claim()["job"] is None
    assert job(database, job_id).state is JobState.HELD


def test_how_the_printer_is_goes_on_record(claim, database):
    token = claim()["token"]
    claim(token=token, condition="lid_open", detail="The printer's lid is open: close it.")
    state = printer_state(database)
    assert (state.condition, state.detail) == ("lid_open", "The printer's lid is open: close it.")


def test_a_wish_to_have_the_printer_asked_reaches_its_agent_before_the_next_label(claim, database, clock):
    token = claim()["token"]
    with database.unit_of_work() as session:
        test_page = queue_test_page(session, clock(), SYSTEM, settings(AGENTS_PRINTERS), "chair-1").id
    wished = claim()
    assert (wished["asked_for"], wished["job"]) == (True, None)
    clock.advance(seconds=1)
    answered = claim(token=token, condition="ready", detail="It is ready.", answers=["ZTC GK420d, V61.17.17Z"])
    assert (answered["asked_for"], answered["job"]["id"]) == (False, test_page)
    assert printer_state(database).answers == "ZTC GK420d, V61.17.17Z"
    assert b"GK420d" in base64.b64decode(answered["job"]["payload"])
    assert looks(database) == 0


def test_a_label_that_waited_for_an_agent_that_was_away_never_comes_out_beside_the_next_patient(
    agent_house, claim, database, clock
):
    for away in (0, 120):
        token = claim(owner=f"before-{away}")["token"]
        claim(owner=f"before-{away}", token=token, condition="ready")
        clock.advance(seconds=13 + away)
        ana = agent_house.collect(print=True)["specimens"][0]["print_job"]
        clock.advance(seconds=1)
        agent_house.collect(patient=BEN)
        claimed = claim(owner=f"after-{away}")
        assert (claimed["job"] is None) == (away > 0)
        assert job(database, ana).state is (JobState.HELD if away else JobState.QUEUED)
        with database.unit_of_work() as session:
            session.execute(update(PrintJob).values(state=JobState.CANCELLED))
        claim(owner=f"after-{away}", token=claimed["token"], released=True)


def test_handing_out_a_label_is_a_look_on_record_and_known_bytes_are_not_handed_out_again(claim, database):
    queued(database)
    first = claim()
    assert looks(database) == 1
    again = claim(known=first["job"]["id"])
    assert (again["job"]["id"], again["job"]["payload"]) == (first["job"]["id"], None)
    assert looks(database) == 1


def test_no_bytes_leave_where_the_look_cannot_be_recorded(agent_house, database, monkeypatch):
    queued(database)

    def broken(*_arguments):
        raise OSError("the disk is full")

    monkeypatch.setattr("specimen_service.labels.agent_actions.record_look", broken)
    reply = agent_house.post("/print-jobs/claim", {}, as_="agent")
    assert reply.status_code == 500
    assert "payload" not in reply.get_data(as_text=True)


def test_another_agents_printer_and_its_jobs_are_not_there(agent_house, claim, report, database):
    [job_id] = queued(database, printer="chair-2")
    token = ledger(database, agent_house.now, settings(AGENTS_PRINTERS)).acquire("chair-2", "elsewhere:agent", 30)
    for name in ("chair-2", "folder", "nowhere"):
        claim(404, printer=name, token=token, released=True)
    report({"token": token, "job": {"id": int(job_id), "attempt": 0}}, "sending", 404)
    report({"token": token, "job": {"id": 2**40, "attempt": 0}}, "sending", 404)
    assert job(database, job_id).state is JobState.QUEUED


def test_an_agent_without_a_printer_is_told_what_to_declare(agent_house, database, clock):
    with database.unit_of_work() as session:
        agent_house.tokens["agent"] = enrol(session, clock(), SYSTEM, name="spare", profile=Profile.AGENT)
    reply = agent_house.post("/print-jobs/claim", {}, as_="agent")
    assert (reply.status_code, 'agent = "spare"' in reply.json["detail"]) == (409, True)
    assert agent_house.get("/printers", as_="agent").json == {"items": []}


def test_an_agent_with_several_printers_names_one(database, clock):
    mine = [dict(AGENTS_PRINTERS[0]), dict(AGENTS_PRINTERS[0], name="chair-3")]
    house = furnish(database, clock, printer=mine, station=[])
    reply = house.post("/print-jobs/claim", {}, as_="agent")
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/printer")
    assert "chair-1, chair-3" in reply.json["errors"][0]["message"]
    assert house.post("/print-jobs/claim", {"printer": "chair-3"}, as_="agent").status_code == 200


def test_a_revoked_agent_is_refused_at_once(agent_house, claim, report, database, clock):
    [job_id] = queued(database)
    claimed = claim()
    with database.unit_of_work() as session:
        revoke(session, clock(), SYSTEM, name="agent")
    claim(401)
    report(claimed, "sending", 401)
    assert job(database, job_id).state is JobState.QUEUED


def test_only_agents_claim_and_report(sqlite_database, clock):
    house = furnish(sqlite_database, clock)
    for profile in set(Profile) - {Profile.AGENT}:
        assert house.post("/print-jobs/claim", {}, as_=profile).status_code == 403
        assert house.post("/print-jobs/1/report", {}, as_=profile).status_code == 403
        assert house.get("/printers", as_=profile).status_code == 403


def test_a_claim_that_cannot_be_meant_names_its_fault(sqlite_database, clock):
    house = furnish(sqlite_database, clock)
    bodies = [
        {"seconds": 3600},
        {"seconds": "12"},
        {"owner": "two words"},
        {"owner": ""},
        {"released": True},
        {"condition": "ready"},
        {"token": -1},
        {"token": 1, "condition": "sulking"},
        {"token": 1, "detail": "\x00"},
        {"token": 1, "cleared": "yes"},
        {"known": 2**31},
        {"tokens": 1},
        [],
    ]
    for body in bodies:
        reply = house.post("/print-jobs/claim", body, as_="agent")
        assert reply.status_code == 422, body
        assert all(fault["message"].endswith(".") for fault in reply.json["errors"])


def test_a_keyed_claim_is_answered_again_word_for_word(agent_house, database):
    queued(database)
    first, again = (agent_house.post("/print-jobs/claim", {}, as_="agent", key="k1") for _ in range(2))
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
