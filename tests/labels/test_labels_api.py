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
from tests.house import PIN, RIVERA, furnish

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


@pytest.fixture
def relabel(house, sqlite_database, clock):
    """A printed label so old that a new one is a relabel: its number."""
    number, job_id = collected(house)
    put(sqlite_database, job_id, JobState.PRINTED)
    clock.advance(minutes=16)
    return number


def signed(house, number, supervisor):
    wish = {"printer": "printer-1", "reason": "torn", "supervisor": supervisor}
    return house.post(f"/specimens/{number}/labels", wish)


def test_a_supervisor_may_be_named_by_the_caller_who_stands_for_it(house, relabel):
    assert signed(house, relabel, "collector").status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert signed(house, relabel, "supervisor").status_code == HTTPStatus.ACCEPTED


def test_a_supervisor_may_sign_with_badge_and_pin(house, relabel):
    claim = {"badge": house.badges["supervisor"], "pin": PIN, "statement": "I saw the name on its paper."}
    assert signed(house, relabel, claim).status_code == HTTPStatus.ACCEPTED


def test_wrong_pins_over_the_interface_are_counted_and_bar_the_badge(house, relabel):
    claim = {"badge": house.badges["supervisor"], "pin": "111222", "statement": "I saw it."}
    replies = [signed(house, relabel, claim) for _ in range(6)]
    assert {reply.status_code for reply in replies} == {HTTPStatus.FORBIDDEN}
    assert "do not fit" in replies[4].json["detail"]
    assert "Wait five minutes" in replies[5].json["detail"]
    assert signed(house, relabel, claim | {"pin": PIN}).status_code == HTTPStatus.FORBIDDEN


def test_a_waiting_job_is_dropped_and_one_that_came_out_is_not(house, sqlite_database):
    _number, job_id = collected(house)
    assert house.post(f"/print-jobs/{job_id}/cancel", {}).json["state"] == "cancelled"
    put(sqlite_database, job_id, JobState.PRINTED)
    reply = house.post(f"/print-jobs/{job_id}/cancel", {})
    assert (reply.status_code, reply.json["type"]) == (HTTPStatus.CONFLICT, "urn:problem:not-waiting")
    assert house.post("/print-jobs/4711/cancel", {}).status_code == HTTPStatus.NOT_FOUND


def from_page(house, **changes):
    number, _job = collected(house, print=False, **changes)
    reply = house.post(f"/specimens/{number}/labels", {"printer": "browser"})
    assert reply.status_code == HTTPStatus.ACCEPTED
    return number, reply.json


def get(house, url, **more):
    return house.get(url.removeprefix("/api/v1"), **more)


def test_a_label_for_the_browser_is_served_once_at_its_true_size(house):
    number, job = from_page(house)
    assert (job["state"], job["printer"]) == ("queued", "browser")
    reply = get(house, job["document_url"])
    assert (reply.status_code, reply.content_type) == (HTTPStatus.OK, "application/pdf")
    [page] = pypdfium2.PdfDocument(reply.data)
    assert page.get_size() == pytest.approx((144, 72), abs=0.5)  # two by one inch, in points
    read = zxingcpp.read_barcode(as_image(reply.data, "pdf").convert("RGB"), formats=zxingcpp.BarcodeFormat.Code128)
    assert read.text == number
    after = house.get(f"/print-jobs/{job['id']}").json
    assert (after["state"], after["document_url"]) == ("sent", None)


def test_opening_a_label_again_is_refused_as_a_reprint_and_the_reprint_has_a_new_number(house):
    number, job = from_page(house)
    get(house, job["document_url"])
    again = get(house, job["document_url"])
    assert (again.status_code, again.json["type"]) == (HTTPStatus.CONFLICT, "urn:problem:opened-already")
    assert "reprint" in again.json["detail"]
    assert "opened for printing at 09:15" in again.json["detail"]
    reprint = house.post(f"/specimens/{number}/labels", {"printer": "browser", "reason": "paper jam"}).json
    assert (reprint["number"] != number, reprint["reprint"]) == (True, True)


def test_looking_whether_the_link_is_alive_does_not_use_it_up(house):
    _number, job = from_page(house)
    headers = {"Authorization": f"Bearer {house.tokens['station']}"}
    assert house.client.head(job["document_url"], headers=headers).status_code == HTTPStatus.OK
    assert get(house, job["document_url"]).status_code == HTTPStatus.OK


def test_a_document_goes_on_a_sheet_and_a_position_that_is_not_there_leaves_it_unused(house):
    _number, job = from_page(house)
    for wrong in ("sheet=none", "sheet=a4-4x10&start=41", "start=0", "sheets=a4-4x10"):
        assert get(house, f"{job['document_url']}?{wrong}").status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert get(house, job["document_url"] + "?sheet=a4-4x10&start=40").data.startswith(b"%PDF-")


def test_a_document_is_on_record_as_a_look_and_is_not_for_every_device(house, sqlite_database):
    _number, job = from_page(house)
    assert get(house, job["document_url"], as_="handheld").status_code == HTTPStatus.FORBIDDEN
    get(house, job["document_url"])
    with sqlite_database.unit_of_work(write=False) as session:
        looks = session.scalars(select(AuditEntry).where(AuditEntry.action == "patients.shown")).all()
    assert [look.subject for look in looks] == ["label.document"]


def test_a_job_for_a_printer_has_no_document(house):
    _number, job_id = collected(house)
    reply = house.get(f"/print-jobs/{job_id}/document")
    assert (reply.status_code, reply.json["type"]) == (HTTPStatus.CONFLICT, "urn:problem:not-for-the-browser")
    assert house.get("/print-jobs/4711/document").status_code == HTTPStatus.NOT_FOUND


def test_a_label_that_cannot_fit_is_refused_naming_the_field_before_anything_changes(house, sqlite_database):
    number, job_id = collected(house, patient=RIVERA | {"mrn": "W" * 40})
    job = house.get(f"/print-jobs/{job_id}").json
    assert (job["state"], "MRN" in job["error"]) == ("failed", True)
    reply = house.post(f"/specimens/{number}/labels", {"printer": "printer-1", "reason": "again"})
    assert (reply.status_code, reply.json["type"]) == (HTTPStatus.CONFLICT, "urn:problem:label-does-not-fit")
    assert "MRN" in reply.json["detail"]
    with sqlite_database.unit_of_work(write=False) as session:
        assert session.scalar(select(func.count()).select_from(PrintJob)) == 1
