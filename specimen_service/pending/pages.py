"""What is not yet where it should be, for the laboratory: most urgent first, live, its filters in the URL."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Response, request

from specimen_service.accounts.model import Role
from specimen_service.audit.actions import record_look
from specimen_service.catalog.queries import containers
from specimen_service.kernel.errors import InvalidInput
from specimen_service.orders.model import Priority
from specimen_service.pending.queries import Filters, PendingPage, pending_page
from specimen_service.places.queries import locations
from specimen_service.web.kit import Pages, Visit
from specimen_service.web.live import live

pages = Pages()
LAB = (Role.LAB, Role.SUPERVISOR, Role.ADMIN)

STEPS = {
    "to_collect": "To collect",
    "issued": "With the patient",
    "collected": "To verify",
    "verified": "To pick up",
    "in_transit": "In transit",
    "arrived": "To receive",
    "received": "Received",
    "accepted": "Accepted",
    "retrieved": "To store",
    "on_hold": "On hold",
    "lost": "To find",
    "rejected": "To recollect",
}
"""Statuses in the order of a specimen's life, named by what waits there: the tabs."""


@dataclass(frozen=True)
class Tab:
    """One view: a link with its count."""

    word: str
    count: int
    url: str
    here: bool
    sign: str = ""


@pages.page("/lab/pending", who=LAB)
def pending(visit: Visit) -> str | tuple[str, int]:
    """Show the pending list; a filter that means nothing is named, and the whole list shown."""
    try:
        values, fault = _values(visit, _filters(), request.args.get("cursor")), ""
    except InvalidInput as error:
        values, fault = _values(visit, Filters(), None), " ".join(one.message for one in error.faults)
    record_look(visit.session, visit.now, visit.actor, "pending", _patients(values))
    page = visit.render("pending/pending.html", fault=fault, places=locations(visit.session), here=_here(), **values)
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if fault else page


@pages.page("/lab/pending/rows", who=LAB, polled=True)
def pending_rows(visit: Visit) -> Response:
    """Answer the list's live part, for the same filters."""
    values = _values(visit, _filters(), request.args.get("cursor"))
    return live(visit, "pending", values["page"], _patients(values), lambda: _fragment(visit, values))


def _fragment(visit: Visit, values: dict[str, object]) -> str:
    return visit.render("pending/_now.html", **values) + visit.render("pending/_rows.html", **values)


def _filters() -> Filters:
    asked = request.args
    priority = asked.get("priority") or None
    return Filters(
        state=asked.get("state") or None,
        location=asked.get("location") or None,
        priority=Priority(priority) if priority in set(Priority) else None,
        overdue=asked.get("overdue") == "true",
    )


def _values(visit: Visit, filters: Filters, cursor: str | None) -> dict[str, object]:
    page = pending_page(visit.session, visit.now, filters, cursor=cursor or None)
    return {
        "page": page,
        "filters": filters,
        "tabs": _tabs(page, filters),
        "following": _url(filters, cursor=page.next) if page.next else None,
        "containers": containers(visit.session),
        "steps": STEPS,
        "sentence": _step(page),
    }


def _patients(values: dict[str, object]) -> list[int]:
    page = values["page"]
    return [item.patient.id for item in page.items] if isinstance(page, PendingPage) else []


def _tabs(page: PendingPage, filters: Filters) -> list[Tab]:
    every, late = page.counts["total"], page.counts["overdue"]
    tabs = [
        Tab("All", every, _url(filters, state=None, overdue=False), not filters.state and not filters.overdue),
        Tab("Overdue", late, _url(filters, state=None, overdue=True), filters.overdue, "late"),
    ]
    for status, word in STEPS.items():
        here = filters.state == status
        if page.counts.get(status) or here:
            tabs.append(Tab(word, page.counts.get(status, 0), _url(filters, state=status, overdue=False), here))
    return tabs


def _url(filters: Filters, **changed: str | bool | None) -> str:
    wanted = {
        "state": filters.state,
        "location": filters.location,
        "priority": filters.priority,
        "overdue": "true" if filters.overdue else None,
    }
    wanted |= {name: "true" if value is True else value or None for name, value in changed.items()}
    query = urlencode({name: str(value) for name, value in wanted.items() if value})
    return f"/lab/pending?{query}" if query else "/lab/pending"


def _here() -> str:
    return request.query_string.decode("ascii", "ignore")


def _step(page: PendingPage) -> str:
    late = page.counts["overdue"]
    if late:
        return f"{late} {'is' if late == 1 else 'are'} overdue: open Overdue and begin at its top."
    if page.counts["total"]:
        return "Nothing is overdue. The most urgent are on top."
    return "Nothing is pending."
