"""What a collection or an order says, as plain values: from the API and from the station's forms alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from specimen_service.orders.model import Priority
from specimen_service.patients.model import PatientFacts
from specimen_service.specimens.model import BarcodeOwner, Source


@dataclass(frozen=True)
class IdentifierFacts:
    """Another system's number for a specimen."""

    system: str
    kind: str
    value: str


@dataclass(frozen=True)
class SpecimenFacts:
    """One filled container: catalog codes, and what else is known of it."""

    type: str
    container: str
    tests: tuple[str, ...] = ()
    collected_at: datetime | None = None
    site: str = ""
    laterality: str = ""
    method: str = ""
    handling: str = ""
    fasting: bool | None = None
    volume_ml: float | None = None
    set_number: int | None = None
    identifiers: tuple[IdentifierFacts, ...] = ()
    barcode: BarcodeOwner = BarcodeOwner.OURS
    downtime_number: str = ""
    planned_id: int | None = None
    """The planned specimen this is, by internal id; None: whichever of the order has its type and container."""


@dataclass(frozen=True)
class CollectionFacts:
    """One collector, one patient, one sitting."""

    patient: PatientFacts
    specimens: tuple[SpecimenFacts, ...]
    collected_at: datetime | None
    """None: handed out to the patient, to come back filled; or the labels come first."""
    collector: str = ""
    """Username; empty where `collector_name` says who."""
    collector_name: str = ""
    station: str = ""
    order_number: str = ""
    priority: Priority = Priority.ROUTINE
    print_labels: bool = True
    source: Source = Source.STAFF
    sender: str = ""
    ordering_provider: str = ""
    ordering_site: str = ""
    late_reason: str = ""
    labels_first: bool = False
    """The labels print before the needle: each tube is collected when its label is verified on it."""
    band_number: str = ""
    encounter: str = ""
    patient_location: str = ""
    noted: Mapping[str, object] = field(default_factory=dict)
    """What the station noted of the draw, kept with the custody event: attempts, a name alert; no patient data."""


class OrderName(NamedTuple):
    """An order, by internal id and by number."""

    id: int
    number: str


@dataclass(frozen=True)
class OrderRequest:
    """What is asked for: of whom, which tests by code, how urgently."""

    patient: PatientFacts
    tests: tuple[str, ...]
    number: str = ""
    priority: Priority = Priority.ROUTINE
    due_at: datetime | None = None
    ordering_provider: str = ""
    ordering_site: str = ""


@dataclass(frozen=True)
class RecordedSpecimen:
    """A specimen just recorded, with the job of its first label (None: none was asked for)."""

    id: int
    number: str
    type: str
    container: str
    status: str
    print_job: int | None


@dataclass(frozen=True)
class RecordedCollection:
    """A collection just recorded, its specimens in order of draw."""

    accession: str
    specimens: tuple[RecordedSpecimen, ...]
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class PlacedOrder:
    """An order just placed, and the containers it needs in order of draw, as (type code, container code)."""

    number: str
    tubes: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = field(default=())
