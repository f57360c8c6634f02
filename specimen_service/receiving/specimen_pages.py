"""One specimen at the bench: reject it, tell whoever ordered it, collect it again, hold it, miss it, or sign for it."""

import uuid
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Response, request

from specimen_service.accounts.model import Role
from specimen_service.audit.actions import record_look
from specimen_service.catalog.queries import containers, reject_reasons, tests
from specimen_service.custody.actions import hold, record_scans, release
from specimen_service.custody.queries import rejection_reasons
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from specimen_service.kernel.language import say
from specimen_service.receiving.actions import FollowUp, follow_up, sign_exception
from specimen_service.receiving.cards import Card, card_of, specimen_step
from specimen_service.receiving.forms import bench_of, follow_up_form, signature_form
from specimen_service.receiving.queries import ordering_site
from specimen_service.specimens.actions import policy_of
from specimen_service.specimens.queries import SpecimenDetails, specimen_details
from specimen_service.web.fields import Form
from specimen_service.web.kit import Pages, Visit, see_other
from specimen_service.web.scans import scan_of_form, sent_at
from specimen_service.web.wording import Answer, scan_answer

pages = Pages()
LONGEST_REASON = 200
LAB = (Role.LAB, Role.SUPERVISOR, Role.ADMIN)


def card_in_hand(visit: Visit, specimen: SpecimenDetails) -> Card:
    """Make the card of a specimen with what the catalog says of it."""
    container = containers(visit.session).get(specimen.container)
    return card_of(
        specimen,
        visit.now,
        test_handling={code: test.handling for code, test in tests(visit.session).items()},
        reasons=reject_reasons(visit.session),
        for_transfusion=container is not None and not container.relabel,
        rejected_for=rejection_reasons(visit.session, [specimen.id]).get(specimen.id, ""),
    )


@pages.page("/lab/specimens", who=LAB, methods=("POST",))
def find_specimen(visit: Visit) -> Response | tuple[str, int]:
    """Open the specimen of a scanned code at the bench."""
    code = clean(request.form.get("code", ""))
    try:
        return see_other(f"/lab/specimens/{specimen_details(visit.session, code).number}")
    except (NotFound, Conflict):
        word = say("No specimen here has this number. Check that it is the specimen label, and scan again.")
        before = request.form.get("before", "")
        answer = Answer("info", "info", say("Not known here"), word)
        return _page(visit, before, answer) if before else see_other("/lab/receive")


@pages.page("/lab/specimens/<number>", who=LAB)
def bench_specimen(visit: Visit, number: str) -> str:
    """Show one specimen with everything the laboratory can do about it."""
    return _page(visit, number, None)[0]


@pages.page("/lab/specimens/<number>/reject", who=LAB, methods=("GET", "POST"))
def reject(visit: Visit, number: str) -> Response | str | tuple[str, int]:
    """Ask whom to tell and whether to collect again; on POST, reject the specimen for the reason in the address."""
    details = specimen_details(visit.session, number)
    card = card_in_hand(visit, details)
    reason = request.values.get("reason", "")
    if reason not in card.reasons or not card.may_be_rejected:
        return see_other(f"/lab/specimens/{details.number}")
    if request.method == "GET":
        form = Form({"site": ordering_site(visit.session, details.id)})
        return _reject_page(visit, card, reason, form)
    form, wish = follow_up_form()
    if form.faults:
        return _reject_page(visit, card, reason, form), HTTPStatus.UNPROCESSABLE_ENTITY
    answer = _record(visit, details.number, "reject", reason=reason)
    if answer.tone != "go":
        return _page(visit, number, answer)
    failed = _followed_up(visit, details.number, wish)
    return _page(visit, number, failed) if failed else see_other(_back(visit, details.number))


@pages.page("/lab/specimens/<number>/accept", who=LAB, methods=("POST",))
def accept_with_comment(visit: Visit, number: str) -> Response | tuple[str, int]:
    """Accept a specimen past its limit all the same, with what makes it of use."""
    note = Form(request.form).line("note", LONGEST_REASON)
    if not note:
        return _page(visit, number, _not_stored(say("Say why it is of use all the same.")))
    answer = _record(visit, specimen_details(visit.session, number).number, "accept", note=note)
    return _page(visit, number, answer) if answer.tone != "go" else see_other(_back(visit, number))


@pages.page("/lab/specimens/<number>/follow-up", who=LAB, methods=("POST",))
def follow_up_rejection(visit: Visit, number: str) -> Response | tuple[str, int]:
    """Note that the orderer was told, or order a new collection, for a specimen rejected before."""
    form, wish = follow_up_form()
    failed = _fault(form) if form.faults else _followed_up(visit, number, wish)
    return _page(visit, number, failed) if failed else see_other(f"/lab/specimens/{number}")


