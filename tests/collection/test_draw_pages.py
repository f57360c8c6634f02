"""The draw at the chair, step by step on the server: what each tap does, and whose draw it is."""

import re

import pytest
from sqlalchemy import func, select

from specimen_service.app import create_app
from specimen_service.collection.model import Draw, Outcome
from specimen_service.custody.model import CustodyEvent, Entry, Event
from specimen_service.kernel.numbers import grouped
from specimen_service.kernel.numbers import number as made
from specimen_service.labels.queries import label_facts
from specimen_service.specimens.actions import replace_label
from specimen_service.specimens.model import Collection, Label, LabelState, Specimen, Status
from specimen_service.web.kit import COOKIE
from tests.chair import BRANDT
from tests.house import RIVERA, furnish
from tests.station import Chair, acts, stored

ANNA = RIVERA | {"mrn": "P100002", "given_name": "Anna", "birth_date": "1948-03-14"}


def test_the_name_alert_shows_nothing_of_the_other_and_wants_the_stated_year(house, maya):
    house.post("/orders", {"patient": ANNA, "tests": ["CBC"]})
    page = maya.order(RIVERA, "CBC")
    assert "another patient here has a very similar name and birthday. Ask for spelling and full date of birth." in page
    for hidden in ("1948", "P100002", "Anna", "1984"):
        assert hidden not in page, hidden
    assert "Four digits" in page
    assert "Type the four digits" in maya.identify(birth_year="84")
    page = maya.tap("identify", identifier="birth_date", birth_year="1948")
    assert "Details do not match. Do not draw. Send the patient to registration." in page
    assert "STOP" in maya.go(maya.path)
    assert "STOP" in maya.tap("collected")
    maya.tap("mismatch", answer="again")
    assert "Collected" in maya.tap("identify", identifier="birth_date", birth_year="1984")
    maya.tap("collected")
    [number] = maya.labels()
    assert "Name alert" in maya.go(f"/specimens/{number}")
    assert len(acts(house, "identity.mismatched")) == 1


def test_who_does_not_match_goes_to_registration_and_the_order_is_parked(house, maya):
    house.post("/orders", {"patient": ANNA, "tests": ["CBC"]})
    maya.order(RIVERA, "CBC")
    maya.identify(birth_year="1948")
    assert "Send the patient to registration" in maya.tap("mismatch", answer="stop")
    assert "Details do not match" in maya.go("/?tab=parked")


def test_as_a_challenge_the_birth_date_is_hidden_until_it_was_said(sqlite_database, clock):
    house = furnish(sqlite_database, clock, collection={"identify": "challenge"})
    chair = Chair(house, house.sign_in())
    assert "1984" not in chair.order(RIVERA, "CBC")
    assert "STOP" in chair.identify(birth_date="15 MAR 1984")
    chair.tap("mismatch", answer="again")
    assert "14 MAR 1984" in chair.tap("identify", identifier="birth_date", birth_date="1984-03-14")


def test_only_what_the_order_needs_is_asked_and_the_rest_is_drawn(house, maya):
    maya.order(RIVERA, "LIPID", "CMP", "CBC")
    page = maya.identify()
    assert "How long ago was the last food or drink?" in page
    page = maya.tap("ready", question="fasting", answer="3")
    assert "Lipid panel needs 12 h fasting. Patient reports 3 h." in page
    page = maya.tap("ready", question="fasting", answer="others")
    assert "Draw the 2 tubes in this order" in page
    assert "LIPID" not in page
    maya.tap("collected")
    for number in maya.labels():
        maya.scan(number)
    done = maya.tap("shown", answer="yes")
    assert "Put them in the rack" in done or "Put them where they are picked up" in done
    assert re.search(r"Not collected: [^.]+\. It waits under Parked\.", done)
    assert len(maya.labels()) == 2
    parked = maya.go("/?tab=parked")
    assert "LIPID" in parked
    assert "Not fasting" in parked
    assert "LIPID" not in maya.go("/")
    assert acts(house, "draw.left_out") == [("draw.left_out", {"outcome": "not_fasting", "tests": ["LIPID"]})]


