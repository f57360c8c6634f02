"""Demo data is invented, whole, reaches every corner of this version, and never mixes with anything real."""

import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from specimen_service.accounts.actions import add_person
from specimen_service.accounts.model import Person, Role
from specimen_service.accounts.passwords import matches
from specimen_service.audit.model import SYSTEM
from specimen_service.catalog.model import Container
from specimen_service.cli.demo_config import demo_settings
from specimen_service.cli.demo_data import DemoAccess, load_demo
from specimen_service.cli.demo_day import BAGGED
from specimen_service.custody.model import CustodyEvent, Event, Outcome
from specimen_service.custody.queries import open_exceptions
from specimen_service.custody.verify import verify
from specimen_service.devices.model import Profile
from specimen_service.devices.queries import device_of_token
from specimen_service.kernel import schema
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import SetupError
from specimen_service.labels.model import JobState, PrintJob
from specimen_service.orders.model import Order
from specimen_service.patients.actions import register_patient
from specimen_service.patients.model import Identity, Patient, PatientFacts, Sex
from specimen_service.settings import Settings, parse_settings
from specimen_service.shipments.queries import shipment_details, shipments
from specimen_service.shipments.rules import ShipmentState
from specimen_service.specimens.model import Identifier, Label, LabelState, Rejection, Specimen, Status

NOW = datetime(2026, 11, 21, 14, 15, tzinfo=UTC)
IN_THIS_VERSION = set(Status) - {
    Status.ACCEPTED,
    Status.ON_HOLD,
    Status.SENT_OUT,
    Status.NOT_OBTAINED,
    Status.CANCELLED,
    Status.LOST,
}


