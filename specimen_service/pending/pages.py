"""What is not yet where it should be, for the laboratory: most urgent first, live, its filters in the URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import TypeVar

from flask import Response, request

from specimen_service.accounts.model import Role
from specimen_service.accounts.queries import credential_notice_of
from specimen_service.audit.actions import record_look
from specimen_service.catalog.queries import containers
from specimen_service.devices.model import device_words
from specimen_service.kernel.clock import day, moment
from specimen_service.kernel.errors import Fault, InvalidInput
from specimen_service.kernel.language import say, say_many, to_say
from specimen_service.orders.model import Priority
from specimen_service.pending.filters import LIST, SORTS, STEPS, WORDS, address, state_word, summary, tabs, title_of
from specimen_service.pending.queries import Filters, PendingItem, PendingPage, pending_page
from specimen_service.pending.rules import NOT_PICKED_UP, Age, Sort, View, age_of
from specimen_service.pending.tables import csv_of
from specimen_service.places.queries import locations
from specimen_service.web.kit import Pages, Visit
from specimen_service.web.live import live

Word = TypeVar("Word", bound=StrEnum)
pages = Pages()
LAB = (Role.LAB, Role.SUPERVISOR, Role.ADMIN)
CSV_ROWS = 10_000
"""The most rows of one file; what is over is said in its last line."""

KNOWN = {
    "view": (to_say("There is no view called “%(said)s”. There are: %(known)s."), [word for _, word in WORDS.values()]),
    "state": (to_say("Nothing waits for “%(said)s”. There are: %(known)s."), list(STEPS.values())),
    "sort": (to_say("The list cannot begin with “%(said)s”. There are: %(known)s."), list(SORTS.values())),
    "priority": (
        to_say("There is no priority “%(said)s”. There are: %(known)s."),
        ["STAT", "ASAP", to_say("Routine")],
    ),
}
"""By filter: what to say of a value that it does not have, and the names of those that it has."""
COLUMNS = (
    *(to_say("Priority"), to_say("Number"), to_say("Accession"), to_say("Waits for"), to_say("Since"), to_say("Due")),
    *(to_say("Overdue"), to_say("Holder"), to_say("Location"), to_say("Last seen"), to_say("Container")),
    *(to_say("Tests"), to_say("Handling"), to_say("Stable until"), to_say("Family name"), to_say("Given name")),
    *(to_say("Born"), to_say("MRN")),
)


@dataclass(frozen=True)
class Wanted:
    """What the address asks for."""

    filters: Filters
    sort: Sort = Sort.URGENT
    cursor: str | None = None


@pages.page(LIST, who=LAB)
def pending(visit: Visit) -> str | tuple[str, int]:
    """Show the pending list; a filter that means nothing is named, and the whole list shown."""
    try:
        values, fault = _values(visit, _wanted()), ""
    except InvalidInput as error:
        values, fault = _values(visit, Wanted(Filters())), " ".join(_kindly(one) for one in error.faults)
    record_look(visit.session, visit.now, visit.actor, "pending", _patients(values))
    here = "" if fault else request.query_string.decode("ascii", "ignore")
    shown = {
        "fault": fault,
        "notice": credential_notice_of(visit.session, visit.actor.id, visit.today),
        "places": locations(visit.session),
        "here": here,
        "sorts": {sort: say(word) for sort, word in SORTS.items()},
        "steps": {step: say(word) for step, word in STEPS.items()},
        "state_word": state_word,
    }
    page = visit.render("pending/pending.html", **shown, **values)
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if fault else page


@pages.page(f"{LIST}/rows", who=LAB, polled=True)
def pending_rows(visit: Visit) -> Response:
    """Answer the list's live part, for the same filters."""
    values = _values(visit, _wanted())
    return live(visit, "pending", _shown(visit, values), _patients(values), lambda: _fragment(visit, values))


@pages.page(f"{LIST}.csv", who=LAB)
def pending_csv(visit: Visit) -> Response:
    """Answer the list as a file for a spreadsheet; one audit row names the patients in it."""
    wanted = _wanted()
    page = pending_page(visit.session, visit.now, wanted.filters, limit=CSV_ROWS, sort=wanted.sort)
    record_look(visit.session, visit.now, visit.actor, "pending.csv", {item.patient.id for item in page.items})
    names = {code: one.name for code, one in containers(visit.session).items()}
    rows = [_line(item, visit, names) for item in page.items]
    if page.next:
        sentence = to_say("Only the first %(count)s are here. Narrow the list by a view, a place or a priority.")
        rows.append((say(sentence, count=CSV_ROWS),))
    return csv_answer(
        csv_of([say(word) for word in COLUMNS], rows), f"pending-{visit.now.astimezone(visit.zone):%Y%m%d-%H%M}"
    )