def test_a_slip_in_an_answer_is_asked_again_and_both_answers_are_known(house, maya):
    maya.order(RIVERA, "LIPID")
    maya.identify()
    assert "needs 12 h fasting" in maya.tap("ready", question="fasting", answer="3")
    assert "How long ago was the last food or drink?" in maya.tap("ready", question="fasting", answer="again")
    assert "Draw the tube" in maya.tap("ready", question="fasting", answer="12")
    assert acts(house, "draw.asked_again") == [("draw.asked_again", {"fasting": "3"})]


def test_the_provider_may_want_it_all_the_same_and_that_is_on_record(house, maya):
    maya.order(RIVERA, "VANC")
    maya.identify()
    assert "Just before the next dose" in maya.tap("ready", question="timing:Just before the next dose", answer="no")
    assert "Draw the tube" in maya.tap("ready", question="timing:Just before the next dose", answer="provider")
    assert len(acts(house, "draw.provider_agreed")) == 1


@pytest.mark.parametrize(
    "outcome", ["not_fasting", "wrong_preparation", "left", "refused", "order_incomplete", "wrong_time"]
)
def test_not_ready_is_one_tap_is_recorded_and_parks_the_order_until_it_is_taken_up_again(house, maya, outcome):
    maya.order(RIVERA, "CBC")
    here = maya.path
    maya.tap("not-ready", outcome=outcome)
    assert stored(house, select(Draw.outcome)) == [Outcome(outcome)]
    assert "RIVERA" not in maya.go("/")
    assert "RIVERA" in maya.go("/?tab=parked")
    assert acts(house, "draw.parked") == [("draw.parked", {"outcome": outcome, "attempts": 1})]
    maya.go(here)
    assert "Draw the tube" in maya.identify()
    assert "You began" in maya.go("/")


def test_a_draw_is_not_finished_under_another_name_and_who_takes_it_over_identifies_again(house, maya, grace):
    maya.order(RIVERA, "CBC")
    maya.identify()
    page = grace.go(maya.path)
    assert "Parked by Collector One at step 4." in page
    assert "Parked by" in grace.tap("collected")
    assert "With Collector One" in grace.go("/")
    grace.go(maya.path)
    assert "Ask for name and birth date" in grace.tap("take-over")
    assert "Parked by Supervisor One at step 2." in maya.go(maya.path)
    grace.identify()
    grace.tap("collected")
    assert stored(house, select(Collection.collector_name)) == ["Supervisor One"]
    assert acts(house, "draw.taken_over") == [("draw.taken_over", {"from": "Collector One", "attempts": 1})]


def test_a_second_order_of_a_patient_in_other_hands_is_not_drawn_beside_them(house, maya, grace):
    maya.order(RIVERA, "CBC")
    maya.tap("identify", identifier="name")
    assert "Parked by Collector One" in grace.order(RIVERA, "PT")
    assert "Parked by Collector One" in grace.tap("identify", identifier="name")


def test_a_sitting_is_verified_by_whose_it_is_and_both_stay_on_record_when_it_changes_hands(house, maya, grace):
    cit, sst = maya.collect(RIVERA, "PT", "CMP")
    maya.scan(cit)
    page = grace.go(maya.path)
    assert "Parked by Collector One at step 6 (1 of 2 tubes verified)." in page
    assert "PT, CMP were collected today" in page
    assert "Do not draw again." in page
    assert "Parked by" in grace.scan(sst)
    assert "Verified 1 of 2" in grace.tap("take-over")
    assert "Both tubes are verified" in grace.scan(sst)
    assert "Done. Put the 2 tubes" in grace.tap("shown", answer="yes")
    assert stored(house, select(Collection.collector_name)) == ["Collector One"]
    assert len(acts(house, "draw.taken_over")) == 1


