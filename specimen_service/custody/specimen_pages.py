"""The life of one specimen for people, and putting right what was recorded of it."""

from http import HTTPStatus

from flask import Response, request

from specimen_service.accounts.model import Role
from specimen_service.accounts.queries import people
from specimen_service.audit.actions import record_look
from specimen_service.catalog.queries import reject_reasons
from specimen_service.custody.actions import Amendment, correct_event
from specimen_service.custody.queries import life_of, named_around
from specimen_service.custody.story import Told, Words, told
from specimen_service.kernel.clock import moment
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import NotFound
from specimen_service.kernel.language import say, to_say
from specimen_service.kernel.numbers import grouped
from specimen_service.places.queries import locations
from specimen_service.specimens.actions import policy_of
from specimen_service.specimens.model import Status
from specimen_service.specimens.queries import SpecimenDetails, specimen_details
from specimen_service.web.fields import Form
from specimen_service.web.kit import EVERYBODY, Pages, Visit, see_other

pages = Pages()

CORRECTORS = frozenset({Role.LAB, Role.SUPERVISOR, Role.ADMIN})
"""Who may say that an event was otherwise than recorded."""
LONGEST_REASON = 200
_STEPS = {
    "to_collect": to_say("Collect it: open its order on the worklist."),
    "issued": to_say("Draw it, and scan its label."),
    "collected": to_say("Scan its label on the tube to verify it."),
    "verified": to_say("Have it picked up."),
    "in_transit": to_say("Drop it off or receive it."),
    "arrived": to_say("Receive it."),
    "received": to_say("Store it when the tests are done."),
    "accepted": to_say("Store it when the tests are done."),
    "on_hold": to_say("Keep it until it is released."),
    "retrieved": to_say("Store it again, or dispose of it."),
    "rejected": to_say("Set it aside: nothing more is done with it."),
    "lost": to_say("Search for it; scan it when it is found."),
}
_BEFORE_THE_BENCH = to_say("Report it missing or unfit")
_BENCH = {
    Status.ISSUED: _BEFORE_THE_BENCH,
    Status.COLLECTED: _BEFORE_THE_BENCH,
    Status.VERIFIED: _BEFORE_THE_BENCH,
    Status.IN_TRANSIT: _BEFORE_THE_BENCH,
    Status.REJECTED: to_say("After the rejection"),
    Status.LOST: to_say("Say that it is found"),
    Status.ON_HOLD: to_say("Release, reject or report lost"),
}
_PAST_THE_BENCH = {Status.TO_COLLECT, Status.NOT_OBTAINED, Status.CANCELLED, Status.DISPOSED, Status.SENT_OUT}


@pages.page("/specimens/<number>", who=EVERYBODY)
def specimen_page(visit: Visit, number: str) -> str:
    """Show one specimen: what it is, where it is, its labels, and everything that happened to it."""
    details = specimen_details(visit.session, number)
    shows_patient = visit.actor.role != Role.COURIER
    if shows_patient:
        record_look(visit.session, visit.now, visit.actor, "specimen", [details.patient.id])
    reasons = reject_reasons(visit.session)
    return visit.render(
        "custody/specimen.html",
        specimen=details,
        events=_story(visit, details, reasons)[::-1],
        may_correct=visit.actor.role in CORRECTORS,
        at_bench=bench_words(details) if visit.actor.role in CORRECTORS else "",
        shows_patient=shows_patient,
        reasons=reasons,
        sentence=specimen_step(details),
    )


