"""Which moves are legal, and what each does."""

from datetime import UTC, datetime, timedelta

import pytest

from specimen_service.custody.facts import Accepted, Fact, Parked, State
from specimen_service.custody.model import Event, Reason
from specimen_service.custody.rules import judge
from specimen_service.specimens.model import Status
from specimen_service.specimens.queries import Place

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CLINIC, LAB, OUTSIDE = Place(1, "Clinic"), Place(2, "Lab"), Place(3, "Quest", external=True)
LIVE = [one for one in Status if one not in {Status.DISPOSED, Status.REJECTED, Status.NOT_OBTAINED, Status.CANCELLED}]


def standing(status: Status, **values) -> State:
    return State(**{"status": status, "since": NOON - timedelta(hours=1), "place": LAB, "holder": "Lab"} | values)


def scan(event: Event, place: Place | None = LAB, by: str = "Dee", **values) -> Fact:
    return Fact(event=event, effective_at=NOON, place=place, by=by, scan_id="s", **values)


LEGAL = {
    Event.VERIFIED: (Status.VERIFIED, "issued collected"),
    Event.DEPARTED: (Status.IN_TRANSIT, "issued collected verified arrived received accepted retrieved"),
    Event.ARRIVED: (Status.ARRIVED, "issued collected verified in_transit retrieved"),
    Event.RECEIVED: (Status.RECEIVED, "issued collected verified in_transit arrived retrieved"),
    Event.ARCHIVED: (Status.STORED, "arrived received accepted retrieved"),
    Event.RETRIEVED: (Status.RETRIEVED, "stored"),
    Event.DISPOSED: (
        Status.DISPOSED,
        "issued collected verified in_transit arrived received accepted on_hold stored retrieved rejected",
    ),
}


@pytest.mark.parametrize("event", LEGAL)
@pytest.mark.parametrize("status", Status)
def test_an_event_moves_a_specimen_only_from_where_it_may(event, status):
    to, sources = LEGAL[event]
    decision = judge(standing(status), scan(event))
    if status.value in sources.split():
        assert isinstance(decision, Accepted)
        assert (decision.state.status, decision.state.since) == (to, NOON)
        assert decision.state.legs[event][0] == NOON
    else:
        assert decision.state.status is status
        assert decision.state.since == NOON - timedelta(hours=1)


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (Event.VERIFIED, Status.VERIFIED),
        (Event.ARRIVED, Status.ARRIVED),
        (Event.RECEIVED, Status.RECEIVED),
        (Event.RECEIVED, Status.ACCEPTED),
        (Event.ARCHIVED, Status.STORED),
        (Event.RETRIEVED, Status.RETRIEVED),
    ],
)
def test_repeating_what_is_done_is_fine_and_changes_nothing(event, status):
    decision = judge(standing(status, verified=True), scan(event))
    assert isinstance(decision, Accepted)
    assert decision.repeated
    assert decision.state.since == NOON - timedelta(hours=1)


@pytest.mark.parametrize("status", LIVE)
def test_a_look_at_a_live_specimen_is_always_accepted(status):
    decision = judge(standing(status), scan(Event.SEEN, place=CLINIC))
    assert isinstance(decision, Accepted)
    assert (decision.state.status, decision.state.place, decision.state.last_seen_place_id) == (status, LAB, CLINIC.id)


@pytest.mark.parametrize("event", [*LEGAL, Event.SEEN])
def test_every_scan_of_a_disposed_specimen_is_parked_as_disposed(event):
    assert judge(standing(Status.DISPOSED), scan(event)).reason is Reason.DISPOSED


@pytest.mark.parametrize("event", [one for one in [*LEGAL, Event.SEEN] if one is not Event.DISPOSED])
def test_a_rejected_specimen_can_only_be_disposed_of(event):
    assert judge(standing(Status.REJECTED), scan(event)).reason is Reason.REJECTED
    assert judge(standing(Status.REJECTED), scan(Event.DISPOSED)).state.status is Status.DISPOSED


def test_the_courier_holds_what_is_in_transit_and_the_place_what_is_not():
    taken = judge(standing(Status.VERIFIED, place=CLINIC), scan(Event.DEPARTED, place=CLINIC, by="Dee")).state
    assert (taken.holder, taken.place) == ("Dee", CLINIC)
    left = judge(taken, scan(Event.ARRIVED, place=LAB)).state
    assert (left.holder, left.place) == ("Lab", LAB)


def test_a_second_courier_takes_over_without_starting_the_leg_anew():
    taken = judge(standing(Status.VERIFIED), scan(Event.DEPARTED, by="Dee")).state
    handed = judge(taken, Fact(event=Event.DEPARTED, effective_at=NOON + timedelta(hours=1), by="Sam", scan_id="s2"))
    assert (handed.state.holder, handed.handed_over_by) == ("Sam", "Dee")
    assert handed.state.legs == taken.legs
    assert judge(handed.state, scan(Event.DEPARTED, by="Sam")).repeated


def test_a_tube_left_at_an_outside_laboratory_is_sent_out():
    state = judge(standing(Status.IN_TRANSIT), scan(Event.ARRIVED, place=OUTSIDE)).state
    assert (state.status, state.holder) == (Status.SENT_OUT, "Quest")
    assert judge(state, scan(Event.RECEIVED, place=LAB)).reason is Reason.NOT_EXPECTED


def test_nobody_claims_to_know_the_place_of_a_tube_received_without_one():
    state = judge(standing(Status.IN_TRANSIT, place=CLINIC, holder="Dee"), scan(Event.RECEIVED, place=None)).state
    assert (state.place, state.holder) == (None, "")
    assert judge(standing(Status.RECEIVED), scan(Event.ARCHIVED, place=None)).state.place is LAB


def test_a_new_label_must_be_verified_again():
    relabelled = judge(standing(Status.VERIFIED, verified=True), scan(Event.RE_IDENTIFIED)).state
    assert (relabelled.status, relabelled.verified) == (Status.COLLECTED, False)
    further = judge(standing(Status.RECEIVED, verified=True), scan(Event.RE_IDENTIFIED)).state
    assert (further.status, further.verified) == (Status.RECEIVED, False)
    again = judge(further, scan(Event.VERIFIED))
    assert (again.state.status, again.state.verified, again.repeated) == (Status.RECEIVED, True, False)


def test_what_is_wrong_with_a_scan_itself_parks_it_whatever_the_state():
    decision = judge(standing(Status.VERIFIED), scan(Event.DEPARTED, place=CLINIC, defect=Reason.REPLACED_LABEL))
    assert isinstance(decision, Parked)
    assert decision.reason is Reason.REPLACED_LABEL
    assert (decision.state.status, decision.state.last_seen_place_id) == (Status.VERIFIED, CLINIC.id)
