"""Scripts, styles and signs come compressed and are asked for once; what may name a patient is never compressed."""

import gzip

import pytest

from tests.house import RIVERA, furnish

ASKED = {"Accept-Encoding": "gzip, deflate, br, zstd"}


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


def asked(visitor, path, **headers):
    with visitor.get(path, headers=headers) as answer:
        return answer.status_code, answer.data, answer.headers


def test_what_every_page_loads_comes_compressed_and_is_not_sent_again(house):
    visitor = house.sign_in("lab")
    for path in ("/static/wedge.js", "/static/base.css", "/static/icons.svg"):
        _, plain, said_plain = asked(visitor, path)
        _, packed, said = asked(visitor, path, **ASKED)
        assert (said["Content-Encoding"], said_plain.get("Content-Encoding")) == ("gzip", None)
        assert said["Vary"] == said_plain["Vary"] == "Accept-Encoding"
        assert gzip.decompress(packed) == plain
        assert len(packed) < len(plain) * 0.6
        assert said["ETag"] != said_plain["ETag"]
        assert asked(visitor, path, **ASKED, **{"If-None-Match": said["ETag"]})[:2] == (304, b"")


def test_nothing_that_may_name_a_patient_is_compressed(house):
    number = house.collect(patient=RIVERA)["specimens"][0]["number"]
    visitor = house.sign_in("lab")
    for path in ("/lab/pending", f"/specimens/{number}"):
        answer = visitor.get(path, headers=ASKED)
        assert "RIVERA" in answer.text
        assert "Content-Encoding" not in answer.headers
