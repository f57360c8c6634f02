"""Badge and PIN at a station, another badge, and the lock: in a real browser, with a scanner's typing."""

import pytest
from playwright.sync_api import expect

from tests.fitness import faults, overhang
from tests.house import PIN

TYPED_MS = 90
"""A person's key after key; a scanner needs 8."""
SMALL = """() => [...document.querySelectorAll(".keypad button")]
    .filter(one => one.offsetHeight < 76 || one.offsetWidth < 76).map(one => one.outerHTML)"""


@pytest.fixture
def chair(clinic):
    """The browser of the chair: it knows its station, and nobody is signed in."""
    clinic.go("/sign-in?station=chair-1")
    yield clinic
    clinic.overlook("401")  # a page that asked on while its session was locked


def at(page, path):
    page.wait_for_url(lambda url: url.split("/", 3)[3] == path.lstrip("/"))


def enter_pin(clinic, pin=PIN, delay=TYPED_MS):
    clinic.says("Enter your PIN")
    expect(clinic.page.get_by_role("group", name="Keypad")).to_be_visible()
    expect(clinic.page.get_by_label("PIN, six digits")).to_be_focused()
    clinic.page.keyboard.type(pin, delay=delay)


def lock(page):
    page.get_by_role("button", name="Lock").click()
    page.get_by_text("Enter your PIN to go on").wait_for()


def shows_patient(clinic, page=None):
    expect((page or clinic.page).get_by_text("RIVERA, Ana")).to_be_visible()


def greets(clinic, name):
    expect(clinic.page.get_by_role("heading", level=1)).to_have_text(name)


def shows_none(page):
    assert "RIVERA" not in page.content()


@pytest.mark.parametrize("delay", [TYPED_MS, pytest.param(8, marks=pytest.mark.long)])
def test_two_actions_and_no_button_lead_from_the_badge_to_the_worklist(chair, delay):
    actions = 0
    chair.scan(chair.house.badges["collector"])
    actions += 1
    enter_pin(chair, delay=delay)
    actions += 1
    at(chair.page, "/")
    assert actions == 2
    expect(chair.page.locator(".who summary")).to_have_text("Collector One · Chair 1")


@pytest.mark.long
def test_a_badge_read_anywhere_and_a_pin_tapped_on_the_glass_do_as_well(chair):
    chair.page.set_viewport_size({"width": 320, "height": 640})
    chair.page.locator("h1").click()
    chair.scan(f"]C0{chair.house.badges['collector']}", "Tab")
    keys = chair.page.get_by_role("group", name="Keypad")
    expect(keys).to_be_visible()
    assert chair.page.evaluate(SMALL) == []
    for key in (PIN[0], "9", "Take the last digit back", *PIN[1:3], "Clear all digits", *PIN):
        keys.get_by_role("button", name=key).click()
    at(chair.page, "/")


@pytest.mark.long
def test_a_wrong_pin_says_so_and_the_next_one_is_typed_at_once(chair):
    chair.scan(chair.house.badges["collector"])
    enter_pin(chair, "918273")
    expect(chair.page.get_by_role("alert")).to_have_text("That PIN does not fit this badge. Enter it again.")
    enter_pin(chair)
    at(chair.page, "/")
    chair.forgive("401")


def test_another_badge_scanned_on_any_page_puts_the_person_before_out_in_every_tab(chair):
    chair.house.collect()
    chair.sign_in()
    other = chair.page.context.new_page()
    other.goto(f"{chair.url}/lab/pending")
    shows_patient(chair, other)
    chair.page.bring_to_front()
    chair.go("/dashboard")
    chair.scan(chair.house.badges["collector"])
    greets(chair, "Collector One")
    other.wait_for_url("**/sign-in?next=*")
    shows_none(other)
    chair.scan(chair.house.badges["supervisor"])
    greets(chair, "Supervisor One")
    enter_pin(chair)
    at(chair.page, "/dashboard")
    other.wait_for_url("**/lab/pending")
    shows_patient(chair, other)
    chair.go("/lab/pending")  # now into its scan box
    chair.scan(chair.house.badges["collector"])
    greets(chair, "Collector One")
    shows_none(chair.page)
    enter_pin(chair)
    at(chair.page, "/")
    other.wait_for_url(f"{chair.url}/")
    expect(other.locator(".who summary")).to_have_text("Collector One · Chair 1")


@pytest.mark.long
def test_ones_own_badge_leaves_the_page_as_it_is(chair):
    chair.house.collect()
    chair.sign_in()
    chair.go("/lab/pending")
    chair.scan(chair.house.badges["supervisor"])
    chair.page.wait_for_timeout(300)
    at(chair.page, "/lab/pending")
    shows_patient(chair)


def test_an_idle_screen_warns_then_shows_nothing_and_comes_back_at_the_same_step(chair):
    chair.house.collect()
    chair.sign_in()
    chair.page.clock.install()
    chair.go("/lab/pending?state=collected")
    shows_patient(chair)
    chair.page.clock.fast_forward("09:45")
    warning = chair.page.get_by_role("alert")
    expect(warning).to_contain_text("locks in 20 seconds")
    chair.page.keyboard.press("Shift")
    expect(warning).to_have_count(0)
    chair.page.clock.fast_forward("09:30")
    shows_patient(chair)
    chair.page.clock.fast_forward("00:31")
    chair.says("Enter your PIN to go on")
    shows_none(chair.page)
    chair.page.go_back()
    chair.says("Enter your PIN to go on")
    shows_none(chair.page)
    chair.page.go_forward()
    enter_pin(chair)
    at(chair.page, "/lab/pending?state=collected")
    shows_patient(chair)


