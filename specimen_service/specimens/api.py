"""`GET /specimens/{number}`: everything known of a specimen, to whoever may know it."""

from dataclasses import asdict
from datetime import date, datetime

from pydantic import AwareDatetime, ConfigDict

from specimen_service.api.kit import Api, ApiModel, Call, Reply
from specimen_service.audit.actions import record_look
from specimen_service.devices.model import Profile
from specimen_service.orders.model import Priority
from specimen_service.patients.model import Identity, Sex
from specimen_service.specimens.model import NO_LIMIT, BarcodeOwner, LabelState, Source, Status
from specimen_service.specimens.queries import SpecimenDetails, specimen_details

api = Api("specimens")
SEES_PATIENTS = frozenset({Profile.STATION, Profile.LAB, Profile.INTEGRATOR})


class FromRow(ApiModel):
    """Base of the parts of a reply that are filled from a row of the same fields."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)


class TestOut(FromRow):
    """A test to be done, and the order that asks for it."""

    __test__ = False  # pytest must not take it for a test class
    code: str
    name: str
    order_number: str | None
    priority: Priority | None


class IdentifierOut(FromRow):
    """Another system's number for the specimen."""

    system: str
    kind: str
    value: str


class LabelOut(FromRow):
    """A number of the specimen, and what became of its label."""

    number: str
    state: LabelState
    reason: str
    issued_at: AwareDatetime
    retired_at: AwareDatetime | None
    replaced_by: str | None


class CollectionOut(FromRow):
    """The sitting it comes from."""

    accession: str
    collected_at: AwareDatetime | None
    collector: str | None
    collector_name: str
    station: str | None
    source: Source
    sender: str
    ordering_provider: str
    ordering_site: str
    late_reason: str
    recorded_at: AwareDatetime
    recorded_by: str


class PatientOut(FromRow):
    """Whose it is."""

    mrn: str
    mrn_authority: str
    family_name: str
    given_name: str
    birth_date: date | None
    sex: Sex
    identity: Identity
    band_number: str
    encounter: str
    location: str


class RejectionOut(FromRow):
    """What followed from its rejection: who was told and read it back, and by which order it is collected again."""

    reason: str
    site: str
    read_back: str
    notified_at: AwareDatetime | None
    notified_by: str
    tries: int
    order_number: str | None
    recollected_as: list[str]


class RecollectedOut(FromRow):
    """A rejected specimen in whose place this one is collected."""

    number: str
    reason: str
    tries: int


class SignedExceptionOut(FromRow):
    """A supervisor's signed word that the specimen is used in spite of a fault."""

    reason: str
    statement: str
    signed_by: str
    signed_at: AwareDatetime


class LastSeenOut(FromRow):
    """Where, when and by whom it was last scanned."""

    at: AwareDatetime
    location: str | None
    by: str


class SpecimenOut(FromRow):
    """A specimen; `replaced_by` names the successor of the label asked for, `patient` is null for a handheld."""

    number: str
    replaced_by: str | None
    accession: str | None
    status: Status
    since: AwareDatetime
    pending: bool
    due_at: AwareDatetime | None
    priority: Priority
    type: str
    type_name: str
    container: str
    container_name: str
    position: int
    collected_at: AwareDatetime | None
    site: str
    laterality: str
    method: str
    handling: str
    fasting: bool | None
    volume_ml: float | None
    barcode: BarcodeOwner
    downtime_number: str
    set_number: int | None
    stable_until: AwareDatetime | None
    parent: str | None
    location: str | None
    holder: str
    verified: bool
    last_seen: LastSeenOut | None
    inside: str | None
    open_exceptions: int
    labels: list[LabelOut]
    identifiers: list[IdentifierOut]
    tests: list[TestOut]
    collection: CollectionOut | None
    patient: PatientOut | None
    rejection: RejectionOut | None
    recollects: list[RecollectedOut]
    signed_exceptions: list[SignedExceptionOut]


@api.endpoint(
    "GET /specimens/<number>",
    who=frozenset(Profile),
    summary="A specimen by any of its label numbers or identifiers",
    replies={200: SpecimenOut},
    errors=(404, 409),
)
def get_specimen(call: Call, number: str) -> Reply:
    """Answer with everything known; a look at patient data is put on record in the same transaction."""
    details = specimen_details(call.session, number)
    shows_patient = call.actor.role in SEES_PATIENTS
    if shows_patient:
        record_look(call.session, call.now, call.actor, f"specimen {details.number}", [details.patient.id])
    return Reply(specimen_out(details, shows_patient=shows_patient))


def specimen_out(details: SpecimenDetails, *, shows_patient: bool) -> SpecimenOut:
    """Make the reply of a specimen's details."""
    fields = asdict(details)
    fields["replaced_by"] = details.asked_label.replaced_by if details.asked_label else None
    fields["accession"] = details.collection.accession if details.collection else None
    fields["due_at"] = None if details.due_at == NO_LIMIT else details.due_at
    fields["last_seen"] = _last_seen(details.last_seen_at, details.last_seen_location, details.last_seen_by)
    fields["patient"] = fields["patient"] if shows_patient else None
    return SpecimenOut.model_validate(fields)


def _last_seen(at: datetime | None, location: str | None, by: str) -> dict[str, object] | None:
    return {"at": at, "location": location, "by": by} if at is not None else None
