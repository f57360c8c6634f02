"""The worklist: who waits, who is wanted at a time, what is parked, what is done."""

from dataclasses import dataclass
from datetime import datetime, time
from http import HTTPStatus

from flask import Response, request

from specimen_service.accounts.model import Role
from specimen_service.accounts.queries import credential_notice_of
from specimen_service.audit.actions import record, record_look
from specimen_service.catalog.queries import ContainerRow, containers
from specimen_service.collection.chair_pages import COLLECTORS, pages
from specimen_service.collection.choices import OUTCOME_SENTENCES, OUTCOME_WORDS
from specimen_service.collection.draw_queries import DrawRow, address_of_mine, latest_draws
from specimen_service.collection.joint_queries import orders_at_hand, orders_to_draw
from specimen_service.collection.model import Outcome
from specimen_service.collection.page_queries import RecollectionRow, accession_of_number, recollections
from specimen_service.collection.queries import WaitingRow, planned_order, waiting, waiting_orders_of_mrn
from specimen_service.collection.steps import not_scanned
from specimen_service.collection.worklist_queries import (
    OrderNeeds,
    SittingRow,
    done_since,
    handed_out,
    needs_of_orders,
    unfinished,
)
from specimen_service.kernel.codes import clean
from specimen_service.kernel.language import say, say_many, to_say
from specimen_service.web.kit import EVERYBODY, Visit, see_other
from specimen_service.web.live import live
from specimen_service.web.wording import Answer

TABS = ("waiting", "timed", "parked", "done")


@dataclass(frozen=True)
class Worklist:
    """One tab of the worklist, and how many rows the others have."""

    tab: str
    counts: dict[str, int]
    rows: list[WaitingRow]
    needs: dict[str, OrderNeeds]
    containers: dict[str, ContainerRow]
    unfinished: list[SittingRow]
    handed_out: list[SittingRow]
    done: list[SittingRow]
    draws: dict[str, DrawRow]
    """By order number: the latest draw of it."""
    recollections: dict[str, RecollectionRow]
    """By order number: what is collected because the laboratory rejected it."""

    @property
    def patients(self) -> list[int]:
        """The patients shown, by internal id."""
        sittings = [*self.unfinished, *self.handed_out, *self.done]
        return [row.patient_id for row in self.rows] + [row.patient_id for row in sittings]


@pages.page("/", who=EVERYBODY)
def worklist(visit: Visit) -> Response | str:
    """Show one tab of the worklist; people who do not collect are led to their own first page."""
    if visit.actor.role not in COLLECTORS:
        return see_other("/lab/pending" if visit.actor.role == Role.LAB else "/scan")
    if "mine" in request.args:
        return see_other(address_of_mine(visit.session, visit.now, visit.station or "", visit.actor.id) or "/")
    said = request.args.get("said", "")
    parked = Outcome(said) if said in set(Outcome) else None
    answer = Answer("wait", "pause", say(OUTCOME_WORDS[parked]), say(OUTCOME_SENTENCES[parked])) if parked else None
    return _page(visit, answer, left=request.args.get("left", ""))


@pages.page("/collect/waiting", who=COLLECTORS, polled=True)
def waiting_fragment(visit: Visit) -> Response:
    """Answer the worklist's live part."""
    shown = _shown(visit)
    late = [row.order_number for row in shown.rows if row.due_at and row.due_at < visit.now]
    return live(
        visit,
        "worklist",
        (shown, late),
        shown.patients,
        lambda: visit.render("collection/_waiting.html", words=OUTCOME_WORDS, **vars(shown)),
    )


@pages.page("/collect/find", who=COLLECTORS, methods=("POST",))
def find(visit: Visit) -> Response | str | tuple[str, int]:
    """Open what a scan names: the order of a wristband or a slip, the sitting of a label; or list whose name it is."""
    code = clean(request.form.get("code", ""))
    if planned_order(visit.session, code) is not None:
        return see_other(f"/collect/order/{code}")
    numbers = waiting_orders_of_mrn(visit.session, code)
    is_typed = bool(numbers) and request.form.get("entry") == "typed"
    if is_typed:
        record(visit.session, visit.now, visit.actor, "patient.typed", subject=numbers[0])
    if len(numbers) == 1 or _are_one_draw(visit, numbers):
        return see_other(f"/collect/order/{numbers[0]}{'?typed=1' if is_typed else ''}")
    if not numbers and (accession := accession_of_number(visit.session, code)):
        return see_other(f"/collect/sitting/{accession}")
    if numbers or (numbers := _numbers_of_name(visit, code)):
        found = say_many("%(count)s order found", "%(count)s orders found", len(numbers))
        answer = Answer("info", "search", found, say("All others stay listed."))
        return _page(visit, answer, only=numbers)
    sentence = say(
        "I read %(code)s. No waiting order and no waiting patient has it. Scan again, or register a walk-in.", code=code
    )
    return _page(visit, Answer("wait", "alert", say("Not found"), sentence)), HTTPStatus.NOT_FOUND