@dataclass(frozen=True)
class Demo:
    database: Database
    access: DemoAccess


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return parse_settings(tomllib.loads(demo_settings(tmp_path_factory.mktemp("demo"), port=8000, printer_port=9100)))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[Demo]:
    """One demo for all tests that only look at it."""
    with closing(Database(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'demo.db'}")) as database:
        schema.upgrade(database)
        yield Demo(database, load_demo(database, settings, NOW))


@pytest.fixture
def session(demo: Demo) -> Iterator[Session]:
    with demo.database.unit_of_work(write=False) as reading:
        yield reading


def test_there_are_about_forty_patients_each_with_an_mrn_of_their_own(demo: Demo, session: Session):
    mrns = set(session.scalars(select(Patient.mrn)))
    assert mrns == {patient.mrn for patient in demo.access.patients}
    assert 38 <= len(mrns) == len(demo.access.patients) <= 45


def test_the_names_are_as_various_as_real_ones(session: Session):
    names = [f"{p.family_name}, {p.given_name}" for p in session.scalars(select(Patient))]
    assert {"Rivera, Ana", "Rivera, Anna", "Brandt, Jonas", "Okafor, Chidi", "Nguyễn, Thị Bích"} <= set(names)
    assert {"LATIN", "ARABIC", "CJK", "GREEK", "CYRILLIC"} <= {script for name in names for script in _scripts(name)}
    assert max(map(len, names)) > 50
    assert [name for name, count in Counter(names).items() if count > 1] == ["Smith, John"]
    assert all(unicodedata.is_normalized("NFC", name) for name in names)


def test_a_specimen_stands_in_every_status_this_version_reaches(session: Session):
    assert set(session.scalars(select(Specimen.status))) == IN_THIS_VERSION


def test_something_waits_too_long_at_every_stage_and_something_does_not(session: Session):
    rows = session.execute(select(Specimen.status, Specimen.due_at).where(Specimen.pending)).all()
    late = {row.status for row in rows if row.due_at < NOW}
    assert late == {Status.TO_COLLECT, Status.COLLECTED, Status.VERIFIED, Status.IN_TRANSIT, Status.RECEIVED}
    assert {Status.TO_COLLECT, Status.COLLECTED, Status.VERIFIED, Status.IN_TRANSIT} <= {
        row.status for row in rows if row.due_at >= NOW
    }


def test_a_rejected_tube_is_to_be_collected_again_and_scans_wait_for_review(session: Session):
    rejected = session.scalars(select(Specimen).where(Specimen.status == Status.REJECTED)).one()
    assert rejected.pending
    follow = session.scalars(select(Rejection)).one()
    assert (follow.specimen_id, follow.reason, follow.tries) == (rejected.id, "RH", 1)
    assert follow.notified_at < NOW
    assert {row.reason for row in open_exceptions(session)} == {"not_expected", "unknown_number"}


def test_a_sealed_bag_is_on_its_way(session: Session):
    (row,) = shipments(session)
    assert (row.state, row.inside) == (
        ShipmentState.IN_TRANSIT,
        len(shipment_details(session, row.head.number).contents),
    )
    assert row.inside >= len(BAGGED)
    packed = CustodyEvent.specimen_id.in_(shipment_details(session, row.head.number).contents)
    picked_up = select(CustodyEvent.code).where(CustodyEvent.event == Event.DEPARTED, packed)
    assert not session.scalars(picked_up).all()  # nobody takes a tube out of a sealed bag
    assert shipment_details(session, row.head.number).seals[-1].number == "R004711"


def test_orders_wait_in_every_priority_and_some_for_a_set_time(session: Session):
    waiting = select(Specimen.urgency).where(Specimen.status == Status.TO_COLLECT)
    assert set(session.scalars(waiting)) == {0, 1, 2}
    assert session.scalar(select(func.count()).where(Order.due_at > NOW)) >= 3


def test_nothing_in_the_demo_happens_in_the_future(session: Session):
    assert session.scalar(select(func.max(CustodyEvent.received_at))) <= NOW
    assert session.scalar(select(func.max(Order.placed_at))) <= NOW


def test_somebody_of_every_role_can_sign_in_with_what_is_shown(demo: Demo, session: Session):
    assert {user.role for user in demo.access.users} == set(Role)
    for user in demo.access.users:
        person = session.scalars(select(Person).where(Person.username == user.username)).one()
        assert matches(user.password, person.password_hash)
        assert matches(user.pin, person.pin_hash)
        assert (user.badge, user.role) == (person.badge, person.role)


def test_the_credential_of_one_person_expires_in_41_days(session: Session):
    dated = session.execute(select(Person.credential, Person.credential_until).where(Person.credential.is_not(None)))
    assert [tuple(row) for row in dated] == [("CMA (AAMA)", NOW.date() + timedelta(days=41))]


def test_the_token_of_every_profile_opens_its_device(demo: Demo, session: Session):
    opened = {profile: device_of_token(session, token).role for profile, token in demo.access.tokens.items()}
    assert opened == {profile: profile for profile in Profile}


def test_what_is_told_of_the_demo_has_the_keys_of_the_contract(demo: Demo):
    told = asdict(demo.access)
    assert told.keys() == {"tokens", "users", "printers", "stations", "locations", "patients"}
    assert told["users"][0].keys() == {"username", "password", "badge", "pin", "role"}
    assert told["printers"][0].keys() == {"name", "url"}
    assert told["stations"][0].keys() == {"name", "location", "printer"}
    assert told["locations"][0].keys() == {"name", "number"}
    assert told["patients"][0].keys() == {"mrn"}


def test_every_chain_of_the_demo_is_whole(session: Session):
    report = verify(session)
    assert report.rows == session.scalar(select(func.count(CustodyEvent.id)))
    assert report.rows > 100
    assert not report.faults


def test_scans_against_the_rules_are_there_to_be_looked_into(session: Session):
    parked = select(CustodyEvent.reason).where(CustodyEvent.outcome == Outcome.PARKED)
    assert sorted(session.scalars(parked)) == ["not_expected", "unknown_number"]


def test_one_label_was_replaced_and_its_tube_verified_again(session: Session):
    old = session.scalars(select(Label).where(Label.state == LabelState.REPLACED)).one()
    specimen = session.get_one(Specimen, old.specimen_id)
    assert specimen.number == session.get_one(Label, old.replaced_by_id).number != old.number
    assert (specimen.status, specimen.verified) == (Status.VERIFIED, True)


def test_every_label_that_is_on_a_tube_was_printed_and_none_comes_out_when_the_demo_starts(session: Session):
    assert set(session.scalars(select(PrintJob.state))) == {JobState.PRINTED}
    assert all(session.scalars(select(PrintJob.snapshot)))


def test_blood_culture_bottles_carry_their_makers_code_and_their_set(session: Session):
    bottles = select(Specimen).join(Container, Container.id == Specimen.container_id).where(Container.own_barcode)
    for bottle in session.scalars(bottles):
        assert bottle.set_number == 1
        kinds = session.scalars(select(Identifier.kind).where(Identifier.specimen_id == bottle.id)).all()
        assert kinds == ([] if bottle.status is Status.TO_COLLECT else ["bottle"])


def test_a_demo_is_the_same_every_time_but_for_numbers_and_secrets(
    demo: Demo, settings: Settings, sqlite_database: Database
):
    again = load_demo(sqlite_database, settings, NOW)
    assert _story(demo.database) == _story(sqlite_database)
    secrets = {user.password for user in demo.access.users} | set(demo.access.tokens.values())
    assert secrets.isdisjoint({user.password for user in again.users} | set(again.tokens.values()))


@pytest.mark.long
@pytest.mark.postgres
def test_the_demo_loads_into_postgresql_in_the_night_that_repeats_an_hour(
    settings: Settings, postgres_database: Database
):
    load_demo(postgres_database, settings, datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
    with postgres_database.unit_of_work(write=False) as session:
        assert set(session.scalars(select(Specimen.status))) == IN_THIS_VERSION
        assert not verify(session).faults


@pytest.mark.parametrize("kind", [Person, Patient])
def test_demo_data_is_refused_where_anything_else_is(settings: Settings, sqlite_database: Database, kind: type):
    with sqlite_database.unit_of_work() as session:
        if kind is Person:
            add_person(
                session,
                NOW,
                SYSTEM,
                username="real",
                display_name="Real",
                role=Role.ADMIN,
                password="x" * 12,
                pin="482915",
            )
        else:
            somebody = PatientFacts(
                "1", "", "Real", "Person", NOW.date() - timedelta(9999), Sex.MALE, Identity.CONFIRMED
            )
            register_patient(session, NOW, SYSTEM, somebody)
    with pytest.raises(SetupError, match="Demo data can only be loaded into an empty system"):
        load_demo(sqlite_database, settings, NOW)
    assert _counts(sqlite_database) == {Person: kind is Person, Patient: kind is Patient, Specimen: 0, Container: 0}


def test_a_second_demo_on_top_of_the_first_is_refused(demo: Demo, settings: Settings):
    before = _counts(demo.database)
    with pytest.raises(SetupError):
        load_demo(demo.database, settings, NOW)
    assert _counts(demo.database) == before


def _scripts(name: str) -> set[str]:
    return {unicodedata.name(letter).split()[0] for letter in name if letter.isalpha()}


def _counts(database: Database) -> dict[type, int]:
    with database.unit_of_work(write=False) as session:
        return {kind: session.scalar(select(func.count(kind.id))) for kind in (Person, Patient, Specimen, Container)}


def _story(database: Database) -> list[tuple[object, ...]]:
    told = select(
        Patient.mrn,
        Patient.family_name,
        Specimen.status,
        Specimen.since,
        Specimen.due_at,
        Specimen.holder,
        Specimen.stable_until,
    )
    with database.unit_of_work(write=False) as session:
        return [
            tuple(row)
            for row in session.execute(told.join(Patient, Patient.id == Specimen.patient_id).order_by(Specimen.id))
        ]
