"""Placing orders and recording collections: one transaction from the patient to the print jobs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from specimen_service.accounts.queries import PersonRow, person_by_username
from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.catalog.queries import Catalog, TestRow
from specimen_service.catalog.queries import catalog as catalog_of
from specimen_service.collection.checks import Surroundings, collection_faults, missing_sites, order_faults
from specimen_service.collection.facts import (
    CollectionFacts,
    OrderRequest,
    PlacedOrder,
    RecordedCollection,
    RecordedSpecimen,
    SpecimenFacts,
)
from specimen_service.collection.rules import WantedTest, set_numbers, tubes_for
from specimen_service.custody.actions import append_event, claim
from specimen_service.custody.model import Event
from specimen_service.kernel.errors import InvalidInput
from specimen_service.kernel.serials import quotable_number
from specimen_service.labels.actions import queue_label
from specimen_service.orders.actions import OrderFacts, add_order
from specimen_service.orders.model import Order
from specimen_service.patients.actions import register_patient
from specimen_service.patients.model import Patient
from specimen_service.places.queries import StationRow, station_named
from specimen_service.settings import Settings
from specimen_service.specimens.actions import end_recollection, issue_label, policy_of
from specimen_service.specimens.model import NO_LIMIT, Collection, Specimen, SpecimenTest, Status

__all__ = ["OrderRequest", "place_order", "record_collection"]


@dataclass(frozen=True)
class _Sitting:
    """A checked collection: every name in it resolved."""

    facts: CollectionFacts
    catalog: Catalog
    collector: PersonRow | None
    station: StationRow | None
    order: Order | None
    collection: Collection


def place_order(session: Session, now: datetime, actor: Actor, today: date, request: OrderRequest) -> PlacedOrder:
    """Place an order and plan its tubes; raises `InvalidInput` naming every fault, and then nothing is stored."""
    catalog = catalog_of(session)
    faults = order_faults(request, catalog, today)
    if faults:
        raise InvalidInput(faults)
    patient_id, warnings = register_patient(session, now, actor, request.patient)
    facts = OrderFacts(
        request.number, request.priority, request.due_at, request.ordering_provider, request.ordering_site
    )
    tests = [catalog.tests[code] for code in request.tests]
    order = add_order(session, now, actor, patient_id, facts, [test.id for test in tests])
    tubes = _plan_tubes(session, now, order, tests, catalog)
    return PlacedOrder(order.number, tuple(tubes), tuple(warnings))


def record_collection(
    session: Session, now: datetime, actor: Actor, settings: Settings, facts: CollectionFacts
) -> RecordedCollection:
    """Record a collection with its specimens, custody events and print jobs.

    Planned tubes of the order are taken where type and container agree. Raises `InvalidInput` naming every fault, and
    then nothing is stored.
    """
    catalog = catalog_of(session)
    collector = person_by_username(session, facts.collector) if facts.collector else None
    station = station_named(session, facts.station) if facts.station else None
    order = session.scalar(select(Order).where(Order.number == facts.order_number)) if facts.order_number else None
    _refuse_faults(session, now, settings, facts, catalog, (collector, station, order))
    patient_id, warnings = register_patient(session, now, actor, facts.patient)
    collection = _add_collection(session, now, actor, facts, patient_id, collector, station)
    sitting = _Sitting(facts, catalog, collector, station, order, collection)
    planned = _planned_for_order(session, order, [one.planned_id for one in facts.specimens if one.planned_id])
    specimens = _take_or_add_specimens(session, now, sitting, planned)
    recorded = [_number_and_log(session, now, actor, settings, sitting, one, its) for one, its in specimens]
    for order_id in _orders_of(session, [one.id for one, _ in specimens]):
        end_recollection(session, now, order_id)
    if order is not None and planned:
        _cancel_what_is_covered(session, now, order.id, planned)
    record(session, now, actor, "collection.recorded", subject=collection.accession, patients=[patient_id])
    return RecordedCollection(collection.accession, tuple(recorded), (*warnings, *missing_sites(facts, catalog)))


def _plan_tubes(
    session: Session, now: datetime, order: Order, tests: Sequence[TestRow], catalog: Catalog
) -> list[tuple[str, str]]:
    containers = {one.id: one for one in catalog.containers.values()}
    types = {one.id: one.code for one in catalog.types.values()}
    wanted = [
        WantedTest(
            test_id=test.id,
            type_id=test.specimen_type_id,
            container_id=test.container_id,
            draw_order=containers[test.container_id].draw_order,
            containers=test.containers,
        )
        for test in tests
    ]
    tubes = tubes_for(wanted)
    bottle_sets = set_numbers((tube.container_id, containers[tube.container_id].own_barcode) for tube in tubes)
    shareable = _planned_for_patient(session, order)
    for position, (tube, bottle_set) in enumerate(zip(tubes, bottle_sets, strict=True), start=1):
        # A tube planned for another order of this patient serves this one too: one needle, one tube.
        specimen = None if bottle_set else shareable.get((tube.type_id, tube.container_id))
        if specimen is None:
            specimen = Specimen(
                patient_id=order.patient_id,
                type_id=tube.type_id,
                container_id=tube.container_id,
                position=position,
                urgency=order.priority.urgency,
                set_number=bottle_set,
                status=Status.TO_COLLECT,
                since=now,
                pending=True,
                due_at=order.due_at or NO_LIMIT,
            )
            session.add(specimen)
        specimen.urgency = min(specimen.urgency, order.priority.urgency)
        session.flush()
        links = [{"specimen_id": specimen.id, "test_id": test_id, "order_id": order.id} for test_id in tube.test_ids]
        session.execute(insert(SpecimenTest), links)
    return [(types[tube.type_id], containers[tube.container_id].code) for tube in tubes]


def _planned_for_patient(session: Session, order: Order) -> dict[tuple[int, int], Specimen]:
    due = order.due_at or NO_LIMIT
    rows = session.scalars(
        select(Specimen).where(
            Specimen.patient_id == order.patient_id,
            Specimen.status == Status.TO_COLLECT,
            Specimen.due_at == due,
            Specimen.set_number.is_(None),
        )
    )
    return {(row.type_id, row.container_id): row for row in rows}


def _refuse_faults(
    session: Session,
    now: datetime,
    settings: Settings,
    facts: CollectionFacts,
    catalog: Catalog,
    found: tuple[PersonRow | None, StationRow | None, Order | None],
) -> None:
    collector, station, order = found
    is_of_patient = order is None or session.execute(
        select(Patient.mrn, Patient.mrn_authority).where(Patient.id == order.patient_id)
    ).one() == (facts.patient.mrn, facts.patient.mrn_authority)
    around = Surroundings(collector is not None, station is not None, order is not None, is_of_patient)
    faults = collection_faults(facts, catalog, around, now, now.astimezone(settings.service.zone).date())
    if faults:
        raise InvalidInput(faults)


def _add_collection(
    session: Session,
    now: datetime,
    actor: Actor,
    facts: CollectionFacts,
    patient_id: int,
    collector: PersonRow | None,
    station: StationRow | None,
) -> Collection:
    collection = Collection(
        accession=quotable_number(session, "A"),
        patient_id=patient_id,
        collected_at=facts.collected_at,
        collector_id=collector.id if collector else None,
        collector_name=collector.display_name if collector else facts.collector_name,
        station_id=station.id if station else None,
        source=facts.source,
        sender=facts.sender,
        ordering_provider=facts.ordering_provider,
        ordering_site=facts.ordering_site,
        late_reason=facts.late_reason,
        band_number=facts.band_number,
        encounter=facts.encounter,
        patient_location=facts.patient_location,
        recorded_at=now,
        recorded_by=actor.name,
    )
    session.add(collection)
    session.flush()
    return collection


def _take_or_add_specimens(
    session: Session, now: datetime, sitting: _Sitting, planned: list[Specimen]
) -> list[tuple[Specimen, SpecimenFacts]]:
    containers = sitting.catalog.containers
    in_draw_order = sorted(sitting.facts.specimens, key=lambda one: containers[one.container].draw_order)
    bottle_sets = set_numbers(
        (containers[one.container].id, containers[one.container].own_barcode) for one in in_draw_order
    )
    taken = []
    for position, (facts, bottle_set) in enumerate(zip(in_draw_order, bottle_sets, strict=True), start=1):
        kind = (sitting.catalog.types[facts.type].id, containers[facts.container].id)
        specimen = next((one for one in planned if _is_planned_as(one, kind, facts.planned_id)), None)
        if specimen is not None:
            planned.remove(specimen)
        else:
            specimen = Specimen(patient_id=sitting.collection.patient_id, type_id=kind[0], container_id=kind[1])
            specimen.urgency = sitting.facts.priority.urgency
            session.add(specimen)
        specimen.position = position
        specimen.set_number = facts.set_number or bottle_set
        _fill(specimen, now, sitting, facts)
        session.flush()
        _link_tests(session, sitting, specimen, facts)
        taken.append((specimen, facts))
    return taken


def _is_planned_as(specimen: Specimen, kind: tuple[int, int], planned_id: int | None) -> bool:
    return (specimen.type_id, specimen.container_id) == kind and planned_id in {None, specimen.id}


def _planned_for_order(session: Session, order: Order | None, named: Sequence[int]) -> list[Specimen]:
    """Return the planned tubes of an order, and those `named` of the patient's other orders that are drawn with it."""
    if order is None:
        return []
    linked = select(SpecimenTest.specimen_id).where(SpecimenTest.order_id == order.id)
    ours = Specimen.id.in_(linked) | Specimen.id.in_(named)
    same = Specimen.patient_id == order.patient_id, Specimen.status == Status.TO_COLLECT
    planned = select(Specimen).where(ours, *same)
    return list(session.scalars(planned.order_by(Specimen.position, Specimen.id).with_for_update()))


