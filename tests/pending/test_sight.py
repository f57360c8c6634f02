"""The dashboard and the wall: what the numbers count, what they cost, who sees them, and that no patient is in them."""

import re
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from specimen_service.pending.charts import age_strip, leg_run, pareto
from specimen_service.pending.filters import STAGES
from specimen_service.pending.sight import (
    BINS,
    NO_BIN,
    LegDay,
    Tube,
    arrivals,
    leg_days,
    numbers_of,
    percentile,
    unverified,
)
from specimen_service.pending.sight_queries import latest_tubes, live_bins, overrides
from specimen_service.specimens.model import NO_LIMIT, Status
from tests.builders import NOW, add_device, add_specimen, add_tube
from tests.house import RIVERA, furnish


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


def test_every_pending_specimen_is_counted_once_and_late_from_the_first_moment_past_its_limit(database):
    with database.unit_of_work() as session:
        for status, due in [
            (Status.TO_COLLECT, NO_LIMIT),
            (Status.COLLECTED, NOW),
            (Status.VERIFIED, NOW - timedelta(seconds=1)),
            (Status.IN_TRANSIT, NOW - timedelta(days=3)),
            (Status.IN_TRANSIT, NOW + timedelta(days=3)),
        ]:
            add_specimen(session, status=status, due_at=due)
        add_specimen(session, status=Status.STORED, pending=False, due_at=NOW - timedelta(hours=1))
        live = live_bins(session, NOW)
    assert sum(live.values()) == 5
    assert (live[Status.TO_COLLECT, NO_BIN], live[Status.IN_TRANSIT, 0], live[Status.IN_TRANSIT, BINS - 1]) == (1, 1, 1)
    numbers = numbers_of(live, 4)
    assert (numbers.waiting, numbers.late_pick_up, numbers.in_transit) == (1, 1, 2)
    assert (numbers.overdue, numbers.rejected_today) == (2, 4)
    chart = age_strip(live, STAGES)
    assert chart.finding == "2 of 5 late"
    assert sum(one.kind == "late" for one in chart.marks) == 2


def test_typed_numbers_and_skipped_verifies_are_counted_among_the_latest_tubes(database):
    with database.unit_of_work() as session:
        device = add_device(session)
        add_tube(session, device)
        tubes, first = latest_tubes(session, NOW - timedelta(days=1))
        counted = overrides(session, tubes, first, unverified(tubes))
    assert (counted.of, counted.typed, counted.unverified, counted.voided, counted.reprinted) == (1, 0, 0, 0, 0)


def test_a_typed_scan_is_an_override(house):
    number = house.collect()["specimens"][0]["number"]
    house.scan(number, "pick_up", scan_id="s-1", entry="typed", location=house.locations["Clinic"])
    table = house.sign_in("lab").get("/dashboard/overrides.csv").text
    assert "Numbers typed,1,100.0" in table
    assert "Verify skipped,1,100.0" in table


@given(st.lists(st.floats(0, 1000), min_size=1), st.sampled_from([0.5, 0.9]))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values, share):
    found = percentile(values, share)
    assert found in values
    assert sum(one <= found for one in values) >= share * len(values)
    assert sum(one < found for one in values) < share * len(values)


def test_a_leg_is_told_by_the_day_it_ended_and_one_that_ran_backwards_not_at_all():
    def tube(minutes: int) -> Tube:
        legs = {"collected": [NOW.isoformat(), "A"], "departed": [(NOW + timedelta(minutes=minutes)).isoformat(), "A"]}
        return Tube(Status.STORED, NOW, True, legs, None, False)

    tubes = [tube(minutes) for minutes in (10, 20, 90, -5)]
    (day,) = leg_days(tubes, "collected", ["departed"], UTC)
    assert (day.count, day.median, day.ninth) == (3, 20, 90)
    assert leg_run("departed", "Pick-up", [day], 60).finding.endswith("limit of 60 min missed")
    near = leg_run("departed", "Pick-up", [replace(day, median=60, ninth=65)], 90)
    assert "60 / 65" in [mark.text for mark in near.marks]
    assert arrivals(tubes, UTC) == [0] * 24


def test_transport_ends_at_the_bench_where_nobody_scanned_the_door():
    def tube(**minutes: int) -> Tube:
        legs = {leg: [(NOW + timedelta(minutes=at)).isoformat(), "A"] for leg, at in minutes.items()}
        return Tube(Status.RECEIVED, NOW, True, legs, None, False)

    tubes = [
        tube(departed=0, arrived=30, received=50),
        tube(departed=0, received=40),
        tube(departed=0),
        tube(received=5),
    ]
    (transport,) = leg_days(tubes, "departed", ["arrived", "received"], UTC)
    (receipt,) = leg_days(tubes, "arrived", ["received"], UTC)
    assert (transport.count, transport.median, transport.ninth) == (2, 30, 40)
    assert (receipt.count, receipt.median) == (1, 20)


def test_a_leg_of_seconds_took_a_minute_at_most_and_none_explains_no_mark():
    assert "half within 1 min" in leg_run("departed", "Pick-up", [LegDay(NOW.date(), 2, 0.1, 0.4)], None).finding
    assert leg_run("departed", "Pick-up", [LegDay(NOW.date(), 2, 0.1, 0.4)], None).rows == ((NOW.date(), 2, 1, 1),)
    empty = leg_run("departed", "Pick-up", [], 60)
    assert (empty.marks, "circles" in empty.about) == ((), False)


