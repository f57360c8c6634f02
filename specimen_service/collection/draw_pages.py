"""A draw before the needle: who it is, whether the patient is ready, and why not."""

from http import HTTPStatus

from flask import Response, request

from specimen_service.audit.actions import record_look
from specimen_service.collection.chair_pages import (
    BIRTH_DATE,
    COLLECTORS,
    Chair,
    chair_of,
    draw_of,
    left_early,
    my_chair,
    pages,
)
from specimen_service.collection.choices import ATTEMPT_BECAUSE, OUTCOMES, TYPED_BECAUSE, by_name
from specimen_service.collection.draw_actions import attest, note, split_off, take_over
from specimen_service.collection.forms import born_as_said
from specimen_service.collection.joint_actions import join, take_all_over
from specimen_service.collection.joint_queries import orders_to_draw
from specimen_service.collection.model import Draw, Outcome
from specimen_service.collection.page_queries import recollection_of
from specimen_service.collection.readiness import PROVIDER, is_answer, objections, open_questions
from specimen_service.collection.steps import STOPPED, Step, parked_by
from specimen_service.collection.tube_pages import tubes_page
from specimen_service.collection.volume_pages import excess_of, volume_page
from specimen_service.kernel.language import say, to_say
from specimen_service.patients.model import Identity
from specimen_service.web.fields import Form, clean_line
from specimen_service.web.kit import Visit, see_other

_ASK = {
    "name": to_say("Ask for the full name, and tap if it matches."),
    BIRTH_DATE: to_say("Ask for the birth date, and tap if it matches."),
    "mrn": to_say("Read the number on the wristband, and tap if it matches."),
    "second_sign": to_say("Compare a second sign, and tap if it matches."),
}
_ASK_BOTH = {
    "": to_say("Ask for name and birth date, and tap what matches."),
    "year": to_say("Ask for name and full birth date: tap if the name matches, type the year."),
    "date": to_say("Ask for name and birth date: tap if the name matches, type the date."),
}
_TYPE = {
    "year": to_say("Ask for the full birth date, and type the year the patient says."),
    "date": to_say("Ask for the birth date, and type what the patient says."),
}
"""By what of the birth date is typed and compared."""


@pages.page("/collect/order/<number>", who=COLLECTORS)
def order_page(visit: Visit, number: str) -> Response | str:
    """Show the draw of an order at its present step, to whose draw it is; to others, whose it is."""
    chair = chair_of(visit, number)
    return chair if isinstance(chair, Response) else _shown(visit, chair, Form({}))


@pages.page("/collect/order/<number>/identify", who=COLLECTORS, methods=("POST",))
def identify(visit: Visit, number: str) -> Response | str | tuple[str, int]:
    """Note that one of the two identifiers matches; where it must be typed, compare what was typed."""
    chair = my_chair(visit, number)
    if isinstance(chair, Response):
        return chair
    which = request.form.get("identifier", "")
    if which not in chair.identifiers or which in chair.identified:
        return see_other(chair.url)
    if which == BIRTH_DATE and chair.proof:
        form = Form(request.form.to_dict())
        matches = born_as_said(form, chair.proof, chair.order.patient.birth_date)
        if form.faults:
            return _shown(visit, chair, form), HTTPStatus.UNPROCESSABLE_ENTITY
        if not matches:
            draw_of(visit, chair).stopped_by = {"kind": "mismatch"}
            note(visit.session, visit.now, visit.actor, chair.order, "identity.mismatched", {"asked": chair.proof})
            return see_other(chair.url)
    attest(visit.session, draw_of(visit, chair), which)
    return see_other(chair.url)


