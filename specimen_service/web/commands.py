"""The command barcodes (83...): what a scanner can press on a page, so that a whole draw needs no hand on the screen."""

from dataclasses import dataclass
from enum import StrEnum

from specimen_service.kernel.language import to_say
from specimen_service.kernel.numbers import PREFIXES, Kind, number


class Command(StrEnum):
    """What a command barcode presses: the page's one control with this `data-command`."""

    COLLECTED = "collected"
    NEXT = "next"
    BACK = "back"
    YES = "yes"
    NO = "no"
    NAME_MATCHES = "name-matches"
    BIRTH_DATE_MATCHES = "birth-date-matches"
    NOT_OBTAINED = "not-obtained"
    REPRINT = "reprint"
    UNDO = "undo"
    LOCK = "lock"
    TEST = "test"


@dataclass(frozen=True)
class CommandCode:
    """A command with its number, the word printed under its barcode, and what it is for: constants to be said."""

    command: Command
    number: str
    word: str
    use: str


_WORDS = {
    Command.COLLECTED: (to_say("Collected"), to_say("The last tube is filled; the labels print.")),
    Command.NEXT: (to_say("Next"), to_say("Go on to the next step or the next patient.")),
    Command.BACK: (to_say("Back"), to_say("Back to the list.")),
    Command.YES: (to_say("Yes"), to_say("Yes, it is so.")),
    Command.NO: (to_say("No"), to_say("No, it is not so.")),
    Command.NAME_MATCHES: (to_say("Name matches"), to_say("The patient said the name, and it matches.")),
    Command.BIRTH_DATE_MATCHES: (
        to_say("Birth date matches"),
        to_say("The patient said the birth date, and it matches."),
    ),
    Command.NOT_OBTAINED: (to_say("Not obtained"), to_say("This tube could not be filled.")),
    Command.REPRINT: (to_say("Reprint"), to_say("Print the label again.")),
    Command.UNDO: (to_say("Undo"), to_say("Take the last scan back.")),
    Command.LOCK: (to_say("Lock"), to_say("Lock this screen.")),
    Command.TEST: (to_say("Test"), to_say("Try the scanner; this changes nothing.")),
}

COMMANDS = tuple(
    CommandCode(command, number(PREFIXES[Kind.COMMAND], serial), *_WORDS[command])
    for serial, command in enumerate(Command, start=1)
)
"""Every command. The serials are fixed by their order, the same at every site: a printed sheet works everywhere, for ever;
a new command goes to the end."""


def told_to_browser() -> str:
    """Return all commands as the pages' script reads them: `number=command` with blanks between."""
    return " ".join(f"{one.number}={one.command}" for one in COMMANDS)
