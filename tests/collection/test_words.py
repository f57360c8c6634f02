"""The chair's own words are said in the language of the site, when they are shown."""

import gettext
from datetime import UTC, date, datetime, timedelta

from werkzeug.datastructures import MultiDict

from specimen_service.collection.checks import NO_TEST, REQUIRED
from specimen_service.collection.choices import ATTEMPT_BECAUSE, OUTCOMES, by_name, in_words
from specimen_service.collection.forms import name_faults
from specimen_service.collection.readiness import Need, objections, questions
from specimen_service.collection.rules import birth_date_fault, time_fault
from specimen_service.kernel.errors import Fault
from specimen_service.kernel.language import say, speaking
from specimen_service.web.fields import Form

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


class Loud(gettext.NullTranslations):
    """A language in which everything stands in brackets."""

    def gettext(self, message: str) -> str:
        """Put a sentence in brackets."""
        return f"[{message}]"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Put the plural that English has in brackets."""
        return f"[{msgid1 if n == 1 else msgid2}]"


def test_a_fault_of_the_rules_speaks_of_the_form_in_every_language():
    form = Form(MultiDict())
    with speaking(Loud()):
        faults = [Fault("/tests", say(NO_TEST)), Fault("/patient/family_name", say(REQUIRED["family_name"]))]
        late = time_fault(NOW - timedelta(days=8), NOW, "")
        name_faults(form, [*faults, Fault("/collected_at", late or "")])
    assert form.faults == {
        "tests": "[Tick at least one test.]",
        "family_name": "[The family name is required, or tick that the identity is not known yet.]",
        "collected_at": "[This is more than 7 days ago. Check the date, or say why below.]",
    }


def test_what_can_be_tapped_keeps_its_value_and_changes_its_words():
    with speaking(Loud()):
        assert in_words(OUTCOMES)[0] == ("not_fasting", "[Not fasting]")
        assert by_name(ATTEMPT_BECAUSE)[0] == ("No blood return", "[No blood return]")


def test_questions_and_objections_are_asked_in_the_language_of_the_site():
    needs = [Need("GLU", "Glucose", fasting_hours=8), Need("LIP", "Lipids", fasting_hours=12)]
    with speaking(Loud()):
        asked = questions(needs)[0]
        against = objections(needs, {"fasting": "3"})[0]
    assert asked.choices[0] == ("12", "[12 h or more]")
    assert against.sentence == "[Lipids needs 12 h fasting.] [Glucose needs 8 h fasting.] [Patient reports 3 h.]"


def test_a_birth_date_that_cannot_be_true_is_said_in_the_language_of_the_site():
    with speaking(Loud()):
        assert (birth_date_fault(date(2030, 1, 1), NOW.date()) or "").startswith("[This birth date")
