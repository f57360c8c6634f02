"""The pending list on its page: saved views, orders, age bars, its file for a spreadsheet, and what it weighs."""

import csv
import html
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

import specimen_service
from specimen_service.audit.model import AuditEntry
from specimen_service.pending.queries import Filters, pending_page
from specimen_service.pending.rules import Sort, View, age_of
from specimen_service.pending.tables import FORMULA, csv_of, safe_cell
from specimen_service.specimens.model import NO_LIMIT, Status
from tests.builders import NOW, add_specimen
from tests.house import RIVERA, furnish

STATIC = Path(specimen_service.__file__).parent / "web/static"
IMPORTED = re.compile(r'^import [^;]*?"(\.[^"]+)"', re.MULTILINE)


def modules_of(script):
    """Return a script and all that it imports whatever happens, as a browser loads them."""
    found, to_read = set(), {(STATIC / script).resolve()}
    while to_read:
        one = to_read.pop()
        found.add(one)
        to_read |= {(one.parent / path).resolve() for path in IMPORTED.findall(one.read_text())} - found
    return found


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


def test_each_saved_view_shows_what_its_tab_counts(house, sqlite_database):
    late, soon = NOW - timedelta(minutes=5), NOW + timedelta(minutes=5)
    with sqlite_database.unit_of_work() as session:
        for i, (status, due) in enumerate(
            [
                (Status.TO_COLLECT, NO_LIMIT),
                (Status.TO_COLLECT, soon),
                (Status.COLLECTED, late),
                (Status.VERIFIED, soon),
                (Status.IN_TRANSIT, late),
                (Status.RECEIVED, NO_LIMIT),
                (Status.RETRIEVED, NO_LIMIT),
                (Status.REJECTED, NO_LIMIT),
            ]
        ):
            add_specimen(session, status=status, due_at=due, number=f"{i:012d}", since=NOW - timedelta(minutes=i))
        found = {view: len(pending_page(session, NOW, Filters(view=view)).items) for view in View}
    assert found == {
        View.OVERDUE: 2,
        View.NOT_PICKED_UP: 2,
        View.IN_TRANSIT: 1,
        View.NOT_STORED: 2,
        View.AWAITING_RECOLLECT: 1,
        View.TIMED_DUE: 1,
    }
    browser = house.sign_in("lab")
    page = browser.get("/lab/pending?view=not_picked_up").text
    assert page.count("<tr") == 3
    assert "These wait to be picked up: begin at the top." in page
    assert "2 are overdue: open Overdue and begin at its top." in browser.get("/lab/pending").text
    empty = browser.get("/lab/pending?view=in_transit&priority=stat&overdue=true").text
    assert "<h2>In transit · STAT · Only overdue</h2><p>No specimen waits in this view.</p>" in empty
    assert "Choose another view, or show all." in empty
    for count in ("Overdue <b>2</b>", "In transit <b>1</b>", "Not stored <b>2</b>", "Timed due <b>1</b>"):
        assert count in page


def test_every_tab_counts_what_it_shows_with_the_filters_that_are_set(house, sqlite_database):
    late = NOW - timedelta(minutes=5)
    with sqlite_database.unit_of_work() as session:
        for i, status in enumerate([Status.COLLECTED, Status.VERIFIED, Status.VERIFIED, Status.IN_TRANSIT]):
            add_specimen(session, status=status, due_at=late if i < 2 else NO_LIMIT, number=f"{i:012d}")
    browser = house.sign_in("lab")
    for asked in ("view=overdue&state=to_pick_up", "state=to_pick_up&overdue=true", "overdue=true", "state=in_transit"):
        page = browser.get(f"/lab/pending?{asked}").text
        tabs = re.findall(r'<a href="(/lab/pending\?[^"]+)"[^>]*>(?:<svg.*?</svg>)?[^<]+<b>(\d+)</b>', page)
        assert len(tabs) == len(View) + 1
        for address, count in tabs:
            assert browser.get(html.unescape(address)).text.count("opens number") == int(count), (asked, address)


def test_a_row_and_the_filter_call_what_it_waits_for_by_one_name(house):
    house.collect()
    browser = house.sign_in("lab")
    page = browser.get("/lab/pending").text
    rows = re.findall(r'opens number" href="/specimens/(\d+)".*?<td>([^<]+)<br><small>for', page, re.DOTALL)
    assert rows
    for number, step in rows:
        (state,) = re.findall(rf'<option value="(\w+)">{step}<', page)
        assert f"/specimens/{number}" in browser.get(f"/lab/pending?state={state}").text
    assert '<option value="received" selected>Received<' in browser.get("/lab/pending?state=received").text


