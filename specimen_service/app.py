"""The application: puts the slices' pages and endpoints together. Only this file and the command line see every slice."""

import functools
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined
from sqlalchemy import text

import specimen_service.accounts.pages
import specimen_service.collection.api
import specimen_service.collection.pages
import specimen_service.collection.practice_pages
import specimen_service.custody.api
import specimen_service.custody.handheld_api
import specimen_service.custody.pages
import specimen_service.labels.agent_api
import specimen_service.labels.api
import specimen_service.labels.band_api
import specimen_service.labels.pages
import specimen_service.labels.scanner_pages
import specimen_service.labels.sheet_pages
import specimen_service.pending.api
import specimen_service.pending.dashboard_pages
import specimen_service.receiving.api
import specimen_service.receiving.pages
import specimen_service.shipments.api
import specimen_service.shipments.handheld_api
import specimen_service.shipments.pages
import specimen_service.specimens.api
from specimen_service import telemetry
from specimen_service.accounts.actions import lock_session
from specimen_service.accounts.model import role_words
from specimen_service.accounts.queries import open_session
from specimen_service.api import problems
from specimen_service.api.kit import register_apis
from specimen_service.api.openapi import openapi_document
from specimen_service.collection.practice_pages import VirtualPrinter
from specimen_service.devices.actions import record_refused
from specimen_service.devices.model import device_words
from specimen_service.devices.queries import browser_of_cookie, device_of_token
from specimen_service.kernel.clock import Clock, day, moment, since, time_of_day, utc_now
from specimen_service.kernel.db import Database
from specimen_service.kernel.language import speak, spoken
from specimen_service.kernel.numbers import grouped
from specimen_service.kernel.schema import head_revision, stamped_revision
from specimen_service.labels.model import state_words
from specimen_service.settings import Settings
from specimen_service.specimens.model import identifier_words, status_words
from specimen_service.web import headers
from specimen_service.web.commands import told_to_browser
from specimen_service.web.devices import register_device_door
from specimen_service.web.errors import ErrorPages
from specimen_service.web.kit import OPEN, register_pages
from specimen_service.web.navigation import places_of
from specimen_service.web.script_words import script_words
from specimen_service.web.wording import cannot_print, manifest_short, not_yet_there, place_name, whole

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes; a batch of 1,000 scans has about 400,000."""

APIS = [
    specimen_service.collection.api.api,
    specimen_service.specimens.api.api,
    specimen_service.labels.api.api,
    specimen_service.labels.agent_api.api,
    specimen_service.labels.band_api.api,
    specimen_service.custody.api.api,
    specimen_service.shipments.api.api,
    specimen_service.receiving.api.api,
    specimen_service.pending.api.api,
]
PAGES = [
    specimen_service.accounts.pages.pages,
    specimen_service.collection.pages.pages,
    specimen_service.collection.practice_pages.pages,
    specimen_service.custody.pages.pages,
    specimen_service.labels.pages.pages,
    specimen_service.labels.scanner_pages.pages,
    specimen_service.labels.sheet_pages.pages,
    specimen_service.shipments.pages.pages,
    specimen_service.receiving.pages.pages,
    specimen_service.pending.dashboard_pages.pages,
]
DOORS = [specimen_service.custody.handheld_api.door, specimen_service.shipments.handheld_api.door]


def create_app(
    settings: Settings,
    database: Database,
    clock: Clock = utc_now,
    practice: Mapping[str, VirtualPrinter] | None = None,
) -> Flask:
    """Make the WSGI application of one configuration on one database.

    `practice` are virtual printers by the names of declared ones: with them every page has the practice scanner.
    """
    app = Flask("specimen_service", static_folder="web/static", template_folder=None)
    app.config["SETTINGS"] = settings
    app.config[specimen_service.collection.practice_pages.PRINTERS] = practice or {}
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_BODY
    speak(settings.service.language)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the extension brings it
        gettext=_translated, ngettext=_translated_many, newstyle=True
    )
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals["language"] = settings.service.language.replace("_", "-")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_loader = _templates()
    app.jinja_env.filters.update(day=day, moment=moment, time_of_day=time_of_day, since=since)
    app.jinja_env.filters.update(
        grouped=grouped, status_words=status_words, state_words=state_words, role_words=role_words
    )
    app.jinja_env.filters.update(
        device_words=device_words, place_name=place_name, cannot_print=cannot_print, whole=whole
    )
    app.jinja_env.globals.update(
        site_name=settings.service.site_name,
        commands=told_to_browser(),
        script_words=script_words,
        manifest_short=manifest_short,
        not_yet_there=not_yet_there,
        identifier_words=identifier_words,
        places_of=places_of,
        training=settings.service.training,
        practice=bool(practice),
    )
    headers.init_app(app)
    problems.init_app(app, ErrorPages(database, clock, open_session))
    telemetry.init_app(app, telemetry.Metrics(), lambda: _known_token(database))
    register_apis(app, APIS, database=database, clock=clock, authenticate=device_of_token, refused=record_refused)
    register_pages(app, PAGES, database=database, clock=clock, gate=open_session, lock=lock_session)
    for door in DOORS:
        register_device_door(app, door, database=database, clock=clock, authenticate=browser_of_cookie)
    _add_open_routes(app, database)
    app.wsgi_app = _closing_its_files(app.wsgi_app)  # type: ignore[assignment, method-assign]  # how Flask is wrapped
    return app


def _closing_its_files(answer: "WSGIApplication") -> "WSGIApplication":
    """Keep a file of ours in our hands: a server that takes it over may leave it open where the browser has gone."""

    def answered(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        environ.pop("wsgi.file_wrapper", None)
        return answer(environ, start)

    return answered


def _translated(sentence: str) -> str:
    return spoken().gettext(sentence)  # the template puts the values in


def _translated_many(one: str, many: str, count: int) -> str:
    return spoken().ngettext(one, many, count)


def _templates() -> ChoiceLoader:
    rooms = Path(__file__).parent
    folders = {folder.parent.name: FileSystemLoader(folder) for folder in rooms.glob("*/templates")}
    return ChoiceLoader([PrefixLoader(folders)])


def _known_token(database: Database) -> bool:
    with database.unit_of_work(write=False) as session:
        return device_of_token(session, request.headers.get("Authorization", "").removeprefix("Bearer ")) is not None


@functools.cache
def _document() -> dict[str, Any]:
    return openapi_document(APIS, version("specimen-service"), "/")


def _add_open_routes(app: Flask, database: Database) -> None:
    head = head_revision()

    def healthz() -> dict[str, str]:
        return {"status": "alive"}

    def readyz() -> tuple[dict[str, str], int]:
        with database.unit_of_work(write=False) as session:
            session.execute(text("SELECT 1"))
        ready = stamped_revision(database) == head
        return ({"status": "ready"}, 200) if ready else ({"status": "the schema is not current: run db upgrade"}, 503)

    def openapi_json() -> dict[str, Any]:
        return _document()

    def docs() -> str:
        return render_template("web/docs.html", document=_document())

    def favicon() -> Response:
        return app.send_static_file("icon.svg")

    def scan_shell() -> str:
        return render_template("custody/scan.html", **specimen_service.custody.pages.shell_values())

    def scan_worker() -> Response:
        # At the top of what it serves: a worker governs only what lies below its own address, and `/scan` itself by this.
        worker = app.send_static_file("handheld/worker.js")
        worker.headers["Service-Worker-Allowed"] = "/scan"
        return worker

    routes: dict[str, Callable[[], ResponseReturnValue]] = {
        "/healthz": healthz,
        "/readyz": readyz,
        "/api/v1/openapi.json": openapi_json,
        "/api/docs": docs,
        "/favicon.ico": favicon,
        "/scan/offline": scan_shell,
        "/scan/worker.js": scan_worker,
    }
    for rule, view in routes.items():
        view.guard = OPEN  # type: ignore[attr-defined]  # read by the test that every route is guarded
        app.add_url_rule(rule, f"open.{view.__name__}", view)
