"""The views of the pending list and its address: what is wanted stands in the URL, so that a link can be shared."""

from dataclasses import dataclass
from urllib.parse import urlencode

from specimen_service.kernel.language import say, to_say
from specimen_service.orders.model import Priority
from specimen_service.pending.queries import Filters, PendingPage
from specimen_service.pending.rules import VIEWS, Sort, View

LIST = "/lab/pending"
WORDS = {
    View.OVERDUE: ("late", to_say("Overdue")),
    View.NOT_PICKED_UP: ("tube", to_say("Not picked up")),
    View.IN_TRANSIT: ("pick-up", to_say("In transit")),
    View.NOT_STORED: ("receive", to_say("Not stored")),
    View.AWAITING_RECOLLECT: ("stop", to_say("To recollect")),
    View.TIMED_DUE: ("clock", to_say("Timed due")),
}
"""Each saved view with its sign and its name, in the order of the tabs; short, since seven of them share a row."""
_STEPS_OF: dict[str, dict[str, str]] = {
    "issued": {"to_draw": to_say("Labelled, not drawn yet"), "to_return": to_say("With the patient")},
    "received": {"to_accept": to_say("To accept"), "to_store": to_say("To store")},
    "accepted": {},
    "retrieved": {},
}
"""The statuses in which a specimen waits for one of several steps, or for a step of another status."""
STAGES = {
    "to_collect": to_say("To collect"),
    "issued": to_say("Labelled"),
    "collected": to_say("To verify"),
    "verified": to_say("To pick up"),
    "in_transit": to_say("In transit"),
    "arrived": to_say("To receive"),
    "received": to_say("Received"),
    "accepted": to_say("Accepted"),
    "retrieved": to_say("To store"),
    "on_hold": to_say("On hold"),
    "lost": to_say("To find"),
    "rejected": to_say("To recollect"),
}
"""Statuses in the order of a specimen's life, named by what waits there."""
STEPS = {
    step: word for status, stage in STAGES.items() for step, word in _STEPS_OF.get(status, {status: stage}).items()
}
"""What a specimen waits for, as the rows of the list say it and its filter asks for it."""
SORTS = {
    Sort.URGENT: to_say("Most urgent"),
    Sort.DUE: to_say("Due first"),
    Sort.WAITED: to_say("Waiting longest"),
}


@dataclass(frozen=True)
class Tab:
    """One view: a link with its count."""

    word: str
    count: int
    url: str
    here: bool
    sign: str = ""


def tabs(page: PendingPage, filters: Filters, sort: Sort) -> list[Tab]:
    """Make the tabs of the list: everything, then each saved view; the filters stay set, and each counts what it shows."""
    everything = Tab(say("All"), page.counts["total"], address(filters, sort, view=None), filters.view is None)
    views = [
        Tab(say(word), count_of(view, page), address(filters, sort, view=view), filters.view is view, sign)
        for view, (sign, word) in WORDS.items()
    ]
    return [everything, *views]


def summary(filters: Filters, sort: Sort) -> str:
    """Say in a line which filters are set, for where they are folded away."""
    return " · ".join([*([] if filters.location else [say("Everywhere")]), *_set(filters), say(SORTS[sort])])


def title_of(filters: Filters) -> str:
    """Name what is asked for: the view, and what narrows it; empty: everything."""
    return " · ".join([*([say(WORDS[filters.view][1])] if filters.view else []), *_set(filters)])


def _set(filters: Filters) -> list[str]:
    priority = say(to_say("Routine")) if filters.priority is Priority.ROUTINE else (filters.priority or "").upper()
    overdue = say("Only overdue") if filters.overdue else ""
    return [word for word in (filters.location, state_word(filters.state or ""), priority, overdue) if word]


def state_word(state: str) -> str:
    """Say what a filter asks for, a step or a status; a word that is neither as it is."""
    return say((STAGES | STEPS)[state]) if state in STAGES | STEPS else state


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
