"""Paper and pictures for people: the labels that a page prints, and copies to look at."""

from flask import Response, request

from printers.languages import Language
from specimen_service.accounts.model import Role
from specimen_service.audit.actions import record_look
from specimen_service.kernel.errors import Fault, InvalidInput
from specimen_service.kernel.language import say
from specimen_service.labels.documents import Paper, take_document
from specimen_service.labels.layout import picture
from specimen_service.labels.reprint_pages import REPRINTERS, pages
from specimen_service.web.kit import EVERYBODY, Visit

__all__ = ["pages"]

SEE_LABELS = EVERYBODY - {Role.COURIER}
"""A label shows its patient; couriers see numbers only."""


@pages.page("/printers/documents", who=REPRINTERS, methods=("POST",))
def open_document(visit: Visit) -> Response:
    """Open the labels that wait for this page as one PDF; a second time is refused, as that is a reprint."""
    jobs = request.form.getlist("job", type=int)
    if not jobs:
        raise InvalidInput([Fault("/job", say("Name the print jobs to open."))])
    paper = Paper(request.form.get("sheet", ""), request.form.get("start", 1, type=int))
    taken = take_document(visit.session, visit.now, visit.actor, visit.settings, jobs, paper)
    record_look(visit.session, visit.now, visit.actor, "label.document", taken.patients)
    headers = {"Content-Disposition": 'inline; filename="labels.pdf"'}
    return Response(taken.pdf, content_type="application/pdf", headers=headers)


@pages.page("/specimens/<number>/label.svg", who=SEE_LABELS)
def label_svg(visit: Visit, number: str) -> Response:
    """Draw the current label of a specimen, marked COPY."""
    return _picture(visit, number, Language.SVG, "image/svg+xml")


@pages.page("/specimens/<number>/label.png", who=SEE_LABELS)
def label_png(visit: Visit, number: str) -> Response:
    """Draw the current label of a specimen, marked COPY, as dots."""
    return _picture(visit, number, Language.PNG, "image/png")


def _picture(visit: Visit, number: str, language: Language, media_type: str) -> Response:
    data, patient_id = picture(visit.session, visit.settings, number, language)
    record_look(visit.session, visit.now, visit.actor, "label", [patient_id])
    return Response(data, content_type=media_type)