def test_at_the_end_only_what_is_still_at_the_chair_is_to_be_put_away_and_in_time(house, maya, clock):
    cit, sst = maya.collect(RIVERA, "PT", "CMP")
    for number in (cit, sst):
        maya.scan(number)
    page = maya.tap("shown", answer="yes")
    assert "Done. Put the 2 tubes where they are picked up. Pick-up is due by 10:15." in page
    clock.advance(minutes=10)
    house.scan(cit, "pick_up", scan_id="p1", as_="handheld")
    page = maya.go(maya.path)
    assert "Done. Put the tube where tubes are picked up. Pick-up is due by 10:15." in page
    house.scan(sst, "pick_up", scan_id="p2", as_="handheld")
    page = maya.go(maya.path)
    assert "Nothing is left to do here: these tubes have gone on." in page
    assert "where they are picked up" not in page
    assert "in the rack" not in page


def test_a_stop_verifies_nothing_outlives_everything_and_never_names_the_other(house, maya):
    [other] = maya.collect(ANNA | {"family_name": "OKAFOR"}, "CBC")
    [own] = maya.collect(BRANDT, "CBC")
    page = maya.scan(other)
    stop = "This tube belongs to another patient, not BRANDT, Jonas. Set it aside and tell your supervisor."
    assert stop in page
    assert "OKAFOR" not in page
    assert stop in maya.scan(own)
    assert "STOP not acknowledged" in maya.go("/")
    with house.database.unit_of_work(write=False) as session:
        accession = session.scalars(select(Collection.accession).order_by(Collection.id.desc())).first()
    assert stop in maya.go(f"/collect/sitting/{accession}")
    assert stop in maya.tap("shown", answer="yes")
    assert "Verified 0 of 1" in maya.tap("acknowledge")
    assert "The tube is verified" in maya.scan(own)
    assert [act for act, _ in acts(house, "stop.shown", "stop.acknowledged")] == ["stop.shown", "stop.acknowledged"]


def test_a_replaced_label_of_another_patient_is_a_stop_that_names_no_newer_one(house, maya):
    [old] = maya.collect(ANNA | {"family_name": "OKAFOR"}, "CBC")
    with house.database.unit_of_work() as session:
        newer = replace_label(session, house.now(), session.scalars(select(Label)).one(), 10, "smudged").number
    maya.collect(BRANDT, "CBC")
    page = maya.scan(old)
    assert "This tube belongs to another patient, not BRANDT, Jonas." in page
    assert grouped(newer) not in page
    assert newer not in page


def test_a_label_out_of_turn_wants_a_look_at_the_tube_before_it_is_verified(house, maya):
    cit, edta = maya.collect(RIVERA, "PT", "CBC")
    said = "This label is for the Lavender EDTA tube. You are on ① Light blue citrate. Check the tube in your hand."
    assert said in maya.scan(edta)
    assert said in maya.go(maya.path)
    assert said not in maya.tap("confirm", answer="again")
    assert "Verified 0 of 2" in maya.go(maya.path)
    assert "Verified 1 of 2" in maya.scan(cit)
    assert "Verified 2 of 2" in maya.scan(edta)
    later, last = maya.collect(BRANDT, "PT", "CBC")
    maya.scan(last)
    verified = maya.tap("confirm", answer="right")
    assert "Verified 1 of 2" in verified
    assert "Right tube" in verified
    again = maya.tap("confirm", answer="right")
    assert "Verified 1 of 2" in again
    assert "Right tube" not in again
    maya.scan(later)
    assert len(acts(house, "tube.confirmed_out_of_turn")) == 1


def test_the_tests_of_a_tube_stand_on_its_label_in_the_order_of_the_page(house, maya):
    maya.collect(RIVERA, "TSH", "CMP")
    assert "CMP, TSH" in maya.go(maya.path)
    with house.database.unit_of_work() as session:
        assert label_facts(session, session.scalars(select(Label.id)).one()).tests == ("CMP", "TSH")


