"""Somebody translates the service as docs/translating.md says, and everything is said in that language."""

import json
import re
import shlex

import pytest
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from specimen_service.kernel import language
from tests.architecture.source import ROOT
from tests.house import SETTINGS, furnish

GUIDE = (ROOT / "docs/translating.md").read_text("utf-8")
WORD = re.compile(r"[^\W\d_]{3,}")


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """What the guide's first command finds, written elsewhere."""
    template = tmp_path_factory.mktemp("translating") / "specimen_service.pot"
    command = shlex.split(re.search("pybabel extract .+", GUIDE)[0])
    command[command.index("-o") + 1] = str(template)
    places = {"specimen_service", "specimen_service/translations/babel.cfg"}
    CommandLineInterface().run(["pybabel", "-q", *(str(ROOT / one) if one in places else one for one in command[1:])])
    with template.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def translations(catalog, tmp_path_factory):
    """A folder with the language xx, in which every sentence stands in brackets."""
    for message in catalog:
        if message.id:
            many = isinstance(message.id, tuple)
            message.string = tuple(f"[{one}]" for one in message.id) if many else f"[{message.id}]"
    folder = tmp_path_factory.mktemp("translations")
    (folder / "xx/LC_MESSAGES").mkdir(parents=True)
    with (folder / "xx/LC_MESSAGES/specimen_service.mo").open("wb") as file:
        write_mo(file, catalog)
    return folder


@pytest.fixture
def house(sqlite_database, clock, translations, monkeypatch):
    """A house that speaks xx."""
    monkeypatch.setattr(language, "FOLDER", translations)
    yield furnish(sqlite_database, clock, service=SETTINGS["service"] | {"language": "xx"})
    language.speak("en")


def test_extraction_finds_what_code_templates_and_scripts_say(catalog):
    assert len(catalog) > 1000
    assert "Everything that happened to it" in catalog  # of a template
    assert "Have it picked up." in catalog  # marked, and said later
    assert "This screen locks in 20 seconds. Touch it or press any key to stay." in catalog  # of a script
    assert "draw" in catalog  # what is not found
    assert ("%(count)s specimen", "%(count)s specimens") in catalog
    assert "Record scans: each becomes an event, accepted or parked" not in catalog  # programmers read that


def test_a_page_is_in_the_language_of_the_site(house):
    number = house.collect()["specimens"][0]["number"]
    page = house.sign_in("lab").get(f"/specimens/{number}").text
    assert '<html lang="xx">' in page
    assert '<h2 id="line-title">[What happened]</h2>' in page
    assert f"<title>[Specimen {number}]" in page
    assert 'aria-label="[Patient]"' in page


def test_a_scan_is_answered_in_the_language_of_the_site_and_its_answer_stays(house):
    number = house.collect()["specimens"][0]["number"]
    scan = {"scan_id": "translated-1", "location": house.locations["Lab bench"]}
    said = house.scan(number, "receive", as_="lab", **scan)["message"]
    assert said == "[[Received] at Lab bench]."
    language.speak("en")
    assert house.scan(number, "receive", as_="lab", **scan)["message"] == said
    assert house.scan("1", "receive", scan_id="translated-2", as_="lab")["message"].startswith("No specimen here")


def test_refusals_are_in_the_language_of_the_site(house):
    assert house.get("/specimens/1").json["detail"] == "[There is no [specimen] 1 here.]"
    browser = house.sign_in("lab")
    assert "[There is nothing at this address]</h1>" in browser.get("/nowhere").text


def test_scripts_get_their_words_from_every_page_the_offline_one_too(house):
    sign_in, offline = house.client.get("/sign-in").text, house.client.get("/scan/offline").text
    for page in (sign_in, offline):
        words = json.loads(re.search(r'<script type="application/json" id="words">(.+?)</script>', page)[1])
        assert words["locked"] == "[Locked]"
        assert words["command-name-matches"] == "[Name matches]"
        assert ("offlineNote" in words) == (page != sign_in), "what the handheld's page alone says is on no other"
    counted = words["offlineNote"]
    plurals = [counted["forms"][int(counted["of"][n])].split()[2] for n in (0, 1, 2, 101)]
    assert plurals == ["scans", "scan", "scans", "scans"]


def test_nothing_of_the_sign_in_and_the_scan_page_is_left_in_english(house):
    for path, browser in (("/sign-in", house.client), ("/scan", house.sign_in("courier", station=None))):
        body = browser.get(path).text.split("<body>")[1].replace(house.app.config["SETTINGS"].service.site_name, "")
        shown = re.sub(r"<[^>]+>", "\n", re.sub(r"<(option|bdi|b|time)\b.*?</\1>", "", body, flags=re.DOTALL))
        # A date is written in one way in every language, as nobody can misread it.
        said = [re.sub(r"\[.*\]|\d{2} [A-Z]{3} \d{4}", "", line) for line in shown.splitlines()]
        left = [line.strip() for line in said if WORD.search(line)]
        assert left == [], path
