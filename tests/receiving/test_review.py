"""What waits for a person is listed, answered once, and said to be closed."""

import re
import threading

import pytest

from tests.house import RIVERA
from tests.receiving.test_bench import drawn, looks_of
from tests.receiving.test_rejecting import received, reject, specimen


def parked(house, code="4006381333931", action="receive", scan_id="p-1", place="Lab bench", **more):
    house.now.advance(minutes=1)
    return house.scan(code, action, scan_id=scan_id, as_="lab", location=house.locations[place], **more)


def questions(page):
    return [int(key) for key in re.findall(r'id="question-(\d+)"', page.text)]


def review(house, query="", role="lab"):
    return house.sign_in(role, "").get(f"/lab/review{query}")


def answer(house, question, how, role="lab", **more):
    said = {"why": "I asked the courier"} | more
    form = {"how": how} | {f"{name}-{question}": value for name, value in said.items()}
    return house.sign_in(role, "").post(f"/lab/review/{question}", data=form)


def test_what_is_parked_is_listed_oldest_first_with_whose_it_is(anywhere):
    number = drawn(anywhere)
    parked(anywhere)
    parked(anywhere, number, "retrieve", scan_id="p-2")
    page = review(anywhere)
    assert len(questions(page)) == 2
    assert page.text.index("Not known here") < page.text.index("Not expected</h2>")
    for words in (
        "4006381333931",
        "RIVERA",
        "Scanned</b> at Lab bench with lab, to retrieve it,",
        "2 scans wait for an answer",
    ):
        assert words in page.text


def test_an_answer_needs_its_reason_and_closes_the_question(anywhere):
    number = drawn(anywhere)
    parked(anywhere, number, "retrieve")
    (question,) = questions(review(anywhere))
    unsaid = answer(anywhere, question, "real", why=" ").text
    assert re.search(rf'id="e-why-{question}">.*Say why\.', unsaid)
    assert "required" not in re.sub('aria-required="true"', "", unsaid.split("review-list")[1])
    done = answer(anywhere, question, "real")
    page = anywhere.sign_in("lab", "").get(done.location)
    assert "It happened." in page.text
    assert questions(page) == []
    assert specimen(anywhere, number)["status"] == "retrieved"
    assert "Lab One" in review(anywhere, "?view=closed").text


def test_each_answer_says_what_it_will_do_and_nothing_is_called_done_that_was_not(house):
    parked(house)
    other = house.collect(patient=RIVERA | {"mrn": "P9"})["accession"]
    parked(house, drawn(house), "verify", scan_id="p-2", operator=house.badges["collector"], collection=other)
    page = review(house).text
    assert "Scanned by Collector One</b> at Lab bench with lab, to verify it," in page
    assert "Verified" not in page
    for sentence in (
        "The scan stays on record as it is.",
        "The scan counts for the one you scan above.",
        "The scan counts for this specimen.",
        "The scan counts for the other one alone.",
    ):
        assert page.count(sentence) == 1
    assert page.count("The scan stays on record and does not count.") == 2


def test_a_mistake_leaves_the_specimen_as_it_was(house):
    number = drawn(house)
    parked(house, number, "retrieve")
    answer(house, questions(review(house))[0], "mistaken")
    assert specimen(house, number)["status"] == "collected"
    assert questions(review(house)) == []


def test_the_scan_of_another_specimen_goes_to_that_one(house):
    wrong, right = received(house), drawn(house, "P2")
    house.scan(wrong, "dispose", scan_id="gone", as_="lab")
    parked(house, wrong)
    (question,) = questions(review(house))
    assert "Scan the other specimen." in answer(house, question, "other_specimen").text
    answer(house, question, "other_specimen", other=right)
    assert specimen(house, right)["status"] == "received"


def test_of_two_people_the_second_is_told(anywhere):
    number = drawn(anywhere)
    parked(anywhere, number, "retrieve")
    (question,) = questions(review(anywhere))
    answers = []
    people = [
        threading.Thread(target=lambda role=role: answers.append(answer(anywhere, question, "mistaken", role)))
        for role in ("lab", "supervisor")
    ]
    for one in people:
        one.start()
    for one in people:
        one.join(30)
    assert sorted(one.status_code for one in answers) == [303, 422]
    (second,) = [one.text for one in answers if one.status_code == 422]
    assert "Somebody has answered this already." in second


def test_filters_stand_in_the_address(house):
    number = drawn(house)
    parked(house)
    parked(house, number, "retrieve", scan_id="p-2", place="Cold room")
    assert len(questions(review(house, "?reason=not_expected"))) == 1
    assert len(questions(review(house, f"?place={house.locations['Cold room']}"))) == 1
    assert len(questions(review(house, f"?tube={number}"))) == 1
    assert len(questions(review(house, "?reason=nonsense&place=1&view=nothing"))) == 2


