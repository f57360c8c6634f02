"""The description of the API is valid, complete and true."""

import re

import pytest
from openapi_spec_validator import validate

from tests.house import furnish


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


@pytest.fixture
def document(house):
    return house.client.get("/api/v1/openapi.json").json


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_endpoint_is_described_and_nothing_else(house, document):
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in house.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert served == described


def test_the_calls_of_the_contract_that_this_version_has_are_there(document):
    wanted = {
        "/api/v1/orders": "post",
        "/api/v1/collections": "post",
        "/api/v1/specimens/{number}": "get",
        "/api/v1/specimens/{number}/labels": "post",
        "/api/v1/specimens/{number}/custody": "get",
        "/api/v1/print-jobs": "get",
        "/api/v1/scans": "post",
        "/api/v1/pending": "get",
    }
    assert {path: method for path, method in wanted.items() if method not in document["paths"].get(path, {})} == {}


def test_whoever_may_call_is_said_of_every_operation(document):
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["description"].startswith("For devices of profile ")
            assert {"401", "403", "503"} <= operation["responses"].keys()


def test_the_page_that_shows_it_needs_no_outside_file(house):
    page = house.client.get("/api/docs").get_data(as_text=True)
    assert "/api/v1/scans" in page.replace("<wbr>", "")  # where a long path may break
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"])
def test_open_paths_answer_without_a_token(house, path):
    assert house.client.get(path).status_code == 200


def test_metrics_from_elsewhere_need_a_token(house):
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert house.client.get("/metrics", environ_overrides=elsewhere).status_code == 401
    token = {"Authorization": f"Bearer {house.tokens['lab']}"}
    assert house.client.get("/metrics", environ_overrides=elsewhere, headers=token).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nowhere", 404),
        ("DELETE", "/api/v1/scans", 405),
        ("GET", "/api/v1/specimens/100000000420", 404),
        ("GET", f"/api/v1/print-jobs/{2**63}", 404),
        ("GET", f"/api/v1/print-jobs/{2**31}", 404),
    ],
)
def test_errors_are_problems(house, method, path, status):
    headers = {"Authorization": f"Bearer {house.tokens['station']}"}
    reply = house.client.open(path, method=method, headers=headers)
    assert (reply.status_code, reply.content_type) == (status, "application/problem+json")
    assert reply.json["status"] == status
    assert reply.json.keys() >= {"type", "title", "detail"}


def test_a_body_of_ten_megabytes_is_refused_by_its_size(house):
    headers = {"Authorization": f"Bearer {house.tokens['lab']}", "Content-Type": "application/json"}
    reply = house.client.post("/api/v1/scans", data=b" " * 10_000_000, headers=headers)
    assert (reply.status_code, reply.content_type) == (413, "application/problem+json")


def test_every_answer_carries_the_protecting_headers(house):
    for path in ("/sign-in", "/api/v1/nowhere", "/healthz"):
        headers = house.client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
