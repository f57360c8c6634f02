"""Which moves are legal, and what each does."""

from datetime import UTC, datetime, timedelta

import pytest

from specimen_service.custody import messages
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


AT_HAND = "issued collected verified in_transit arrived received accepted stored retrieved"
LEGAL = {
    Event.VERIFIED: (Status.VERIFIED, "issued collected"),
    Event.DEPARTED: (Status.IN_TRANSIT, "issued collected verified arrived received accepted retrieved lost"),
    Event.ARRIVED: (Status.ARRIVED, "issued collected verified in_transit retrieved lost"),
    Event.RECEIVED: (Status.RECEIVED, "issued collected verified in_transit arrived retrieved lost"),
    Event.ACCEPTED: (Status.ACCEPTED, "arrived received"),
    Event.REJECTED: (Status.REJECTED, f"{AT_HAND} on_hold"),
    Event.ARCHIVED: (Status.STORED, "arrived received accepted retrieved lost"),
    Event.RETRIEVED: (Status.RETRIEVED, "stored"),
    Event.SENT_OUT: (Status.SENT_OUT, AT_HAND),
    Event.LOST: (Status.LOST, f"{AT_HAND} on_hold"),
    Event.HELD: (Status.ON_HOLD, AT_HAND),
    Event.DISPOSED: (Status.DISPOSED, f"{AT_HAND} rejected"),
}


@pytest.mark.parametrize("event", LEGAL)
@pytest.mark.parametrize("status", Status)
def test_an_event_moves_a_specimen_only_from_where_it_may(event, status):
    to, sources = LEGAL[event]
    decision = judge(standing(status, resumes=Status.VERIFIED if status is Status.ON_HOLD else None), scan(event))
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
        (Event.LOST, Status.LOST),
        (Event.HELD, Status.ON_HOLD),
        (Event.SENT_OUT, Status.SENT_OUT),
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


@pytest.mark.parametrize("event", [one for one in [*LEGAL, Event.SEEN] if one not in {Event.DISPOSED, Event.REJECTED}])
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
    assert (state.place, state.holder) == (None, "Dee"), "who received it has it"
    assert judge(standing(Status.RECEIVED), scan(Event.ARCHIVED, place=None)).state.place is LAB


def test_a_new_label_must_be_verified_again():
    replaced = Fact(event=Event.RE_IDENTIFIED, effective_at=NOON)
    relabelled = judge(standing(Status.VERIFIED, verified=True), replaced).state
    assert (relabelled.status, relabelled.verified) == (Status.COLLECTED, False)
    further = judge(standing(Status.RECEIVED, verified=True), replaced).state
    assert (further.status, further.verified) == (Status.RECEIVED, False)
    again = judge(further, scan(Event.VERIFIED))
    assert (again.state.status, again.state.verified, again.repeated) == (Status.RECEIVED, True, False)


def test_what_is_wrong_with_a_scan_itself_parks_it_whatever_the_state():
    decision = judge(standing(Status.VERIFIED), scan(Event.DEPARTED, place=CLINIC, defect=Reason.REPLACED_LABEL))
    assert isinstance(decision, Parked)
    assert decision.reason is Reason.REPLACED_LABEL
    assert (decision.state.status, decision.state.last_seen_place_id) == (Status.VERIFIED, CLINIC.id)


def test_a_link_is_no_new_label():
    linked = judge(standing(Status.VERIFIED, verified=True), scan(Event.RE_IDENTIFIED)).state
    assert (linked.status, linked.verified, linked.last_seen_by) == (Status.VERIFIED, True, "Dee")


@pytest.mark.parametrize("before", [Status.COLLECTED, Status.IN_TRANSIT, Status.RECEIVED, Status.STORED])
def test_what_was_lost_goes_on_from_where_it_was_found(before):
    lost = judge(standing(before, holder="Dee"), scan(Event.LOST)).state
    assert (lost.status, lost.place, lost.holder, lost.last_seen_at) == (Status.LOST, LAB, "Dee", None)
    here = judge(lost, scan(Event.FOUND, place=None)).state
    assert (here.status, here.place, here.holder) == (before, LAB, "Dee")
    elsewhere = judge(lost, scan(Event.FOUND, place=CLINIC)).state
    moved_on = {Status.IN_TRANSIT: Status.ARRIVED, Status.STORED: Status.RETRIEVED}
    assert (elsewhere.status, elsewhere.holder) == (moved_on.get(before, before), "Clinic")
    assert judge(standing(before), scan(Event.FOUND)).repeated


@pytest.mark.parametrize("event", [Event.DEPARTED, Event.ARRIVED, Event.RECEIVED, Event.ARCHIVED])
def test_a_hold_does_not_hide_where_a_specimen_is(event):
    held = judge(standing(Status.RECEIVED), scan(Event.HELD)).state
    decision = judge(held, scan(event, place=CLINIC))
    assert (decision.state.status, decision.state.since) == (Status.ON_HOLD, NOON)
    freed = judge(decision.state, scan(Event.RELEASED)).state
    assert freed.status is judge(standing(Status.RECEIVED), scan(event, place=CLINIC)).state.status
    assert freed.resumes is None


