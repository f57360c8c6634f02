"""The tubes of a draw in order of draw, what can go otherwise with each, and Collected."""

from http import HTTPStatus

from flask import Response, request

from specimen_service.audit.actions import record, record_look
from specimen_service.catalog.queries import catalog as catalog_of
from specimen_service.collection.actions import record_collection
from specimen_service.collection.chair_pages import COLLECTORS, Chair, chair_of, draw_of, left_early, my_chair, pages
from specimen_service.collection.checks import Surroundings, collection_faults
from specimen_service.collection.choices import (
    ATTEMPT_BECAUSE,
    FAILED_BECAUSE,
    HANDLINGS,
    LATE_BECAUSE,
    NOT_GIVEN_BECAUSE,
    SIDES,
    SITES,
    by_name,
    in_words,
    methods_of,
    sites_of,
)
from specimen_service.collection.draw_actions import draw_after_all, fail_tube, note
from specimen_service.collection.facts import CollectionFacts, OrderName
from specimen_service.collection.forms import Who, collection_facts, hand_out_facts, name_faults, sent_form
from specimen_service.collection.joint_actions import end_together, park_what_is_left
from specimen_service.collection.joint_queries import orders_to_draw, planned_ids_of
from specimen_service.collection.missed_queries import MissedTubeRow, missed_tubes
from specimen_service.collection.model import Draw, Outcome
from specimen_service.collection.page_queries import collection_id_of, recollection_of, username_of
from specimen_service.collection.printer_pages import printer_named, printer_pill
from specimen_service.collection.queries import PlannedTubeRow
from specimen_service.collection.steps import Step
from specimen_service.collection.volume import decimal
from specimen_service.collection.volume_pages import excess_of
from specimen_service.kernel.codes import clean, is_number
from specimen_service.kernel.errors import InvalidInput
from specimen_service.kernel.language import say, say_many
from specimen_service.kernel.numbers import Kind
from specimen_service.places.queries import station_named
from specimen_service.web.fields import Form
from specimen_service.web.kit import Visit, see_other
from specimen_service.web.wording import Answer, Sign

_IN_SIGHT = ("tubes", "collected_at", "late_reason", "site-")
"""How the names of fields begin that are not folded away."""


@pages.page("/collect/order/<number>/collected", who=COLLECTORS, methods=("POST",))
def collected(visit: Visit, number: str) -> Response | str | tuple[str, int]:
    """Record what was collected, and print its labels at the chair."""
    chair = _at_tubes(visit, number)
    if isinstance(chair, Response):
        return chair
    if excess_of(visit, chair) is not None:
        return see_other(chair.url)
    form = sent_form(request.form)
    if request.form.get("shown", _shown(chair)) != _shown(chair):
        form.faults["tubes"] = say("The tubes have changed meanwhile. Look at them again.")
        return _again(visit, chair, form), HTTPStatus.UNPROCESSABLE_ENTITY
    facts = collection_facts(form, chair.order, chair.tubes, chair.draw, _who(visit))
    accession = _record(visit, chair, form, facts, chair.tubes)
    if accession is None:
        return _again(visit, chair, form), HTTPStatus.UNPROCESSABLE_ENTITY
    draw = draw_of(visit, chair)
    draw.collection_id = collection_id_of(visit.session, accession)
    end_together(visit.session, visit.now, draw, [one.id for one in chair.order.beside], None)
    if len(chair.tubes) < len(chair.order.tubes):
        why = Outcome(draw.answers.get("rest", Outcome.NOT_OBTAINED))
        park_what_is_left(visit.session, visit.now, visit.actor, chair.order, visit.station or "", why)
    return see_other(f"/collect/sitting/{accession}")


@pages.page("/collect/order/<number>/tube", who=COLLECTORS, methods=("POST",))
def tube_otherwise(visit: Visit, number: str) -> Response | str:
    """Record that a tube was not obtained and why, or hand out a container that the patient fills."""
    chair = _at_tubes(visit, number)
    if isinstance(chair, Response):
        return chair
    form = sent_form(request.form)
    if handed_out := _tube_named(chair, request.form.get("hand_out", "")):
        return _hand_out(visit, chair, form, handed_out)
    if missed := _missed_named(visit, chair, request.form.get("take_back", "")):
        return _take_back(visit, chair, form, missed)
    key, _, reason = request.form.get("not_obtained", "").partition(":")
    tube = _tube_named(chair, key)
    if tube is None or reason not in (FAILED_BECAUSE if tube.is_drawn else NOT_GIVEN_BECAUSE):
        return see_other(chair.url)
    draw = draw_of(visit, chair)
    planned = fail_tube(visit.session, visit.now, visit.actor, visit.settings, tube.specimen_id, reason)
    draw.left_out = [*draw.left_out, planned]
    draw.answers = {**draw.answers, "rest": Outcome.NOT_OBTAINED.value}
    said: dict[str, object] = {"container": tube.container, "tests": list(tube.tests), "reason": reason}
    note(visit.session, visit.now, visit.actor, chair.order, "tube.not_obtained", said)
    if len(chair.tubes) == 1:
        left_early(visit, chair, Outcome.NOT_OBTAINED)
        return see_other(f"/?said={Outcome.NOT_OBTAINED}")
    # From the STOP over a child's volume it goes back to that order's step, whichever it is now.
    return see_other(chair.url) if excess_of(visit, chair) is not None else _anew(visit, chair, form)


