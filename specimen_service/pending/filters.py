"""The views of the pending list and its address: what is wanted stands in the URL, so that a link can be shared."""

from dataclasses import dataclass
from urllib.parse import urlencode

from specimen_service.pending.queries import Filters, PendingPage
from specimen_service.pending.rules import VIEWS, Sort, View

LIST = "/lab/pending"
WORDS = {
    View.OVERDUE: ("late", "Overdue"),
    View.NOT_PICKED_UP: ("tube", "Collected, not picked up"),
    View.IN_TRANSIT: ("pick-up", "In transit"),
    View.NOT_STORED: ("receive", "Received, not stored"),
    View.AWAITING_RECOLLECT: ("stop", "Rejected, awaiting recollect"),
    View.TIMED_DUE: ("clock", "Timed due"),
}
"""Each saved view with its sign and its name, in the order of the tabs."""
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
"""Statuses in the order of a specimen's life, named by what waits there."""
SORTS = {Sort.URGENT: "Most urgent", Sort.DUE: "Due first", Sort.WAITED: "Waiting longest"}


@dataclass(frozen=True)
class Tab:
    """One view: a link with its count."""

    word: str
    count: int
    url: str
    here: bool
    sign: str = ""


def tabs(page: PendingPage, filters: Filters, sort: Sort) -> list[Tab]:
    """Make the tabs of the list: everything, then each saved view."""
    plain = filters.view is None and not filters.overdue and not filters.state
    found = [Tab("All", page.counts["total"], address(filters, sort, view=None, state=None, overdue=None), plain)]
    for view, (sign, word) in WORDS.items():
        here = filters.view is view or (view is View.OVERDUE and filters.overdue and filters.view is None)
        url = address(filters, sort, view=view, state=None, overdue=None)
        found.append(Tab(word, count_of(view, page), url, here, sign))
    return found


def count_of(view: View, page: PendingPage) -> int:
    """Return how many specimens a view has."""
    if view is View.OVERDUE:
        return page.counts["overdue"]
    if view is View.TIMED_DUE:
        return page.timed
    return sum(page.counts.get(status, 0) for status in VIEWS[view])


def address(filters: Filters, sort: Sort, path: str = LIST, **changed: str | None) -> str:
    """Return the address of the list with changes; a page's cursor goes with none of them."""
    wanted = {
        "view": filters.view,
        "state": filters.state,
        "location": filters.location,
        "priority": filters.priority,
        "overdue": "true" if filters.overdue else None,
        "sort": None if sort is Sort.URGENT else sort,
    }
    query = urlencode({name: value for name, value in (wanted | changed).items() if value})
    return f"{path}?{query}" if query else path