def test_who_leaves_before_every_label_is_scanned_hears_of_it_with_the_way_back(house, maya):
    [number] = maya.collect(RIVERA, "CBC")
    accession = maya.path.rpartition("/")[2]
    said = "1 tube not scanned. The patient's label is not verified. Scan"
    assert said in maya.go(f"/?left={accession}")
    assert said not in maya.go("/")
    maya.go(f"/collect/sitting/{accession}")
    maya.scan(number)
    assert said not in maya.go(f"/?left={accession}")


def test_where_no_station_is_chosen_the_worklist_asks_for_it(house):
    nowhere = Chair(house, house.sign_in(station=None))
    assert "I stand at Chair 1" in nowhere.go("/")
    chosen = nowhere.browser.post("/station", data={"station": "chair-1", "next": "/"})
    assert chosen.status_code == 303
    assert "I stand at" not in nowhere.go("/")


def test_a_word_that_found_a_ticked_test_is_no_unknown_code_and_any_other_is(maya):
    said = {"mrn": "P100077", "family_name": "Swab", "given_name": "Test", "birth_date": "14 MAR 1984", "tests": "WCX"}
    for words, answer in (("wound nope", "There is no test NOPE"), ("wound", "Ask for name and birth date")):
        sent = maya.browser.post("/collect/new", data=said | {"test_codes": words}, follow_redirects=True)
        page = maya._read(sent)
        assert answer in page
        assert "no test WOUND" not in page


def test_a_swab_is_taken_from_a_place_in_two_taps_and_urine_says_how_it_was_got(house, maya):
    page = maya.order(RIVERA, "WCX", "UA") and maya.identify()
    assert "How it was collected Clean catch" in page
    assert "Collect the 2 specimens, then press Collected." in page
    assert "2 specimens" in page
    assert "Another needle attempt" not in page
    assert "Not fasting" not in page
    urine, swab = stored(house, select(Specimen.id).order_by(Specimen.position))
    assert "needs the body site" in maya.tap("collected")
    said = {f"site-{swab}": "Arm", f"laterality-{swab}": "left", f"method-{urine}": "Midstream"}
    maya.tap("collected", **said)
    facts = select(Specimen.site + Specimen.laterality + Specimen.method).order_by(Specimen.position)
    assert stored(house, facts) == ["Midstream", "Armleft"]


def test_a_product_barcode_is_read_aloud_and_a_misread_is_said(maya):
    maya.collect(RIVERA, "CBC")
    assert "I read 4006381333931 (looks like a product barcode). Scan the specimen label." in maya.scan("4006381333931")
    assert "Those digits don't add up. Scan again or retype them." in maya.scan("100000000421")


def test_every_override_is_on_record_typed_skipped_and_late(house, maya):
    page = maya.collect(RIVERA, "PT", "CBC") and maya.go(maya.path)
    assert "Not reading? Smooth the label, hold 10\N{EN DASH}20 cm away, or type the 12 digits." in page
    cit, edta = maya.labels()
    maya.scan(cit, entry="typed")
    page = maya.tap("skip", skip=f"{edta}:Scanner does not work")
    assert "1 of 2 tubes not scanned. The patient's labels are not verified." in page
    maya.tap("skip", skip=f"{edta}:Scanner does not work")
    assert [detail["number"] for _, detail in acts(house, "verify.skipped")] == [edta]
    assert stored(house, select(func.count()).where(CustodyEvent.entry == Entry.TYPED)) == [1]
    assert "Done" in maya.tap("shown", answer="yes")
    maya.order(BRANDT, "CBC")
    maya.identify()
    at = house.now().astimezone(house.app.config["SETTINGS"].service.zone)
    early = f"{(at.hour - 1) % 24:02d}:{at.minute:02d}"
    assert "Choose why it is entered late" in maya.tap("collected", collected_at=early)
    maya.tap("collected", collected_at=early, late_reason="Drawn at the bedside")
    assert stored(house, select(Collection.late_reason).order_by(Collection.id.desc()))[0] == "Drawn at the bedside"