@pytest.mark.parametrize("sort", Sort)
def test_pages_join_in_every_order(sqlite_database, sort):
    with sqlite_database.unit_of_work() as session:
        for i in range(9):
            minutes = {"since": NOW - timedelta(minutes=i % 3), "due_at": NOW + timedelta(minutes=i % 4)}
            add_specimen(session, urgency=i % 2, number=f"{i:012d}", **minutes)
        whole = [item.id for item in pending_page(session, NOW, Filters(), sort=sort).items]
        seen, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            page = pending_page(session, NOW, Filters(), limit=4, sort=sort, cursor=cursor)
            seen += [item.id for item in page.items]
            cursor, pages = page.next, pages + 1
    assert seen == whole
    assert len(set(seen)) == 9


def test_a_view_that_does_not_exist_is_named_and_the_whole_list_shown(house):
    house.collect()
    reply = house.sign_in("lab").get("/lab/pending?view=tomorrow")
    assert reply.status_code == 422
    assert "There is no view called “tomorrow”. There are: Overdue, Not picked up, In transit" in reply.text
    assert "not_picked_up" not in reply.text.partition('class="result')[2].partition("</div>")[0]
    assert 'href="/lab/pending">Show the whole list' in reply.text
    assert "RIVERA" in reply.text


@pytest.mark.parametrize("query", ["state=zzz", "sort=zzz", "priority=zzz"])
def test_a_filter_that_means_nothing_is_told_by_the_names_on_the_page(house, query):
    reply = house.sign_in("lab").get(f"/lab/pending?{query}")
    said = reply.text.partition('class="result')[2].partition("</div>")[0]
    assert (reply.status_code, "“zzz”" in said, "_" in said.partition("<p>")[2]) == (422, True, False)


def test_the_folded_filters_say_what_is_set(house):
    page = house.sign_in("lab").get("/lab/pending?location=Clinic&state=verified&priority=stat&overdue=true").text
    assert "Filters: Clinic · To pick up · STAT · Only overdue · Most urgent</span>" in page
    assert 'name="overdue" value="true" checked' in page


def test_the_file_holds_the_list_under_one_audit_row_and_no_formula(house, sqlite_database):
    house.collect(patient=RIVERA | {"mrn": "P1", "family_name": "=1+1"})
    house.collect(patient=RIVERA | {"mrn": "P2", "family_name": "O'Neill"})
    reply = house.sign_in("lab").get("/lab/pending.csv")
    assert reply.mimetype == "text/csv"
    assert "attachment" in reply.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff"))))
    assert {row["Container"] for row in rows} == {"Lavender EDTA"}
    assert [(row["Family name"], row["Born"]) for row in rows] == [("'=1+1", "14 MAR 1984"), ("O'Neill", "14 MAR 1984")]
    with sqlite_database.unit_of_work(write=False) as session:
        looks = session.scalars(select(AuditEntry.patients).where(AuditEntry.subject == "pending.csv")).all()
    assert [len(patients) for patients in looks] == [2]


@given(st.one_of(st.text(), st.sampled_from(FORMULA).flatmap(lambda sign: st.text().map(sign.__add__))))
def test_no_text_of_a_file_begins_like_a_formula(text):
    assert not safe_cell(text).startswith(FORMULA)
    assert safe_cell(-1.5) == -1.5
    written = csv_of(["a", "b"], [[text, "z"]]).removeprefix("\ufeff")
    assert list(csv.reader(io.StringIO(written, newline="")))[1] == [safe_cell(text), "z"]


@pytest.mark.parametrize(
    ("begun", "due", "tone"),
    [(-10, 30, "go"), (-50, 10, "wait"), (-50, -1, "stop"), (0, 0, "wait"), (5, -5, "stop")],
)
def test_an_age_bar_says_how_much_of_the_time_is_spent(begun, due, tone):
    age = age_of(NOW + timedelta(minutes=begun), NOW + timedelta(minutes=due), NOW)
    assert age.tone == tone
    assert 0 <= age.percent <= 100
    assert age_of(NOW, NO_LIMIT, NOW) is None


def test_the_page_weighs_less_than_80_kilobytes_with_fifty_rows(house):
    for _sitting in range(5):
        house.collect(specimens=[{"type": "BLDV", "container": "EDTA", "tests": ["CBC", "HBA1C"]}] * 10)
    lab = house.sign_in("lab")
    page = lab.get("/lab/pending").text
    assert page.count("<tr") == 51
    named = {STATIC / part for part in re.findall(r"/static/([\w./-]+)", page)}
    scripts = {one for one in named if one.suffix == ".js"}
    parts = (named - scripts).union(*(modules_of(one.relative_to(STATIC)) for one in scripts))
    paths = [f"/static/{part.relative_to(STATIC)}" for part in parts]
    loaded = 0
    for path in paths:
        with lab.get(path, headers={"Accept-Encoding": "gzip"}) as part:
            loaded += len(part.data)
    assert len(page.encode()) + loaded < 80_000, (len(page), loaded)


def test_the_first_paint_waits_for_no_script(house):
    page = house.sign_in("lab").get("/lab/pending").text
    scripts = re.findall(r"<script[^>]*>", page)
    assert scripts
    for script in scripts:
        assert 'type="module"' in script or 'type="application/json"' in script  # deferred, or no script at all