@pages.page("/lab/specimens/<number>/hold", who=LAB, methods=("POST",))
def hold_or_release(visit: Visit, number: str) -> Response | tuple[str, int]:
    """Put a specimen on hold, or let it go on, for a reason."""
    act = release if request.form.get("act") == "release" else hold
    reason = Form(request.form).line("note", LONGEST_REASON)
    try:
        specimen_id = specimen_details(visit.session, number).id
        act(visit.session, visit.now, visit.actor, policy_of(visit.settings), specimen_id=specimen_id, reason=reason)
    except (InvalidInput, Conflict) as error:
        return _page(visit, number, _not_stored(_said(error)))
    return see_other(f"/lab/specimens/{number}")


@pages.page("/lab/specimens/<number>/search", who=LAB, methods=("POST",))
def lost_or_found(visit: Visit, number: str) -> Response | tuple[str, int]:
    """Report a specimen lost, or found at the place where this browser receives."""
    details = specimen_details(visit.session, number)
    note = Form(request.form).line("note", LONGEST_REASON)
    answer = _record(visit, details.number, "found" if request.form.get("act") == "found" else "lost", note=note)
    return _page(visit, number, answer)


@pages.page("/lab/specimens/<number>/exception", who=LAB, methods=("POST",))
def sign(visit: Visit, number: str) -> Response | tuple[str, int]:
    """Keep a specimen that cannot be collected again, on a supervisor's signed statement."""
    form, signature = signature_form()
    if not form.faults:
        try:
            sign_exception(visit.session, visit.now, visit.actor, visit.settings, number, signature)
            return see_other(f"/lab/specimens/{number}")
        except InvalidInput as error:
            form.faults.update({fault.pointer.lstrip("/"): fault.message for fault in error.faults})
        except (NotAllowed, Conflict) as error:
            # A counted try of a PIN stays counted: the request ends well, and its transaction is committed.
            return _page(visit, number, Answer("stop", "stop", say("Not signed"), str(error)))
    return _page(visit, number, _fault(form))


def _record(visit: Visit, code: str, action: str, **besides: str) -> Answer:
    bench = bench_of(visit)
    scan = scan_of_form(visit, action, location=bench.place.number if bench.place else None, **besides) | {"code": code}
    policy = policy_of(visit.settings)
    result = record_scans(visit.session, visit.now, visit.actor, [scan], sent_at=sent_at(), policy=policy)[0]
    return scan_answer(result["outcome"], result["reason"], result["message"])


def _followed_up(visit: Visit, number: str, wish: FollowUp) -> Answer | None:
    """Follow a rejection up; the rejection itself stays recorded where that cannot be done, and the answer says why."""
    try:
        with visit.session.begin_nested():
            follow_up(visit.session, visit.now, visit.actor, visit.settings, number, wish)
    except InvalidInput as error:
        return Answer("wait", "alert", say("Rejected, but not ordered again"), _said(error))
    return None


def _back(visit: Visit, number: str) -> str:
    """Return where work goes on: at the bench where tubes come in, or at this specimen."""
    bench = bench_of(visit)
    return replace(bench, tube=number).url() if bench.place else f"/lab/specimens/{number}"


def _page(visit: Visit, number: str, answer: Answer | None) -> tuple[str, int]:
    details = specimen_details(visit.session, number)
    card = card_in_hand(visit, details)
    record_look(visit.session, visit.now, visit.actor, "bench specimen", [details.patient.id])
    values: dict[str, Any] = {"card": card, "answer": answer, "sentence": specimen_step(card)}
    values["containers"] = containers(visit.session)
    values["site"] = ordering_site(visit.session, details.id)
    values["bench"], values["scan_id"] = bench_of(visit), str(uuid.uuid4())
    status = HTTPStatus.OK if answer is None or answer.tone == "go" else HTTPStatus.UNPROCESSABLE_ENTITY
    return visit.render("receiving/specimen.html", **values), status


def _reject_page(visit: Visit, card: Card, reason: str, form: Form) -> str:
    record_look(visit.session, visit.now, visit.actor, "reject", [card.specimen.patient.id])
    return visit.render(
        "receiving/reject.html", card=card, reason=reason, form=form, bench=bench_of(visit), scan_id=str(uuid.uuid4())
    )


def _said(error: InvalidInput | Conflict) -> str:
    return " ".join(one.message for one in error.faults) if isinstance(error, InvalidInput) else str(error)


def _fault(form: Form) -> Answer:
    return _not_stored(" ".join(form.faults.values()))


def _not_stored(sentence: str) -> Answer:
    return Answer("wait", "alert", say("Not stored"), sentence)