@pages.page("/specimens/<number>/events/<event>", who=CORRECTORS, methods=("GET", "POST"))
def correct(visit: Visit, number: str, event: str) -> Response | str | tuple[str, int]:
    """Ask how an event really was; on POST, append the correction."""
    details = specimen_details(visit.session, number)
    story = {one.hash: one for one in _story(visit, details, {})}
    if event not in story or not story[event].correctable:
        raise NotFound("event to correct", event[:12])
    if request.method == "GET":
        return _form(visit, details, story[event], Form({}))
    form = Form(request.form)
    amendment, reason = _amendment(visit, form)
    if not form.faults:
        correct_event(
            visit.session,
            visit.now,
            visit.actor,
            policy_of(visit.settings),
            specimen_id=details.id,
            event_hash=event,
            reason=reason,
            amendment=amendment,
        )
        return see_other(f"/specimens/{details.number}")
    return _form(visit, details, story[event], form), HTTPStatus.UNPROCESSABLE_ENTITY


def specimen_step(details: SpecimenDetails) -> str:
    """Say what to do with a specimen in the state it is in."""
    label = details.asked_label
    if label is not None and label.number != details.number:
        return say("Use label %(number)s: the one you asked for is dead.", number=grouped(details.number))
    if details.status is Status.ISSUED and details.is_by_patient:
        return say("Wait until the patient brings it back.")
    if details.status is Status.REJECTED and not (details.rejection and details.rejection.notified_at):
        return say("Set it aside, and see that whoever ordered it is told.")
    return say(_STEPS.get(details.status, to_say("Nothing to do.")))


def bench_words(details: SpecimenDetails) -> str:
    """Say what the bench can still do with a specimen, by where it is; empty: nothing."""
    if not details.number or details.status in _PAST_THE_BENCH:
        return ""
    return say(_BENCH.get(details.status, to_say("Reject, hold or report lost")))


def _story(visit: Visit, details: SpecimenDetails, reasons: dict[str, str]) -> list[Told]:
    """Put everything that is recorded of a specimen into words, oldest first; of one moment as it was recorded."""
    life = life_of(visit.session, details.id)
    rows = sorted([*life.chain, *life.elsewhere], key=lambda row: (row.effective_at, row.id))
    badges = [clean(row.said["counterparty"]) for row in rows if row.said.get("counterparty")]
    named = named_around(visit.session, [], badges)[1] if badges else {}
    words = Words(
        zone=visit.zone,
        reject_reasons=reasons,
        people={badge: person.name for badge, person in named.items()},
        by_patient=details.is_by_patient,
        rows={row.hash: row for row in rows},
        elsewhere=frozenset(row.hash for row in life.elsewhere),
    )
    return [told(row, words) for row in rows]


def _amendment(visit: Visit, form: Form) -> tuple[Amendment | None, str]:
    """Read what was otherwise; None: it is mistaken. What is wrong with the form becomes its faults."""
    reason = form.line("reason", LONGEST_REASON)
    if not reason:
        form.faults["reason"] = say("Say why. The reason stays beside the event.")
    if form.values.get("how") == "mistaken":
        return None, reason
    at = form.moment("at", visit.zone, visit.now)
    if at is not None and at > visit.now:
        form.faults["at"] = say("This time is still to come. Write when it happened.")
    amendment = Amendment(at, _chosen(form, "place"), _chosen(form, "person"))
    if amendment == Amendment() and "at" not in form.faults:
        form.faults["at"] = say("Write what was otherwise: the time, the place or the person.")
    return amendment, reason


def _chosen(form: Form, name: str) -> int | None:
    value = form.values.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else None


def _form(visit: Visit, details: SpecimenDetails, event: Told, form: Form) -> str:
    record_look(visit.session, visit.now, visit.actor, "correction", [details.patient.id])
    return visit.render(
        "custody/correct.html",
        specimen=details,
        event=event,
        form=form,
        places=[("", say("As recorded")), *((str(one.id), one.name) for one in locations(visit.session))],
        people=[
            ("", say("As recorded")),
            *((str(one.id), one.display_name) for one in people(visit.session) if one.active),
        ],
        sentence=say(
            "Say how “%(event)s” of %(moment)s really was.", event=event.what, moment=moment(event.at, visit.zone)
        ),
    )
