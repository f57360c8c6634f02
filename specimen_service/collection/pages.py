"""The station: the worklist, a walk-in, and the collection of an order."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, request
from werkzeug.datastructures import MultiDict

from specimen_service.accounts.model import Role
from specimen_service.audit.actions import record, record_look
from specimen_service.catalog.queries import Catalog, ContainerRow, TestRow, containers
from specimen_service.catalog.queries import catalog as catalog_of
from specimen_service.collection.actions import place_order, record_collection
from specimen_service.collection.checks import Surroundings, collection_faults, order_faults
from specimen_service.collection.forms import (
    TWO_IDENTIFIERS,
    Who,
    collection_facts,
    name_faults,
    order_request,
    sent_form,
    ticked_tubes,
    tube_key,
)
from specimen_service.collection.page_queries import (
    RecollectionRow,
    UnfinishedRow,
    lock_order,
    recollections,
    sittings_of_order,
    tests_of_orders,
    unfinished,
    username_of,
)
from specimen_service.collection.queries import PlannedOrder, WaitingRow, planned_order, waiting, waiting_orders_of_mrn
from specimen_service.collection.sitting_pages import COLLECTORS, pages
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import InvalidInput, NotFound
from specimen_service.labels.queries import printer_rows
from specimen_service.places.queries import station_named
from specimen_service.web.fields import Form
from specimen_service.web.kit import EVERYBODY, Visit, see_other
from specimen_service.web.live import live
from specimen_service.web.wording import Answer, Sign, printer_sign

__all__ = ["pages"]

_SEXES = (
    ("U", "Not stated"),
    ("F", "Female"),
    ("M", "Male"),
    ("O", "Other"),
    ("A", "Ambiguous"),
    ("N", "Not applicable"),
)
_HANDLINGS = (
    ("", "As the tests need"),
    ("AMB", "Room temperature"),
    ("REF", "Refrigerated"),
    ("CREF", "On ice"),
    ("FRZ", "Frozen"),
    ("C37", "Body temperature"),
    ("PRTL", "Protect from light"),
)
_IN_SIGHT = {"identified", "tubes", "collected_at", "late_reason"}
"""Fields of the order page that are not folded away."""


@dataclass(frozen=True)
class Worklist:
    """Who waits, with what the rows say of tests and tubes, and which sittings are not finished."""

    rows: list[WaitingRow]
    tests: dict[str, list[str]]
    containers: dict[str, ContainerRow]
    unfinished: list[UnfinishedRow]
    recollections: dict[str, RecollectionRow]
    """By order number: what is collected because the laboratory rejected it."""

    @property
    def patients(self) -> list[int]:
        """The patients shown, by internal id."""
        return [row.patient_id for row in self.rows] + [row.patient_id for row in self.unfinished]


@pages.page("/", who=EVERYBODY)
def worklist(visit: Visit) -> Response | str:
    """Show who waits, and which sittings still want their labels scanned; others are led to their own first page."""
    if visit.actor.role not in COLLECTORS:
        return see_other("/lab/pending" if visit.actor.role == Role.LAB else "/scan")
    return _worklist(visit)


@pages.page("/collect/waiting", who=COLLECTORS, polled=True)
def waiting_fragment(visit: Visit) -> Response:
    """Answer the worklist's live part."""
    shown = _shown(visit)
    late = [row.order_number for row in shown.rows if row.due_at and row.due_at < visit.now]
    version = (shown.rows, shown.unfinished, late)
    return live(
        visit, "worklist", version, shown.patients, lambda: visit.render("collection/_waiting.html", **vars(shown))
    )


@pages.page("/collect/find", who=COLLECTORS, methods=("POST",))
def find(visit: Visit) -> Response | str | tuple[str, int]:
    """Open the order of a scanned wristband or order number; several, or part of a name, give a list to pick from."""
    code = clean(request.form.get("code", ""))
    if planned_order(visit.session, code) is not None:
        return see_other(f"/collect/order/{code}")
    numbers = waiting_orders_of_mrn(visit.session, code)
    if len(numbers) == 1:
        return see_other(f"/collect/order/{numbers[0]}")
    if numbers or (numbers := _numbers_of_name(visit, code)):
        found = f"{len(numbers)} {'order' if len(numbers) == 1 else 'orders'} found"
        return _worklist(visit, Answer("info", "search", found, "Pick the right one; all others stay listed."), numbers)
    sentence = f"I read {code}. No waiting order and no waiting patient has it. Scan again, or register a walk-in."
    return _worklist(visit, Answer("wait", "alert", "Not found", sentence)), HTTPStatus.NOT_FOUND


@pages.page("/collect/new", who=COLLECTORS, methods=("GET", "POST"))
def walk_in(visit: Visit) -> Response | str | tuple[str, int]:
    """Register a walk-in patient with the tests wanted, and go on to the tubes."""
    catalog = catalog_of(visit.session)
    if request.method == "GET":
        return _walk_in_page(visit, Form(MultiDict()), catalog)
    form = sent_form(request.form, "tests")
    wanted = order_request(form, catalog, visit.zone, visit.now)
    today = visit.now.astimezone(visit.zone).date()
    name_faults(form, order_faults(wanted, catalog, today))
    if not form.faults:
        try:
            placed = place_order(visit.session, visit.now, visit.actor, today, wanted)
            return see_other(f"/collect/order/{placed.number}")
        except InvalidInput as error:
            name_faults(form, error.faults)
    return _walk_in_page(visit, form, catalog), HTTPStatus.UNPROCESSABLE_ENTITY


