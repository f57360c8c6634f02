"""What the `printers` package says of a printer, told again in the site's language (pure).

Its sentences are English and come over a network too, from agents of another version: each is known again by its form,
and its values go into ours. One that is not known stays as it came.
"""

import re
from collections.abc import Iterator

from specimen_service.kernel.language import say, to_say

_VALUE = re.compile(r"%\((\w+)\)s")
SENTENCES = (
    to_say("The printer is ready."),
    to_say("The printer is paused: press its pause button to go on."),
    to_say("The printer is out of labels: put in a new roll."),
    to_say("The printer is out of ribbon: put in a new one."),
    to_say("The printer's lid is open: close it."),
    to_say("The printer is too hot: it goes on by itself when it has cooled down."),
    to_say("Wrong roll: its labels are not of the length declared for this printer."),
    to_say(
        "Label length is %(measured)s mm, this template needs %(length)s mm. "
        "Load the %(stock)s roll or press Calibrate."
    ),
    to_say("Wrong resolution: the printer does not print the dots an inch declared for it."),
    to_say("The printer is busy with a label."),
    to_say("The printer does not answer: check that it is on, connected, closed and has labels."),
    to_say("The printer reports a fault we cannot name: switch it off and on."),
    to_say("The printer confirms that the label came out."),
    to_say("Look whether the label came out, and answer for it."),
    to_say("There is no %(device)s: connect the printer and switch it on, or correct its URL."),
    to_say("%(device)s is not ours to open: let this user into the group that owns it (often dialout, lp or uucp)."),
    to_say("Another program is using %(device)s: close it or choose another."),
    to_say("%(device)s is not a %(wanted)s: correct the printer's URL."),
    to_say("%(device)s cannot be reached (%(reason)s): check that the printer is on and its cable is in."),
    to_say("%(device)s broke off (%(reason)s): check that it is on, connected and not full."),
    to_say("A PDF label cannot go to %(device)s: set this printer's language to zpl, or print to a file:// URL."),
    to_say("%(device)s prints %(printer)s dots an inch and is declared with %(declared)s: set dpi = %(right)s for it."),
    to_say("%(device)s is there; it cannot be asked how it is."),
    to_say("%(device)s takes no data."),
    to_say("%(device)s took the whole label; it cannot say whether the label came out."),
    to_say("%(device)s took only %(taken)s of the label's %(size)s bytes."),
    to_say("%(device)s did not take the last %(held)s bytes of the label."),
    to_say("%(device)s took the label and does not confirm that it came out."),
    to_say("%(device)s was not waited for any longer."),
    to_say("The server's answer was lost before the first byte. It is tried again."),
)
"""Every sentence that `printers` makes for people; a test holds them against it."""


def told(detail: str) -> str:
    """Return what a printer's driver said, in the site's language: its sentences one by one, where they are known."""
    return " ".join(_told(detail)) or detail


def _told(detail: str) -> Iterator[str]:
    rest = detail.strip()
    while rest:
        found = next(((one, match) for one, form in _FORMS if (match := form.match(rest))), None)
        if found is None:
            yield rest
            return
        sentence, match = found
        yield say(sentence, **match.groupdict())
        rest = rest[match.end() :].lstrip()


def _form(sentence: str) -> re.Pattern[str]:
    """Return the pattern of a sentence; a value in it has no sentence's end inside."""
    parts = _VALUE.split(sentence)
    pattern = "".join(f"(?P<{part}>(?:(?!\\. ).)+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
    return re.compile(rf"{pattern}(?=\s|$)")


_FORMS = [(sentence, _form(sentence)) for sentence in SENTENCES]
