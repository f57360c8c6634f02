"""Labels and print jobs over HTTP: pictures that print nothing, (re)prints as jobs, and answers for jobs in doubt."""

from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Self

from flask import request
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from printers.languages import Language
from specimen_service.api.kit import PREFIX, Api, ApiModel, Call, Reply
from specimen_service.audit.actions import record_look
from specimen_service.devices.model import Profile
from specimen_service.kernel.errors import NotFound
from specimen_service.kernel.paging import PAGE_LIMIT
from specimen_service.labels.actions import cancel_job
from specimen_service.labels.documents import Paper, take_document
from specimen_service.labels.layout import picture
from specimen_service.labels.model import BROWSER, JobState, Proof
from specimen_service.labels.queries import JobRow, print_job, print_jobs
from specimen_service.labels.reprints import Answer, PrintRequest, print_again, resolve_job
from specimen_service.labels.signatures import Claim, signature

api = Api("labels")

MEDIA_TYPES = {
    Language.ZPL: "application/zpl",
    Language.PDF: "application/pdf",
    Language.SVG: "image/svg+xml",
    Language.PNG: "image/png",
}
LARGEST_ID = 2**31 - 1
"""What the id column holds; a larger id names no job and must not get as far as the driver."""
_NOT_FOUND = (HTTPStatus.NOT_FOUND,)
_Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""Text that PostgreSQL can hold: without NUL."""


class JobOut(ApiModel):
    """One print job; a test page has no number.

    `replaced_by` is the number that took the place of this job's label, `reprint` says whether it counts as one. A label to
    be printed from a page waits at `document_url`, which serves it once; null: it goes to a printer, or was served.
    """

    model_config = ConfigDict(from_attributes=True)

    id: int
    state: JobState
    printer: str
    number: str
    reason: str
    reprint: bool
    error: str
    proof: Proof | None
    replaced_by: str | None
    created_at: AwareDatetime
    created_by: str
    finished_at: AwareDatetime | None
    document_url: str | None


class JobsOut(ApiModel):
    """One page of print jobs, newest first, and the cursor of the next page (null: this is the last)."""

    items: list[JobOut]
    next: str | None


class JobsQuery(ApiModel):
    """Which print jobs to list."""

    state: JobState | None = None
    printer: _Text | None = Field(None, max_length=80)
    limit: int = Field(50, ge=1, le=PAGE_LIMIT)
    cursor: str | None = Field(None, max_length=200)


class PaperQuery(ApiModel):
    """On what the label is printed: a page of its own size, or a sheet of labels from a position that is still free."""

    sheet: _Text = Field("", max_length=40, description="a sheet's name; empty: every label is a page of its own size")
    start: int = Field(1, ge=1, le=1000, description="the first free position; positions run along the rows, from 1")


class SupervisorIn(ApiModel):
    """A supervisor's statement that this label belongs on this tube; username or badge, one of the two.

    With the `pin` the supervisor signs personally; without it whoever sends this stands for it, where the site allows
    that. An empty `statement` is the `reason`.
    """

    username: _Text = Field("", max_length=64)
    badge: _Text = Field("", max_length=40)
    pin: _Text | None = Field(None, max_length=40)
    statement: _Text = Field("", max_length=200)

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if bool(self.username) == bool(self.badge):
            raise ValueError("give the supervisor's username or badge, one of the two")
        return self


def _by_name(value: object) -> object:
    return {"username": value} if isinstance(value, str) else value


class PrintIn(ApiModel):
    """A wish for a label."""

    printer: str = Field(min_length=1, max_length=80)
    reason: _Text = Field("", max_length=200)
    old_code: _Text = Field("", max_length=100)
    supervisor: Annotated[SupervisorIn, BeforeValidator(_by_name, json_schema_input_type=str | SupervisorIn)] | None = (
        None
    )
    old_label_destroyed: StrictBool = False


class ResolveIn(ApiModel):
    """A person's answer for a job in doubt."""

    outcome: Answer


@api.endpoint(
    "POST /specimens/<number>/labels",
    who={Profile.STATION, Profile.INTEGRATOR},
    summary="Print a specimen's label, or print it again",
    body=PrintIn,
    replies={HTTPStatus.ACCEPTED: JobOut},
    errors=_NOT_FOUND,
)
def print_label(call: Call, number: str, body: PrintIn) -> Reply:
    """Queue the label and answer with its job; a reprint carries a new number."""
    said, reason = body.supervisor, body.reason.strip()
    claim = Claim(said.username or said.badge, said.statement or reason, said.pin) if said else None
    signed = signature(call.session, call.now, call.settings, claim) if claim else None
    wish = PrintRequest(body.printer, reason, body.old_code, signed, body.old_label_destroyed)
    job = print_again(call.session, call.now, call.actor, call.settings, number, wish)
    return Reply(_out(print_job(call.session, job.id)), HTTPStatus.ACCEPTED)


