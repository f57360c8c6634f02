"""Printers for people: how each one is, what waits there, and what wants a person's answer. No patient data."""

from dataclasses import dataclass

from flask import Response, request

from printers.status import Condition
from printers.stocks import STOCKS
from specimen_service.accounts.model import Role
from specimen_service.kernel.errors import Fault, InvalidInput
from specimen_service.kernel.language import say, say_many, to_say
from specimen_service.labels.actions import cancel_job, move_waiting
from specimen_service.labels.model import BROWSER, JobState
from specimen_service.labels.queries import (
    JobRow,
    PrinterRow,
    fallback_rows,
    finished_jobs,
    print_job,
    print_jobs,
    printer_rows,
    printers_with_open_jobs,
    stuck_jobs,
    waiting_jobs,
)
from specimen_service.labels.reprints import Answer, PrintRequest, print_again, resolve_job
from specimen_service.labels.testing import queue_test_page, want_asked, want_calibrated
from specimen_service.web.fields import own_path
from specimen_service.web.kit import EVERYBODY, Pages, Visit, see_other
from specimen_service.web.live import live
from specimen_service.web.wording import Sign, printer_name, printer_sign, printer_trouble, stock_words

pages = Pages()

ANSWERERS = (Role.COLLECTOR, Role.LAB, Role.SUPERVISOR, Role.ADMIN)
LAST_JOBS = 6
OPEN_JOBS = 20
_FROM_PAGE = to_say("printed from a page")
_GONE = to_say("not declared any more")


@dataclass(frozen=True)
class PrinterCard:
    """One printer as its card shows it."""

    row: PrinterRow
    sign: Sign
    is_device: bool
    can_calibrate: bool
    trouble: str | None
    roll: str
    """What its roll measures, in the unit of a trouble with another one; empty: it has none."""
    stations: list[str]
    waiting: list[JobRow]
    to_answer: list[JobRow]
    stuck: list[JobRow]
    last: list[JobRow]


@pages.page("/printers", who=EVERYBODY)
def printers_page(visit: Visit) -> str:
    """Show every printer: how it is, what waits, and what wants an answer."""
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
        raise InvalidInput([Fault("/outcome", say("Say whether the label came out: printed, not printed or damaged."))])
    resolve_job(visit.session, visit.now, visit.actor, visit.settings, job_id, Answer(said))
    return _back()


@pages.page("/printers/jobs/<int:job_id>/again", who=ANSWERERS, methods=("POST",))
def print_job_again(visit: Visit, job_id: int) -> Response:
    """Print the label of a job that was held, failed or cancelled, on the printer it was meant for or another."""
    job = print_job(visit.session, job_id)
    wish = PrintRequest(printer=request.form.get("printer") or job.printer, reason=say("asked for on the page"))
    print_again(visit.session, visit.now, visit.actor, visit.settings, job.number, wish)
    return _back()


@pages.page("/printers/jobs/<int:job_id>/drop", who=ANSWERERS, methods=("POST",))
def drop_job(visit: Visit, job_id: int) -> Response:
    """Let a label go that waits for a person, because nobody wants it."""
    cancel_job(visit.session, visit.now, visit.actor, job_id)
    return _back()


@pages.page("/printers/move", who=ANSWERERS, methods=("POST",))
def move_jobs(visit: Visit) -> Response:
    """Move what waits for a printer to its fallback; from the station only the labels of its own sitting."""
    printer, accession = request.form.get("printer", ""), request.form.get("accession") or None
    move_waiting(visit.session, visit.now, visit.actor, visit.settings, printer, accession=accession)
    return _back()


@pages.page("/printers/test", who=ANSWERERS, methods=("POST",))
def print_test_page(visit: Visit) -> Response:
    """Print a test page, which says what the printer answered when asked; it names no patient."""
    queue_test_page(visit.session, visit.now, visit.actor, visit.settings, request.form.get("printer", ""))
    return _back()


