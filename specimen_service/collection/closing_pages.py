"""The end of a sitting: the patient's look, what cannot be scanned, labels left over, and containers that come back."""

from http import HTTPStatus

from flask import Response, request

from specimen_service.audit.actions import record, record_look
from specimen_service.collection.chair_pages import COLLECTORS, pages, require_credential
from specimen_service.collection.choices import SKIPPED_BECAUSE
from specimen_service.collection.draw_actions import discard, draw_again, take_back, take_over
from specimen_service.collection.page_queries import LabelRow, label_of
from specimen_service.collection.queries import planned_order, waiting_orders_of_mrn
from specimen_service.collection.sitting_pages import (
    SAYS_NO,
    Seat,
    collect,
    draw_to_write,
    handed_out,
    my_seat,
    seat_of,
    values_of,
)
from specimen_service.collection.steps import Step
from specimen_service.custody.actions import record_scans
from specimen_service.kernel.codes import clean
from specimen_service.kernel.language import say
from specimen_service.specimens.actions import policy_of
from specimen_service.web.fields import Form
from specimen_service.web.kit import Visit, hand_on, see_other
from specimen_service.web.scans import scan_of_form, sent_at
from specimen_service.web.wording import Answer, scan_answer


@pages.page("/collect/sitting/<accession>/take-over", who=COLLECTORS, methods=("POST",))
def take_sitting_over(visit: Visit, accession: str) -> Response:
    """Make another person's sitting this one's; who drew stays on record as who drew."""
    seat = seat_of(visit, accession)
    if any(step.to_draw for step in seat.steps):
        require_credential(visit)  # its labels came before the needle: who takes it over draws
    if seat.draw is not None and not seat.is_of(visit):
        patient_id = seat.sitting.patient_id
        take_over(visit.session, visit.now, visit.actor, seat.draw, subject=accession, patient_id=patient_id)
    return see_other(seat.url)


@pages.page("/collect/sitting/<accession>/skip", who=COLLECTORS, methods=("POST",))
def skip(visit: Visit, accession: str) -> Response:
    """Go on without the scan of one label, with why: it is counted, and the tube is not verified."""
    seat = my_seat(visit, accession)
    if isinstance(seat, Response):
        return seat
    number, _, reason = request.form.get("skip", "").partition(":")
    unverified = {tube.number for tube in seat.sitting.tubes if not tube.verified}
    if number in unverified and reason in SKIPPED_BECAUSE:
        draw = draw_to_write(visit, seat)
        if number not in draw.skipped:
            draw.skipped = [*draw.skipped, number]
            collect(visit, seat, number)
            _note(visit, seat, "verify.skipped", {"number": number, "reason": reason})
    return see_other(seat.url)


@pages.page("/collect/sitting/<accession>/shown", who=COLLECTORS, methods=("POST",))
def shown(visit: Visit, accession: str) -> Response:
    """Keep what the patient says of the labels: yes ends the draw, no stops it, and the tubes count for nothing at once."""
    seat = my_seat(visit, accession)
    if isinstance(seat, Response):
        return seat
    if seat.step is not Step.SHOW or (seat.draw and seat.draw.stopped_by):
        return see_other(seat.url)
    draw = draw_to_write(visit, seat)
    if request.form.get("answer") == "no":
        discarded = discard(visit.session, visit.now, visit.actor, visit.settings, seat.sitting)
        draw.stopped_by = {"kind": SAYS_NO, "discarded": discarded}
    else:
        draw.ended_at = visit.now
    visit.session.flush()
    _note(visit, seat, "labels.shown", {"match": draw.ended_at is not None})
    return see_other(seat.url)