def test_a_tube_not_obtained_is_recorded_with_why_and_stays_to_be_drawn(house, maya):
    maya.order(RIVERA, "PT", "CBC")
    maya.identify()
    first = stored(house, select(Specimen.id).order_by(Specimen.position))[0]
    page = maya.tap("tube", not_obtained=f"{first}:Difficult vein")
    assert "Draw the tube" in page
    maya.tap("tube", not_obtained=f"{first}:Difficult vein")
    maya.tap("collected")
    assert len(maya.labels()) == 1
    assert sorted(stored(house, select(Specimen.status))) == [Status.COLLECTED, Status.NOT_OBTAINED, Status.TO_COLLECT]
    assert stored(house, select(func.count()).where(CustodyEvent.event == Event.COLLECTION_FAILED)) == [1]
    parked = maya.go("/?tab=parked")
    assert "Not obtained" in parked
    assert "PT" in parked


def test_a_tube_not_obtained_stays_in_sight_and_is_taken_back_as_if_it_had_not_been_said(house, maya):
    maya.order(RIVERA, "PT", "CBC")
    maya.identify()
    first = stored(house, select(Specimen.id).order_by(Specimen.position))[0]
    page = maya.tap("tube", not_obtained=f"{first}:Difficult vein")
    assert "Not obtained Light blue citrate : Difficult vein · Collector One at" in page
    house.post("/orders", {"patient": RIVERA, "tests": ["APTT"]})  # meanwhile it joins the tube that is planned instead
    page = maya.tap("tube", take_back=str(first))
    assert "Draw the 2 tubes" in page
    assert "Take it back" not in page
    maya.tap("tube", take_back=str(first))
    maya.tap("collected")
    assert len(maya.labels()) == 2
    assert sorted(stored(house, select(Specimen.status))) == [Status.CANCELLED, Status.COLLECTED, Status.COLLECTED]
    assert [said["reason"] for _, said in acts(house, "tube.drawn_after_all")] == ["Difficult vein"]
    assert "APTT" in maya.go(maya.path)


def test_who_comes_back_to_a_station_comes_back_to_the_draw_left_open_there(house, maya, grace):
    maya.order(RIVERA, "CBC")
    maya.identify()
    left = maya.path
    assert "Draw the tube" in maya.go("/?mine=1")
    assert maya.path == left
    assert "Worklist" in grace.go("/?mine=1")
    maya.tap("collected")
    [number] = maya.labels()
    maya.scan(number)
    assert "Show it to the patient" in maya.go("/?mine=1")
    maya.tap("shown", answer="yes")
    assert "Worklist" in maya.go("/?mine=1")


def test_when_no_tube_is_obtained_the_order_waits_parked(maya, house):
    maya.order(RIVERA, "CBC")
    maya.identify()
    [only] = stored(house, select(Specimen.id))
    assert "Nothing was obtained" in maya.tap("tube", not_obtained=f"{only}:Patient declined")
    assert "RIVERA" in maya.go("/?tab=parked")


def test_attempts_are_counted_once_each_and_then_somebody_else_is_asked(house, maya):
    maya.order(RIVERA, "CBC")
    maya.identify()
    for attempt in ("1", "1", "2"):
        page = maya.tap("attempt", reason="No blood return", attempt=attempt)
    assert "2 needle attempts were made." in page
    assert "Needle attempt 3 of this draw" in page
    assert [detail["attempt"] for _, detail in acts(house, "draw.attempted")] == [2, 3]
    assert "Ask a colleague to go on" in maya.tap("not-ready", outcome="handed_on")
    assert "Handed on" in maya.go("/?tab=parked")