def test_the_pareto_has_its_denominator():
    chart = pareto([("RH", 3), ("QS", 1)], {"RH": "Hemolyzed"}, 2000)
    assert chart.rows == (("Hemolyzed", 3, 1.5, 75), ("QS", 1, 0.5, 100))
    assert "2000 collected" in chart.about


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([("RH", 1)], "Hemolyzed leads: 1 of 1 rejected"),
        ([("RH", 3), ("QS", 1)], "Hemolyzed leads: 3 of 4 rejected"),
        ([("RH", 2), ("QS", 2), ("RM", 1)], "Hemolyzed and Too little lead: 2 each of 5 rejected"),
        ([("RH", 2), ("QS", 2), ("RM", 2)], "3 reasons lead: 2 each of 6 rejected"),
        ([("RH", 1), ("QS", 1)], "2 reasons, each once"),
    ],
)
def test_of_reasons_as_frequent_as_each_other_none_leads_alone(found, said):
    names = {"RH": "Hemolyzed", "QS": "Too little", "RM": "No label"}
    assert pareto(found, names, 2000).finding == said


def test_the_dashboard_is_as_many_statements_whatever_there_is(house, sqlite_database, clock):
    browser, counts = house.sign_in("lab"), []
    for _round in range(2):
        statements = []
        listener = lambda *args, into=statements: into.append(args[2])  # noqa: E731
        event.listen(sqlite_database.engine, "before_cursor_execute", listener)
        assert browser.get("/dashboard").status_code == 200
        event.remove(sqlite_database.engine, "before_cursor_execute", listener)
        counts.append(len([one for one in statements if one.startswith(("SELECT", "WITH"))]))
        house.collect(specimens=[{"type": "BLDV", "container": "EDTA", "tests": ["CBC"]}] * 5)
        clock.advance(minutes=1)
    # Of nothing nothing is counted: the first time the overrides are not asked for.
    assert counts == [5, 6]


def test_behind_each_number_is_a_list_of_just_as_many(house, sqlite_database):
    late, soon, yesterday = NOW - timedelta(minutes=5), NOW + timedelta(minutes=5), NOW - timedelta(days=1)
    due = {Status.TO_COLLECT: NO_LIMIT, Status.COLLECTED: late, Status.VERIFIED: soon, Status.IN_TRANSIT: late}
    with sqlite_database.unit_of_work() as session:
        for i, (status, due_at) in enumerate([*due.items(), (Status.VERIFIED, late), (Status.REJECTED, NO_LIMIT)]):
            add_specimen(session, status=status, due_at=due_at, number=f"{i:012d}")
        for i, since in enumerate([NOW, yesterday], start=20):
            add_specimen(session, status=Status.REJECTED, pending=False, since=since, number=f"{i:012d}")
    browser = house.sign_in("lab")
    tiles = re.findall(
        r'class="number-tile \w+" href="([^"]+)">.*?<b>(\d+)</b><span>([\w -]+)<', browser.get("/dashboard").text
    )
    assert [word for _url, _count, word in tiles] == [
        *("Waiting now", "Late pick-up", "In transit", "Overdue", "Rejected today")
    ]
    for url, count, word in tiles:
        page = browser.get(url.replace("&amp;", "&")).text.partition("<main")[2]
        listed = page.count("<tr") - 1 if "pending" in url else page.count('<li class="sheet')
        assert (word, listed) == (word, int(count))
    assert [int(count) for _url, count, _word in tiles] == [1, 2, 1, 3, 2]


def test_neither_page_names_a_patient_and_each_chart_has_its_file(house):
    house.collect(patient=RIVERA)
    browser = house.sign_in("lab")
    dashboard = browser.get("/dashboard").text
    for page in (dashboard, browser.get("/wall").text):
        assert "RIVERA" not in page
        assert "P100001" not in page
    files = [part.split('"')[0] for part in dashboard.split('href="')[1:] if part.startswith("/dashboard/")]
    assert files
    for file in files:
        assert browser.get(file).mimetype == "text/csv"
    assert browser.get("/dashboard/gossip.csv").status_code == 404


def test_the_wall_opens_to_a_known_display_turns_by_itself_and_can_be_paused(house):
    display = house.app.test_client()
    assert display.get("/wall").status_code == 401
    display.post("/wall", data={"token": "made up"})
    refused = display.get("/wall")
    assert (refused.status_code, "That token is not known" in refused.text) == (401, True)
    display.post("/wall", data={"token": house.tokens["handheld"]})
    seen, path = [], "/wall"
    for _turn in range(7):
        seconds, path = display.get(path).headers["Refresh"].split("; url=")
        assert int(seconds) >= 20
        seen.append(path)
    assert len(set(seen)) == 7
    assert "Refresh" not in display.get(f"{path}&paused=1").headers


@pytest.mark.parametrize("role", ["collector", "courier"])
def test_the_dashboard_is_for_the_laboratory(house, role):
    assert house.sign_in(role).get("/dashboard").status_code == 403
