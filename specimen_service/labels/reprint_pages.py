"""Asking for another print of a label: why, where, and what proves that it belongs on the tube."""

from flask import Response, request

from specimen_service.audit.actions import record_look
from specimen_service.kernel.errors import ServiceError
from specimen_service.kernel.language import say
from specimen_service.labels.forms import REASONS, claim_of, explain, reprint_form, wish_of
from specimen_service.labels.model import BROWSER
from specimen_service.labels.printer_pages import ANSWERERS, pages
from specimen_service.labels.queries import tubes_beside
from specimen_service.labels.reprints import print_again, standing_of
from specimen_service.labels.rules import Evidence, Refused, Reprint, Standing, is_relabel, limit_of, reprint
from specimen_service.labels.signatures import Signature, signature
from specimen_service.specimens.queries import specimen_details
from specimen_service.web.fields import Form, own_path
from specimen_service.web.kit import Visit, see_other
from specimen_service.web.wording import place_name

__all__ = ["REPRINTERS", "pages"]

REPRINTERS = ANSWERERS
_SAID_ALL = Evidence(old_code_matches=True, supervisor=True, old_label_destroyed=True)


@pages.page("/specimens/<number>/reprint", who=REPRINTERS)
def reprint_page(visit: Visit, number: str) -> str:
    """Ask what it takes to print this label again; nothing is printed yet."""
    return _page(visit, number, reprint_form({"printer": _printer_here(visit), "next": request.args.get("next", "")}))


@pages.page("/specimens/<number>/reprint", who=REPRINTERS, methods=("POST",))
def ask_for_reprint(visit: Visit, number: str) -> Response | tuple[str, int]:
    """Queue the label, or say beside the field what is missing."""
    form = reprint_form(request.form)
    standing_of(visit.session, visit.settings, number)  # nothing unknown may undo the count of a try with a PIN
    try:
        signed = _signed(visit, form)
        # What a refusal leaves behind is undone; a counted try with a PIN, before this, is kept.
        with visit.session.begin_nested():
            print_again(visit.session, visit.now, visit.actor, visit.settings, number, wish_of(form, signed))
    except ServiceError as refusal:
        explain(form, refusal)
        return _page(visit, number, form), refusal.status
    return see_other(_back(form, number))


def _back(form: Form, number: str) -> str:
    return own_path(form.values.get("next") or f"/specimens/{number}")


def _signed(visit: Visit, form: Form) -> Signature | None:
    claim = claim_of(form)
    return signature(visit.session, visit.now, visit.settings, claim) if claim else None


def _page(visit: Visit, number: str, form: Form) -> str:
    specimen = specimen_details(visit.session, number)
    standing = standing_of(visit.session, visit.settings, number)
    limit = limit_of(visit.actor.role, visit.settings.labels.reprint_limit)
    best = reprint(standing, _SAID_ALL, visit.now, limit)
    record_look(visit.session, visit.now, visit.actor, "reprint", [specimen.patient.id])
    return visit.render(
        "labels/reprint.html",
        specimen=specimen,
        form=form,
        blank=Form({}, form.faults),
        back=_back(form, number),
        standing=standing,
        limit=limit,
        hopeless=best if isinstance(best, Refused) else None,
        sentence=_sentence(standing, best, visit, (specimen.position, tubes_beside(visit.session, specimen.id))),
        needs_proof=standing.came_out and is_relabel(standing, visit.now),
        needs_supervisor=standing.came_out and limit is not None and standing.reprints >= limit,
        came_out=standing.came_out,
        same_number=standing.came_out and standing.keeps_number,
        reasons=[say(reason) for reason in REASONS],
        printers=[
            *((one.name, place_name(one.name)) for one in visit.settings.printer),
            (BROWSER, say("This page, as PDF")),
        ],
    )


def _printer_here(visit: Visit) -> str:
    here = next((one.printer for one in visit.settings.station if one.name == visit.station), None)
    return here or next((one.name for one in visit.settings.printer), BROWSER)


def _sentence(standing: Standing, best: Reprint | Refused, visit: Visit, place: tuple[int, int]) -> str:
    if isinstance(best, Refused):
        return best.message
    if best is Reprint.SAME_LABEL:
        return say("This label has not come out yet: it prints under its own number. Choose the printer.")
    then = say("Then scan the new label on the tube.") if standing.moved_on else ""
    return f"{_first(standing, best, visit, place)} {then}".rstrip()


def _first(standing: Standing, best: Reprint, visit: Visit, place: tuple[int, int]) -> str:
    if is_relabel(standing, visit.now):
        return say("Scan the old label on the tube, or let a supervisor sign, and say why.")
    if best is Reprint.SAME_NUMBER:
        return say("Destroy the old label: the new one has the same number. Say why.")
    position, tubes = place
    return say(
        "Replacing label %(position)s of %(tubes)s with a new number. The old label stops working — destroy it. Why?",
        position=position,
        tubes=tubes,
    )