def csv_answer(text: str, name: str) -> Response:
    """Answer with a file that the browser saves and does not show."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, mimetype="text/csv", headers=disposition)


def _line(item: PendingItem, visit: Visit, names: Mapping[str, str]) -> tuple[str, ...]:
    due, stable, seen = item.due_at, item.stable_until, item.last_seen
    return (
        *(item.priority, item.number or "", item.accession or "", step_word(item), moment(item.since, visit.zone)),
        *(
            moment(due, visit.zone) if due else "",
            say("late") if item.overdue else "",
            device_words(item.holder),
            item.location or "",
        ),
        *(moment(seen.at, visit.zone) if seen else "", names.get(item.container, item.container)),
        *(" ".join(item.tests), item.handling),
        *(moment(stable, visit.zone) if stable else "", item.patient.family_name, item.patient.given_name),
        *(day(item.patient.birth_date) if item.patient.birth_date else "", item.patient.mrn),
    )


def step_word(item: PendingItem) -> str:
    """Say in a word or two what a specimen waits for."""
    return state_word(item.step if item.step in STEPS else item.status)


def bar_of(item: PendingItem, visit: Visit) -> Age | None:
    """Return the age bar of a row: from its collection, or from when its step began."""
    at_the_clinic = item.status in NOT_PICKED_UP and item.collected_at is not None
    begun = item.collected_at if at_the_clinic and item.collected_at else item.since
    return age_of(begun, item.due_at, visit.now)


def _fragment(visit: Visit, values: dict[str, object]) -> str:
    return visit.render("pending/_now.html", **values) + visit.render("pending/_rows.html", **values)


def _wanted() -> Wanted:
    asked = request.args
    filters = Filters(
        state=asked.get("state") or None,
        location=asked.get("location") or None,
        priority=_word(Priority, "priority"),
        overdue=asked.get("overdue") == "true",
        view=_word(View, "view"),
    )
    return Wanted(filters, _word(Sort, "sort") or Sort.URGENT, asked.get("cursor") or None)


def _kindly(fault: Fault) -> str:
    """Say of a filter that means nothing what it was, with the names that people see on this page."""
    name = fault.pointer.removeprefix("/")
    if name not in KNOWN:
        return fault.message
    sentence, words = KNOWN[name]
    return say(sentence, said=request.args.get(name, "")[:40], known=", ".join(say(word) for word in words))


def _word(vocabulary: type[Word], name: str) -> Word | None:
    said = request.args.get(name)
    if not said:
        return None
    if said not in set(vocabulary):
        known = ", ".join(vocabulary)
        sentence = say("There is no %(what)s %(said)s. Give one of: %(known)s.", what=name, said=said, known=known)
        raise InvalidInput([Fault(f"/{name}", sentence)])
    return vocabulary(said)


def _values(visit: Visit, wanted: Wanted) -> dict[str, object]:
    filters, sort = wanted.filters, wanted.sort
    page = pending_page(visit.session, visit.now, filters, cursor=wanted.cursor, sort=sort, counts_filtered=True)
    return {
        "page": page,
        "filters": filters,
        "sort": sort,
        "tabs": tabs(page, filters, sort),
        "following": address(filters, sort, cursor=page.next) if page.next else None,
        "file": address(filters, sort, f"{LIST}.csv"),
        "asked_for": title_of(filters),
        "containers": containers(visit.session),
        "step_word": step_word,
        "bar_of": bar_of,
        "summary": summary(filters, sort),
        "sentence": _sentence(page, filters),
    }


def _shown(visit: Visit, values: dict[str, object]) -> object:
    # The bars move by themselves: what they show belongs to the version.
    page = values["page"]
    return (page, [bar_of(item, visit) for item in page.items]) if isinstance(page, PendingPage) else page


def _patients(values: dict[str, object]) -> list[int]:
    page = values["page"]
    return [item.patient.id for item in page.items] if isinstance(page, PendingPage) else []


def overdue_step(late: int) -> str:
    """Say where to begin with what is overdue."""
    return say_many(
        "%(count)s is overdue: open Overdue and begin at its top.",
        "%(count)s are overdue: open Overdue and begin at its top.",
        late,
    )


_OPEN: dict[View | None, str] = {
    View.NOT_PICKED_UP: to_say("These wait to be picked up: begin at the top."),
    View.IN_TRANSIT: to_say("These are on their way: ask after those at the top first."),
    View.NOT_STORED: to_say("These were received and are not stored yet: begin at the top."),
    View.AWAITING_RECOLLECT: to_say("These were rejected and wait to be collected again: begin at the top."),
    View.TIMED_DUE: to_say("These are to be collected at a set time: begin at the top."),
}
"""What to do in the view that is open; how many it has stands in its tab."""


def _sentence(page: PendingPage, filters: Filters) -> str:
    late = page.counts["overdue"]
    if filters != Filters() and not page.items:
        return say("Choose another view, or show all.")
    if filters.state or filters.view not in {None, View.OVERDUE}:
        opened = _OPEN.get(filters.view, to_say("These fit the filters: begin at the top."))
        return say(opened)
    if late and (filters.overdue or filters.view):
        return say_many("%(count)s is overdue: begin at the top.", "%(count)s are overdue: begin at the top.", late)
    if late:
        return overdue_step(late)
    if page.counts["total"]:
        return say("Nothing is overdue. The most urgent are on top.")
    return say("Nothing is pending.")
