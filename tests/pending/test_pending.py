"""What is not yet where it should be: its order, its filters, its pages, and what a page costs."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text

from specimen_service.kernel.errors import InvalidInput
from specimen_service.orders.model import Priority
from specimen_service.pending.queries import Filters, pending_page
from specimen_service.pending.rules import Condition, Step, conditions_of, step_of
from specimen_service.places.model import Ends
from specimen_service.specimens.model import NO_LIMIT, Specimen, Status
from tests.builders import NOW, add_device, add_location, add_specimen, add_test, add_tube


@pytest.fixture
def session(database):
    with database.unit_of_work() as opened:
        yield opened


@pytest.fixture
def sqlite_session(sqlite_database):
    with sqlite_database.unit_of_work() as opened:
        yield opened


def add_pending(session, count: int, **values) -> None:
    chance = random.Random(7)
    for i in range(count):
        due = chance.choice([NOW + timedelta(minutes=chance.randrange(-3, 3)), NO_LIMIT])
        known = {
            "urgency": chance.randrange(3),
            "due_at": due,
            "status": chance.choice(LIVE),
            "number": f"{i // 2:012d}",
        }
        add_specimen(session, **known | values)


LIVE = [Status.COLLECTED, Status.VERIFIED, Status.IN_TRANSIT, Status.RECEIVED]


def test_the_most_urgent_comes_first_and_pages_join_without_gap_or_repetition(session):
    add_pending(session, 40)
    add_specimen(session, pending=False, status=Status.STORED)
    expected = session.execute(
        select(Specimen.id)
        .where(Specimen.status != Status.STORED)
        .order_by(Specimen.urgency, Specimen.due_at, Specimen.number, Specimen.id)
    ).scalars()
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = pending_page(session, NOW, Filters(), limit=7, cursor=cursor)
        seen += [item.id for item in page.items]
        cursor, pages = page.next, pages + 1
    assert seen == list(expected)
    assert pages == 6


def test_a_page_is_one_select_however_many_rows_it_has(session):
    add_pending(session, 30)
    for filters in (Filters(), Filters(state="to_verify", priority=Priority.STAT, overdue=True)):
        statements = []
        listener = lambda *args, into=statements: into.append(args[2])  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", listener)
        pending_page(session, NOW, filters, limit=25)
        event.remove(session.get_bind(), "before_cursor_execute", listener)
        assert [statement.split()[0] for statement in statements] == ["WITH"]


def test_the_page_is_read_along_the_partial_index_from_where_the_last_one_ended(session):
    add_pending(session, 30)
    statements = []
    listener = lambda *args: statements.append((args[2], args[3]))  # noqa: E731
    event.listen(session.get_bind(), "before_cursor_execute", listener)
    cursor = pending_page(session, NOW, Filters(), limit=5).next
    pending_page(session, NOW, Filters(), limit=5, cursor=cursor)
    event.remove(session.get_bind(), "before_cursor_execute", listener)
    first, following = (plan_of(session, *statement) for statement in statements)
    if session.get_bind().dialect.name == "sqlite":
        assert "MATERIALIZE page SCAN specimen USING INDEX ix_specimen_pending" in first
        assert (
            "MATERIALIZE page SEARCH specimen USING INDEX ix_specimen_pending ((urgency,due_at,number)>(?,?,?))"
            in following
        )
    else:
        assert "Limit -> Index Scan using ix_specimen_pending on specimen specimen_1" in first
        assert "Limit -> Index Scan using ix_specimen_pending on specimen specimen_1 Index Cond: (ROW(" in following


def plan_of(session, statement, parameters) -> str:
    if session.get_bind().dialect.name == "sqlite":
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return " ".join(row.detail for row in rows)
    for road in (
        "seqscan",
        "bitmapscan",
        "sort",
    ):  # thirty rows fit one block, which PostgreSQL would rightly just read
        session.execute(text(f"SET LOCAL enable_{road} = off"))
    rows = session.connection().exec_driver_sql(f"EXPLAIN (COSTS off) {statement}", parameters)
    return " ".join(" ".join(row[0].split()) for row in rows)


def test_an_item_says_what_it_is_where_it_is_and_whose(session):
    device, lab = add_device(session), add_location(session, "Lab", inspect=True)
    tube = add_tube(session, device, location_id=lab.id, handling="REF", stable_until=NOW + timedelta(hours=4))
    for code in ("HBA1C", "CBC", "CBC"):
        add_test(session, tube, code)
    (item,) = pending_page(session, NOW, Filters()).items
    assert (item.number, item.status, item.step, item.since) == (tube.number, Status.COLLECTED, Step.TO_VERIFY, NOW)
    assert (item.tests, item.handling, item.container, item.type) == (("CBC", "HBA1C"), "REF", "EDTA", "BLDV")
    assert (item.due_at, item.overdue, item.stable_until) == (None, False, NOW + timedelta(hours=4))
    assert (item.holder, item.location, item.priority) == ("Lab", "Lab", Priority.ROUTINE)
    assert (item.last_seen.at, item.last_seen.location, item.last_seen.by) == (NOW, "Lab", "handheld-1")
    assert (item.patient.mrn, item.patient.family_name) == ("P100008", "BRANDT")
    assert item.accession


def test_a_planned_specimen_is_pending_without_number_or_accession(session):
    add_specimen(session)
    (item,) = pending_page(session, NOW, Filters()).items
    assert (item.number, item.accession, item.step, item.last_seen) == (None, None, Step.TO_COLLECT, None)


def test_filters_narrow_the_page_and_counts_label_the_tabs(session):
    clinic = add_location(session, "Clinic")
    lab = add_location(session, "Lab", inspect=True, ends=Ends.RECEIVED)
    late, soon = {"due_at": NOW - timedelta(minutes=1)}, {"due_at": NOW + timedelta(minutes=1)}
    tubes = {
        "a": add_specimen(session, status=Status.COLLECTED, location_id=clinic.id, urgency=0, **late),
        "b": add_specimen(session, status=Status.COLLECTED, location_id=clinic.id, **soon),
        "c": add_specimen(session, status=Status.RECEIVED, location_id=lab.id, **late),
        "d": add_specimen(session, status=Status.RECEIVED, location_id=clinic.id),
        "e": add_specimen(session, status=Status.RECEIVED),
    }

    def shown(**filters) -> str:
        found = {item.id for item in pending_page(session, NOW, Filters(**filters)).items}
        return "".join(name for name, tube in tubes.items() if tube.id in found)

    assert shown(state="collected") == shown(state="to_verify") == "ab"
    assert (shown(state="received"), shown(state="to_accept"), shown(state="to_store")) == ("cde", "c", "de")
    assert shown(location="Clinic") == shown(location=clinic.number) == "abd"
    assert (shown(priority=Priority.STAT), shown(overdue=True)) == ("a", "ac")
    assert shown(state="collected", overdue=True, location="Clinic") == "a"
    assert shown(state="to_pick_up") == ""
    counts = pending_page(session, NOW, Filters(state="to_pick_up", location="Clinic", overdue=True)).counts
    assert counts == {"collected": 2, "received": 1, "total": 3, "overdue": 1}


def test_an_empty_list_has_counts_of_nothing(session):
    assert pending_page(session, NOW, Filters()).counts == {"total": 0, "overdue": 0}


@pytest.mark.parametrize(
    ("pointer", "wrong"),
    [
        ("/state", {"filters": Filters(state="asleep")}),
        ("/location", {"filters": Filters(location="Atlantis")}),
        ("/cursor", {"filters": Filters(), "cursor": "WzEsMl0"}),
        ("/cursor", {"filters": Filters(), "cursor": "WzEsInNvb24iLCJ4IiwxXQ"}),
        ("/cursor", {"filters": Filters(), "cursor": "WyJhIixudWxsLCJ4IiwxXQ"}),
    ],
)
def test_a_filter_or_cursor_that_means_nothing_is_named(sqlite_session, pointer, wrong):
    with pytest.raises(InvalidInput) as refused:
        pending_page(sqlite_session, NOW, **wrong)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_every_status_and_every_step_can_be_asked_for():
    for status in Status:
        assert conditions_of(status) == (Condition(status),)
    for step in Step:
        meant = conditions_of(step)
        assert meant
        if step not in set(Status):
            assert all(
                step_of(one.status, inspect=bool(one.inspect), by_patient=bool(one.by_patient)) is step for one in meant
            )
    assert conditions_of("asleep") == ()
    assert conditions_of("to_accept") == (Condition(Status.RECEIVED, inspect=True),)
    assert conditions_of("to_draw") == (Condition(Status.ISSUED, by_patient=False),)
    assert conditions_of("to_return") == (Condition(Status.ISSUED, by_patient=True),)
