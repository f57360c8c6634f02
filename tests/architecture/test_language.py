"""Whatever people read can be translated."""

import gettext

import pytest

from specimen_service.kernel import language
from specimen_service.kernel.errors import SetupError
from tests.architecture.language_rules import sentences_are_said, templates_are_said
from tests.architecture.source import ROOT, module, modules

SERVICE = [one for one in modules() if one.name.startswith("specimen_service")]
TEMPLATES = sorted((ROOT / "specimen_service").rglob("*.html"))
CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"


class Loud(gettext.NullTranslations):
    """A language in which everything is shouted."""

    def gettext(self, message: str) -> str:
        """Shout, but leave the values alone."""
        return f"[{message}]"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Shout the plural that English has."""
        return f"[{msgid1 if n == 1 else msgid2}]"


def test_a_sentence_is_said_in_the_language_of_the_site_with_its_values():
    assert language.say("%(count)s of 100%%", count=3) == "3 of 100%"
    assert language.say_many("%(count)s tube", "%(count)s tubes", 1) == "1 tube"
    with language.speaking(Loud()):
        assert language.say("Seen at %(place)s.", place="Bench 2") == "[Seen at Bench 2.]"
        assert language.say_many("%(count)s tube", "%(count)s tubes", 2) == "[2 tubes]"
        assert language.to_say("Seen") == "Seen"


def test_a_language_that_nobody_made_is_refused_by_name():
    assert language.languages()[0] == "en"
    with pytest.raises(SetupError, match="'xx'"):
        language.speak("xx")


def test_no_sentence_of_the_code_is_english_alone():
    assert [fault for one in SERVICE for fault in sentences_are_said(one)] == []


def test_no_word_of_a_template_is_english_alone():
    assert [fault for file in TEMPLATES for fault in templates_are_said(file)] == []


def test_sentences_have_the_one_apostrophe_that_keyboards_and_the_message_table_have():
    files = [file for kind in ("html", "py", "js") for file in (ROOT / "specimen_service").rglob(f"*.{kind}")]
    assert [file.name for file in files if CURLY in file.read_text("utf-8")] == []


@pytest.mark.parametrize(
    "text",
    ['X = "Scan it again."', 'def f(n):\n    return f"Tube {n} is lost."', 'raise Conflict("It is gone.", code="x")'],
)
def test_a_sentence_that_cannot_be_translated_is_found(text):
    assert list(sentences_are_said(module("specimen_service.custody.rules", text)))


@pytest.mark.parametrize(
    "text",
    [
        '"""Explains itself."""',
        'say("Scan it again.")',
        'X = {1: to_say("Scan it again.")}',
        'raise ValueError("Never so.")',
        'X = "stat"',
    ],
)
def test_what_is_said_explained_or_no_sentence_is_none(text):
    assert not list(sentences_are_said(module("specimen_service.custody.rules", text)))


@pytest.mark.parametrize("text", ["<p>Scan it</p>", '<a title="Scan it"></a>', '{{ pill("Closed by itself") }}'])
def test_a_word_of_a_template_that_cannot_be_translated_is_found(tmp_path, text):
    assert list(templates_are_said(_template(tmp_path, text)))


@pytest.mark.parametrize(
    "text",
    [
        '<p class="Big one">{{ _("Scan it") }}</p>',
        "{% trans %}Scan {{ x }}{% endtrans %}",
        "<code>GET /x</code> {{ x }}",
    ],
)
def test_a_word_of_a_template_that_is_said_is_none(tmp_path, text):
    assert not list(templates_are_said(_template(tmp_path, text)))


def _template(folder, text):
    file = folder / "slice" / "templates" / "page.html"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file