@pytest.mark.parametrize("event", [Event.ACCEPTED, Event.SENT_OUT, Event.DISPOSED])
def test_what_is_on_hold_is_not_judged_sent_out_or_disposed_of(event):
    held = judge(standing(Status.RECEIVED), scan(Event.HELD)).state
    assert judge(held, scan(event)).reason is Reason.NOT_EXPECTED


def test_sent_out_names_the_outside_laboratory_if_it_is_a_place():
    assert judge(standing(Status.RECEIVED), scan(Event.SENT_OUT, place=OUTSIDE)).state.holder == "Quest"
    sent = judge(standing(Status.RECEIVED), scan(Event.SENT_OUT, place=LAB)).state
    assert (sent.holder, sent.place) == ("an outside laboratory", LAB)


def received(minutes: float, departed: float | None = None, status: Status = Status.RECEIVED) -> State:
    """Received at the laboratory so many minutes before noon."""
    legs = {"received": (NOON - timedelta(minutes=minutes), "Lab")}
    if departed is not None:
        legs["departed"] = (NOON - timedelta(minutes=departed), "Clinic")
    return standing(status, legs=legs)


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.ACCEPTED, Status.STORED])
@pytest.mark.parametrize("place", [CLINIC, LAB, None])
@pytest.mark.parametrize("minutes", [0, 7, 15])
def test_a_fast_handheld_never_unreceives_a_tube(status, place, minutes):
    decision = judge(received(minutes, status=status), scan(Event.DEPARTED, place=place))
    assert decision.of_closed_leg
    assert (decision.state.status, decision.state.place, decision.state.holder) == (status, LAB, "Lab")
    assert decision.state.legs["departed"][0] == NOON - timedelta(minutes=minutes), "no later than the receipt"


@pytest.mark.parametrize("place", [LAB, None])
def test_nor_does_a_drop_off_at_the_same_place(place):
    decision = judge(received(5), scan(Event.ARRIVED, place=place))
    assert (decision.of_closed_leg, decision.state.status) == (True, Status.RECEIVED)
    assert judge(received(5), scan(Event.ARRIVED, place=CLINIC)).reason is Reason.NOT_EXPECTED


def test_a_pick_up_at_the_place_of_the_receipt_is_a_new_leg_if_the_closed_one_has_its_own():
    assert judge(received(5, departed=40), scan(Event.DEPARTED, place=LAB)).state.status is Status.IN_TRANSIT
    assert judge(received(5, departed=40), scan(Event.DEPARTED, place=CLINIC)).of_closed_leg
    assert judge(received(15.1), scan(Event.DEPARTED, place=CLINIC)).state.status is Status.IN_TRANSIT


def test_nobody_receives_a_tube_at_two_places_within_a_minute():
    assert judge(received(0.5), scan(Event.RECEIVED, place=CLINIC)).reason is Reason.IMPOSSIBLE_JUMP
    assert judge(received(1), scan(Event.RECEIVED, place=CLINIC)).state.place is CLINIC
    assert judge(received(0.5), scan(Event.RECEIVED)).repeated
    assert isinstance(judge(received(0.5), scan(Event.SEEN, place=CLINIC)), Accepted)


def test_what_is_dated_more_than_a_day_before_the_collection_was_another_tubes():
    born = standing(Status.COLLECTED, legs={"collected": (NOON + timedelta(hours=25), "Clinic")})
    assert judge(born, scan(Event.RECEIVED)).reason is Reason.IMPOSSIBLE_JUMP
    slow_clock = standing(Status.COLLECTED, legs={"collected": (NOON + timedelta(hours=23), "Clinic")})
    assert judge(slow_clock, scan(Event.RECEIVED)).state.status is Status.RECEIVED


def test_only_a_label_that_was_not_read_on_its_tube_is_voided_by_scan():
    voided = judge(standing(Status.COLLECTED), scan(Event.VOIDED, code="100000000420")).state
    assert voided.voided == {"100000000420"}
    assert judge(voided, scan(Event.SEEN, code="100000000420")).reason is Reason.VOIDED_LABEL
    assert isinstance(judge(voided, scan(Event.SEEN, code="100000000438")), Accepted)
    verified = standing(Status.VERIFIED, verified=True)
    assert judge(verified, scan(Event.VOIDED, code="100000000420")).reason is Reason.NOT_EXPECTED


def test_what_a_person_calls_real_is_barred_by_no_rule_but_a_rejected_specimen_stays_rejected():
    assert judge(standing(Status.STORED), scan(Event.DEPARTED, forced=True)).state.status is Status.IN_TRANSIT
    assert judge(standing(Status.DISPOSED), scan(Event.RECEIVED, forced=True)).state.status is Status.RECEIVED
    kept = judge(standing(Status.REJECTED), scan(Event.RECEIVED, place=CLINIC, forced=True)).state
    assert (kept.status, kept.place) == (Status.REJECTED, CLINIC)


def test_a_tube_sent_out_that_is_seen_here_is_answered_as_seen():
    seen = scan(Event.SEEN)
    decision = judge(standing(Status.SENT_OUT), seen)
    assert isinstance(decision, Accepted)
    assert messages.accepted(decision, seen, latest=decision.state, matched=None) == "Seen at Lab."
