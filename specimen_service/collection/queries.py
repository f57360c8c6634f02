"""What the station shows: who waits, which tubes to draw, and how a sitting stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from specimen_service.catalog.model import Container, SpecimenType, Test
from specimen_service.collection.facts import OrderName
from specimen_service.collection.readiness import Need
from specimen_service.collection.rules import NOT_BLOOD
from specimen_service.labels.model import JobState, PrintJob
from specimen_service.orders.model import Order, Priority
from specimen_service.patients.model import Identity, Patient, PatientFacts, Sex
from specimen_service.places.model import Station
from specimen_service.specimens.model import (
    NO_LIMIT,
    Collection,
    Identifier,
    Label,
    Source,
    Specimen,
    SpecimenTest,
    Status,
)

WORKLIST_LIMIT = 200


@dataclass(frozen=True)
class WaitingRow:
    """One order with tubes still to collect."""

    order_number: str
    patient_id: int
    family_name: str
    given_name: str
    mrn: str
    birth_date: date | None
    sex: Sex
    priority: Priority
    placed_at: datetime
    due_at: datetime | None
    tubes: int
    containers: tuple[str, ...]


@dataclass(frozen=True)
class PlannedTubeRow:
    """One tube to draw."""

    specimen_id: int
    type: str
    type_name: str
    container: str
    container_name: str
    cap_colour: str
    cap_pattern: str
    additive_name: str
    inversions: str
    volume_ml: float | None
    needs_site: bool
    set_number: int | None
    tests: tuple[str, ...]
    test_names: tuple[str, ...]
    needs: tuple[Need, ...]
    """What its tests need of the patient, one each."""
    is_drawn: bool
    """Whether it is drawn by needle; what is not can be handed out to the patient."""


@dataclass(frozen=True)
class PlannedOrder:
    """An order with its patient and the tubes still to draw, in order of draw."""

    order_id: int
    order_number: str
    patient_id: int
    patient: PatientFacts
    priority: Priority
    due_at: datetime | None
    placed_at: datetime
    ordering_provider: str
    ordering_site: str
    tubes: tuple[PlannedTubeRow, ...]
    beside: tuple[OrderName, ...] = ()
    """Other orders of the patient that are drawn together with it: their tubes are among its own."""

    @property
    def ids(self) -> list[int]:
        """Its internal id and those of the orders beside it."""
        return [self.order_id, *(one.id for one in self.beside)]


@dataclass(frozen=True)
class SittingTubeRow:
    """One specimen of a sitting, with its latest print job."""

    specimen_id: int
    number: str
    position: int
    status: Status
    verified: bool
    type_name: str
    container: str
    container_name: str
    cap_colour: str
    cap_pattern: str
    additive_name: str
    inversions: str
    set_number: int | None
    own_barcode: bool
    additive: str
    handling: str
    """HL7 table 0376 code: as it was collected, or as its tests need it."""
    due_at: datetime
    """Until when it should have moved on; `NO_LIMIT`: no limit."""
    bottle_code: str
    """The bottle's own code once scanned; empty until then, and for containers without one."""
    tests: tuple[str, ...]
    job_id: int | None
    job_state: JobState | None
    job_error: str
    printer: str
    printed_name: str
    """The patient's name as the label has it; empty: no label was laid out."""

    @property
    def is_issued(self) -> bool:
        """Whether it has its label and is not filled yet."""
        return self.status is Status.ISSUED


@dataclass(frozen=True)
class Sitting:
    """A collection with its patient and specimens, in order of draw."""

    collection_id: int
    accession: str
    patient_id: int
    patient: PatientFacts
    recorded_at: datetime
    collected_at: datetime | None
    collector_name: str
    station: str
    source: Source
    tubes: tuple[SittingTubeRow, ...]


def waiting(session: Session) -> list[WaitingRow]:
    """List the orders with tubes to collect, most urgent first, then by due time and arrival; two selects."""
    rows = session.execute(_WAITING.limit(WORKLIST_LIMIT)).all()
    containers = _containers_of(session, [row.order_id for row in rows])
    return [
        WaitingRow(
            order_number=row.number,
            patient_id=row.patient_id,
            family_name=row.family_name,
            given_name=row.given_name,
            mrn=row.mrn,
            birth_date=row.birth_date,
            sex=row.sex,
            priority=list(Priority)[row.urgency],
            placed_at=row.placed_at,
            due_at=row.due_at,
            tubes=row.tubes,
            containers=containers[row.order_id],
        )
        for row in rows
    ]