def test_a_container_handed_out_is_completed_when_it_comes_back_by_whoever_takes_it(house, maya, grace):
    maya.order(RIVERA, "UA", "CBC")
    maya.identify()
    urine = stored(house, select(Specimen.id).order_by(Specimen.position))[-1]
    page = maya.tap("tube", hand_out=str(urine))
    assert "Stick the label on the container and hand it out." in page
    [number] = maya.labels()
    assert "Handed out, not back yet" in maya.go("/?tab=parked")
    house.now.advance(minutes=6)
    lab = house.sign_in("lab", "")
    assert "<td>With the patient<br>" in lab.get("/lab/pending?state=to_return").text
    assert "Wait until the patient brings it back." in lab.get(f"/specimens/{number}").text
    page = grace._read(grace.browser.post("/collect/find", data={"code": number}, follow_redirects=True))
    assert "Is it back?" in page
    assert "It is with the patient. When it comes back, say so here." in page
    grace.go(maya.path)
    assert "Give a time between" in grace.tap("back", collected_at="2026-11-20 07:00")
    house.now.advance(minutes=1)
    assert "Verified 0 of 1" in grace.tap("back")
    assert "The tube is verified" in grace.scan(number)
    tube = house.get(f"/specimens/{number}", as_="lab").json
    assert tube["status"] == "verified"
    assert "CBC" in maya.go("/")


def test_leftover_labels_are_voided_by_their_scan_and_one_on_a_tube_never(house, maya):
    cit, edta = maya.collect(RIVERA, "PT", "CBC")
    maya.scan(cit)
    maya.tap("skip", skip=f"{edta}:Label unreadable")
    maya.tap("shown", answer="yes")
    assert "It was scanned on tube 1. Leave it there." in maya.scan(cit, "leftover")
    assert "Voided" in maya.scan(edta, "leftover")
    assert "Dead already" in maya.scan(edta, "leftover")
    states = dict(zip(stored(house, select(Label.number)), stored(house, select(Label.state)), strict=True))
    assert (states[cit], states[edta]) == (LabelState.CURRENT, LabelState.VOIDED)
    assert "Not a label" in maya.scan(RIVERA["mrn"], "leftover")
    house.post("/orders", {"patient": BRANDT, "tests": ["CBC"]})
    next_patient = {"code": BRANDT["mrn"], "entry": "scanned"}
    found = maya.browser.post(f"{maya.path}/leftover", data=next_patient)
    assert (found.status_code, found.location) == (307, "/collect/find")  # where a browser says it again
    maya.path = "/collect"
    assert "BRANDT, Jonas" in maya.tap("find", **next_patient)


def test_downtime_labels_are_entered_later_with_their_time(house, maya):
    maya.order(RIVERA, "PT", "CBC")
    maya.identify()
    first, second = made(90, 11), made(90, 12)
    assert "Scan a downtime label" in maya.scan("100000000420", "downtime")
    maya.scan(first, "downtime")
    assert "Scanned before" in maya.scan(first, "downtime")
    page = maya.scan(second, "downtime")
    assert " ".join(re.findall("....", second)) in page
    assert "Scan the downtime label of each tube, give the time of the draw, then press Collected." in page
    maya.tap("collected", late_reason="Entered after a downtime")
    assert stored(house, select(Specimen.downtime_number).order_by(Specimen.position)) == [first, second]


def test_a_typed_mrn_is_asked_why(house, maya):
    house.post("/orders", {"patient": RIVERA, "tests": ["CBC"]})
    page = maya._read(
        maya.browser.post("/collect/find", data={"code": "P100001", "entry": "typed"}, follow_redirects=True)
    )
    assert "You typed the MRN. Choose why:" in page
    maya.tap("typed", reason="band missing")
    assert [detail for _, detail in acts(house, "patient.typed")] == [{}, {"reason": "band missing"}]


def test_a_server_that_starts_anew_shows_the_same_step(house, maya):
    maya.order(RIVERA, "PT", "CBC")
    maya.tap("identify", identifier="name")
    anew = create_app(house.app.config["SETTINGS"], house.database, house.now).test_client()
    anew.set_cookie(COOKIE, maya.browser.get_cookie(COOKIE).value)
    maya.browser = anew
    assert "Ask for the birth date" in maya.go(maya.path)
    assert "Draw the 2 tubes" in maya.tap("identify", identifier="birth_date")
