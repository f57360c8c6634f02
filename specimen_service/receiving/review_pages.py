"""What waits for a person: parked scans, scans kept aside, rejections nobody was told of; and what was closed of late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from specimen_service.audit.actions import record_look
from specimen_service.catalog.queries import containers, reject_reasons
from specimen_service.custody.actions import How, resolve_exception, review_aside
from specimen_service.custody.model import Reason
from specimen_service.custody.queries import (
    AsideRow,
    QuestionRow,
    closed_exceptions,
    exceptions_of,
    open_exceptions,
    scans_aside,
)
from specimen_service.kernel.clock import midnight
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import Conflict, InvalidInput, NotFound
from specimen_service.kernel.language import say, to_say
from specimen_service.kernel.paging import decode_cursor, encode_cursor
from specimen_service.places.queries import LocationRow, locations
from specimen_service.receiving.queries import (
    OpenRejection,
    RejectedSpecimen,
    names_of,
    open_rejections,
    rejected_since,
    senders,
)
from specimen_service.receiving.review_words import (
    REASONS,
    answer_words,
    belongs_here,
    closing_words,
    purpose_words,
    reason_words,
    review_step,
)
from specimen_service.receiving.specimen_pages import LAB, LONGEST_REASON, pages
from specimen_service.specimens.actions import policy_of
from specimen_service.specimens.queries import specimen_id_of
from specimen_service.web.fields import Form
from specimen_service.web.kit import Visit, see_other
from specimen_service.web.wording import Answer

__all__ = ["pages"]

PAGE = 25
CLOSED_FOR = timedelta(days=1)
"""So long a closed question is shown as such."""
_FIELDS = {"/other_number": "other"}
"""The field of an answer that a fault is about; any other is about the words that go with it."""
_Entries = Sequence[QuestionRow] | Sequence[AsideRow] | Sequence[OpenRejection] | Sequence[RejectedSpecimen]
VIEWS = {
    "waiting": to_say("To answer"),
    "rejected": to_say("Nobody told yet"),
    "rejected_today": to_say("Rejected today"),
    "aside": to_say("Kept aside"),
    "closed": to_say("Closed today"),
}


@dataclass(frozen=True)
class _Filters:
    """What of the questions is wanted, as the address says it."""

    view: str
    reason: Reason | None
    place: LocationRow | None
    tube: str
    cursor: str

    def url(self, **changed: object) -> str:
        """Return the address of this view with changes; a page's cursor goes with none of them."""
        return f"/lab/review{self.query(**changed)}"

    def query(self, **changed: object) -> str:
        """Return what of such an address says which view it is."""
        kept: dict[str, object] = {
            "view": "" if self.view == "waiting" else self.view,
            "reason": self.reason or "",
            "place": self.place.number if self.place else "",
            "tube": self.tube,
        }
        said = urlencode({name: value for name, value in (kept | changed).items() if value})
        return f"?{said}" if said else ""


@pages.page("/lab/review", who=LAB)
def review(visit: Visit) -> str:
    """Show one view of what waits."""
    done = request.args.get("done", "")
    answer = _closed_answer(visit, int(done)) if done.isascii() and done.isdigit() else None
    return _page(visit, _filters(visit), answer)


@pages.page("/lab/review/find", who=LAB, methods=("POST",))
def find_questions(visit: Visit) -> Response | tuple[str, int]:
    """Show what waits about the specimen of a scanned code."""
    code = clean(request.form.get("code", ""))
    try:
        specimen_id_of(visit.session, code)
    except (NotFound, Conflict):
        sentence = say("No specimen here has this number. Check that it is the specimen label, and scan again.")
        return _refused(visit, Answer("info", "info", say("Not known here"), sentence))
    return see_other(f"/lab/review?{urlencode({'tube': code})}")


@pages.page("/lab/review/<int:question>", who=LAB, methods=("POST",))
def answer_question(visit: Visit, question: int) -> Response | tuple[str, int]:
    """Answer one parked scan: it happened, it was a mistake, or it was another specimen."""
    form = Form(request.form)
    how = request.form.get("how", "")
    try:
        resolve_exception(
            visit.session,
            visit.now,
            visit.actor,
            policy_of(visit.settings),
            exception_id=question,
            how=How(how) if how in set(How) else How.AMENDED,
            reason=form.line(f"why-{question}", LONGEST_REASON),
            other_number=form.line(f"other-{question}", 1000),
        )
    except InvalidInput as error:
        return _refused(visit, form=_with_faults(form, error, question))
    except (Conflict, NotFound) as error:
        return _refused(visit, _unchanged(error))
    return see_other(_filters(visit).url(done=question))


