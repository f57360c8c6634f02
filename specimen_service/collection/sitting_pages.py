"""A sitting after Collected: labels print, and each is scanned on its tube; it survives reload at every step."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request

from specimen_service.accounts.model import Role
from specimen_service.audit.actions import record, record_look
from specimen_service.collection.page_queries import is_registered, patient_of_number, tube_stopped_by
from specimen_service.collection.queries import Sitting, SittingTubeRow, sitting
from specimen_service.collection.steps import STOPPED, TO_OPEN, TubeStep, is_done, next_step
from specimen_service.custody.actions import claim, record_scans
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import NotFound
from specimen_service.kernel.numbers import checks, looks_like_number
from specimen_service.labels.model import BROWSER, JobState
from specimen_service.labels.queries import PrinterRow, printer_rows
from specimen_service.specimens.actions import policy_of
from specimen_service.web.kit import Pages, Visit, see_other
from specimen_service.web.live import is_fragment, live
from specimen_service.web.scans import scan_of_form, sent_at
from specimen_service.web.wording import Answer, Sign, printer_sign, printer_trouble, scan_answer

pages = Pages()
COLLECTORS = (Role.COLLECTOR, Role.SUPERVISOR, Role.ADMIN)

_PARTS = ("_sitting_now", "_sitting_answer", "_sitting_tubes", "_sitting_label")


@pages.page("/collect/sitting/<accession>", who=COLLECTORS)
def sitting_page(visit: Visit, accession: str) -> str:
    """Show a sitting at its present step; `stop` names a scan whose STOP was not acknowledged yet."""
    now_at = _find(visit, accession)
    record_look(visit.session, visit.now, visit.actor, "sitting", [now_at.patient_id])
    return visit.render("collection/sitting.html", **_values(visit, now_at, _open_stop(visit, now_at)))


@pages.page("/collect/sitting/<accession>/tubes", who=COLLECTORS, polled=True)
def sitting_fragment(visit: Visit, accession: str) -> Response:
    """Answer what changes by itself while labels print."""
    now_at = _find(visit, accession)
    values = _values(visit, now_at)
    parts = ("_sitting_now", "_sitting_tubes", "_sitting_label")
    return live(visit, "sitting", values, [now_at.patient_id], lambda: _rendered(visit, parts, values))


@pages.page("/collect/sitting/<accession>/scan", who=COLLECTORS, methods=("POST",))
def verify(visit: Visit, accession: str) -> Response | str:
    """Record the scan of a label on its tube against this sitting, and say what came of it."""
    now_at = _find(visit, accession)
    scan = scan_of_form(visit, "verify", collection=accession)
    code = clean(request.form.get("code", ""))
    bottle, policy = _bottle_of(visit, now_at, code), policy_of(visit.settings)
    if bottle is not None:
        claim(visit.session, visit.now, policy, bottle.specimen_id, system="manufacturer", kind="bottle", value=code)
    result = record_scans(visit.session, visit.now, visit.actor, [scan], sent_at=sent_at(), policy=policy)[0]
    answer = _answer(visit, now_at, result, bottle)
    now_at = _find(visit, accession)
    record_look(visit.session, visit.now, visit.actor, "sitting", [now_at.patient_id])
    values = _values(visit, now_at, answer)
    response = Response(
        _rendered(visit, _PARTS, values) if is_fragment() else visit.render("collection/sitting.html", **values)
    )
    if answer.halts:
        response.headers["X-Page"] = f"/collect/sitting/{accession}?stop={scan['scan_id']}"
    return response


@pages.page("/collect/sitting/<accession>/acknowledge", who=COLLECTORS, methods=("POST",))
def acknowledge(visit: Visit, accession: str) -> Response:
    """Note that somebody saw the STOP, and let the sitting go on."""
    now_at = _find(visit, accession)
    record(visit.session, visit.now, visit.actor, "stop.acknowledged", subject=accession, patients=[now_at.patient_id])
    return see_other(f"/collect/sitting/{accession}")


def _find(visit: Visit, accession: str) -> Sitting:
    found = sitting(visit.session, accession)
    if found is None:
        raise NotFound("sitting", accession)
    return found


def _values(visit: Visit, now_at: Sitting, answer: Answer | None = None) -> dict[str, object]:
    steps = [_step(tube) for tube in now_at.tubes]
    printer = _printer(visit, now_at)
    trouble = printer and printer_trouble(printer.name, printer.condition, _stock(visit, printer.name), printer.waiting)
    to_scan = next((tube for tube in now_at.tubes if not tube.verified), None)
    return {
        "sitting": now_at,
        "answer": answer,
        "sentence": STOPPED if answer and answer.halts else next_step(steps, trouble or None),
        "done": is_done(steps),
        "verified": sum(tube.verified for tube in now_at.tubes),
        "next_tube": to_scan or now_at.tubes[0],
        "printer": _pill(printer) if printer else None,
        "from_page": [tube.job_id for tube in now_at.tubes if _is_for_page(tube)],
        "move_from": printer.name if printer else "",
        "move_to": _fallback(visit, now_at, printer) if trouble and printer else "",
    }


def _step(tube: SittingTubeRow) -> TubeStep:
    return TubeStep(
        position=tube.position,
        name=tube.container_name,
        verified=tube.verified,
        wants_bottle_code=tube.verified and tube.own_barcode and not tube.bottle_code,
        job_state=TO_OPEN if _is_for_page(tube) else tube.job_state,
        job_error=tube.job_error,
    )


def _is_for_page(tube: SittingTubeRow) -> bool:
    return tube.printer == BROWSER and tube.job_state is JobState.QUEUED and not tube.verified


def _fallback(visit: Visit, now_at: Sitting, printer: PrinterRow) -> str:
    """Return where the labels of this sitting that wait for a printer may go instead; empty: nowhere."""
    section = visit.settings.printer_named(printer.name)
    waits = any(tube.printer == printer.name and tube.job_state is JobState.QUEUED for tube in now_at.tubes)
    return (section.fallback or "") if section and waits else ""


def _printer(visit: Visit, now_at: Sitting) -> PrinterRow | None:
    name = next((tube.printer for tube in now_at.tubes if tube.printer), "")
    return printer_rows(visit.session, [name])[0] if name else None


def _pill(printer: PrinterRow) -> Sign:
    if printer.name == BROWSER:
        return Sign("info", "Printed from this page")
    sign = printer_sign(printer.condition, asked=printer.asked_at is not None)
    return Sign(sign.tone, f"{printer.name}: {sign.word}")


def _stock(visit: Visit, printer: str) -> str:
    section = visit.settings.printer_named(printer)
    return visit.settings.stock_of(section) if section else visit.settings.labels.stock


def _bottle_of(visit: Visit, now_at: Sitting, code: str) -> SittingTubeRow | None:
    """Find the bottle whose own code this is: the one whose label was verified last and whose code is wanted."""
    if not code or (looks_like_number(code) and checks(code)) or is_registered(visit.session, code):
        return None
    return next((tube for tube in now_at.tubes if _step(tube).wants_bottle_code), None)


def _answer(visit: Visit, now_at: Sitting, result: Mapping[str, Any], bottle: SittingTubeRow | None) -> Answer:
    answer = scan_answer(result["outcome"], result["reason"], result["message"], accepted="Right tube")
    if answer.halts:
        number = result["specimen"]["number"]
        return _stop(now_at, same_patient=patient_of_number(visit.session, number) == now_at.patient_id)
    if bottle is not None and answer.tone == "go":
        return replace(
            answer, word="Bottle", sentence=f"The code of bottle {bottle.position} is kept with its specimen."
        )
    return answer


def _stop(now_at: Sitting, *, same_patient: bool) -> Answer:
    if same_patient:
        sentence = "This tube is of the right patient, but of another sitting. Set it aside and look at both sittings."
        return Answer("stop", "stop", "Wrong sitting.", sentence, halts=True)
    who = f"{now_at.patient.family_name.upper()}, {now_at.patient.given_name}".strip(", ") or "the patient at hand"
    sentence = f"This tube belongs to another patient, not {who}. Set it aside and tell your supervisor."
    return Answer("stop", "stop", "Wrong patient.", sentence, halts=True)


def _open_stop(visit: Visit, now_at: Sitting) -> Answer | None:
    number = tube_stopped_by(visit.session, request.args.get("stop", ""), now_at.accession)
    if number is None:
        return None
    return _stop(now_at, same_patient=patient_of_number(visit.session, number) == now_at.patient_id)


def _rendered(visit: Visit, parts: tuple[str, ...], values: dict[str, object]) -> str:
    return "".join(visit.render(f"collection/{part}.html", **values) for part in parts)