@api.endpoint(
    "GET /print-jobs/<int:job_id>",
    who={Profile.STATION, Profile.INTEGRATOR, Profile.AGENT},
    summary="Show a print job",
    replies={HTTPStatus.OK: JobOut},
    errors=_NOT_FOUND,
    write=False,
)
def show_print_job(call: Call, job_id: int) -> Reply:
    """Answer one job; it names no patient."""
    return Reply(_out(print_job(call.session, _possible(job_id))))


@api.endpoint(
    "GET /print-jobs",
    who={Profile.STATION, Profile.INTEGRATOR, Profile.AGENT},
    summary="List print jobs",
    query=JobsQuery,
    replies={HTTPStatus.OK: JobsOut},
    write=False,
)
def list_print_jobs(call: Call, query: JobsQuery) -> Reply:
    """Answer one page of jobs, newest first."""
    rows, following = print_jobs(
        call.session, state=query.state, printer=query.printer, limit=query.limit, cursor=query.cursor
    )
    return Reply(JobsOut(items=[_out(row) for row in rows], next=following))


@api.endpoint(
    "POST /print-jobs/<int:job_id>/resolve",
    who={Profile.STATION},
    summary="Answer for a print job that may or may not have come out",
    body=ResolveIn,
    replies={HTTPStatus.OK: JobOut},
    errors=_NOT_FOUND,
)
def resolve_print_job(call: Call, job_id: int, body: ResolveIn) -> Reply:
    """Take the answer; not printed or damaged voids the number and queues a new label."""
    resolve_job(call.session, call.now, call.actor, call.settings, _possible(job_id), body.outcome)
    call.session.flush()
    return Reply(_out(print_job(call.session, job_id)))


@api.endpoint(
    "POST /print-jobs/<int:job_id>/cancel",
    who={Profile.STATION},
    summary="Drop a print job of which nothing was sent",
    replies={HTTPStatus.OK: JobOut},
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def cancel_print_job(call: Call, job_id: int) -> Reply:
    """Drop a job that waits for its printer or for a person, because nobody wants its label."""
    cancel_job(call.session, call.now, call.actor, _possible(job_id))
    call.session.flush()
    return Reply(_out(print_job(call.session, job_id)))


@api.endpoint(
    "GET /print-jobs/<int:job_id>/document",
    who={Profile.STATION, Profile.INTEGRATOR},
    summary="Take the label of a print job for the browser as PDF at its true size, once",
    query=PaperQuery,
    replies={HTTPStatus.OK: MEDIA_TYPES[Language.PDF]},
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def take_print_document(call: Call, query: PaperQuery, job_id: int) -> Reply:
    """Serve the PDF and record the job as `sent`; a second time is refused, as that is a reprint."""
    if request.method == "HEAD":  # a program that only looks whether the link is alive must not use it up
        return Reply(b"", content_type=MEDIA_TYPES[Language.PDF])
    paper = Paper(query.sheet, query.start)
    taken = take_document(call.session, call.now, call.actor, call.settings, [_possible(job_id)], paper)
    record_look(call.session, call.now, call.actor, "label.document", taken.patients)
    return Reply(taken.pdf, content_type=MEDIA_TYPES[Language.PDF], headers={"Cache-Control": "no-store"})


def _declare_picture(language: Language) -> None:
    def show(call: Call, number: str) -> Reply:
        data, patient_id = picture(call.session, call.settings, number, language)
        record_look(call.session, call.now, call.actor, f"label.{language}", [patient_id])
        return Reply(data, content_type=MEDIA_TYPES[language])

    show.__name__ = f"show_label_{language}"
    declare: Callable[[Callable[..., Reply]], Callable[..., Reply]] = api.endpoint(
        f"GET /specimens/<number>/label.{language}",
        who={Profile.STATION, Profile.LAB, Profile.INTEGRATOR},
        summary=f"Show the current label as {language.upper()}, marked COPY; prints nothing",
        replies={HTTPStatus.OK: MEDIA_TYPES[language]},
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    )
    declare(show)


for _language in Language:
    _declare_picture(_language)


def _possible(job_id: int) -> int:
    if job_id > LARGEST_ID:
        raise NotFound("print job", job_id)
    return job_id


def _out(row: JobRow) -> JobOut:
    waits = row.printer == BROWSER and row.state is JobState.QUEUED
    url = f"{PREFIX}/print-jobs/{row.id}/document" if waits else None
    return JobOut.model_validate(asdict(row) | {"document_url": url})