@pages.page("/lab/review/aside/<int:aside>", who=LAB, methods=("POST",))
def close_aside(visit: Visit, aside: int) -> Response | tuple[str, int]:
    """Note what somebody found about a scan kept aside."""
    form = Form(request.form)
    finding = form.line(f"why-{aside}", LONGEST_REASON)
    try:
        review_aside(visit.session, visit.now, visit.actor, aside_id=aside, finding=finding)
    except InvalidInput as error:
        return _refused(visit, view="aside", form=_with_faults(form, error, aside))
    except (Conflict, NotFound) as error:
        return _refused(visit, _unchanged(error), view="aside")
    return see_other("/lab/review?view=aside")


def _filters(visit: Visit, view: str = "") -> _Filters:
    asked = request.args
    wanted = view or asked.get("view", "")
    reason, number = asked.get("reason", ""), asked.get("place", "")
    return _Filters(
        view=wanted if wanted in VIEWS else "waiting",
        reason=Reason(reason) if reason in set(Reason) else None,
        place=next((one for one in locations(visit.session) if one.number == number), None),
        tube=asked.get("tube", "")[:200],
        cursor=asked.get("cursor", ""),
    )


def _page(visit: Visit, filters: _Filters, answer: Answer | None, form: Form | None = None) -> str:
    rows, following = _rows(visit, filters)
    patients = _patients(rows)
    record_look(visit.session, visit.now, visit.actor, "review", patients)
    values: dict[str, Any] = {
        "rows": rows,
        "names": names_of(visit.session, patients),
        "senders": senders(visit.session) if filters.view == "aside" else {},
        "kinds": reject_reasons(visit.session) if filters.view == "rejected_today" else {},
        "following": filters.url(cursor=following) if following else None,
    }
    return visit.render(
        "receiving/review.html",
        filters=filters,
        answer=answer,
        form=form or Form({}),
        views={view: say(words) for view, words in VIEWS.items()},
        reasons={reason: reason_words(reason) for reason in REASONS},
        places=locations(visit.session),
        containers=containers(visit.session),
        words={
            "reason": reason_words,
            "for": purpose_words,
            "closing": closing_words,
            "answers": answer_words,
            "belongs": belongs_here,
        },
        sentence=review_step(filters.view, len(rows), more=following is not None),
        **values,
    )


def _patients(rows: _Entries) -> list[int]:
    named = [None if isinstance(row, AsideRow) else row.patient_id for row in rows]
    return sorted({patient_id for patient_id in named if patient_id is not None})


def _rows(visit: Visit, filters: _Filters) -> tuple[_Entries, str | None]:
    match filters.view:
        case "rejected":
            return open_rejections(visit.session), None
        case "rejected_today":
            return rejected_since(visit.session, midnight(visit.now, visit.zone)), None
        case "closed":
            return closed_exceptions(visit.session, visit.now - CLOSED_FOR), None
        case "aside":
            after = int(str(decode_cursor(filters.cursor, 1)[0])) if filters.cursor else 0
            asides = scans_aside(visit.session, after=after, limit=PAGE + 1)
            return asides[:PAGE], encode_cursor([asides[PAGE - 1].id]) if len(asides) > PAGE else None
    return _questions(visit, filters)


def _questions(visit: Visit, filters: _Filters) -> tuple[list[QuestionRow], str | None]:
    if filters.tube:
        return [row for row in _of_tube(visit, filters.tube) if row.closed_how is None], None
    rows = open_exceptions(
        visit.session,
        reason=filters.reason,
        location_id=filters.place.id if filters.place else None,
        after=_after(filters.cursor),
        limit=PAGE + 1,
    )
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], encode_cursor([last.effective_at.isoformat(), last.id]) if last else None


def _of_tube(visit: Visit, code: str) -> list[QuestionRow]:
    try:
        return exceptions_of(visit.session, specimen_id_of(visit.session, clean(code)))
    except (NotFound, Conflict):
        return []


def _after(cursor: str) -> tuple[datetime, int] | None:
    if not cursor:
        return None
    at, key = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(str(at)).astimezone(UTC), int(str(key))
    except (ValueError, OverflowError):
        return None


def _closed_answer(visit: Visit, question: int) -> Answer | None:
    closed = closed_exceptions(visit.session, visit.now - CLOSED_FOR)
    found = next((row for row in closed if row.id == question), None)
    if found is None or found.closed_how is None:
        return None
    sentence = say("%(closed)s. Thank you; go on with the next.", closed=closing_words(found.closed_how))
    return Answer("go", "check", say("Answered"), sentence)


def _refused(
    visit: Visit, answer: Answer | None = None, *, view: str = "", form: Form | None = None
) -> tuple[str, int]:
    return _page(visit, _filters(visit, view), answer, form), HTTPStatus.UNPROCESSABLE_ENTITY


def _with_faults(form: Form, error: InvalidInput, row: int) -> Form:
    """Return the form of one row with what is wrong, each beside its field."""
    form.faults.update({f"{_FIELDS.get(one.pointer, 'why')}-{row}": one.message for one in error.faults})
    return form


def _unchanged(error: Conflict | NotFound) -> Answer:
    return Answer("info", "info", say("Nothing changed"), str(error))
