"""Each look at patients is one audit row, an unchanged fragment is none, and nobody stays signed in by polling."""

import pytest
from sqlalchemy import select

from specimen_service.audit.model import AuditEntry
from specimen_service.patients.model import Patient
from tests.house import RIVERA, furnish

LIVE = {"X-Fragment": "1"}


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


def looks(database):
    with database.unit_of_work(write=False) as session:
        shown = select(AuditEntry.subject, AuditEntry.patients).where(AuditEntry.action == "patients.shown")
        return [(page, patients) for page, patients in session.execute(shown.order_by(AuditEntry.id))]


def only_patient(database):
    with database.unit_of_work(write=False) as session:
        return session.execute(select(Patient.id)).scalar_one()


def test_every_page_that_shows_a_patient_is_one_look(house, sqlite_database):
    order = house.post("/orders", {"patient": RIVERA, "tests": ["CBC"]}).json["order_number"]
    sitting = house.collect()
    number = sitting["specimens"][0]["number"]
    browser = house.sign_in("supervisor")
    pages = {
        "/": "worklist",
        f"/collect/order/{order}": "order",
        f"/collect/sitting/{sitting['accession']}": "sitting",
        "/lab/pending": "pending",
        f"/specimens/{number}": "specimen",
        f"/specimens/{number}/label.svg": "label",
    }
    before = len(looks(sqlite_database))
    for path in pages:
        assert browser.get(path).status_code == 200
    seen = looks(sqlite_database)[before:]
    assert [page for page, _patients in seen] == list(pages.values())
    assert {one for _page, patients in seen for one in patients} == {only_patient(sqlite_database)}


def test_an_unchanged_fragment_is_a_304_and_writes_nothing(house, sqlite_database):
    house.collect()
    browser = house.sign_in("supervisor")
    first = browser.get("/lab/pending/rows", headers=LIVE)
    before = looks(sqlite_database)
    again = browser.get("/lab/pending/rows", headers={**LIVE, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert looks(sqlite_database) == before
    house.collect()
    changed = browser.get("/lab/pending/rows", headers={**LIVE, "If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert len(looks(sqlite_database)) == len(before) + 1


def test_a_specimen_becoming_late_changes_the_fragment_by_itself(house, clock):
    house.collect()
    browser = house.sign_in("supervisor")
    tag = browser.get("/lab/pending/rows", headers=LIVE).headers["ETag"]
    clock.advance(minutes=1)
    assert browser.get("/lab/pending/rows", headers={**LIVE, "If-None-Match": tag}).status_code == 304
    for _ in range(10):
        clock.advance(minutes=6)
        browser.get("/scan")
    late = browser.get("/lab/pending/rows", headers={**LIVE, "If-None-Match": tag})
    assert late.status_code == 200
    assert "Overdue" in late.text


def test_polling_keeps_nobody_signed_in(house, clock):
    browser = house.sign_in("supervisor")
    for _ in range(3):
        clock.advance(minutes=4)
        answer = browser.get("/lab/pending/rows", headers=LIVE)
    assert answer.status_code == 401


def test_a_filter_that_means_nothing_is_named_and_shows_the_whole_list(house):
    house.collect()
    browser = house.sign_in("lab", "")
    answer = browser.get("/lab/pending?state=nonsense")
    assert answer.status_code == 422
    assert (
        "Nothing waits for “nonsense”. There are: To collect, Labelled, not drawn yet, With the patient," in answer.text
    )
    assert "RIVERA" in answer.text


@pytest.mark.parametrize("path", ["/collect/order/none", "/collect/sitting/none", "/specimens/100000000420"])
def test_what_is_not_there_is_said_in_a_sentence(house, path):
    answer = house.sign_in("supervisor").get(path)
    assert answer.status_code == 404
    assert "There is no" in answer.text


@pytest.mark.parametrize(
    ("role", "path"),
    [("courier", "/lab/pending"), ("collector", "/lab/pending"), ("lab", "/collect/new"), ("courier", "/collect/new")],
)
def test_a_page_of_another_role_is_refused_in_a_sentence(house, role, path):
    answer = house.sign_in(role).get(path)
    assert answer.status_code == 403
    assert "Ask a supervisor" in answer.text


def test_patient_text_is_data_on_every_page(house):
    hostile = RIVERA | {"family_name": "<script>alert(1)</script>", "given_name": '"><img src=x onerror=alert(1)>'}
    sitting = house.collect(patient=hostile)
    browser = house.sign_in("supervisor")
    for path in (
        "/lab/pending",
        f"/collect/sitting/{sitting['accession']}",
        f"/specimens/{sitting['specimens'][0]['number']}",
    ):
        text = browser.get(path).text
        assert "&lt;SCRIPT&gt;" in text
        assert "<script>alert" not in text.lower()
        assert "<img src=x" not in text.lower()