def test_a_scanned_tube_shows_what_waits_about_it(house):
    number = drawn(house)
    parked(house, number, "retrieve")
    browser = house.sign_in("lab", "")
    assert browser.post("/lab/review/find", data={"code": number}).location == f"/lab/review?tube={number}"
    assert "No specimen here has this number" in browser.post("/lab/review/find", data={"code": "1"}).text


def test_pages_join_without_gap_or_repetition(house):
    for i in range(30):
        parked(house, f"400638133{i:04d}", scan_id=f"p-{i}")
    first = review(house)
    assert "More than 25 scans wait" in first.text
    following = re.search(r'href="([^"]*cursor=[^"]*)"', first.text)[1].replace("&amp;", "&")
    rest = house.sign_in("lab", "").get(following)
    assert len({*questions(first), *questions(rest)}) == 30


def test_what_closed_itself_is_shown_as_such(house):
    number = received(house)
    late = house.now().isoformat()
    house.now.advance(minutes=5)
    parked(house, number, "retrieve")
    house.now.advance(minutes=5)
    scan = {"scan_id": "late", "code": number, "action": "store", "scanned_at": late}
    house.post("/scans", {"scans": [scan | {"location": house.locations["Cold room"]}]}, as_="lab")
    assert questions(review(house)) == []
    page = review(house, "?view=closed").text
    assert "Closed by itself" in page
    assert "Explained by a scan that came later" in page


def test_conflicts_and_what_is_no_scan_wait_apart(house):
    house.scan("4006381333931", "see", scan_id="one")
    house.scan("4006381333932", "see", scan_id="one")
    broken = {"scan_id": "two", "code": "<b>", "action": "eat", "scanned_at": "now"}
    sound = {"scan_id": "three", "code": "1", "action": "see", "scanned_at": house.now().isoformat()}
    house.post("/scans", {"scans": [sound, broken]}, as_="lab")
    page = review(house, "?view=aside")
    assert "The same scan id with other content" in page.text
    assert "&lt;b&gt;" in page.text
    keys = re.findall(r"/lab/review/aside/(\d+)", page.text)
    assert len(keys) == 2
    browser = house.sign_in("lab", "")
    browser.post(f"/lab/review/aside/{keys[0]}", data={f"why-{keys[0]}": "The device was reset"})
    again = browser.post(f"/lab/review/aside/{keys[0]}", data={f"why-{keys[0]}": "The device was reset"})
    assert "Somebody has looked into this already." in again.text
    assert len(re.findall("/lab/review/aside/", review(house, "?view=aside").text)) == 1


def test_a_rejection_nobody_was_told_of_waits_also_when_a_handheld_made_it(house):
    number = received(house)
    house.scan(number, "reject", scan_id="x", as_="handheld", reason="QS")
    page = review(house, "?view=rejected")
    assert f"/lab/specimens/{number}" in page.text
    today = review(house, "?view=rejected_today").text
    assert ("Too little" in today, "no reason said" in today) == (True, False)
    assert "Too little leads" in house.sign_in("lab", "").get("/dashboard").text
    assert to_tell(house, number) == [number]
    assert to_tell(house, number, "collector") == []
    told = {"site": "Riverside", "read_back": "Ann Lee"}
    house.sign_in("lab", "").post(f"/lab/specimens/{number}/follow-up", data=told)
    assert "Every rejection was told" in review(house, "?view=rejected").text
    assert specimen(house, number)["rejection"]["reason"] == "QS"
    assert to_tell(house, number) == []


def to_tell(house, number, role="lab"):
    """Read whom the specimen's own page leads to telling whoever ordered it."""
    page = house.sign_in(role, "").get(f"/specimens/{number}").text
    return re.findall(r'href="/lab/specimens/(\d+)#follow-title">.* Tell whoever ordered it', page)


def test_a_told_rejection_is_not_listed(house):
    number = received(house)
    reject(house, number)
    assert f"/lab/specimens/{number}" not in review(house, "?view=rejected").text


def test_one_page_is_one_look_at_the_patients_it_names(house, sqlite_database):
    for mrn in ("P1", "P2"):
        parked(house, drawn(house, mrn), "retrieve", scan_id=mrn)
    parked(house)
    review(house)
    assert [len(patients) for patients in looks_of(sqlite_database, "review")] == [2]


@pytest.mark.parametrize("query", ["cursor=x", "view=aside&cursor=WzFd", "tube=%00", "tube=nothing", "done=99"])
def test_an_address_that_means_nothing_is_answered_in_a_sentence(house, query):
    assert review(house, f"?{query}").status_code in {200, 422}


def test_patient_text_is_data(house):
    number = house.collect(patient=RIVERA | {"family_name": "<script>alert(1)</script>"})["specimens"][0]["number"]
    parked(house, number, "retrieve")
    assert "<script>alert" not in review(house).text.lower()


@pytest.mark.parametrize("role", ["collector", "courier"])
def test_the_review_is_for_the_laboratory(house, role):
    assert review(house, role=role).status_code == 403
