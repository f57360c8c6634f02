"""What scripts say by themselves is in the language of the site, as the page around them is."""

import gettext

from playwright.sync_api import expect

from specimen_service.kernel import language
from specimen_service.web.commands import COMMANDS, Command

NUMBERS = {one.command: one.number for one in COMMANDS}


class Bracketed(gettext.NullTranslations):
    """A language in which every sentence stands in brackets."""

    def gettext(self, message):
        return f"[{message}]"

    def ngettext(self, msgid1, msgid2, n):
        return f"[{msgid1 if n == 1 else msgid2}]"


def test_what_scripts_say_is_in_the_language_of_the_site(clinic):
    number = clinic.house.collect()["specimens"][0]["number"]
    clinic.sign_in()
    with language.speaking(Bracketed()):
        clinic.go("/scan?action=pick_up")
        expect(clinic.page.get_by_test_id("queue-pill")).to_have_text("[Online · 0 waiting]")
        clinic.scan(NUMBERS[Command.TEST])
        expect(clinic.page.locator("#notice")).to_have_text("[The scanner works.] [The whole code arrived.]")
        clinic.scan(NUMBERS[Command.YES])
        expect(clinic.page.locator("#notice")).to_contain_text("There is no “[Yes]” to press")
        clinic.scan(number)
        clinic.answers("[Picked up].")
        expect(clinic.page.locator("#count")).to_have_text("[1 scanned]")
