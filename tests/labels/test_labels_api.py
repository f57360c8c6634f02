"""Labels and print jobs as other programs see them."""

import io
import json
from http import HTTPStatus

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import func, select, update

from printers.zpl_reader import draw, parse_format
from specimen_service.audit.model import AuditEntry
from specimen_service.labels.model import JobState, PrintJob
from tests.house import furnish

FIELDS = {
    "id",
    "state",
    "printer",
    "number",
    "reason",
    "reprint",
    "error",
    "proof",
    "replaced_by",
    "created_at",
    "created_by",
    "finished_at",
    "document_url",
}


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


def collected(house, **changes) -> tuple[str, int]:
    """The number of a fresh tube and the job of its label."""
    [specimen] = house.collect(**{"print": True} | changes)["specimens"]
    return specimen["number"], specimen["print_job"]


def put(database, job_id, state):
    with database.unit_of_work() as session:
        session.execute(update(PrintJob).where(PrintJob.id == job_id).values(state=state))


def as_image(data: bytes, kind: str) -> Image.Image:
    if kind == "png":
        return Image.open(io.BytesIO(data))
    if kind == "zpl":
        return draw(parse_format(data), 406, 203)
    return pypdfium2.PdfDocument(data)[0].render(scale=203 / 72).to_pil()


def test_a_collection_queues_a_label_that_can_be_looked_up(house):
    number, job_id = collected(house)
    job = house.get(f"/print-jobs/{job_id}").json
    assert set(job) == FIELDS
    assert (job["state"], job["printer"], job["number"], job["reason"]) == ("queued", "printer-1", number, "")


@pytest.mark.parametrize("kind", ["png", "zpl", "pdf"])
def test_a_picture_of_a_label_scans_and_prints_nothing(house, sqlite_database, kind):
    number, _job = collected(house, print=False)
    reply = house.get(f"/specimens/{number}/label.{kind}", as_="lab")
    assert reply.status_code == HTTPStatus.OK
    # The mark lies over the bars: a reader that tries every symbology may find another one in what is left of them.
    read = zxingcpp.read_barcode(as_image(reply.data, kind).convert("RGB"), formats=zxingcpp.BarcodeFormat.Code128)
    assert read.text == number
    with sqlite_database.unit_of_work(write=False) as session:
        assert session.scalar(select(func.count()).select_from(PrintJob)) == 0


def test_every_picture_is_marked_copy(house):
    number, _job = collected(house)
    pictures = {kind: house.get(f"/specimens/{number}/label.{kind}").data for kind in ("zpl", "svg", "png", "pdf")}
    assert b"^FDCOPY^FS" in pictures["zpl"]
    assert b"COPY" in pictures["svg"]
    for kind in ("png", "pdf"):
        red, _green, blue = (
            as_image(pictures[kind], kind).convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        )
        assert red > blue, kind


def test_every_look_at_a_label_is_on_record(house, sqlite_database):
    number, _job = collected(house)
    house.get(f"/specimens/{number}/label.svg")
    with sqlite_database.unit_of_work(write=False) as session:
        looks = session.scalars(select(AuditEntry).where(AuditEntry.action == "patients.shown")).all()
    assert [look.subject for look in looks] == ["label.svg"]
    assert len(looks[0].patients) == 1


@pytest.mark.parametrize("profile", ["handheld", "agent"])
def test_a_label_is_not_for_every_device(house, profile):
    number, _job = collected(house)
    assert house.get(f"/specimens/{number}/label.png", as_=profile).status_code == HTTPStatus.FORBIDDEN
    assert (
        house.post(f"/specimens/{number}/labels", {"printer": "printer-1"}, as_=profile).status_code
        == HTTPStatus.FORBIDDEN
    )


def test_an_unknown_number_has_no_label(house):
    assert house.get("/specimens/100000000420/label.png").status_code == HTTPStatus.NOT_FOUND
    assert house.post("/specimens/100000000420/labels", {"printer": "printer-1"}).status_code == HTTPStatus.NOT_FOUND


def test_a_reprint_is_accepted_with_its_job_and_the_old_number_names_the_new(house, sqlite_database):
    number, job_id = collected(house)
    put(sqlite_database, job_id, JobState.PRINTED)
    reply = house.post(f"/specimens/{number}/labels", {"printer": "printer-1", "reason": "smudged"})
    assert reply.status_code == HTTPStatus.ACCEPTED
    assert reply.json["number"] != number
    assert reply.json["reason"] == "smudged"
    assert house.get(f"/specimens/{number}").json["replaced_by"] == reply.json["number"]


def test_the_same_key_reprints_once(house, sqlite_database):
    number, job_id = collected(house)
    put(sqlite_database, job_id, JobState.PRINTED)
    wish = {"printer": "printer-1", "reason": "smudged"}
    replies = [house.post(f"/specimens/{number}/labels", wish, key="once").json for _ in range(2)]
    assert replies[0] == replies[1]