def _orders_of(session: Session, specimen_ids: Sequence[int]) -> list[int]:
    wanted = select(SpecimenTest.order_id).where(SpecimenTest.specimen_id.in_(specimen_ids)).distinct()
    return [order_id for order_id in session.scalars(wanted) if order_id is not None]


def _fill(specimen: Specimen, now: datetime, sitting: _Sitting, facts: SpecimenFacts) -> None:
    specimen.collection_id = sitting.collection.id
    specimen.collected_at = facts.collected_at or sitting.facts.collected_at
    specimen.urgency = min(specimen.urgency, sitting.facts.priority.urgency)
    for name in ("site", "laterality", "method", "handling", "fasting", "volume_ml", "barcode", "downtime_number"):
        setattr(specimen, name, getattr(facts, name))
    specimen.status = Status.COLLECTED if specimen.collected_at else Status.ISSUED
    specimen.since = specimen.collected_at or now
    specimen.pending = True


def _link_tests(session: Session, sitting: _Sitting, specimen: Specimen, facts: SpecimenFacts) -> None:
    linked = set(session.scalars(select(SpecimenTest.test_id).where(SpecimenTest.specimen_id == specimen.id)))
    tests = [sitting.catalog.tests[code] for code in facts.tests]
    order_id = sitting.order.id if sitting.order else None
    rows = [
        {"specimen_id": specimen.id, "test_id": test.id, "order_id": order_id}
        for test in tests
        if test.id not in linked
    ]
    if rows:
        session.execute(insert(SpecimenTest), rows)
    by_id = {test.id: test for test in sitting.catalog.tests.values()}
    limits = [by_id[test_id].stable_minutes for test_id in linked | {test.id for test in tests} if test_id in by_id]
    set_stability(specimen, limits)