@pages.page("/printers/ask", who=ANSWERERS, methods=("POST",))
def ask_printer(visit: Visit) -> Response:
    """Have a printer asked how it is by whoever holds it."""
    want_asked(visit.session, visit.now, request.form.get("printer", ""))
    return _back()


@pages.page("/printers/calibrate", who=ANSWERERS, methods=("POST",))
def calibrate_printer(visit: Visit) -> Response:
    """Have a printer measure its labels by whoever holds it, which feeds some and prints none."""
    want_calibrated(visit.session, visit.now, visit.actor, visit.settings, request.form.get("printer", ""))
    return _back()


def _back() -> Response:
    return see_other(own_path(request.form.get("next", "/printers")))


def _values(visit: Visit) -> dict[str, object]:
    declared = [one.name for one in visit.settings.printer]
    others = [name for name in printers_with_open_jobs(visit.session) if name not in declared]
    cards = [_card(visit, row) for row in printer_rows(visit.session, [*declared, *others], visit.now)]
    fallbacks = fallback_rows(visit.session, visit.settings, visit.now)
    values = {"cards": cards, "fallbacks": fallbacks, "sentence": _step(cards)}
    return values | {"may_answer": visit.actor.role in ANSWERERS, "from_page": BROWSER}


def _card(visit: Visit, row: PrinterRow) -> PrinterCard:
    section = visit.settings.printer_named(row.name)
    stock = visit.settings.stock_of(section) if section else visit.settings.labels.stock
    return PrinterCard(
        row=row,
        sign=_sign(row, declared=section is not None),
        is_device=section is not None,
        can_calibrate=section is not None and section.can_calibrate,
        trouble=printer_trouble(row.name, row.condition, stock, row.waiting, row.detail) if section else None,
        roll=_roll(stock) if row.condition == Condition.WRONG_ROLL else "",
        stations=visit.settings.stations_at(row.name),
        waiting=waiting_jobs(visit.session, row.name, OPEN_JOBS),
        to_answer=print_jobs(visit.session, state=JobState.UNKNOWN, printer=row.name, limit=OPEN_JOBS)[0],
        stuck=stuck_jobs(visit.session, row.name, OPEN_JOBS),
        last=finished_jobs(visit.session, row.name, LAST_JOBS),
    )


def _sign(row: PrinterRow, *, declared: bool) -> Sign:
    if declared:
        return printer_sign(row.condition, asked=row.asked_at is not None)
    return Sign("info", say(_FROM_PAGE)) if row.name == BROWSER else Sign("stop", say(_GONE))


def _roll(stock: str) -> str:
    size = STOCKS[stock]
    sentence = to_say("A label of the %(stock)s roll is %(width)s mm by %(height)s mm.")
    return say(sentence, stock=stock_words(stock), width=f"{size.width_mm:.0f}", height=f"{size.height_mm:.0f}")


def _step(cards: list[PrinterCard]) -> str:
    if any(card.to_answer for card in cards):
        return say("Look at the printer: did these labels come out? One tap answers each.")
    trouble = next((card for card in cards if card.trouble and card.row.waiting), None)
    if trouble is not None:
        return _see_to(trouble)
    if any(card.stuck for card in cards):
        return say("Some labels wait for a person: print them now, or drop them.")
    if any(card.waiting and card.row.name == BROWSER for card in cards):
        return say("Some labels wait to be printed from a page: open them as PDF.")
    return next((_see_to(card) for card in cards if card.trouble), say("Nothing to do: labels print by themselves."))


def _see_to(card: PrinterCard) -> str:
    """Say where to begin; what is the matter there, and what else can be done, stands on its card."""
    printer = printer_name(card.row.name)
    if card.row.condition == Condition.NOT_ANSWERING:
        return say("Check the power and cable of %(printer)s.", printer=printer)
    if not card.row.waiting:
        return say("See to %(printer)s.", printer=printer)
    return say_many(
        "See to %(printer)s: %(count)s label waits there.",
        "See to %(printer)s: %(count)s labels wait there.",
        card.row.waiting,
        printer=printer,
    )
