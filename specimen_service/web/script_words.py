"""What the pages' scripts say: made here in the language of the site, and given to them as JSON in each page.

A value stands in a sentence by name, as in Python. A sentence for a count comes with all its plurals, and which one serves
for 0 to 199: no language asks for more of a number than its last two digits and whether it is small.
"""

import functools
import gettext

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from specimen_service.kernel.language import spoken, to_say, to_say_many
from specimen_service.web.commands import COMMANDS

COUNTS = range(200)
_WORDS = {
    # commands.js
    "which": to_say("Which one?"),
    "whichOf": to_say("This page has %(count)s answers to “%(command)s”. Choose on the screen."),
    "nothingPressed": to_say("Nothing pressed."),
    "noSuchButton": to_say("There is no “%(command)s” to press at this step. Do what the line above says."),
    "layout": to_say("Your scanner is sending %(layout)s instead of digits."),
    "openSetup": to_say("Open Scanner setup."),
    "works": to_say("The scanner works."),
    "arrived": to_say("The whole code arrived."),
    "notUsed": to_say("Not used."),
    "nothingToScan": to_say("Nothing is scanned at this step. Do what the line above says."),
    # wedge.js
    "arrowKeys": to_say("arrow keys"),
    # lock.js
    "locked": to_say("Locked"),
    "locksSoon": to_say("This screen locks in 20 seconds. Touch it or press any key to stay."),
    # scan.js; the worklist says the first by itself, too, of what a search found
    "pick": to_say("Pick the right one: open its row, or scan its wristband."),
    "noneFits": to_say("Nobody on this list fits. Press Enter to look in all lists."),
    "noConnection": to_say("No connection · %(count)s waiting"),
    # reach.js
    "unreachable": to_say("Can't reach the server."),
    "downtimeKit": to_say("Use the downtime kit (red folder). Scans on handhelds are being saved."),
    # ages.js, as `span` of kernel/clock.py
    "underMinute": to_say("under 1 min"),
    "minutes": to_say("%(minutes)s min"),
    "hours": to_say("%(hours)s h"),
    "hoursMinutes": to_say("%(hours)s h %(minutes)s min"),
    "days": to_say("%(days)s d"),
    "daysHours": to_say("%(days)s d %(hours)s h"),
    # handheld/waiting.js
    "signInToSend": to_say("Sign in to send · %(count)s saved"),
    "online": to_say("Online · %(count)s waiting"),
    "offline": to_say("Offline · %(count)s saved"),
}
_HANDHELD = {
    # handheld/words.js: the words of bands
    "saved": to_say("SAVED - not checked"),
    "checking": to_say("SAVED - checking"),
    "already": to_say("ALREADY SCANNED"),
    "misread": to_say("MISREAD"),
    "placeSet": to_say("PLACE SET"),
    "badgeRead": to_say("BADGE READ"),
    "bag": to_say("BAG"),
    "takenBack": to_say("TAKEN BACK"),
    "asking": to_say("CHECKING"),
    "notYet": to_say("NOT YET"),
    "lost": to_say("NOT SAVED"),
    "kept": to_say("KEPT - place needed"),
    "done": to_say("DONE"),
    "doneSaved": to_say("DONE - not checked"),
    "nothing": to_say("NOTHING SCANNED"),
    "nothingHere": to_say("NOTHING HERE"),
    "short": to_say("COUNT AGAIN"),
    "typing": to_say("TYPE IT"),
    "clock": to_say("CLOCK WRONG"),
    # handheld/words.js: sentences
    "digits": to_say("Those digits don't add up. Scan again or retype them."),
    "noOperator": to_say("Scan your badge"),
    "firstBadge": to_say("Scan your badge first, then this again. It was not recorded."),
    "keptForPlace": to_say("Kept. Scan the barcode of the place, or choose it above; this goes with it."),
    "placeForNothing": to_say("Scan the barcode of the place first, or choose it above; then tap Nothing here."),
    "nothingNoted": to_say("Nothing waited at %(place)s. It is noted and sent by itself."),
    "nothingYet": to_say("Scan a tube or a bag first, or choose what you do."),
    "nothingToPickUp": to_say("Scan what you take. If nothing waits, tap Nothing here."),
    "chooseNext": to_say("Choose what you do next."),
    "label": to_say("Not reading? Smooth the label, hold 10\N{EN DASH}20 cm away, or type the 12 digits."),
    "product": to_say("I read %(code)s (looks like a product barcode). Scan the specimen label."),
    "lookingUp": to_say("Looking up records nothing."),
    "enter": to_say("Enter"),
    "type": to_say("Type"),
    "signIn": to_say("Sign in"),
    "badgeUnknown": to_say("This badge is not known here. Scan your badge again."),
    "placeUnknown": to_say("This place is not known here. Scan the barcode of the place again."),
    "noVerify": to_say("A tube is not verified without a connection. Verify it again once the connection is back."),
    "noFind": to_say("Looking a tube up needs the connection. Try again once it is back."),
    "signInToFind": to_say("Looking a tube up needs somebody signed in. Sign in and try again."),
    "notSaved": to_say("This device cannot keep scans. Write the number down, and reload the page."),
    "command": to_say("That is a command barcode, and there is nothing for it to press just now."),
    "toPosition": to_say("Tubes go to position %(number)s"),
    "alreadyByYou": to_say("%(time)s by you."),
    "alreadyBy": to_say("%(time)s by %(name)s."),
    "tooLong": to_say("That is no barcode of a tube. Scan the specimen label."),
    "takenBackLater": to_say("It is taken back when the scans go up."),
    "neverSent": to_say("It had not been sent yet."),
    "reloadNeedsHttps": to_say("reloading offline needs https"),
    "clockBehind": to_say("This device's clock is %(span)s behind. Both times are kept."),
    "clockAhead": to_say("This device's clock is %(span)s ahead. Both times are kept."),
    "wholeDays": to_say("%(days)s days"),
    "lookedAtTube": to_say("tube %(code)s. %(message)s"),
    "scanned": to_say("%(count)s scanned"),
    "at": to_say("You are at %(place)s."),
    "operatorIs": to_say("%(name)s scans from here on."),
    "undo": to_say("Undo · %(seconds)s\N{NO-BREAK SPACE}s"),
    "intoBag": to_say("Put the next tubes into bag %(number)s"),
    "intoBagNow": to_say("Tubes go into bag %(number)s"),
    "outOfBag": to_say("Tubes come out of bag %(number)s"),
    "notInBag": to_say("No bag"),
    "badgeAlone": to_say("Badge %(number)s"),
    "sound": to_say("Sound on"),
    "silent": to_say("Sound off"),
    "lookedAt": to_say("Looked at"),
    "read": to_say("OK, I read it"),
}