def waiting_orders_of_mrn(session: Session, mrn: str) -> list[str]:
    """Return the numbers of the waiting orders of the patients with an MRN (what a wristband holds)."""
    return [row.number for row in session.execute(_WAITING.where(Patient.mrn == mrn))]


def planned_order(session: Session, order_number: str, beside: Sequence[OrderName] = ()) -> PlannedOrder | None:
    """Find an order with the tubes still to draw, its own and those of the orders `beside` it; None: unknown number."""
    found = session.execute(
        select(Order, Patient).join(Patient, Patient.id == Order.patient_id).where(Order.number == order_number)
    ).one_or_none()
    if found is None:
        return None
    order, patient = found
    ids = [order.id, *(one.id for one in beside)]
    return PlannedOrder(
        order_id=order.id,
        order_number=order.number,
        patient_id=patient.id,
        patient=_facts(patient),
        priority=_most_urgent(session, ids),
        due_at=order.due_at,
        placed_at=order.placed_at,
        ordering_provider=order.ordering_provider,
        ordering_site=order.ordering_site,
        tubes=tuple(_planned_tubes(session, ids)),
        beside=tuple(beside),
    )


def sitting(session: Session, accession: str) -> Sitting | None:
    """Find a collection with its specimens and their latest print jobs; None for an unknown accession."""
    found = session.execute(
        select(Collection, Patient, Station.name)
        .join(Patient, Patient.id == Collection.patient_id)
        .outerjoin(Station, Station.id == Collection.station_id)
        .where(Collection.accession == accession)
    ).one_or_none()
    if found is None:
        return None
    collection, patient, station = found
    return Sitting(
        collection_id=collection.id,
        accession=collection.accession,
        patient_id=patient.id,
        patient=_facts(patient),
        recorded_at=collection.recorded_at,
        collected_at=collection.collected_at,
        collector_name=collection.collector_name,
        station=station or "",
        source=collection.source,
        tubes=tuple(_sitting_tubes(session, collection.id)),
    )


_WAITING = (
    select(
        Order.id.label("order_id"),
        Order.number,
        Order.placed_at,
        Order.due_at,
        Patient.id.label("patient_id"),
        Patient.family_name,
        Patient.given_name,
        Patient.mrn,
        Patient.birth_date,
        Patient.sex,
        func.min(Specimen.urgency).label("urgency"),
        func.count(Specimen.id.distinct()).label("tubes"),
    )
    .join(Patient, Patient.id == Order.patient_id)
    .join(SpecimenTest, SpecimenTest.order_id == Order.id)
    .join(Specimen, Specimen.id == SpecimenTest.specimen_id)
    .where(Specimen.pending, Specimen.status == Status.TO_COLLECT)
    .group_by(Order.id, Patient.id)
    .order_by(func.min(Specimen.urgency), func.coalesce(Order.due_at, NO_LIMIT), Order.placed_at, Order.id)
)


def _containers_of(session: Session, order_ids: list[int]) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        select(SpecimenTest.order_id, Container.code)
        .join(Specimen, Specimen.id == SpecimenTest.specimen_id)
        .join(Container, Container.id == Specimen.container_id)
        .where(SpecimenTest.order_id.in_(order_ids), Specimen.status == Status.TO_COLLECT)
        .group_by(SpecimenTest.order_id, Specimen.id, Container.id)
        .order_by(Container.draw_order, Specimen.position)
    ).all()
    return {order_id: tuple(code for owner, code in rows if owner == order_id) for order_id in order_ids}


def _most_urgent(session: Session, order_ids: list[int]) -> Priority:
    wanted = session.scalars(select(Order.priority).where(Order.id.in_(order_ids)))
    return min(wanted, key=lambda priority: priority.urgency)