@pages.page("/collect/order/<number>/downtime", who=COLLECTORS, methods=("POST",))
def downtime(visit: Visit, number: str) -> Response | str | tuple[str, int]:
    """Keep the number of a downtime label for the next tube that has none."""
    chair = _at_tubes(visit, number)
    if isinstance(chair, Response):
        return chair
    code = clean(request.form.get("code", ""))
    draw = draw_of(visit, chair)
    free = next((tube for tube in chair.tubes if str(tube.specimen_id) not in draw.downtime), None)
    if not is_number(code, Kind.DOWNTIME):
        sentence = say("I read %(code)s. Scan a downtime label: 12 digits that begin with 90.", code=code)
        answer = Answer("info", "info", say("Not a downtime label"), sentence)
    elif code in draw.downtime.values():
        sentence = say("This downtime label is on one of these tubes already.")
        answer = Answer("info", "info", say("Scanned before"), sentence)
    elif free is None:
        sentence = say("Every tube of this draw has its downtime label.")
        answer = Answer("wait", "alert", say("No tube left"), sentence)
    else:
        draw.downtime = {**draw.downtime, str(free.specimen_id): code}
        return see_other(f"{chair.url}?downtime=1")
    return _again(visit, chair, Form({}), answer), HTTPStatus.UNPROCESSABLE_ENTITY


def tubes_page(visit: Visit, chair: Chair, form: Form, answer: Answer | None = None) -> str:
    """Render the tubes of a draw, with all that can be tapped beside them; the look is the caller's to record."""
    return visit.render(
        "collection/tubes.html",
        sentence=_sentence(visit, chair, form),
        chair=chair,
        order=chair.order,
        tubes=chair.tubes,
        shown=_shown(chair),
        besides=_waiting_besides(visit, chair),
        missed=_missed(visit, chair),
        form=form,
        answer=answer,
        recollection=recollection_of(visit.session, chair.order),
        printer=_printer_pill(visit),
        attempt_because=by_name(ATTEMPT_BECAUSE),
        failed_because=by_name(FAILED_BECAUSE),
        not_given_because=by_name(NOT_GIVEN_BECAUSE),
        late_because=[("", say("Choose why")), *by_name(LATE_BECAUSE)],
        handlings=in_words(HANDLINGS),
        sites=[say(site) for site in SITES],
        sites_of=sites_of,
        methods_of=methods_of,
        sides=in_words(SIDES),
        opens_more=any(not name.startswith(_IN_SIGHT) for name in form.faults),
        is_downtime="downtime" in request.args or answer is not None,
        drawn_before=_is_drawn_before(chair),
        labels_first=_labels_first(visit, chair),
        weight=decimal(chair.draw.weight_kg) if chair.is_child and chair.draw and chair.draw.weight_kg else "",
    )


def _again(visit: Visit, chair: Chair, form: Form, answer: Answer | None = None) -> str:
    record_look(visit.session, visit.now, visit.actor, "order", [chair.order.patient_id])
    return tubes_page(visit, chair, form, answer)


def _anew(visit: Visit, chair: Chair, form: Form) -> Response | str:
    """Show the changed tubes with what is filled in by now, instead of sending on: a site already typed is not lost."""
    visit.session.flush()
    fresh = chair_of(visit, chair.order.order_number)
    return fresh if isinstance(fresh, Response) else _again(visit, fresh, form)


def _take_back(visit: Visit, chair: Chair, form: Form, missed: MissedTubeRow) -> Response | str:
    draw_after_all(visit.session, visit.now, visit.actor, visit.settings, draw_of(visit, chair), missed)
    said: dict[str, object] = {"container": missed.container_name, "reason": missed.reason}
    note(visit.session, visit.now, visit.actor, chair.order, "tube.drawn_after_all", said)
    return _anew(visit, chair, form)


