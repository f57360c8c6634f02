"""Labels and identifiers of specimens, and one answer to any of their numbers."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from specimen_service.kernel.errors import Conflict, NotFound
from specimen_service.kernel.numbers import checks, looks_like_number
from specimen_service.orders.model import Priority
from specimen_service.specimens.actions import issue_label, register_identifier, replace_label, void_label
from specimen_service.specimens.model import Identifier, Label, LabelState
from specimen_service.specimens.queries import specimen_details
from tests.builders import NOW, add_device, add_location, add_order, add_patient, add_specimen, add_test, add_tube


@pytest.fixture
def session(database):
    with database.unit_of_work() as opened:
        yield opened


def test_a_label_gives_the_specimen_its_number_from_the_sites_block(session):
    specimen = add_specimen(session)
    label = issue_label(session, NOW, specimen.id, 42)
    session.refresh(specimen)
    assert specimen.number == label.number
    assert looks_like_number(label.number)
    assert checks(label.number)
    assert label.number.startswith("42")
    assert label.state is LabelState.CURRENT


def test_a_replaced_label_names_its_successor_and_is_dead_for_good(session):
    specimen = add_specimen(session)
    old = issue_label(session, NOW, specimen.id, 10)
    new = replace_label(session, NOW + timedelta(minutes=5), old, 10, "smudged")
    session.refresh(specimen)
    assert (specimen.number, old.replaced_by_id, old.reason) == (new.number, new.id, "smudged")
    assert (old.state, old.retired_at) == (LabelState.REPLACED, NOW + timedelta(minutes=5))
    for again in (lambda: replace_label(session, NOW, old, 10, "x"), lambda: void_label(session, NOW, old, "x")):
        with pytest.raises(Conflict):
            again()


def test_a_spoilt_label_is_void_and_still_names_its_successor(session):
    old = issue_label(session, NOW, add_specimen(session).id, 10)
    new = replace_label(session, NOW, old, 10, "damaged", retired=LabelState.VOIDED)
    assert (old.state, old.replaced_by_id) == (LabelState.VOIDED, new.id)


def test_registering_an_identifier_again_changes_nothing(session):
    specimen = add_specimen(session)
    same = {"system": "lis", "kind": "lis", "value": "L-1"}
    first, second = (register_identifier(session, NOW, specimen.id, **same) for _ in range(2))
    assert first.id == second.id
    assert session.query(Identifier).count() == 1


def test_every_number_of_a_specimen_leads_to_the_same_details(session):
    device, lab = add_device(session), add_location(session, "Lab")
    tube = add_tube(session, device, location_id=lab.id, site="left arm", fasting=True, volume_ml=3.0, urgency=0)
    old = session.query(Label).filter_by(number=tube.number).one()
    new = replace_label(session, NOW, old, 10, "smudged")
    register_identifier(session, NOW, tube.id, system="lis", kind="lis", value="L-1")
    add_test(session, tube, "CBC", add_order(session, tube.patient_id, Priority.STAT))
    add_test(session, tube, "HBA1C")
    asked = {code: specimen_details(session, code) for code in (old.number, new.number, "L-1")}
    assert {one.id for one in asked.values()} == {tube.id}
    assert {one.number for one in asked.values()} == {new.number}
    assert asked[old.number].asked_label.replaced_by == new.number
    assert asked[new.number].asked_label.replaced_by is None
    assert asked["L-1"].asked_label is None
    details = asked["L-1"]
    assert [(test.code, test.priority) for test in details.tests] == [("CBC", Priority.STAT), ("HBA1C", None)]
    assert (details.site, details.fasting, details.volume_ml, details.priority) == (
        "left arm",
        True,
        3.0,
        Priority.STAT,
    )
    assert (details.location, details.holder, details.collection.collector_name) == ("Lab", "Lab", "Maya")
    assert (details.patient.family_name, details.patient.mrn) == ("BRANDT", "P100008")
    assert [label.state for label in details.labels] == [LabelState.REPLACED, LabelState.CURRENT]


def test_a_number_nobody_knows_and_one_that_two_carry_are_said_so(session):
    for value in ("100000000420", "nothing", "\0"):
        with pytest.raises(NotFound):
            specimen_details(session, value)
    for specimen in (add_specimen(session), add_specimen(session, patient_id=add_patient(session, "P2").id)):
        register_identifier(session, NOW, specimen.id, system="sender", kind="sender", value="TWICE")
    with pytest.raises(Conflict, match="Several"):
        specimen_details(session, "TWICE")


def test_the_details_take_the_same_few_queries_whatever_hangs_on_the_specimen(session):
    device = add_device(session)
    plain, laden = add_tube(session, device), add_tube(session, device)
    for i in range(5):
        add_test(session, laden, f"T{i}", add_order(session, laden.patient_id))
        register_identifier(session, NOW, laden.id, system="lis", kind="lis", value=f"L-{i}")
    counts = []
    for tube in (plain, laden):
        statements = []
        listener = lambda *args, into=statements: into.append(args[2])  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", listener)
        specimen_details(session, tube.number)
        event.remove(session.get_bind(), "before_cursor_execute", listener)
        counts.append(len(statements))
    assert counts == [8, 8]
