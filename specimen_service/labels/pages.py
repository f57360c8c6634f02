"""Printers and their labels for people: how each printer is, what waits for an answer, and pictures of labels."""

from dataclasses import dataclass

from flask import Response, request

from printers.languages import Language
from specimen_service.accounts.model import Role
from specimen_service.audit.actions import record_look
from specimen_service.kernel.errors import Fault, InvalidInput
from specimen_service.labels.layout import picture
from specimen_service.labels.model import JobState
from specimen_service.labels.queries import JobRow, PrinterRow, print_job, print_jobs, printer_rows
from specimen_service.labels.reprints import Answer, PrintRequest, print_again, resolve_job
from specimen_service.web.fields import own_path
from specimen_service.web.kit import EVERYBODY, Pages, Visit, see_other
from specimen_service.web.live import live
from specimen_service.web.wording import Sign, printer_sign, printer_trouble

pages = Pages()

SEE_LABELS = EVERYBODY - {Role.COURIER}
"""A label shows its patient; couriers see numbers only."""
ANSWERERS = (Role.COLLECTOR, Role.SUPERVISOR, Role.ADMIN)
LAST_JOBS = 6
OPEN_JOBS = 20


@dataclass(frozen=True)
class PrinterCard:
    """One printer as its card shows it."""

    row: PrinterRow
    sign: Sign
    trouble: str | None
    to_answer: list[JobRow]
    stuck: list[JobRow]
    last: list[JobRow]


@pages.page("/printers", who=EVERYBODY)
def printers_page(visit: Visit) -> str:
    """Show every declared printer: how it is, what waits, and what wants an answer."""
    return visit.render("labels/printers.html", **_values(visit))


@pages.page("/printers/state", who=EVERYBODY, polled=True)
def printers_fragment(visit: Visit) -> Response:
    """Answer the printers' live part; it names no patient."""
    values = _values(visit)
    return live(visit, "printers", values, (), lambda: visit.render("labels/_printers.html", **values))


@pages.page("/printers/jobs/<int:job_id>/answer", who=ANSWERERS, methods=("POST",))
def answer_job(visit: Visit, job_id: int) -> Response:
    """Take a person's answer for a label that may or may not have come out."""
    said = request.form.get("outcome", "")
    if said not in set(Answer):
        raise InvalidInput([Fault("/outcome", "Say whether the label came out: printed, not printed or damaged.")])
    resolve_job(visit.session, visit.now, visit.actor, visit.settings, job_id, Answer(said))
    return see_other(own_path(request.form.get("next", "/printers")))


@pages.page("/printers/jobs/<int:job_id>/again", who=ANSWERERS, methods=("POST",))
def print_job_again(visit: Visit, job_id: int) -> Response:
    """Print the label of a job that was held, failed or cancelled, on the printer it was meant for or another."""
    job = print_job(visit.session, job_id)
    wish = PrintRequest(printer=request.form.get("printer") or job.printer, reason="asked for on the page")
    print_again(visit.session, visit.now, visit.actor, visit.settings, job.number, wish)
    return see_other(own_path(request.form.get("next", "/printers")))


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


def _values(visit: Visit) -> dict[str, object]:
    rows = printer_rows(visit.session, [one.name for one in visit.settings.printer])
    cards = [_card(visit, row) for row in rows]
    return {"cards": cards, "sentence": _step(cards), "may_answer": visit.actor.role in ANSWERERS}


def _card(visit: Visit, row: PrinterRow) -> PrinterCard:
    section = visit.settings.printer_named(row.name)
    stock = visit.settings.stock_of(section) if section else visit.settings.labels.stock
    return PrinterCard(
        row=row,
        sign=printer_sign(row.condition),
        trouble=printer_trouble(row.name, row.condition, stock, row.waiting),
        to_answer=_jobs(visit, row.name, JobState.UNKNOWN),
        stuck=[*_jobs(visit, row.name, JobState.HELD), *_not_replaced(_jobs(visit, row.name, JobState.FAILED))],
        last=print_jobs(visit.session, printer=row.name, limit=LAST_JOBS)[0],
    )


def _jobs(visit: Visit, printer: str, state: JobState) -> list[JobRow]:
    return print_jobs(visit.session, state=state, printer=printer, limit=OPEN_JOBS)[0]


def _not_replaced(jobs: list[JobRow]) -> list[JobRow]:
    return [job for job in jobs if job.replaced_by is None]


def _step(cards: list[PrinterCard]) -> str:
    if any(card.to_answer for card in cards):
        return "Look at the printer: did these labels come out? One tap answers each."
    trouble = next((card.trouble for card in cards if card.trouble and card.row.waiting), None)
    if trouble:
        return trouble
    if any(card.stuck for card in cards):
        return "Some labels wait for a person: print them now, or leave them."
    return "Nothing to do: labels print by themselves."
