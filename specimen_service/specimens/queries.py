"""Specimens by any code that names them: their standing for custody, and everything known of one for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, Subquery, bindparam, literal_column, null, select, union_all
from sqlalchemy.orm import Session, aliased

from specimen_service.accounts.model import Person
from specimen_service.catalog.model import Container, SpecimenType, Test
from specimen_service.kernel.errors import Conflict, NotFound
from specimen_service.kernel.language import say
from specimen_service.kernel.prepared import Prepared, among
from specimen_service.orders.model import Order, Priority
from specimen_service.patients.model import Patient
from specimen_service.places.model import Ends, Location, Station
from specimen_service.specimens.details import (
    CollectionRow,
    IdentifierRow,
    LabelRow,
    PatientRow,
    SpecimenDetails,
    TestRow,
)
from specimen_service.specimens.model import Collection, Identifier, Label, LabelState, Specimen, SpecimenTest, Status
from specimen_service.specimens.rejection_queries import recollected_for, rejection_of, signed_exceptions_of

__all__ = [
    "Place",
    "SpecimenDetails",
    "Tube",
    "patient_id_of",
    "specimen_details",
    "specimen_id_of",
    "tube_of",
    "tubes_of",
]


@dataclass(frozen=True, slots=True)
class Place:
    """A location as rules need it: where a specimen stops being pending, whether it is judged there, whose it is."""

    id: int
    name: str
    ends: Ends = Ends.STORED
    inspect: bool = False
    external: bool = False


class Tube(NamedTuple):
    """A specimen as one code names it: the label behind the code (None: an identifier), and where it stands."""

    code: str
    label_state: LabelState | None
    retired_at: datetime | None
    id: int
    number: str
    accession: str | None
    urgency: int
    status: Status
    since: datetime
    holder: str
    verified: bool
    last_seen_at: datetime | None
    last_seen_location_id: int | None
    last_seen_by: str
    leg_times: dict[str, list[str]]
    inside: str | None
    open_exceptions: int
    remembered: dict[str, Any] | None
    folded_until: datetime | None
    chain_length: int
    chain_head: str
    location_id: int | None
    location: str | None
    ends: Ends | None
    inspect: bool | None
    external: bool | None

    @property
    def place(self) -> Place | None:
        """The location it stands at, or None."""
        if self.location_id is None:
            return None
        return Place(
            self.location_id, self.location or "", self.ends or Ends.STORED, bool(self.inspect), bool(self.external)
        )


def tubes_of(session: Session, codes: Sequence[str], ids: Sequence[int] = ()) -> list[Tube]:
    """Find what codes name: labels in any state, and identifiers; locks the specimens until the transaction ends.

    A code may have several rows; those of `ids` come besides, under an empty code. The locks are taken in the order of
    the specimens' ids, whatever the order of the codes: two batches cannot wait for each other.
    """
    if ids:
        return [Tube(*row) for row in _TUBES_AND.rows(session.connection(), {"codes": codes, "ids": ids})]
    return [Tube(*row) for row in _TUBES.rows(session.connection(), {"codes": codes})]


def tube_of(session: Session, specimen_id: int) -> Tube:
    """Read where one specimen stands, by its id, and lock it until the transaction ends."""
    (row,) = _TUBE.rows(session.connection(), {"specimen_id": specimen_id})
    return Tube(*row)


def specimen_id_of(session: Session, code: str) -> int:
    """Find the one specimen of a label number or, failing that, of an identifier.

    Raises `NotFound`, and `Conflict` where several specimens carry the identifier.
    """
    if "\0" in code:  # PostgreSQL's text has none, and no code of a specimen
        raise NotFound("specimen", code)
    labelled = session.scalar(select(Label.specimen_id).where(Label.number == code))
    if labelled is not None:
        return labelled
    carriers = session.scalars(select(Identifier.specimen_id).where(Identifier.value == code).distinct().limit(2)).all()
    if not carriers:
        raise NotFound("specimen", code)
    if len(carriers) > 1:
        raise Conflict(
            say("Several specimens carry %(code)s. Use the number on our label.", code=code), code="ambiguous"
        )
    return carriers[0]


def patient_id_of(session: Session, specimen_id: int) -> int:
    """Return whose specimen it is."""
    return session.scalars(select(Specimen.patient_id).where(Specimen.id == specimen_id)).one()


def specimen_details(session: Session, code: str) -> SpecimenDetails:
    """Collect everything known of the specimen of a label number or identifier, in a fixed number of queries.

    Raises `NotFound` and `Conflict` as `specimen_id_of` does.
    """
    specimen_id = specimen_id_of(session, code)
    row = session.execute(_DETAILS.where(Specimen.id == specimen_id)).one()
    labels = tuple(LabelRow(*label) for label in session.execute(_LABELS.where(Label.specimen_id == specimen_id)))
    identifiers = session.execute(_IDENTIFIERS.where(Identifier.specimen_id == specimen_id))
    tests = session.execute(_TESTS.where(SpecimenTest.specimen_id == specimen_id))
    specimen: Specimen = row.Specimen
    own = {name: getattr(specimen, name) for name in _OWN}
    return SpecimenDetails(
        **own,
        priority=list(Priority)[specimen.urgency],
        type=row.type,
        type_name=row.type_name,
        container=row.container,
        container_name=row.container_name,
        parent=row.parent,
        location=row.location,
        last_seen_location=row.last_seen_location,
        asked_label=next((label for label in labels if label.number == code), None),
        labels=labels,
        identifiers=tuple(IdentifierRow(*identifier) for identifier in identifiers),
        tests=tuple(TestRow(*test) for test in tests),
        collection=_collection(row),
        patient=_patient(row),
        rejection=rejection_of(session, specimen_id),
        recollects=recollected_for(session, specimen_id),
        signed_exceptions=signed_exceptions_of(session, specimen_id),
    )


def _collection(row: Row[Any]) -> CollectionRow | None:
    made: Collection | None = row.Collection
    if made is None:
        return None
    own = {
        name: getattr(made, name) for name in CollectionRow.__dataclass_fields__ if name not in {"collector", "station"}
    }
    return CollectionRow(**own, collector=row.collector, station=row.station)


def _patient(row: Row[Any]) -> PatientRow:
    patient: Patient = row.Patient
    sitting: Collection | None = row.Collection
    return PatientRow(
        id=patient.id,
        mrn=patient.mrn,
        mrn_authority=patient.mrn_authority,
        family_name=patient.family_name,
        given_name=patient.given_name,
        birth_date=patient.birth_date,
        sex=patient.sex,
        identity=patient.identity,
        band_number=sitting.band_number if sitting else "",
        encounter=sitting.encounter if sitting else "",
        location=sitting.patient_location if sitting else "",
    )


_OWN = [
    "id",
    "number",
    "status",
    "since",
    "pending",
    "due_at",
    "position",
    "collected_at",
    "site",
    "laterality",
    "method",
    "handling",
    "fasting",
    "volume_ml",
    "barcode",
    "downtime_number",
    "set_number",
    "stable_until",
    "holder",
    "verified",
    "last_seen_at",
    "last_seen_by",
    "inside",
    "open_exceptions",
]


def _by_code(*more: Select[*tuple[Any, ...]]) -> Subquery:
    labels, identifiers = Label.__table__, Identifier.__table__
    by_label = select(labels.c.number.label("code"), labels.c.specimen_id, labels.c.state, labels.c.retired_at)
    by_identifier = select(identifiers.c.value, identifiers.c.specimen_id, null(), null())
    return union_all(
        by_label.where(among(labels.c.number, "codes")), by_identifier.where(among(identifiers.c.value, "codes")), *more
    ).subquery("named")


def _among_ids() -> Select[*tuple[Any, ...]]:
    asked = Specimen.__table__.alias("asked")
    return select(literal_column("''"), asked.c.id, null(), null()).where(among(asked.c.id, "ids"))


def _by_id() -> Subquery:
    asked = Specimen.__table__.alias("asked")
    columns = (
        asked.c.number.label("code"),
        asked.c.id.label("specimen_id"),
        null().label("state"),
        null().label("retired_at"),
    )
    return select(*columns).where(asked.c.id == bindparam("specimen_id")).subquery("named")


def _tubes(named: Subquery) -> Select[*tuple[Any, ...]]:
    table, collections, locations = Specimen.__table__, Collection.__table__, Location.__table__
    return (
        select(named.c.code, named.c.state, named.c.retired_at, table.c.id, table.c.number, collections.c.accession)
        .add_columns(*(table.c[name] for name in _STANDING))
        .add_columns(locations.c.name, locations.c.ends, locations.c.inspect, locations.c.external)
        .select_from(named.join(table, table.c.id == named.c.specimen_id))
        .outerjoin(collections, collections.c.id == table.c.collection_id)
        .outerjoin(locations, locations.c.id == table.c.location_id)
        .order_by(table.c.id)
        .with_for_update(of=table)
    )


def _details() -> Select[*tuple[Any, ...]]:
    seen_at, parent = aliased(Location), aliased(Specimen)
    return (
        select(
            Specimen,
            Collection,
            Patient,
            SpecimenType.code.label("type"),
            SpecimenType.name.label("type_name"),
            Container.code.label("container"),
            Container.name.label("container_name"),
            Location.name.label("location"),
            seen_at.name.label("last_seen_location"),
            parent.number.label("parent"),
            Person.username.label("collector"),
            Station.name.label("station"),
        )
        .join(Patient, Patient.id == Specimen.patient_id)
        .join(SpecimenType, SpecimenType.id == Specimen.type_id)
        .join(Container, Container.id == Specimen.container_id)
        .outerjoin(Collection, Collection.id == Specimen.collection_id)
        .outerjoin(Person, Person.id == Collection.collector_id)
        .outerjoin(Station, Station.id == Collection.station_id)
        .outerjoin(Location, Location.id == Specimen.location_id)
        .outerjoin(seen_at, seen_at.id == Specimen.last_seen_location_id)
        .outerjoin(parent, parent.id == Specimen.parent_id)
        .execution_options(populate_existing=True)  # scans write past the session's own objects
    )


_SUCCESSOR = aliased(Label)
_STANDING = Tube._fields[6:22]  # from urgency to location_id: the columns of the specimen itself
# A planned specimen has no tube yet: a code that names it names nothing that could have been scanned.
_LABELLED = Specimen.__table__.c.number != literal_column("''")
_TUBES = Prepared(_tubes(_by_code()).where(_LABELLED))
_AND_IDS = _by_code(_among_ids())
_TUBES_AND = Prepared(_tubes(_AND_IDS).where(_LABELLED | (_AND_IDS.c.code == literal_column("''"))))
_TUBE = Prepared(_tubes(_by_id()))
_DETAILS = _details()
_LABELS = (
    select(Label.number, Label.state, Label.reason, Label.issued_at, Label.retired_at, _SUCCESSOR.number)
    .outerjoin(_SUCCESSOR, _SUCCESSOR.id == Label.replaced_by_id)
    .order_by(Label.id)
)
_IDENTIFIERS = select(Identifier.system, Identifier.kind, Identifier.value).order_by(Identifier.id)
_TESTS = (
    select(Test.code, Test.name, Order.number, Order.priority)
    .select_from(SpecimenTest)
    .join(Test, Test.id == SpecimenTest.test_id)
    .outerjoin(Order, Order.id == SpecimenTest.order_id)
    .order_by(Test.code, Order.number)
)