def _are_one_draw(visit: Visit, numbers: list[str]) -> bool:
    """Tell whether all these orders are of one patient and can be drawn now, together."""
    first = planned_order(visit.session, numbers[0]) if numbers else None
    if first is None:
        return False
    now = orders_to_draw(visit.session, visit.now, first.patient_id)
    mine = orders_at_hand(visit.session, first.patient_id, visit.actor.id)
    return set(numbers) <= {one.number for one in (*now, *mine)}


def _numbers_of_name(visit: Visit, part: str) -> list[str]:
    wanted = part.casefold()
    rows = waiting(visit.session)
    return [row.order_number for row in rows if wanted and wanted in f"{row.family_name}, {row.given_name}".casefold()]


def _page(visit: Visit, answer: Answer | None = None, only: list[str] | None = None, left: str = "") -> str:
    shown = _shown(visit, only)
    record_look(visit.session, visit.now, visit.actor, "worklist", shown.patients)
    notice = credential_notice_of(visit.session, visit.actor.id, visit.today)
    # Whoever left a draw before its labels were scanned hears of it once, with the way back.
    behind = next((row for row in shown.unfinished if row.accession == left and row.verified < row.tubes), None)
    return visit.render(
        "collection/worklist.html",
        sentence=_sentence(visit, shown, may_draw=notice is None or not notice.expired),
        notice=notice,
        answer=answer,
        behind=behind,
        not_scanned=behind and not_scanned(behind.tubes - behind.verified, behind.tubes),
        words=OUTCOME_WORDS,
        **vars(shown),
    )


def _shown(visit: Visit, only: list[str] | None = None) -> Worklist:
    tab = request.args.get("tab", "")
    tab = "found" if only is not None else tab if tab in TABS else "waiting"
    every = waiting(visit.session)
    draws = latest_draws(visit.session, [row.order_number for row in every])
    unfinished_ = unfinished(visit.session, visit.station or "", visit.actor.id, visit.now)
    out = handed_out(visit.session)
    groups = _groups(every, draws, only or [])
    rows = groups.get(tab, [])
    numbers = [row.order_number for row in rows]
    counts = {name: len(groups.get(name, [])) for name in TABS[:2]}
    counts["parked"] = len(groups["parked"]) + len(unfinished_) + len(out)
    return Worklist(
        tab=tab,
        counts=counts,
        rows=rows,
        needs=needs_of_orders(visit.session, numbers),
        containers=containers(visit.session),
        unfinished=unfinished_ if tab in {"waiting", "parked"} else [],
        handed_out=out if tab == "parked" else [],
        done=done_since(visit.session, _midnight(visit)) if tab == "done" else [],
        draws={number: draw for number, draw in draws.items() if number in numbers},
        recollections=recollections(visit.session, numbers),
    )


def _groups(rows: list[WaitingRow], draws: dict[str, DrawRow], only: list[str]) -> dict[str, list[WaitingRow]]:
    parked = {number for number, draw in draws.items() if draw.outcome is not None}
    due = [row for row in rows if row.order_number not in parked]
    return {
        "waiting": due,
        "timed": sorted((row for row in due if row.due_at), key=lambda row: row.due_at or row.placed_at),
        "parked": [row for row in rows if row.order_number in parked],
        "found": [row for row in rows if row.order_number in only],
    }


def _midnight(visit: Visit) -> datetime:
    today = visit.today
    return datetime.combine(today, time(), visit.zone)


def _sentence(visit: Visit, shown: Worklist, *, may_draw: bool) -> str:
    if not visit.station:
        return say("Say at which station you stand, so that the labels print there.")
    if shown.tab in {"done", "parked"}:
        return say((_LOOKING_BACK if shown.patients else _NOTHING)[shown.tab])
    if shown.unfinished:
        return say("Scan the labels of the tubes still at the chair: open the draw below.")
    if not may_draw:
        return say("Let somebody else draw until your manager has entered the new date.")
    if shown.rows:
        return say(_PICK if shown.tab == "found" else _CALL)
    return say(_NOTHING[shown.tab])


_PICK = to_say("Pick the right one: open its row, or scan its wristband.")
_CALL = to_say("Call the first patient on the list: scan the wristband, or pick the row.")
_LOOKING_BACK = {
    "done": to_say("This is today's work. Pick a row to see its labels."),
    "parked": to_say("Pick what you go on with; what is parked waits here."),
}
_NOTHING = {
    "waiting": to_say("Nobody is waiting. New orders appear by themselves."),
    "timed": to_say("There are no timed orders."),
    "parked": to_say("Nothing is parked."),
    "done": to_say("Nothing was collected today."),
    "found": to_say("Nobody is waiting. New orders appear by themselves."),
}
