"""`GET /pending`: what is not yet where it should be, most urgent first."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from specimen_service.api.kit import Api, ApiModel, Call, Reply
from specimen_service.audit.actions import record_look
from specimen_service.devices.model import Profile
from specimen_service.kernel.paging import PAGE_LIMIT
from specimen_service.orders.model import Priority
from specimen_service.patients.model import Identity, Sex
from specimen_service.pending.queries import Filters, PendingItem, pending_page
from specimen_service.pending.rules import Step
from specimen_service.specimens.model import Status

api = Api("pending")

Word = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]


class PendingQuery(ApiModel):
    """Filters and place in the list; `state` is a status (`collected`) or a step (`to_verify`)."""

    state: Word | None = None
    location: Word | None = None
    priority: Priority | None = None
    overdue: bool = False
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


class LastSeenOut(ApiModel):
    """The last scan, of whatever outcome."""

    at: AwareDatetime
    location: str | None
    by: str


class PendingPatientOut(ApiModel):
    """Whose it is."""

    mrn: str
    family_name: str
    given_name: str
    birth_date: date | None
    sex: Sex
    identity: Identity


class PendingItemOut(ApiModel):
    """One specimen; without number and accession until it is collected."""

    number: str | None
    accession: str | None
    status: Status
    step: Step | None
    since: AwareDatetime
    due_at: AwareDatetime | None
    overdue: bool
    holder: str
    location: str | None
    last_seen: LastSeenOut | None
    priority: Priority
    type: str
    container: str
    tests: list[str]
    handling: str
    stable_until: AwareDatetime | None
    collected_at: AwareDatetime | None
    patient: PendingPatientOut


class PendingOut(ApiModel):
    """One page; `counts` has every status that occurs, `total` and `overdue`, whatever state is asked for."""

    items: list[PendingItemOut]
    next: str | None
    counts: dict[str, int]


@api.endpoint(
    "GET /pending",
    who=frozenset({Profile.LAB, Profile.STATION}),
    summary="Everything not yet where it should be, most urgent first",
    query=PendingQuery,
    replies={200: PendingOut},
)
def get_pending(call: Call, query: PendingQuery) -> Reply:
    """Answer with one page; the patients on it are put on record in the same transaction."""
    filters = Filters(query.state, query.location, query.priority, query.overdue)
    page = pending_page(call.session, call.now, filters, limit=query.limit, cursor=query.cursor)
    record_look(call.session, call.now, call.actor, "pending", (item.patient.id for item in page.items))
    return Reply(PendingOut(items=[_out(item) for item in page.items], next=page.next, counts=page.counts))


def _out(item: PendingItem) -> PendingItemOut:
    fields = asdict(item)
    del fields["id"], fields["patient"]["id"]
    return PendingItemOut.model_validate(fields)
