"""`POST /orders` and `POST /collections`."""

import unicodedata
from datetime import date
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints

from specimen_service.api.kit import Api, ApiModel, Call, Reply
from specimen_service.collection.actions import place_order, record_collection
from specimen_service.collection.facts import CollectionFacts, IdentifierFacts, OrderRequest, SpecimenFacts
from specimen_service.devices.model import Profile
from specimen_service.orders.model import Priority
from specimen_service.patients.model import Identity, PatientFacts, Sex
from specimen_service.specimens.model import BarcodeOwner, Source, Status

api = Api("collection")
_SENDERS = (Profile.STATION, Profile.INTEGRATOR)


def _without_controls(value: object) -> object:
    # A control character in a name is a slip of some other system; it could only do harm on a label or in a log.
    if isinstance(value, str):
        return unicodedata.normalize("NFC", "".join(c if unicodedata.category(c) != "Cc" else " " for c in value))
    return value


Short = Annotated[str, BeforeValidator(_without_controls), StringConstraints(strip_whitespace=True, max_length=40)]
Line = Annotated[str, BeforeValidator(_without_controls), StringConstraints(strip_whitespace=True, max_length=120)]
PatientName = Annotated[
    str, BeforeValidator(_without_controls), StringConstraints(strip_whitespace=True, max_length=200)
]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]


class PatientIn(ApiModel):
    """The patient, as the sender knows them; `temporary` may omit name and birth date."""

    mrn: Annotated[Short, Field(min_length=1)]
    mrn_authority: Short = ""
    family_name: PatientName = ""
    given_name: PatientName = ""
    birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    identity: Identity = Identity.CONFIRMED

    def facts(self) -> PatientFacts:
        """Return the plain value."""
        names = PatientFacts.__dataclass_fields__
        return PatientFacts(**{name: getattr(self, name) for name in names})


class CollectedPatientIn(PatientIn):
    """The patient at the time of a collection."""

    band_number: Short = ""
    encounter: Short = ""
    location: Annotated[Line, Field(max_length=80)] = ""


class OrderIn(ApiModel):
    """An order."""

    patient: PatientIn
    tests: Annotated[list[Code], Field(max_length=100)]
    order_number: Short | None = None
    priority: Priority = Priority.ROUTINE
    due_at: AwareDatetime | None = None
    ordering_provider: Line = ""
    ordering_site: Line = ""


class PlannedOut(ApiModel):
    """One container the order needs."""

    type: str
    container: str


class OrderOut(ApiModel):
    """The order as placed; `tubes` in order of draw."""

    order_number: str
    tubes: list[PlannedOut]
    warnings: list[str]


class IdentifierIn(ApiModel):
    """Another system's number for a specimen."""

    system: Annotated[Line, Field(min_length=1, max_length=80)]
    kind: Literal["lis", "sender", "bottle", "reference_lab"]
    value: Annotated[Line, Field(min_length=1, max_length=80)]