@pages.page("/collect/order/<number>/mismatch", who=COLLECTORS, methods=("POST",))
def mismatch(visit: Visit, number: str) -> Response:
    """Go on from a STOP because what was said does not match: send the patient to registration, or ask once more."""
    chair = my_chair(visit, number)
    if isinstance(chair, Response) or chair.draw is None or not chair.draw.stopped_by:
        return chair if isinstance(chair, Response) else see_other(chair.url)
    draw = draw_of(visit, chair)
    if request.form.get("answer") == "again":
        draw.stopped_by = None
        note(visit.session, visit.now, visit.actor, chair.order, "identity.asked_again", {})
        return see_other(chair.url)
    left_early(visit, chair, Outcome.IDENTITY_MISMATCH)
    return see_other(f"/?said={Outcome.IDENTITY_MISMATCH}")


@pages.page("/collect/order/<number>/typed", who=COLLECTORS, methods=("POST",))
def why_typed(visit: Visit, number: str) -> Response:
    """Keep why the MRN was typed instead of scanned."""
    chair = my_chair(visit, number)
    if isinstance(chair, Response):
        return chair
    reason = clean_line(request.form.get("reason", ""))
    if reason in TYPED_BECAUSE:
        note(visit.session, visit.now, visit.actor, chair.order, "patient.typed", {"reason": reason})
    return see_other(chair.url)


@pages.page("/collect/order/<number>/ready", who=COLLECTORS, methods=("POST",))
def ready(visit: Visit, number: str) -> Response:
    """Keep one answer, or what was decided about one that speaks against drawing."""
    chair = my_chair(visit, number)
    if isinstance(chair, Response):
        return chair
    key, value = request.form.get("question", ""), request.form.get("answer", "")
    against = next((one for one in objections(chair.needs, chair.answers) if one.key == key), None)
    draw = draw_of(visit, chair)
    if against is not None and value == PROVIDER:
        draw.answers = {**draw.answers, f"{key}:{PROVIDER}": "yes"}
        note(visit.session, visit.now, visit.actor, chair.order, "draw.provider_agreed", {"question": key})
    elif against is not None and value == "again":
        note(visit.session, visit.now, visit.actor, chair.order, "draw.asked_again", {key: draw.answers[key]})
        draw.answers = {one: said for one, said in draw.answers.items() if one != key}
    elif against is not None and value == "others":
        return _draw_others(visit, chair, draw, against.tests, Outcome(against.outcome))
    elif is_answer(chair.needs, key, value):
        draw.answers = {**draw.answers, key: value}
    return see_other(chair.url)


@pages.page("/collect/order/<number>/not-ready", who=COLLECTORS, methods=("POST",))
def not_ready(visit: Visit, number: str) -> Response:
    """End the draw with one tap; the order waits under `parked`, and why is on record."""
    chair = my_chair(visit, number)
    if isinstance(chair, Response):
        return chair
    outcome = request.form.get("outcome", "")
    if outcome not in {*dict(OUTCOMES), Outcome.HANDED_ON}:
        return see_other(chair.url)
    left_early(visit, chair, Outcome(outcome))
    return see_other(f"/?said={outcome}")


@pages.page("/collect/order/<number>/attempt", who=COLLECTORS, methods=("POST",))
def attempt(visit: Visit, number: str) -> Response:
    """Count one more try at the vein, with why the last one failed."""
    chair = my_chair(visit, number)
    if isinstance(chair, Response):
        return chair
    reason = clean_line(request.form.get("reason", ""))
    draw = draw_of(visit, chair)
    # The number that the page showed: pressed twice, it counts once.
    if reason in ATTEMPT_BECAUSE and request.form.get("attempt") == str(draw.attempts):
        draw.attempts += 1
        said = {"attempt": draw.attempts, "reason": reason}
        note(visit.session, visit.now, visit.actor, chair.order, "draw.attempted", said)
    return see_other(chair.url)


@pages.page("/collect/order/<number>/take-over", who=COLLECTORS, methods=("POST",))
def take_order_over(visit: Visit, number: str) -> Response:
    """Make another person's draw this one's; who now draws identifies the patient again."""
    chair = chair_of(visit, number)
    if isinstance(chair, Response):
        return chair
    if chair.other is not None:
        patient_id = chair.order.patient_id
        take_over(
            visit.session,
            visit.now,
            visit.actor,
            chair.other,
            subject=chair.order.order_number,
            patient_id=patient_id,
        )
        take_all_over(visit.session, visit.actor, patient_id, chair.other.person_id)
    return see_other(chair.url)


