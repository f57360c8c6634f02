"""Parts of a page that its script asks for every few seconds: unchanged means 304, and then nothing is written."""

import hashlib
from collections.abc import Callable, Iterable

from flask import Response, request

from specimen_service.audit.actions import record_look
from specimen_service.web.kit import Visit


def is_fragment() -> bool:
    """Tell whether the page's script asks, which wants the changed parts alone."""
    return "X-Fragment" in request.headers


def live(visit: Visit, page: str, shown: object, patients: Iterable[int], render: Callable[[], str]) -> Response:
    """Answer a fragment, or 304 while what it shows is what the browser has; only a shown fragment is a look.

    `shown` is the plain value the fragment is made of; its `repr` is its version.
    """
    etag = hashlib.sha256(repr(shown).encode()).hexdigest()[:32]
    if request.if_none_match.contains(etag):
        response = Response(status=304)
    else:
        record_look(visit.session, visit.now, visit.actor, page, patients)
        response = Response(render())
    response.set_etag(etag)
    return response
