"""Where one comes back to from an address that only takes forms: after a lock, by `Back`, or typed."""

import pytest

from tests.house import furnish


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/collect/find", "/"),
        ("/collect/order/R1/tube", "/collect/order/R1"),
        ("/lab/specimens/100000000420/hold", "/lab/specimens/100000000420"),
    ],
)
def test_a_get_of_what_takes_forms_leads_to_its_page(sqlite_database, clock, address, page):
    answer = furnish(sqlite_database, clock).sign_in("supervisor").get(address)
    assert (answer.status_code, answer.location) == (302, page)


def test_of_the_api_it_stays_an_error(sqlite_database, clock):
    house = furnish(sqlite_database, clock)
    assert house.client.get("/api/v1/scans").status_code == 405
    assert house.sign_in("supervisor").delete("/lab/pending").status_code in {403, 405}
