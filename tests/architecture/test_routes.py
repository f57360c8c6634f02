"""No page and no endpoint answers anybody unknown, except the open ones that CONTRACT.md section 4 names."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from specimen_service.accounts.model import Role
from specimen_service.app import create_app
from specimen_service.devices.model import Profile
from specimen_service.settings import Settings

OPEN_RULES = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/v1/openapi.json",
    "/api/docs",
    "/static/<path:filename>",
    "/favicon.ico",
    "/sign-in",
    "/wall",
    "/practice/badges",  # of the demo's invented people; there is none where nobody practises
    "/scan/offline",  # the handheld page with nothing of anybody in it
    "/scan/worker.js",  # a static file at an address of its own
}
NOBODY = {"REMOTE_ADDR": "203.0.113.7"}
"""Somebody from outside: what is open to this machine alone is not open to them."""


@pytest.fixture
def app(sqlite_database):
    return create_app(Settings(), sqlite_database)


def unguarded(app: Flask) -> Iterator[str]:
    """Yield the rules outside the open list whose view names nobody it is for, or somebody who does not exist."""
    for rule in app.url_map.iter_rules():
        guard = getattr(app.view_functions[rule.endpoint], "guard", None)
        named = isinstance(guard, frozenset) and guard and (guard <= set(Role) or guard <= set(Profile))
        if rule.rule not in OPEN_RULES and not named:
            yield rule.rule


def answered(app: Flask) -> Iterator[str]:
    """Yield the guarded requests that got more than a refusal or the way to the sign-in when nobody sent them."""
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.rule in OPEN_RULES:
            continue
        url = re.sub(r"<int:[^>]*>", "1", rule.rule)
        url = re.sub(r"<[^>]*>", "100000000420", url)
        for method in sorted(rule.methods - {"OPTIONS"}):
            answer = client.open(url, method=method, json={} if method == "POST" else None, environ_base=NOBODY)
            signing_in = answer.status_code == 303 and answer.location.startswith("/sign-in")
            if answer.status_code != 401 and not signing_in:
                yield f"{method} {url}: {answer.status}"


def test_every_route_names_whom_it_is_for(app):
    assert list(unguarded(app)) == []


def test_nobody_unknown_is_answered(app):
    assert list(answered(app)) == []


def test_the_figures_are_not_for_somebody_outside(app):
    assert app.test_client().get("/metrics", environ_base=NOBODY).status_code == 401


def test_the_open_list_names_only_what_there_is(app):
    assert {rule.rule for rule in app.url_map.iter_rules()} >= OPEN_RULES


def test_an_unguarded_route_is_noticed():
    careless = Flask("careless")

    def empty():
        return "hello"

    def wrong():
        return "hello"

    empty.guard, wrong.guard = frozenset(), frozenset({"anybody"})
    for view in (lambda: "hello", empty, wrong):
        careless.add_url_rule(f"/{view.__name__.strip('<>')}", None, view)
    assert sorted(unguarded(careless)) == ["/empty", "/lambda", "/wrong"]
    assert "GET /empty: 200 OK" in set(answered(careless))
