"""Everything known of one specimen, as plain rows."""

from dataclasses import dataclass
from datetime import date, datetime

from specimen_service.orders.model import Priority
from specimen_service.patients.model import Identity, Sex
from specimen_service.specimens.model import BarcodeOwner, LabelState, Source, Status


@dataclass(frozen=True)
class TestRow:
    """A test to be done on a specimen, and the order that asks for it."""

    code: str
    name: str
    order_number: str | None
    priority: Priority | None
    __test__ = False  # pytest must not take it for a test class


@dataclass(frozen=True)
class IdentifierRow:
    """Another system's number."""

    system: str
    kind: str
    value: str


@dataclass(frozen=True)
class LabelRow:
    """A number that a label of the specimen carries or carried."""

    number: str
    state: LabelState
    reason: str
    issued_at: datetime
    retired_at: datetime | None
    replaced_by: str | None


@dataclass(frozen=True)
class CollectionRow:
    """The sitting a specimen comes from."""

    accession: str
    collected_at: datetime | None
    collector: str | None
    collector_name: str
    station: str | None
    source: Source
    sender: str
    ordering_provider: str
    ordering_site: str
    late_reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class PatientRow:
    """Whose it is, with what was said of the patient at that sitting."""

    id: int
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


@dataclass(frozen=True)
class RejectionRow:
    """What followed from a rejection; each field but the last two is a column of the model."""

    reason: str
    site: str
    read_back: str
    notified_at: datetime | None
    notified_by: str
    tries: int
    recollected_at: datetime | None
    order_number: str | None
    """By which it is collected again; None: it is not."""
    recollected_as: tuple[str, ...]
    """The numbers of the specimens collected in its place."""


@dataclass(frozen=True)
class RecollectedRow:
    """A rejected specimen in whose place this one is collected."""

    number: str
    reason: str
    tries: int


@dataclass(frozen=True)
class SignedExceptionRow:
    """A supervisor's signed word that a specimen is used in spite of a fault."""

    reason: str
    statement: str
    signed_by: str
    signed_at: datetime


@dataclass(frozen=True)
class SpecimenDetails:
    """Everything known of one specimen, and by which of its labels it was asked for."""

    id: int
    number: str
    status: Status
    since: datetime
    pending: bool
    due_at: datetime
    priority: Priority
    type: str
    type_name: str
    container: str
    container_name: str
    position: int
    collected_at: datetime | None
    site: str
    laterality: str
    method: str
    handling: str
    fasting: bool | None
    volume_ml: float | None
    barcode: BarcodeOwner
    downtime_number: str
    set_number: int | None
    stable_until: datetime | None
    parent: str | None
    location: str | None
    holder: str
    verified: bool
    last_seen_at: datetime | None
    last_seen_location: str | None
    last_seen_by: str
    inside: str | None
    """The number of the shipment or storage position it is in; None: none."""
    open_exceptions: int
    """How many of its events wait for a person."""
    asked_label: LabelRow | None
    """The label whose number was asked for; None: asked by an identifier."""
    labels: tuple[LabelRow, ...]
    identifiers: tuple[IdentifierRow, ...]
    tests: tuple[TestRow, ...]
    collection: CollectionRow | None
    patient: PatientRow
    rejection: RejectionRow | None
    recollects: tuple[RecollectedRow, ...]
    signed_exceptions: tuple[SignedExceptionRow, ...]

    @property
    def is_by_patient(self) -> bool:
        """Whether the patient fills it at home."""
        return self.collection is not None and self.collection.source is Source.PATIENT