def _planned_tubes(session: Session, order_ids: list[int]) -> Iterable[PlannedTubeRow]:
    linked = select(SpecimenTest.specimen_id).where(SpecimenTest.order_id.in_(order_ids))
    rows = session.execute(
        select(Specimen, SpecimenType, Container)
        .join(SpecimenType, SpecimenType.id == Specimen.type_id)
        .join(Container, Container.id == Specimen.container_id)
        .where(Specimen.id.in_(linked), Specimen.status == Status.TO_COLLECT)
        .order_by(Container.draw_order, Specimen.position, Specimen.id)
    ).all()
    tests = _tests_of(session, [specimen.id for specimen, _, _ in rows])
    for specimen, kind, container in rows:
        its = tests.get(specimen.id, [])
        yield PlannedTubeRow(
            specimen_id=specimen.id,
            type=kind.code,
            type_name=kind.name,
            container=container.code,
            container_name=container.name,
            cap_colour=container.cap_colour,
            cap_pattern=container.cap_pattern,
            additive_name=container.additive_name,
            inversions=container.inversions,
            volume_ml=container.volume_ml,
            needs_site=kind.needs_site,
            set_number=specimen.set_number,
            tests=tuple(test.code for test in its),
            test_names=tuple(test.name for test in its),
            needs=tuple(_need(test) for test in its),
            is_drawn=container.draw_order < NOT_BLOOD,
        )


def _need(test: Test) -> Need:
    return Need(test.code, test.name, test.fasting_hours, test.preparation, test.timing, test.consent)


def _sitting_tubes(session: Session, collection_id: int) -> Iterable[SittingTubeRow]:
    rows = session.execute(
        select(Specimen, SpecimenType.name, Container)
        .join(SpecimenType, SpecimenType.id == Specimen.type_id)
        .join(Container, Container.id == Specimen.container_id)
        .where(Specimen.collection_id == collection_id)
        .order_by(Specimen.position, Specimen.id)
    ).all()
    ids = [specimen.id for specimen, _, _ in rows]
    tests, jobs, bottles = _tests_of(session, ids), _latest_jobs(session, ids), _bottle_codes(session, ids)
    for specimen, type_name, container in rows:
        job = jobs.get(specimen.id)
        yield SittingTubeRow(
            specimen_id=specimen.id,
            number=specimen.number,
            position=specimen.position,
            status=specimen.status,
            verified=specimen.verified,
            type_name=type_name,
            container=container.code,
            container_name=container.name,
            cap_colour=container.cap_colour,
            cap_pattern=container.cap_pattern,
            additive_name=container.additive_name,
            inversions=container.inversions,
            set_number=specimen.set_number,
            own_barcode=container.own_barcode,
            additive=container.additive,
            handling=specimen.handling or next((t.handling for t in tests.get(specimen.id, []) if t.handling), ""),
            due_at=specimen.due_at,
            bottle_code=bottles.get(specimen.id, ""),
            tests=tuple(test.code for test in tests.get(specimen.id, [])),
            job_id=job.id if job else None,
            job_state=job.state if job else None,
            job_error=job.error if job else "",
            printer=job.printer if job else "",
            printed_name=_printed_name(job) if job else "",
        )


def _tests_of(session: Session, specimen_ids: list[int]) -> dict[int, list[Test]]:
    rows = session.execute(
        select(SpecimenTest.specimen_id, Test)
        .join(Test, Test.id == SpecimenTest.test_id)
        .where(SpecimenTest.specimen_id.in_(specimen_ids))
        .order_by(Test.code)
    )
    tests: dict[int, list[Test]] = {}
    for specimen_id, test in rows:
        known = tests.setdefault(specimen_id, [])
        if test not in known:
            known.append(test)
    return tests


def _latest_jobs(session: Session, specimen_ids: list[int]) -> dict[int, PrintJob]:
    rows = session.execute(
        select(Label.specimen_id, PrintJob)
        .join(Label, Label.id == PrintJob.label_id)
        .where(Label.specimen_id.in_(specimen_ids))
        .order_by(PrintJob.id)
    )
    return dict(rows.all())  # the latest of each specimen comes last, and stays


def _printed_name(job: PrintJob) -> str:
    elements = job.snapshot.get("elements", ())
    return " ".join(one["text"] for one in elements if one["field"] == "name" and one["kind"] == "text")


def _bottle_codes(session: Session, specimen_ids: list[int]) -> dict[int, str]:
    rows = session.execute(
        select(Identifier.specimen_id, Identifier.value).where(
            Identifier.specimen_id.in_(specimen_ids), Identifier.kind == "bottle"
        )
    )
    return dict(rows.all())


def _facts(patient: Patient) -> PatientFacts:
    return PatientFacts(
        mrn=patient.mrn,
        mrn_authority=patient.mrn_authority,
        family_name=patient.family_name,
        given_name=patient.given_name,
        birth_date=patient.birth_date,
        sex=patient.sex,
        identity=Identity(patient.identity),
    )
