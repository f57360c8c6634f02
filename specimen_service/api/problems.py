"""Errors on the wire: `application/problem+json` (RFC 9457) for the API, and nothing of the inside in any of them."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, redirect, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from specimen_service.kernel.errors import InvalidInput, ServiceError
from specimen_service.kernel.language import say, to_say

log = structlog.get_logger()
PageError = Callable[[int, str, str], tuple[str, int]]
_REFUSED: Mapping[int, tuple[str, str]] = {
    HTTPStatus.NOT_FOUND: (
        to_say("There is nothing at this address"),
        to_say("The address may be misspelt, or what was there may have moved."),
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        to_say("This page does not do that"),
        to_say("It cannot take what was sent to it."),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        to_say("That is too much at once"),
        to_say("It is more than this page takes."),
    ),
}
"""What the HTTP layer refuses, for people; it words the rest by itself."""
_ONE_FAULT = to_say("One field needs another look")


class ProblemFault(BaseModel):
    """One fault of a request: where, and what to do."""

    pointer: str
    message: str


class Problem(BaseModel):
    """The body of every error."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemFault] | None = None


def problem_of(error: ServiceError) -> Response:
    """Answer an error of ours."""
    faults = (
        [ProblemFault(pointer=f.pointer, message=f.message) for f in error.faults]
        if isinstance(error, InvalidInput)
        else None
    )
    detail = say("Each fault is named under errors; nothing was stored.") if faults else str(error)
    return _answer(
        Problem(
            type=f"urn:problem:{error.code}", title=say(error.title), status=error.status, detail=detail, errors=faults
        )
    )


def http_problem(error: HTTPException) -> Response:
    """Answer what the HTTP layer refuses: an unknown path, a wrong method, too large a body."""
    code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    phrase = HTTPStatus(code).phrase
    problem = Problem(type="about:blank", title=phrase, status=code, detail=error.description or phrase)
    response = _answer(problem)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def unexpected_problem(error: Exception) -> Response:
    """Answer a fault of ours; the log gets its class and place, never its data (it may quote a patient)."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    log.error("request.failed", error=type(error).__name__, where=where, endpoint=request.endpoint)
    status = HTTPStatus.SERVICE_UNAVAILABLE if isinstance(error, SQLAlchemyError) else HTTPStatus.INTERNAL_SERVER_ERROR
    return _answer(
        Problem(
            type="urn:problem:internal",
            title=say("Something went wrong here"),
            status=status,
            detail=say("Nothing was stored. Try again; if it stays, tell whoever runs the service."),
        )
    )


def wants_problem() -> bool:
    """Tell whether the request is the API's, so that its errors are JSON and not a page."""
    return request.path.startswith("/api/") or request.path in {"/healthz", "/readyz", "/metrics"}


def _answer(problem: Problem) -> Response:
    response = Response(
        problem.model_dump_json(exclude_none=True), problem.status, content_type="application/problem+json"
    )
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "2"
    return response


def _page_above(path: str) -> str:
    """Return the page that an address belongs to which only takes forms: where one comes back to after a lock or `Back`."""
    routes = current_app.url_map.bind("")
    while path := path.rpartition("/")[0]:
        if routes.test(path, "GET"):
            return path
    return "/"


def init_app(app: Flask, page_error: PageError) -> None:
    """Answer every error in the form its caller reads; `page_error(status, title, sentence)` makes the HTML one."""

    def ours(error: ServiceError) -> ResponseReturnValue:
        if wants_problem():
            return problem_of(error)
        title = _ONE_FAULT if isinstance(error, InvalidInput) and len(error.faults) == 1 else error.title
        return page_error(error.status, say(title), error.sentence)

    def http(error: HTTPException) -> ResponseReturnValue:
        if wants_problem():
            return http_problem(error)
        if isinstance(error, MethodNotAllowed) and request.method == "GET":
            return redirect(_page_above(request.path))
        code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        title, sentence = _REFUSED.get(code, (HTTPStatus(code).phrase, error.description or ""))
        return page_error(code, say(title), say(sentence))

    def unexpected(error: Exception) -> ResponseReturnValue:
        response = unexpected_problem(error)
        if wants_problem():
            return response
        return page_error(
            response.status_code, say("Something went wrong here"), say("The fault is the service's, not yours.")
        )

    app.register_error_handler(ServiceError, ours)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Exception, unexpected)