class SpecimenIn(ApiModel):
    """One filled container; `type` is a code of HL7 table 0487, `container` and `tests` are of the catalog."""

    type: Code
    container: Code
    tests: Annotated[list[Code], Field(max_length=100, default_factory=list)]
    collected_at: AwareDatetime | None = None
    site: Annotated[Line, Field(max_length=80)] = ""
    laterality: Annotated[Short, Field(max_length=20)] = ""
    method: Annotated[Short, Field(max_length=20)] = ""
    handling: Annotated[Short, Field(max_length=20)] = ""
    fasting: bool | None = None
    volume_ml: Annotated[float, Field(gt=0, le=10_000)] | None = None
    set_number: Annotated[int, Field(ge=1, le=99)] | None = None
    identifiers: Annotated[list[IdentifierIn], Field(max_length=20, default_factory=list)]
    barcode: BarcodeOwner = BarcodeOwner.OURS
    downtime_number: Annotated[Short, Field(max_length=12)] | None = None

    def facts(self) -> SpecimenFacts:
        """Return the plain value."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        identifiers = tuple(IdentifierFacts(one.system, one.kind, one.value) for one in self.identifiers)
        changed = {
            "tests": tuple(self.tests),
            "identifiers": identifiers,
            "downtime_number": self.downtime_number or "",
        }
        return SpecimenFacts(**{**given, **changed})


class CollectionIn(ApiModel):
    """A collection: one collector, one patient, one sitting."""

    patient: CollectedPatientIn
    order_number: Short | None = None
    priority: Priority = Priority.ROUTINE
    collected_at: AwareDatetime | None = None
    collector: Annotated[Short, Field(max_length=64)] | None = None
    collector_name: Line = ""
    station: Annotated[Line, Field(max_length=80)] | None = None
    print: bool = True
    source: Source = Source.STAFF
    sender: Line = ""
    ordering_provider: Line = ""
    ordering_site: Line = ""
    late_reason: Annotated[Line, Field(max_length=120)] = ""
    specimens: Annotated[list[SpecimenIn], Field(max_length=100)]

    def facts(self) -> CollectionFacts:
        """Return the plain value."""
        sent = ("priority", "collected_at", "collector_name", "source", "sender")
        asked = ("ordering_provider", "ordering_site", "late_reason")
        return CollectionFacts(
            patient=self.patient.facts(),
            specimens=tuple(one.facts() for one in self.specimens),
            collector=self.collector or "",
            station=self.station or "",
            order_number=self.order_number or "",
            print_labels=self.print,
            band_number=self.patient.band_number,
            encounter=self.patient.encounter,
            patient_location=self.patient.location,
            **{name: getattr(self, name) for name in sent + asked},
        )


class RecordedSpecimenOut(ApiModel):
    """A specimen as recorded, with the job of its first label."""

    number: str
    type: str
    container: str
    status: Status
    label_url: str
    print_job: int | None


class CollectionOut(ApiModel):
    """A collection as recorded, its specimens in order of draw."""

    accession: str
    specimens: list[RecordedSpecimenOut]
    warnings: list[str]


@api.endpoint(
    "POST /orders",
    who=_SENDERS,
    summary="Order tests for a patient",
    body=OrderIn,
    replies={HTTPStatus.CREATED: OrderOut},
)
def post_order(call: Call, *, body: OrderIn) -> Reply:
    """Place an order; its tubes appear on the worklist."""
    request = OrderRequest(
        patient=body.patient.facts(),
        tests=tuple(body.tests),
        number=body.order_number or "",
        priority=body.priority,
        due_at=body.due_at,
        ordering_provider=body.ordering_provider,
        ordering_site=body.ordering_site,
    )
    today = call.now.astimezone(call.settings.service.zone).date()
    placed = place_order(call.session, call.now, call.actor, today, request)
    tubes = [PlannedOut(type=type_, container=container) for type_, container in placed.tubes]
    return Reply(OrderOut(order_number=placed.number, tubes=tubes, warnings=list(placed.warnings)), HTTPStatus.CREATED)


@api.endpoint(
    "POST /collections",
    who=_SENDERS,
    summary="Record a collection and print its labels",
    body=CollectionIn,
    replies={HTTPStatus.CREATED: CollectionOut},
)
def post_collection(call: Call, *, body: CollectionIn) -> Reply:
    """Record a collection: specimens numbered in order of draw, their labels queued at the station's printer."""
    recorded = record_collection(call.session, call.now, call.actor, call.settings, body.facts())
    specimens = [
        RecordedSpecimenOut(
            number=one.number,
            type=one.type,
            container=one.container,
            status=Status(one.status),
            label_url=f"/api/v1/specimens/{one.number}/label.pdf",
            print_job=one.print_job,
        )
        for one in recorded.specimens
    ]
    out = CollectionOut(accession=recorded.accession, specimens=specimens, warnings=list(recorded.warnings))
    return Reply(out, HTTPStatus.CREATED)
