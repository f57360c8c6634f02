"""Who may print which sheet, and what is left of it."""

import pytest
from sqlalchemy import select

from specimen_service.audit.model import AuditEntry
from tests.house import furnish


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


@pytest.mark.parametrize(("role", "status"), [("collector", 403), ("lab", 403), ("supervisor", 200), ("admin", 200)])
def test_badges_are_printed_by_supervisors_and_administrators_alone(house, role, status):
    browser = house.sign_in(role)
    assert browser.get("/admin/sheets/badges").status_code == status
    assert ("/admin/sheets/badges" in browser.get("/admin/sheets").text) is (status == 200)
    with house.database.unit_of_work(write=False) as session:
        opened = session.scalars(select(AuditEntry).where(AuditEntry.action == "badges.opened")).all()
    assert len(opened) == (status == 200)


def test_a_sheet_that_there_is_not_is_not_found(house):
    assert house.sign_in("admin").get("/admin/sheets/posters").status_code == 404


@pytest.mark.parametrize("keys", ["", "{", "[[1]]", "[[1,2,3]]", '[["a","b","c",0]]', "5", '[["a","b",1e400,0]]'])
def test_a_doctor_without_script_or_with_nonsense_says_what_it_can(house, keys):
    said = house.sign_in("courier").post("/admin/scanner", data={"code": "<b>]C0100000000420", "keys": keys}).text
    assert "What arrived" in said
    assert "&lt;b&gt;" in said
    assert "Key by key" not in said
