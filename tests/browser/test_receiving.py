"""The bench in a browser: receive by scanning, reject in four actions, keep and hold, with keys and scanner alone."""

import re

import pytest
from playwright.sync_api import expect

from tests.house import PIN, RIVERA

LIMIT = 100_000
"""Bytes: of a page with everything it loads."""


def tube(clinic, mrn="P1", action="pick_up", **more):
    number = clinic.house.collect(patient=RIVERA | {"mrn": mrn}, **more)["specimens"][0]["number"]
    if action:
        by = {"operator": clinic.house.badges["courier"]}
        clinic.house.scan(number, action, scan_id=f"{action}-{number}", as_="handheld", **by)
    return number


def count(clinic, **wanted):
    for name, number in wanted.items():
        expect(clinic.page.get_by_test_id(name)).to_have_text(str(number))


def at_the_bench(clinic, place="Lab bench"):
    clinic.sign_in("lab", None)
    clinic.go("/lab/receive")
    clinic.says("Scan the barcode of the place")
    clinic.scan(clinic.house.locations[place])
    clinic.answers(f"You receive at {place}.")


def test_tubes_are_received_by_scanning_alone_and_a_reload_keeps_everything(clinic):
    one, two = tube(clinic, "P1"), tube(clinic, "P2")
    stray = tube(clinic, "P3", action="")
    at_the_bench(clinic)
    clinic.says("Scan each tube that came to Lab bench.")
    count(clinic, **{"on-the-way": 2}, expected=0, received=0, missing=0, unexpected=0)
    clinic.scan(one)
    clinic.answers("Received at Lab bench.")
    count(clinic, expected=2, received=1, missing=1, unexpected=0)
    clinic.scan(stray)
    count(clinic, expected=2, received=1, missing=1, unexpected=1)
    expect(clinic.page.get_by_test_id("tube-card")).to_contain_text("RIVERA, Ana")
    expect(clinic.page.get_by_test_id("tube-card")).to_contain_text("limit 12 h")
    clinic.page.reload()
    count(clinic, expected=2, received=1, missing=1, unexpected=1)
    expect(clinic.page.get_by_test_id("tube-card")).to_contain_text(f"{stray[:4]} {stray[4:8]} {stray[8:]}")
    clinic.scan(two)
    clinic.says("All that was expected at Lab bench is here.")


def test_what_somebody_else_receives_is_counted_without_a_reload(clinic):
    number = tube(clinic)
    at_the_bench(clinic)
    count(clinic, **{"on-the-way": 1})
    clinic.house.scan(number, "receive", scan_id="else", as_="lab", location=clinic.house.locations["Lab bench"])
    count(clinic, expected=1, received=1, missing=0)


def test_a_scan_that_does_not_fit_is_shown_plainly_and_leads_to_the_review(clinic):
    at_the_bench(clinic)
    clinic.scan("4006381333931")
    clinic.answers("I read 4006381333931 (looks like a product barcode). Scan the specimen label.")
    expect(clinic.page.get_by_test_id("parked-list")).to_contain_text("4006381333931")
    clinic.page.get_by_role("link", name="Look at all of them").click()
    clinic.says("1 scan waits for an answer")


def test_a_tube_is_rejected_in_four_actions(clinic):
    number = tube(clinic, ordering_site="Riverside Family Medicine")
    at_the_bench(clinic)
    clinic.scan(number)  # 1: the tube
    clinic.page.get_by_role("link", name="Haemolysed").click()  # 2: why
    expect(clinic.page.get_by_label("Told")).to_have_value("Riverside Family Medicine")
    clinic.page.get_by_label("Read back by").fill("Ann Lee")  # 3: told
    clinic.page.get_by_role("button", name="Reject and collect again").click()  # 4: again
    expect(clinic.page.get_by_test_id("tube-card")).to_contain_text("It is to be collected again by order")
    clinic.scan(number)
    clinic.answers("This specimen was rejected. Set it aside")
    clinic.sign_in("collector")
    clinic.page.get_by_role("link", name="RIVERA, Ana").click()
    expect(clinic.page.get_by_test_id("recollection")).to_contain_text("Try 2")
    expect(clinic.page.get_by_test_id("recollection")).to_contain_text("Haemolysed")


