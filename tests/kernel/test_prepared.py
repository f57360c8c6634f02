"""Statements run straight on the driver say the same as SQLAlchemy's own, and fail as decently."""

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from specimen_service.kernel.prepared import Prepared, among
from specimen_service.places.model import Ends, Location
from specimen_service.specimens.model import Specimen, Status
from tests.builders import NOW, add_location, add_specimen

PLACES, TUBES = Location.__table__, Specimen.__table__


@pytest.fixture
def session(database):
    with database.unit_of_work() as opened:
        yield opened


def test_values_come_back_as_the_types_of_their_columns_say(session):
    legs = {"collected": ["2026-11-21T14:15:00+00:00", "Lab"]}
    add_specimen(session, number="100000000420", leg_times=legs, fasting=None, status=Status.COLLECTED)
    statement = select(*TUBES.c).where(among(TUBES.c.number))
    (row,) = Prepared(statement).rows(session.connection(), {"keys": ["100000000420", "x"]})
    assert row == list(session.connection().execute(select(*TUBES.c)).one())


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_one_statement_serves_any_number_of_keys(session, count):
    for i in range(3):
        add_location(session, f"Place {i}", number=f"{i}")
    prepared = Prepared(select(PLACES.c.number).where(among(PLACES.c.number)).order_by(PLACES.c.number))
    found = prepared.rows(session.connection(), {"keys": [str(i) for i in range(count)]})
    assert [row[0] for row in found] == ["0", "1", "2"][:count]


def test_rows_are_written_as_the_types_of_their_columns_say(session):
    columns = ["name", "number", "kind", "ends", "inspect", "external", "active"]
    known = {"kind": "lab", "ends": Ends.RECEIVED, "inspect": True, "external": False, "active": True}
    written = Prepared(insert(PLACES).inline(), columns)
    assert written.run(session.connection(), [known | {"name": n, "number": n} for n in "ab"]) == 2
    assert written.run(session.connection(), [known | {"name": "c", "number": "c"}]) == 1
    assert {place.ends for place in session.scalars(select(Location))} == {Ends.RECEIVED}
    specimen = add_specimen(session)
    moved = Prepared(update(TUBES).where(TUBES.c.id == bindparam("key")), ["since", "leg_times", "status"])
    change = {"since": NOW + timedelta(hours=1), "leg_times": {"a": ["b", "c"]}, "status": Status.STORED}
    assert moved.run(session.connection(), [change | {"key": specimen.id}]) == 1
    session.refresh(specimen)
    assert {name: getattr(specimen, name) for name in change} == change


def test_a_drivers_error_leaves_as_sqlalchemys_and_quotes_no_row(session):
    add_location(session, "Secret", number="1")
    columns = ["name", "number", "kind", "ends", "inspect", "external", "active"]
    same = {"kind": "lab", "ends": Ends.RECEIVED, "inspect": True, "external": False, "active": True}
    with pytest.raises(IntegrityError) as refused:
        Prepared(insert(PLACES).inline(), columns).run(session.connection(), [same | {"name": "Secret", "number": "2"}])
    assert "Secret" not in str(refused.value)
    session.rollback()


def test_a_key_is_looked_up_in_its_index(session):
    prepared = Prepared(select(PLACES.c.id).where(among(PLACES.c.number)))
    compiled = prepared._on(session.connection().dialect)
    if session.get_bind().dialect.name == "sqlite":
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled.sql}", ('["1"]',)).all()
        assert any("SEARCH location USING COVERING INDEX" in row.detail for row in plan)
    else:
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = session.connection().exec_driver_sql(f"EXPLAIN {compiled.sql}", {"keys": ["1"]}).all()
        assert any("uq_location_number" in row[0] for row in plan)
