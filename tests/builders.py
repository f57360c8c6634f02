"""Small builders of what a test stands on: each adds one thing with sensible values and returns it."""

import itertools
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person, Role
from specimen_service.audit.model import Actor, ActorKind
from specimen_service.catalog.model import Container, SpecimenType, Test
from specimen_service.custody.actions import append_event
from specimen_service.custody.model import Event
from specimen_service.devices.model import Device, Profile
from specimen_service.kernel.numbers import PREFIXES, Kind, number
from specimen_service.orders.model import Order, Priority
from specimen_service.patients.model import Identity, Patient, Sex
from specimen_service.places.model import Ends, Location
from specimen_service.specimens.actions import Policy, issue_label
from specimen_service.specimens.model import NO_LIMIT, Collection, Source, Specimen, SpecimenTest, Status

NOW = datetime(2026, 11, 21, 14, 15, tzinfo=UTC)
NO_POLICY = Policy(limits=(), zone=UTC)
_counter = itertools.count(1)


def add_location(session: Session, name: str, **values) -> Location:
    serial = number(PREFIXES[Kind.LOCATION], next(_counter))
    location = Location(**{"name": name, "number": serial, "kind": "lab", "ends": Ends.STORED} | values)
    session.add(location)
    session.flush()
    return location


def add_person(session: Session, name: str, role: Role = Role.COLLECTOR, **values) -> Person:
    known = {
        "username": name.lower(),
        "display_name": name,
        "role": role,
        "password_hash": "",
        "pin_hash": "",
        "created_at": NOW,
    }
    person = Person(**known | {"badge": number(PREFIXES[Kind.BADGE], next(_counter))} | values)
    session.add(person)
    session.flush()
    return person


def add_device(session: Session, name: str = "handheld-1", profile: Profile = Profile.HANDHELD) -> Actor:
    serial = number(PREFIXES[Kind.DEVICE], next(_counter))
    device = Device(name=name, number=serial, profile=profile, token_hash=f"{serial:0>64}", enrolled_at=NOW)
    session.add(device)
    session.flush()
    return Actor(ActorKind.DEVICE, device.id, device.name, device.profile)


def add_patient(session: Session, mrn: str = "P100008", **values) -> Patient:
    known = {
        "mrn": mrn,
        "family_name": "BRANDT",
        "given_name": "Jonas",
        "birth_date": date(1984, 3, 14),
        "sex": Sex.MALE,
    }
    patient = Patient(**known | {"identity": Identity.CONFIRMED, "registered_at": NOW} | values)
    session.add(patient)
    session.flush()
    return patient


def add_specimen(session: Session, **values) -> Specimen:
    """A planned specimen of a patient; `values` are its columns."""
    patient_id = values.pop("patient_id", None) or _first(session, Patient) or add_patient(session).id
    known = {"status": Status.TO_COLLECT, "since": NOW, "pending": True, "due_at": NO_LIMIT, "urgency": 2}
    kind = {
        "type_id": catalogued(session, SpecimenType, "BLDV"),
        "container_id": catalogued(session, Container, "EDTA"),
    }
    specimen = Specimen(**{"patient_id": patient_id} | kind | known | values)
    session.add(specimen)
    session.flush()
    return specimen


def add_tube(
    session: Session,
    actor: Actor,
    *,
    at: datetime = NOW,
    location_id: int | None = None,
    policy: Policy = NO_POLICY,
    **values,
) -> Specimen:
    """A collected, labelled specimen in a collection of its own, as the station leaves it."""
    specimen = add_specimen(session, collected_at=at, **values)
    known = {
        "collected_at": at,
        "collector_name": "Maya",
        "source": Source.STAFF,
        "recorded_at": at,
        "recorded_by": "Maya",
    }
    collection = Collection(accession=f"A{next(_counter):06d}", patient_id=specimen.patient_id, **known)
    session.add(collection)
    session.flush()
    specimen.collection_id = collection.id
    label = issue_label(session, at, specimen.id, 10)
    place = {"location_id": location_id, "code": label.number}
    append_event(session, at, actor, policy, specimen_id=specimen.id, event=Event.COLLECTED, effective_at=at, **place)
    session.refresh(specimen)
    return specimen


def add_test(session: Session, specimen: Specimen, code: str, order: Order | None = None) -> None:
    """A test of the specimen, for an order or for none."""
    test_id = catalogued(session, Test, code)
    session.add(SpecimenTest(specimen_id=specimen.id, test_id=test_id, order_id=order.id if order else None))
    session.flush()


def add_order(session: Session, patient_id: int, priority: Priority = Priority.ROUTINE) -> Order:
    order = Order(
        number=f"R{next(_counter)}", patient_id=patient_id, priority=priority, placed_at=NOW, placed_by="Maya"
    )
    session.add(order)
    session.flush()
    return order


def catalogued(session: Session, model: type, code: str) -> int:
    """The id of a catalog entry, added with the least it needs."""
    found = session.scalar(select(model.id).where(model.code == code))
    if found is not None:
        return found
    needs = {SpecimenType: {}, Container: _CONTAINER, Test: {}}[model]
    if model is Test:
        needs = {
            "specimen_type_id": catalogued(session, SpecimenType, "BLDV"),
            "container_id": catalogued(session, Container, "EDTA"),
        }
    entry = model(code=code, name=f"{code} by name", **needs)
    session.add(entry)
    session.flush()
    return entry.id


def _first(session: Session, model: type) -> int | None:
    return session.scalar(select(model.id).limit(1))


_CONTAINER = {
    "label_name": "LAV EDTA",
    "cap_colour": "lavender",
    "cap_pattern": "solid",
    "additive": "EDTK",
    "additive_name": "K2 EDTA",
    "draw_order": 6,
    "inversions": "8-10",
}