def test_a_tube_is_rejected_by_keys_and_scanner_alone(clinic):
    number = tube(clinic)
    at_the_bench(clinic)
    clinic.scan(number)
    clinic.answers("Received")
    page = clinic.page
    page.wait_for_timeout(400)  # a key right behind a scan is taken for its end
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == "Clotted":
            break
    page.get_by_role("link", name="Clotted").press("Enter")
    expect(page.get_by_label("Read back by")).to_be_focused()
    page.wait_for_load_state()  # the page's script is what makes Enter go on to the next
    page.keyboard.type("Ann Lee")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Reject and collect again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("tube-card")).to_contain_text("Rejected: clotted")


@pytest.mark.long
def test_what_was_asked_before_a_scan_takes_nothing_away_that_the_scan_brought(clinic):
    number = tube(clinic)
    at_the_bench(clinic)
    held = []

    def hold(route):
        if route.request.method == "GET" and route.request.headers.get("x-fragment") and not held:
            held.append((route, route.fetch()))  # answered by the server now, heard by the page later
        else:
            route.continue_()

    clinic.page.route("**/*", hold)
    for _ in range(100):
        if held:
            break
        clinic.page.wait_for_timeout(100)
    clinic.scan(number)
    received = clinic.page.get_by_test_id("received")
    expect(received).to_have_text("1")
    [(route, answer)] = held
    route.fulfill(response=answer)
    clinic.page.wait_for_timeout(300)
    expect(received).to_have_text("1", timeout=1)


@pytest.mark.long
def test_a_supervisor_signs_for_what_cannot_be_collected_again(clinic):
    number = tube(clinic)
    at_the_bench(clinic)
    clinic.scan(number)
    clinic.answers("Received")
    clinic.go(f"/lab/specimens/{number}")
    page = clinic.page
    page.get_by_text("It cannot be collected again", exact=True).click()
    page.get_by_label("What is wrong with it").select_option("RM")
    page.get_by_label("Why it is used all the same").fill("Cerebrospinal fluid; I took it myself.")
    page.locator("#badge").click()
    clinic.scan(clinic.house.badges["supervisor"])
    expect(page.locator("#pin")).to_be_focused()
    page.keyboard.type(PIN)
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_test_id("signed-exception")).to_contain_text("Signed by Supervisor One")
    clinic.go(f"/specimens/{number}")
    expect(page.get_by_test_id("signed-exception")).to_contain_text("Cerebrospinal fluid; I took it myself.")


def test_a_tube_is_held_released_lost_and_found(clinic):
    number = tube(clinic)
    at_the_bench(clinic)
    clinic.scan(number)
    clinic.answers("Received")
    clinic.go(f"/lab/specimens/{number}")
    page = clinic.page
    steps = [
        ("Put it on hold", "Put on hold", "It is on hold."),
        ("Release it", "Release", "Choose what is wrong"),
        ("It is missing", "Report it lost", "Search for it."),
        ("It turned up", "Found at Lab bench", "Choose what is wrong"),
    ]
    for fold, button, sentence in steps:
        page.get_by_text(fold, exact=True).click()
        page.locator("details[open]").get_by_label("Why").fill("As the supervisor said")
        page.get_by_role("button", name=button).click()
        clinic.says(sentence)


def test_an_inspecting_place_accepts_by_scanning(clinic):
    number = tube(clinic)
    at_the_bench(clinic, "Inspection")
    clinic.scan(number)
    clinic.answers("Received at Inspection.")
    clinic.page.get_by_role("link", name="Accept").click()
    clinic.says("Look at each tube at Inspection")
    clinic.scan(number)
    clinic.answers("Accepted")


@pytest.mark.long
@pytest.mark.parametrize("path", ["/lab/receive", "/lab/review"])
def test_a_page_of_the_bench_is_light(clinic, path):
    for i in range(12):
        number = tube(clinic, f"P{i}")
        clinic.house.scan(f"400638133{i:04d}", "receive", scan_id=f"p-{i}", as_="lab")
    at_the_bench(clinic)
    clinic.scan(number)
    clinic.answers("Received")
    sizes = []
    clinic.page.on("response", lambda answer: sizes.append(len(answer.body())))
    clinic.go(path)
    clinic.page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < LIMIT, sizes


def test_the_address_names_no_patient(clinic):
    number = tube(clinic)
    at_the_bench(clinic)
    clinic.scan(number)
    clinic.answers("Received")
    assert re.fullmatch(r".*/lab/receive\?location=\d{12}&after=\d+&tube=\d{12}", clinic.page.url)