@pages.page("/collect/order/<number>", who=COLLECTORS, methods=("GET", "POST"))
def collect(visit: Visit, number: str) -> Response | str | tuple[str, int]:
    """Show an order's tubes in order of draw; on POST, record what was collected and print its labels."""
    if request.method == "POST":
        lock_order(visit.session, number)
    order = planned_order(visit.session, number)
    if order is None:
        raise NotFound("order", number)
    if not order.tubes:
        # Collected already, by a double click or by somebody else: go to what came of it.
        accessions = sittings_of_order(visit.session, number)
        return see_other(f"/collect/sitting/{accessions[0]}" if accessions else "/")
    if request.method == "GET":
        every_tube = frozenset(tube_key(tube.specimen_id) for tube in order.tubes)
        return _order_page(visit, order, Form({}, ticked=every_tube))
    form = sent_form(request.form, "identified", "tube")
    accession = _record(visit, order, form)
    if accession is None:
        return _order_page(visit, order, form), HTTPStatus.UNPROCESSABLE_ENTITY
    return see_other(f"/collect/sitting/{accession}")


def _record(visit: Visit, order: PlannedOrder, form: Form) -> str | None:
    who = Who(username_of(visit.session, visit.actor.id), visit.station or "", visit.zone, visit.now)
    facts = collection_facts(form, order, who)
    tubes = ticked_tubes(form, order)
    around = Surroundings(True, station_named(visit.session, who.station) is not None, True, True)  # noqa: FBT003 - all known
    today = visit.now.astimezone(visit.zone).date()
    name_faults(form, collection_faults(facts, catalog_of(visit.session), around, visit.now, today), tubes)
    if form.faults:
        return None
    try:
        recorded = record_collection(visit.session, visit.now, visit.actor, visit.settings, facts)
    except InvalidInput as error:
        name_faults(form, error.faults, tubes)
        return None
    said = {"compared": list(TWO_IDENTIFIERS[order.patient.identity])}
    record(
        visit.session,
        visit.now,
        visit.actor,
        "patient.identified",
        subject=recorded.accession,
        patients=[order.patient_id],
        detail=said,
    )
    return recorded.accession


def _numbers_of_name(visit: Visit, part: str) -> list[str]:
    wanted = part.casefold()
    rows = waiting(visit.session)
    return [row.order_number for row in rows if wanted and wanted in f"{row.family_name}, {row.given_name}".casefold()]


def _worklist(visit: Visit, answer: Answer | None = None, only: list[str] | None = None) -> str:
    shown = _shown(visit, only)
    record_look(visit.session, visit.now, visit.actor, "worklist", shown.patients)
    return visit.render("collection/worklist.html", sentence=_worklist_step(visit, shown), answer=answer, **vars(shown))


def _shown(visit: Visit, only: list[str] | None = None) -> Worklist:
    rows = [row for row in waiting(visit.session) if only is None or row.order_number in only]
    numbers = [row.order_number for row in rows]
    return Worklist(
        rows=rows,
        tests=tests_of_orders(visit.session, numbers),
        containers=containers(visit.session),
        unfinished=unfinished(visit.session, visit.station or "", visit.now),
        recollections=recollections(visit.session, numbers),
    )


def _worklist_step(visit: Visit, shown: Worklist) -> str:
    if not visit.station:
        return "Say at which station you stand: choose it under your name, top right."
    if shown.unfinished:
        return "Scan the labels of the tubes still at the chair: open the sitting below."
    if shown.rows:
        return "Call the first patient on the list: scan the wristband, or pick the row."
    return "Nobody is waiting. New orders appear by themselves."


def _walk_in_page(visit: Visit, form: Form, catalog: Catalog) -> str:
    return visit.render("collection/walk_in.html", form=form, sexes=_SEXES, groups=_by_container(catalog))


def _by_container(catalog: Catalog) -> list[tuple[ContainerRow, list[TestRow]]]:
    groups = [
        (one, [test for test in catalog.tests.values() if test.container_id == one.id])
        for one in catalog.containers.values()
    ]
    return [(one, tests) for one, tests in groups if tests]


def _order_page(visit: Visit, order: PlannedOrder, form: Form) -> str:
    record_look(visit.session, visit.now, visit.actor, "order", [order.patient_id])
    return visit.render(
        "collection/order.html",
        order=order,
        recollection=recollections(visit.session, [order.order_number]).get(order.order_number),
        form=form,
        printer=_printer_pill(visit),
        handlings=_HANDLINGS,
        identifiers=TWO_IDENTIFIERS[order.patient.identity],
        sentence=_order_step(visit, order, form),
        opens_more=not form.faults.keys() <= _IN_SIGHT,
    )


def _order_step(visit: Visit, order: PlannedOrder, form: Form) -> str:
    if not visit.station:
        return "Say at which station you stand, so that the labels print there."
    if form.faults:
        return "Look again at what is marked below, then press Collected."
    count = len(order.tubes)
    tubes = "the tube" if count == 1 else f"the {count} tubes in this order"
    return f"Identify the patient, draw {tubes}, then press Collected."


def _printer_pill(visit: Visit) -> Sign | None:
    station = station_named(visit.session, visit.station or "")
    if station is None:
        return None
    printer = printer_rows(visit.session, [station.printer])[0]
    sign = printer_sign(printer.condition, asked=printer.asked_at is not None)
    return Sign(sign.tone, f"{printer.name}: {sign.word}")