_COUNTED = {
    "withPlace": to_say_many("%(count)s kept scan goes with it.", "%(count)s kept scans go with it."),
    "setAside": to_say_many(
        "%(count)s more was not accepted; see the last scans.", "%(count)s more were not accepted; see the last scans."
    ),
    "onDevice": to_say_many(
        "%(count)s waits on this device to be sent.",
        "%(count)s wait on this device to be sent.",
    ),
    # What a round came to, by its action, without and with the name of the place.
    "done-pick_up": to_say_many("%(count)s picked up.", "%(count)s picked up."),
    "done-dispose": to_say_many("%(count)s disposed of.", "%(count)s disposed of."),
    "done-retrieve": to_say_many("%(count)s retrieved.", "%(count)s retrieved."),
    "done-verify": to_say_many("%(count)s verified.", "%(count)s verified."),
    "done-see": to_say_many("%(count)s seen.", "%(count)s seen."),
    "doneAt-pick_up": to_say_many("%(count)s picked up at %(place)s.", "%(count)s picked up at %(place)s."),
    "doneAt-drop_off": to_say_many("%(count)s dropped off at %(place)s.", "%(count)s dropped off at %(place)s."),
    "doneAt-receive": to_say_many("%(count)s received at %(place)s.", "%(count)s received at %(place)s."),
    "doneAt-store": to_say_many("%(count)s stored at %(place)s.", "%(count)s stored at %(place)s."),
    "doneAt-dispose": to_say_many("%(count)s disposed of at %(place)s.", "%(count)s disposed of at %(place)s."),
    "doneAt-retrieve": to_say_many("%(count)s retrieved at %(place)s.", "%(count)s retrieved at %(place)s."),
    "doneAt-verify": to_say_many("%(count)s verified at %(place)s.", "%(count)s verified at %(place)s."),
    "doneAt-see": to_say_many("%(count)s seen at %(place)s.", "%(count)s seen at %(place)s."),
    "offlineNote": to_say_many(
        "Offline. %(count)s scan saved on this device. Keep working.",
        "Offline. %(count)s scans saved on this device. Keep working.",
    ),
    "needLook": to_say_many(
        "%(count)s of %(all)s scans needs a look: %(which)s", "%(count)s of %(all)s scans need a look: %(which)s"
    ),
}


def script_words(*, handheld: bool = False) -> Markup:
    """Return what scripts say, as JSON that may stand in HTML: a sentence by its key, or for a count `{forms, of}`.

    Most of it is said on the handheld's page alone.
    """
    return _said(spoken(), handheld=handheld)


@functools.lru_cache(maxsize=8)
def _said(language: gettext.NullTranslations, *, handheld: bool) -> Markup:
    sentences = _WORDS | _HANDHELD if handheld else _WORDS
    said: dict[str, object] = {key: language.gettext(sentence) for key, sentence in sentences.items()}
    said |= {f"command-{one.command}": language.gettext(one.word) for one in COMMANDS}
    if handheld:
        said |= {key: _plurals(language, *forms) for key, forms in _COUNTED.items()}
    return htmlsafe_json_dumps(said)


def _plurals(language: gettext.NullTranslations, one: str, many: str) -> str | dict[str, object]:
    """Return the different sentences, and for each count which of them it is, a digit each; or the one that serves all."""
    by_count = [language.ngettext(one, many, count) for count in COUNTS]
    forms = list(dict.fromkeys(by_count))
    if len(forms) == 1:
        return forms[0]
    return {"forms": forms, "of": "".join(str(forms.index(form)) for form in by_count)}