def test_an_undeclared_printer_is_named_as_the_fault(house):
    number, _job = collected(house)
    reply = house.post(f"/specimens/{number}/labels", {"printer": "chair-9", "reason": "smudged"})
    assert reply.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert reply.json["errors"][0]["pointer"] == "/printer"
    assert "printer-1" in reply.json["errors"][0]["message"]


@pytest.mark.parametrize(
    "supervisor", [{"statement": "I saw it."}, {"username": "a", "badge": "b", "statement": "I saw it."}]
)
def test_a_statement_is_of_one_supervisor(house, supervisor):
    number, _job = collected(house)
    reply = house.post(f"/specimens/{number}/labels", {"printer": "printer-1", "supervisor": supervisor})
    assert reply.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_verified_tube_is_relabelled_with_its_old_code_and_then_verified_anew(house, sqlite_database, clock):
    number, job_id = collected(house)
    put(sqlite_database, job_id, JobState.PRINTED)
    clock.advance(minutes=1)
    assert house.scan(number, "verify", scan_id="v1")["specimen"]["status"] == "verified"
    wish = {"printer": "printer-1", "reason": "torn"}
    clock.advance(minutes=1)
    refused = house.post(f"/specimens/{number}/labels", wish)
    assert (refused.status_code, refused.json["type"]) == (HTTPStatus.CONFLICT, "urn:problem:relabel-needs-proof")
    made = house.post(f"/specimens/{number}/labels", wish | {"old_code": number})
    assert made.status_code == HTTPStatus.ACCEPTED
    assert house.get(f"/specimens/{number}").json["status"] == "collected"
    clock.advance(minutes=1)
    assert house.scan(number, "verify", scan_id="v2")["reason"] == "replaced_label"
    assert house.scan(made.json["number"], "verify", scan_id="v3")["specimen"]["status"] == "verified"


@pytest.mark.parametrize("state", [JobState.SENT, JobState.UNKNOWN])
def test_the_first_scan_of_a_number_proves_its_label_printed(house, sqlite_database, clock, state):
    number, job_id = collected(house)
    put(sqlite_database, job_id, state)
    clock.advance(minutes=1)
    house.scan(number, "verify", scan_id="v1")
    job = house.get(f"/print-jobs/{job_id}").json
    assert (job["state"], job["proof"]) == ("printed", "scan")


def test_not_printed_voids_the_number_and_queues_a_new_label(house, sqlite_database):
    number, job_id = collected(house)
    put(sqlite_database, job_id, JobState.UNKNOWN)
    answer = house.post(f"/print-jobs/{job_id}/resolve", {"outcome": "not_printed"})
    assert (answer.status_code, answer.json["state"]) == (HTTPStatus.OK, "failed")
    successor = house.get(f"/specimens/{number}").json["replaced_by"]
    assert successor == answer.json["replaced_by"]
    [waiting] = house.get("/print-jobs?state=queued").json["items"]
    assert waiting["number"] == successor


def test_an_answer_for_a_job_that_is_not_in_doubt_is_a_conflict(house):
    _number, job_id = collected(house)
    reply = house.post(f"/print-jobs/{job_id}/resolve", {"outcome": "printed"})
    assert reply.status_code == HTTPStatus.CONFLICT
    assert house.post("/print-jobs/4711/resolve", {"outcome": "printed"}).status_code == HTTPStatus.NOT_FOUND
    bad = house.post(f"/print-jobs/{job_id}/resolve", {"outcome": "perhaps"})
    assert bad.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_jobs_are_listed_by_state_page_by_page(house):
    made = [collected(house)[1] for _ in range(3)]
    first = house.get("/print-jobs?state=queued&limit=2").json
    rest = house.get(f"/print-jobs?state=queued&limit=2&cursor={first['next']}").json
    assert [job["id"] for job in first["items"] + rest["items"]] == made[::-1]
    assert rest["next"] is None
    assert house.get("/print-jobs?state=perhaps").status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_print_job_names_no_patient(house):
    _number, job_id = collected(house)
    text = json.dumps(house.get(f"/print-jobs/{job_id}").json)
    assert "RIVERA" not in text
    assert "P100001" not in text


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/print-jobs/2147483648/resolve", {"outcome": "printed"}, HTTPStatus.NOT_FOUND),
        ("/print-jobs/99999999999999999999999/resolve", {"outcome": "printed"}, HTTPStatus.NOT_FOUND),
        ("/specimens/{number}/labels", {"printer": "printer-1", "reason": "a\0b"}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ("/specimens/{number}/labels", {"printer": "printer-1", "old_code": "\0"}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ("/specimens/{number}/labels", {"printer": "printer-1", "reason": "x" * 201}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ("/specimens/{number}/labels", {"printer": "printer-1", "copies": 2}, HTTPStatus.UNPROCESSABLE_ENTITY),
    ],
)
def test_what_no_database_could_hold_is_refused_on_both(database, clock, path, body, status):
    house = furnish(database, clock)
    number, _job = collected(house)
    assert house.post(path.format(number=number), body).status_code == status