@pages.page("/collect/order/<number>/join", who=COLLECTORS, methods=("POST",))
def join_order(visit: Visit, number: str) -> Response:
    """Draw another order of the patient, which came in since, together with this one."""
    chair = my_chair(visit, number)
    if isinstance(chair, Response):
        return chair
    wanted = request.form.get("order", "")
    waiting = orders_to_draw(visit.session, visit.now, chair.order.patient_id)
    other = next((one for one in waiting if one.number == wanted), None)
    if other is not None and chair.draw is not None:
        join(visit.session, visit.now, visit.actor, draw_of(visit, chair), chair.order, other)
    return see_other(chair.url)


def _draw_others(visit: Visit, chair: Chair, draw: Draw, tests: tuple[str, ...], outcome: Outcome) -> Response:
    touched = [tube for tube in chair.tubes if set(tube.tests) & set(tests)]
    draw.left_out = [*draw.left_out, *(split_off(visit.session, visit.now, tube, tests) for tube in touched)]
    draw.answers = {**draw.answers, "rest": outcome.value}
    said: dict[str, object] = {"outcome": outcome.value, "tests": list(tests)}
    note(visit.session, visit.now, visit.actor, chair.order, "draw.left_out", said)
    if all(set(tube.tests) <= set(tests) for tube in chair.tubes):
        left_early(visit, chair, outcome)
        return see_other(f"/?said={outcome}")
    return see_other(chair.url)


def _shown(visit: Visit, chair: Chair, form: Form) -> str:
    record_look(visit.session, visit.now, visit.actor, "order", [chair.order.patient_id])
    if chair.other is not None:
        return _whose(visit, chair)
    if chair.draw is not None and chair.draw.stopped_by:
        return visit.render("collection/mismatch.html", chair=chair, sentence=say(STOPPED))
    if chair.step is Step.DRAW:
        over = excess_of(visit, chair)
        return volume_page(visit, chair, over, form) if over else tubes_page(visit, chair, form)
    values = {
        "chair": chair,
        "form": form,
        "order": chair.order,
        "recollection": recollection_of(visit.session, chair.order),
    }
    if chair.step is Step.IDENTIFY:
        typed = by_name(TYPED_BECAUSE) if "typed" in request.args else ()
        return visit.render("collection/identify.html", sentence=_identify_step(chair), typed=typed, **values)
    against = objections(chair.needs, chair.answers)
    asked = open_questions(chair.needs, chair.answers)
    decide, ask = say("Not ready yet: choose what to do."), say("Ask the patient this, and tap the answer.")
    if chair.asks_weight and "weight" in request.args:
        form.faults["weight_kg"] = say("Write the weight in kg, for example 4.0.")
    sentence = decide if against else ask if asked else say("Weigh the patient, and write the weight in kg.")
    return visit.render("collection/ready.html", sentence=sentence, against=against, asked=asked, **values)


def _whose(visit: Visit, chair: Chair) -> str:
    other = chair.other
    step = Step.IDENTIFY if other is None or other is not chair.draw else chair.step
    sentence = parked_by(other.person_name if other else "", step, 0, len(chair.order.tubes))
    return visit.render(
        "collection/take_over.html", sentence=sentence, patient=chair.order.patient, url=chair.url, collected=""
    )


def _identify_step(chair: Chair) -> str:
    left = [key for key in chair.identifiers if key not in chair.identified]
    if len(left) > 1:
        is_temporary = chair.order.patient.identity is Identity.TEMPORARY
        return say("Read the wristband, and tap what matches.") if is_temporary else say(_ASK_BOTH[chair.proof])
    return say(_TYPE[chair.proof] if chair.proof and left == [BIRTH_DATE] else _ASK[left[0]])