def _missed(visit: Visit, chair: Chair) -> list[MissedTubeRow]:
    return missed_tubes(visit.session, chair.order.ids, chair.draw.left_out) if chair.draw else []


def _missed_named(visit: Visit, chair: Chair, key: str) -> MissedTubeRow | None:
    return next((one for one in _missed(visit, chair) if key == str(one.specimen_id)), None)


def _at_tubes(visit: Visit, number: str) -> Chair | Response:
    """Find a draw that has come to its tubes; any other goes back to where it is: a form of before is stale."""
    chair = my_chair(visit, number)
    if isinstance(chair, Chair) and (chair.draw is None or chair.draw.stopped_by or chair.step is not Step.DRAW):
        return see_other(chair.url)
    return chair


def _hand_out(visit: Visit, chair: Chair, form: Form, tube: PlannedTubeRow) -> Response | str:
    facts = hand_out_facts(chair.order, tube, _who(visit))
    accession = _record(visit, chair, form, facts, [tube])
    if accession is None:
        return _again(visit, chair, form)
    out = Draw(
        order_id=chair.order.order_id,
        collection_id=collection_id_of(visit.session, accession),
        person_id=visit.actor.id,
        station=visit.station or "",
        began_at=visit.now,
        ended_at=visit.now,
    )
    visit.session.add(out)
    return see_other(f"/collect/sitting/{accession}")


def _record(visit: Visit, chair: Chair, form: Form, facts: CollectionFacts, tubes: list[PlannedTubeRow]) -> str | None:
    around = Surroundings(True, station_named(visit.session, facts.station) is not None, True, True)  # noqa: FBT003 - all known
    today = visit.today
    name_faults(form, collection_faults(facts, catalog_of(visit.session), around, visit.now, today), tubes)
    if form.faults:
        return None
    try:
        recorded = record_collection(visit.session, visit.now, visit.actor, visit.settings, facts)
    except InvalidInput as error:
        name_faults(form, error.faults, tubes)
        return None
    said = {"compared": list(chair.identified), "name_alert": chair.is_alike}
    patients = [chair.order.patient_id]
    record(
        visit.session,
        visit.now,
        visit.actor,
        "patient.identified",
        subject=recorded.accession,
        patients=patients,
        detail=said,
    )
    return recorded.accession


def _shown(chair: Chair) -> str:
    """Name the tubes of a page: what came to them in another tab must not count as drawn."""
    return " ".join(str(tube.specimen_id) for tube in chair.tubes)


def _waiting_besides(visit: Visit, chair: Chair) -> list[OrderName]:
    """List the patient's other orders that came in since the draw began and want tubes of their own."""
    ours = {tube.specimen_id for tube in chair.order.tubes}
    others = orders_to_draw(visit.session, visit.now, chair.order.patient_id)
    return [one for one in others if not ours.issuperset(planned_ids_of(visit.session, one.id))]


def _tube_named(chair: Chair, key: str) -> PlannedTubeRow | None:
    return next((tube for tube in chair.tubes if str(tube.specimen_id) == key), None)


def _who(visit: Visit) -> Who:
    return Who(
        username_of(visit.session, visit.actor.id),
        visit.station or "",
        visit.zone,
        visit.now,
        labels_first=visit.settings.labels.come_first,
    )


def _sentence(visit: Visit, chair: Chair, form: Form) -> str:
    if not visit.station:
        return say("Say at which station you stand, so that the labels print there.")
    if form.faults:
        return say("Look again at what is marked below, then press Collected.")
    if _is_drawn_before(chair):
        return say("Scan the downtime label of each tube, give the time of the draw, then press Collected.")
    if _labels_first(visit, chair):
        return say_many(
            "Lay out the tube, then print its label.",
            "Lay out the %(count)s tubes in this order, then print their labels.",
            len(chair.tubes),
        )
    if not chair.draws_blood:
        return say_many(
            "Collect the specimen, then press Collected.",
            "Collect the %(count)s specimens, then press Collected.",
            len(chair.tubes),
        )
    return say_many(
        "Draw the tube, then press Collected.",
        "Draw the %(count)s tubes in this order, then press Collected.",
        len(chair.tubes),
    )


def _labels_first(visit: Visit, chair: Chair) -> bool:
    return visit.settings.labels.come_first and not _is_drawn_before(chair)


def _is_drawn_before(chair: Chair) -> bool:
    # What has a downtime label is drawn already.
    return chair.draw is not None and bool(chair.draw.downtime)


def _printer_pill(visit: Visit) -> Sign | None:
    station = station_named(visit.session, visit.station or "")
    if station is None:
        return None
    return printer_pill(printer_named(visit, station.printer))