@pytest.mark.parametrize("sign", ["a key", pytest.param("a link", marks=pytest.mark.long)])
def test_who_works_in_one_tab_is_not_locked_by_another(chair, sign):
    chair.house.collect()
    chair.sign_in()
    other = chair.page.context.new_page()
    other.clock.install()
    other.goto(f"{chair.url}/lab/pending")
    shows_patient(chair, other)
    other.clock.fast_forward("09:30")
    if sign == "a key":
        chair.page.keyboard.press("Shift")
    chair.go("/lab/receive")
    chair.page.get_by_test_id("now").wait_for()
    other.clock.fast_forward("00:45")
    shows_patient(chair, other)
    other.clock.fast_forward("10:00")
    chair.page.wait_for_url("**/sign-in?next=*")


@pytest.mark.long
def test_an_idle_screen_is_empty_even_while_the_service_is_out_of_reach(chair):
    chair.house.collect()
    chair.sign_in()
    chair.page.clock.install()
    chair.go("/lab/pending")
    shows_patient(chair)
    chair.page.context.set_offline(True)
    chair.page.clock.fast_forward("10:01")
    expect(chair.page.get_by_role("heading")).to_have_text("Locked")
    shows_none(chair.page)
    chair.page.context.set_offline(False)
    chair.page.clock.fast_forward("00:05")
    chair.says("Enter your PIN to go on")
    chair.forgive("ERR_INTERNET_DISCONNECTED")


def test_locking_one_tab_locks_the_other_and_one_pin_brings_both_back(chair):
    chair.house.collect()
    chair.sign_in()
    chair.go("/lab/pending")
    other = chair.page.context.new_page()
    other.goto(f"{chair.url}/lab/pending?state=collected")
    shows_patient(chair, other)
    chair.page.bring_to_front()
    chair.page.keyboard.press("Alt+l")
    other.get_by_text("Enter your PIN to go on").wait_for()
    shows_none(other)
    enter_pin(chair)
    at(chair.page, "/lab/pending")
    other.wait_for_url("**/lab/pending?state=collected")
    shows_patient(chair, other)


@pytest.mark.long
def test_another_persons_badge_at_a_lock_begins_a_session_of_their_own(chair):
    chair.sign_in()
    chair.go("/lab/pending")
    lock(chair.page)
    chair.scan(chair.house.badges["collector"])
    greets(chair, "Collector One")
    enter_pin(chair)
    at(chair.page, "/")


@pytest.mark.long
def test_signing_in_needs_no_script(chair):
    plain = chair.page.context.browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{chair.url}/sign-in?station=chair-1")
    page.get_by_label("Your badge").fill(chair.house.badges["collector"])
    page.keyboard.press("Enter")
    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Go on").click()
    at(page, "/")
    page.get_by_role("button", name="Lock").click()
    expect(page.get_by_test_id("now")).to_contain_text("Enter your PIN to go on")
    plain.close()


@pytest.mark.long
def test_the_doors_are_fit_for_everybody_and_for_the_smallest_screen(chair):
    def look(name):
        for scheme in ("light", "dark"):
            chair.page.emulate_media(color_scheme=scheme)
            assert (name, faults(chair.page)) == (name, [])
        for width in (320, 1280):
            chair.page.set_viewport_size({"width": width, "height": 720})
            assert (name, overhang(chair.page)) == (name, 0)

    look("sign-in")
    chair.scan(chair.house.badges["supervisor"])
    chair.says("Enter your PIN")
    look("PIN")
    enter_pin(chair)
    at(chair.page, "/")
    chair.go("/me/pin")
    look("own PIN")
    lock(chair.page)
    look("locked")


@pytest.mark.long
def test_the_pin_is_changed_and_used_by_keyboard_alone(chair):
    chair.page.keyboard.type(chair.house.badges["collector"], delay=TYPED_MS)
    chair.page.keyboard.press("Enter")
    enter_pin(chair)
    at(chair.page, "/")
    chair.go("/me/pin")
    chair.page.get_by_label("Your password").focus()
    for typed in ("lavender tube", "918273", "918273"):
        chair.page.keyboard.type(typed)
        chair.page.keyboard.press("Tab")
    chair.page.keyboard.press("Enter")
    expect(chair.page.get_by_test_id("scan-result")).to_contain_text("counts from now on")
    chair.page.wait_for_load_state()
    chair.page.keyboard.press("Alt+l")
    chair.says("Enter your PIN to go on")
    expect(chair.page.get_by_role("group", name="Keypad")).to_be_visible()
    for _ in range(10):
        chair.page.keyboard.press("Tab")  # past the nine digits, to the keypad's Clear
    expect(chair.page.get_by_role("button", name="Clear all digits")).to_be_focused()
    chair.page.keyboard.press("Enter")
    chair.page.keyboard.type("918273", delay=TYPED_MS)
    at(chair.page, "/me/pin")