def set_stability(specimen: Specimen, limits: Iterable[int | None]) -> None:
    """Note until when a specimen is good for the least stable of its tests; `limits` in minutes from its collection."""
    minutes = min((one for one in limits if one is not None), default=None)
    if minutes is not None and specimen.collected_at is not None:
        specimen.stable_until = specimen.collected_at + timedelta(minutes=minutes)


def _number_and_log(
    session: Session,
    now: datetime,
    actor: Actor,
    settings: Settings,
    sitting: _Sitting,
    specimen: Specimen,
    facts: SpecimenFacts,
) -> RecordedSpecimen:
    label = issue_label(session, now, specimen.id, settings.numbers.block)
    policy = policy_of(settings)
    append_event(
        session,
        now,
        actor,
        policy,
        specimen_id=specimen.id,
        event=Event.COLLECTED if specimen.collected_at else Event.ISSUED,
        effective_at=specimen.collected_at or now,
        person_id=sitting.collector.id if sitting.collector else None,
        location_id=sitting.station.location_id if sitting.station else None,
        code=label.number,
        detail=dict(sitting.facts.noted),
    )
    for one in facts.identifiers:
        claim(session, now, policy, specimen.id, system=one.system, kind=one.kind, value=one.value)
    if facts.downtime_number:
        claim(session, now, policy, specimen.id, system="downtime", kind="downtime", value=facts.downtime_number)
    job = None
    if sitting.facts.print_labels and sitting.station:
        job = queue_label(session, now, actor, settings, label_id=label.id, printer=sitting.station.printer)
    status = Status.COLLECTED if specimen.collected_at else Status.ISSUED
    return RecordedSpecimen(specimen.id, label.number, facts.type, facts.container, status, job.id if job else None)


def _cancel_what_is_covered(session: Session, now: datetime, order_id: int, waiting: list[Specimen]) -> None:
    """Take tests that were drawn in another container off the tubes still planned; one left without tests is cancelled."""
    ids = [specimen.id for specimen in waiting]
    drawn = (
        select(SpecimenTest.test_id)
        .join(Specimen, Specimen.id == SpecimenTest.specimen_id)
        .where(
            SpecimenTest.order_id == order_id,
            SpecimenTest.specimen_id.not_in(ids),
            Specimen.status != Status.NOT_OBTAINED,
        )
    )
    covered = delete(SpecimenTest).where(
        SpecimenTest.order_id == order_id,
        SpecimenTest.specimen_id.in_(ids),
        SpecimenTest.test_id.in_(list(session.scalars(drawn))),
    )
    session.execute(covered, execution_options={"synchronize_session": False})
    kept = set(session.scalars(select(SpecimenTest.specimen_id).where(SpecimenTest.specimen_id.in_(ids))))
    for specimen in waiting:
        if specimen.id not in kept:
            specimen.status, specimen.since, specimen.pending = Status.CANCELLED, now, False
