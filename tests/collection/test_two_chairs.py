"""Two people, or two clicks, on one patient: no tube is drawn or labelled twice."""

import threading

import pytest
from sqlalchemy import func, select

from specimen_service.labels.model import PrintJob
from specimen_service.specimens.model import Specimen, Status
from tests.house import RIVERA, furnish


@pytest.fixture
def house(database, clock):
    return furnish(database, clock)


def collect_at_once(house, numbers):
    """Press Collected on these orders at the same moment, each in a browser of its own whose page was open before."""
    browsers = [house.sign_in() for _ in numbers]
    for browser, number in zip(browsers, numbers, strict=True):
        for identifier in ("name", "birth_date"):
            browser.post(f"/collect/order/{number}/identify", data={"identifier": identifier})
    start, replies = threading.Barrier(len(numbers)), []

    def press(browser, number):
        start.wait()
        replies.append(browser.post(f"/collect/order/{number}/collected").status_code)

    threads = [threading.Thread(target=press, args=one) for one in zip(browsers, numbers, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def collected(database):
    with database.unit_of_work(write=False) as session:
        drawn = select(Specimen.container_id).where(Specimen.status == Status.COLLECTED)
        return sorted(session.scalars(drawn)), session.scalar(select(func.count()).select_from(PrintJob))


@pytest.mark.parametrize(
    "tests", [(["CBC", "PT"], ["CBC", "PT"]), (["CBC"], ["HBA1C"]), (["CBC", "PT"], ["HBA1C", "TSH"])]
)
def test_two_chairs_with_orders_that_share_a_tube_draw_it_once(house, database, tests):
    numbers = [house.post("/orders", {"patient": RIVERA, "tests": one}).json["order_number"] for one in tests]
    collect_at_once(house, numbers)
    containers, jobs = collected(database)
    assert containers
    assert len(containers) == len(set(containers))
    assert jobs == len(containers)


def test_a_double_click_collects_once_and_both_clicks_go_on(house, database):
    number = house.post("/orders", {"patient": RIVERA, "tests": ["CBC", "PT"]}).json["order_number"]
    assert collect_at_once(house, [number, number]) == [303, 303]
    containers, jobs = collected(database)
    assert (len(containers), jobs) == (2, 2)