@pages.page("/collect/sitting/<accession>/recollect", who=COLLECTORS, methods=("POST",))
def recollect(visit: Visit, accession: str) -> Response:
    """Draw again under a new order what the patient says is not theirs."""
    seat = my_seat(visit, accession)
    if isinstance(seat, Response):
        return seat
    if seat.stop_kind != SAYS_NO:
        return see_other(seat.url)
    number = draw_again(visit.session, visit.now, visit.actor, visit.settings, seat.sitting)
    draw = draw_to_write(visit, seat)
    draw.stopped_by, draw.ended_at = None, visit.now
    return see_other(f"/collect/order/{number}")


@pages.page("/collect/sitting/<accession>/leftover", who=COLLECTORS, methods=("POST",))
def leftover(visit: Visit, accession: str) -> Response | str:
    """Void a label that is left over by its scan; one that is on a tube stays what it is. The next patient's band opens them."""
    seat = my_seat(visit, accession)
    if isinstance(seat, Response):
        return seat
    code = clean(request.form.get("code", ""))
    label = label_of(visit.session, code)
    if label is None and (planned_order(visit.session, code) or waiting_orders_of_mrn(visit.session, code)):
        return hand_on("/collect/find")
    answer = _why_not_void(seat, code, label)
    if answer is None:
        scan = scan_of_form(visit, "void")
        policy = policy_of(visit.settings)
        result = record_scans(visit.session, visit.now, visit.actor, [scan], sent_at=sent_at(), policy=policy)[0]
        answer = scan_answer(result["outcome"], result["reason"], result["message"], code=code, accepted=say("Voided"))
    else:
        _note(visit, seat, "leftover.read", {"number": code[:40], "answer": answer.word})
    seat = seat_of(visit, accession)
    record_look(visit.session, visit.now, visit.actor, "sitting", [seat.sitting.patient_id])
    return visit.render("collection/sitting.html", **values_of(visit, seat, answer))


@pages.page("/collect/sitting/<accession>/back", who=COLLECTORS, methods=("POST",))
def come_back(visit: Visit, accession: str) -> Response | tuple[str, int]:
    """Complete what a patient filled at home: when it was filled, and then its label is scanned."""
    seat = my_seat(visit, accession)
    if isinstance(seat, Response):
        return seat
    if not seat.is_out:
        return see_other(seat.url)
    form = Form(request.form.to_dict())
    at = form.moment("collected_at", visit.zone, visit.now) or visit.now
    if not form.faults and not seat.sitting.recorded_at <= at <= visit.now:
        form.faults["collected_at"] = say("Give a time between the hand-out and now.")
    if form.faults:
        record_look(visit.session, visit.now, visit.actor, "sitting", [seat.sitting.patient_id])
        return handed_out(visit, seat, form), HTTPStatus.UNPROCESSABLE_ENTITY
    draw = draw_to_write(visit, seat)
    draw.person_id, draw.ended_at = visit.actor.id, None
    take_back(visit.session, visit.now, visit.actor, visit.settings, seat.sitting, at)
    return see_other(seat.url)


def _why_not_void(seat: Seat, code: str, label: LabelRow | None) -> Answer | None:
    """Say why a label is not voided; None: it is left over."""
    tube = next((one for one in seat.sitting.tubes if one.number == code), None)
    if tube is not None and tube.verified:
        sentence = say("It was scanned on tube %(position)s. Leave it there.", position=tube.position)
        return Answer("info", "info", say("This one is on a tube"), sentence)
    if label is None:
        sentence = say("I read %(code)s. Scan the label that is left over.", code=code)
        return Answer("info", "info", say("Not a label"), sentence)
    if label.is_dead:
        return Answer("go", "check", say("Dead already"), say("This label names no tube any more. Destroy it."))
    if tube is None:
        return Answer(
            "wait",
            "alert",
            say("Another draw"),
            say("This label is not of this draw. Set it aside and tell your supervisor."),
        )
    return None


def _note(visit: Visit, seat: Seat, act: str, detail: dict[str, object]) -> None:
    patients = [seat.sitting.patient_id]
    record(visit.session, visit.now, visit.actor, act, subject=seat.sitting.accession, patients=patients, detail=detail)
