"""The print agent's calls: which printers it drives, claiming the next label, reporting what became of it.

A claim leases the printer and renews the lease; its token fences whoever held it before. A label is reported `sending`
before its first byte and by its outcome afterwards; `attempt` counts how often it was begun, so that a report which
comes late or twice is told from a new one.
"""

import base64
from http import HTTPStatus
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from printers.declared import Declared
from printers.status import Condition
from printers.stocks import STOCKS
from specimen_service.api.kit import Api, ApiModel, Call, Reply
from specimen_service.devices.model import Profile
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from specimen_service.kernel.language import say
from specimen_service.labels.agent_actions import AgentDesk, Claimant, News, Offer, Report
from specimen_service.labels.agent_queries import printer_of_job
from specimen_service.labels.api import LARGEST_ID
from specimen_service.labels.model import JobState
from specimen_service.settings import PrinterSection, Settings

api = Api("print agents")

_Text = Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=1000)]
_Whole = Annotated[int, Field(ge=0, le=LARGEST_ID)]
_State = Literal["sending", "queued", "printed", "sent", "unknown", "failed"]


class _Strict(ApiModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ClaimIn(_Strict):
    """A wish for the next label, and what is new about the printer.

    `printer` may be left out by an agent with one printer. `owner` tells a running agent from another with the same
    token. `condition`, `cleared`, `calibrating` and `released` are what was learnt under the lease of `token`, which they
    need; a lease that is released is not taken again by the same claim. `calibrating`: the printer is about to be told;
    the answer offers nothing else. `known` is a job whose payload the agent has already.
    """

    printer: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    owner: str = Field("agent", pattern=r"^[A-Za-z0-9_-]{1,32}$")
    seconds: float = Field(12.0, ge=5, le=60)
    token: _Whole | None = None
    condition: Condition | None = None
    detail: _Text = ""
    answers: list[_Text] = Field(default_factory=list, max_length=8)
    cleared: bool = False
    calibrating: bool = False
    released: bool = False
    known: _Whole | None = None

    @model_validator(mode="after")
    def _token_for_news(self) -> Self:
        if self.token is None and (self.condition or self.cleared or self.calibrating or self.released):
            raise ValueError("give the token of the lease under which this was learnt")
        return self


class AgentPrinterOut(ApiModel):
    """A printer that this agent drives: its URL as the agent's machine sees it, and what it holds.

    `length_mm` is one label along the feed: a printer that measures another holds the wrong roll.
    """

    name: str
    url: str
    language: str
    dpi: int
    stock: str
    width_mm: float
    height_mm: float
    length_mm: float | None


class AgentPrintersOut(ApiModel):
    """All printers that the configuration gives to this agent."""

    items: list[AgentPrinterOut]


class ClaimedJobOut(ApiModel):
    """A label to print: `payload` is Base64 of the bytes for the printer (null where they are `known`)."""

    id: int
    attempt: int
    collection: str
    payload: str | None


class ClaimOut(ApiModel):
    """What to do next. `token` null: another spooler holds the printer, so ask again later.

    `needs_clearing`: a label in doubt may still be in the printer; empty it (`~JA`), see that it is empty, and claim
    with `cleared`. Until then, and while a label is under way, no job is offered. `asked_for`: a person wants to know how
    the printer is; ask it, and claim with its `condition` and `answers`. `calibrate`: a person wants it to measure its labels;
    see that there is nothing in it, claim with `calibrating`, and only where that answers `calibrate` again send `~JC`, once.
    """

    printer: AgentPrinterOut
    token: int | None
    lease_seconds: float
    needs_clearing: bool
    asked_for: bool
    calibrate: bool
    job: ClaimedJobOut | None


class ReportIn(_Strict):
    """What became of a label: the state it takes, at the attempt that the claim or the last report answered.

    `sending` before the first byte: only once this is answered with 200 may a byte leave. `queued`: nothing was sent.
    """

    token: _Whole
    attempt: _Whole
    state: _State
    condition: Condition = Condition.UNKNOWN
    detail: _Text = ""
    code: _Text = ""


class ReportOut(ApiModel):
    """Where the job is now."""

    id: int
    state: JobState
    attempt: int


@api.endpoint(
    "GET /printers",
    who={Profile.AGENT},
    summary="List the printers that this agent drives",
    replies={HTTPStatus.OK: AgentPrintersOut},
    write=False,
)
def list_agent_printers(call: Call) -> Reply:
    """Answer those declared with `agent` set to the name of the asking device."""
    return Reply(AgentPrintersOut(items=[_printer_out(call.settings, one) for one in _own(call)]))


@api.endpoint(
    "POST /print-jobs/claim",
    who={Profile.AGENT},
    summary="Lease a printer and take its next label",
    body=ClaimIn,
    replies={HTTPStatus.OK: ClaimOut},
    errors=(HTTPStatus.NOT_FOUND,),
    write=False,
)
def claim_print_job(call: Call, body: ClaimIn) -> Reply:
    """Record the news, then lease and offer, each in a transaction of its own."""
    printer = _claimed_printer(call, body.printer)
    desk = _desk(call, printer)
    offer = Offer(None)
    if body.token is not None:
        answers = tuple(body.answers)
        desk.tell(News(body.token, body.condition, body.detail, answers, body.cleared, body.released))
    if body.calibrating and body.token is not None:
        offer = desk.begin_calibration(body.token)
    elif not body.released:
        offer = desk.claim(Claimant(call.actor, body.owner, body.seconds), body.known)
    return Reply(
        ClaimOut(
            printer=_printer_out(call.settings, printer),
            token=offer.token,
            lease_seconds=body.seconds,
            needs_clearing=offer.needs_clearing,
            asked_for=offer.asked_for,
            calibrate=offer.calibrate,
            job=_job_out(offer),
        )
    )


@api.endpoint(
    "POST /print-jobs/<int:job_id>/report",
    who={Profile.AGENT},
    summary="Say that a label is being sent, or what became of it",
    body=ReportIn,
    replies={HTTPStatus.OK: ReportOut},
    errors=(HTTPStatus.NOT_FOUND,),
    write=False,
)
def report_print_job(call: Call, job_id: int, body: ReportIn) -> Reply:
    """Take the report; a lost lease or an attempt that is over is a 409 and changes nothing."""
    name = printer_of_job(call.session, job_id) if job_id <= LARGEST_ID else None
    printer = next((one for one in _own(call) if one.name == name), None)
    if printer is None:
        raise NotFound("print job", job_id)
    said = Report(body.token, body.attempt, JobState(body.state), body.condition, body.detail, body.code)
    standing = _desk(call, printer).report(job_id, said)
    return Reply(ReportOut(id=job_id, state=standing.state, attempt=standing.attempt))


def _own(call: Call) -> list[PrinterSection]:
    return [one for one in call.settings.printer if one.agent == call.actor.name]


def _claimed_printer(call: Call, name: str | None) -> PrinterSection:
    own = _own(call)
    if name is not None:
        found = next((one for one in own if one.name == name), None)
        if found is None:
            raise NotFound("printer of this agent named", name)
        return found
    if len(own) > 1:
        names = ", ".join(one.name for one in own)
        which = say("This agent drives several printers. Name one of: %(names)s.", names=names)
        raise InvalidInput([Fault("/printer", which)])
    if not own:
        raise Conflict(
            say(
                'No printer is declared with agent = "%(agent)s". Add that to a [[printer]] in config.toml.',
                agent=call.actor.name,
            ),
            code="no-printer",
        )
    return own[0]


def _desk(call: Call, printer: PrinterSection) -> AgentDesk:
    # The token is read. Its transaction ends here, so that the ledger's own wait for no connection and no older view.
    call.session.rollback()
    return AgentDesk(call.database, printer, call.now)


def _printer_out(settings: Settings, printer: PrinterSection) -> AgentPrinterOut:
    stock = STOCKS[settings.stock_of(printer)]
    return AgentPrinterOut(
        name=printer.name,
        url=printer.url,
        language=printer.language,
        dpi=printer.dpi,
        stock=settings.stock_of(printer),
        width_mm=stock.width_mm,
        height_mm=stock.height_mm,
        length_mm=Declared.holding(stock, printer.dpi).length_mm,
    )


def _job_out(offer: Offer) -> ClaimedJobOut | None:
    if offer.job is None:
        return None
    payload = base64.b64encode(offer.job.payload).decode() if offer.job.payload else None
    return ClaimedJobOut(id=int(offer.job.id), attempt=offer.attempt, collection=offer.job.collection, payload=payload)
