"""The command barcodes (83...): what a scanner can press on a page, so that a whole draw needs no hand on the screen."""

from dataclasses import dataclass
from enum import StrEnum

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
    """A command with its number, the word printed under its barcode, and what it is for."""

    command: Command
    number: str
    word: str
    use: str


_USES = {
    Command.COLLECTED: "The last tube is filled; the labels print.",
    Command.NEXT: "Go on to the next step or the next patient.",
    Command.BACK: "Back to the list.",
    Command.YES: "Yes, it is so.",
    Command.NO: "No, it is not so.",
    Command.NAME_MATCHES: "The patient said the name, and it matches.",
    Command.BIRTH_DATE_MATCHES: "The patient said the birth date, and it matches.",
    Command.NOT_OBTAINED: "This tube could not be filled.",
    Command.REPRINT: "Print the label again.",
    Command.UNDO: "Take the last scan back.",
    Command.LOCK: "Lock this screen.",
    Command.TEST: "Try the scanner; this changes nothing.",
}

COMMANDS = tuple(
    CommandCode(command, number(PREFIXES[Kind.COMMAND], serial), command.replace("-", " ").capitalize(), _USES[command])
    for serial, command in enumerate(Command, start=1)
)
"""Every command. The serials are fixed by their order, the same at every site: a printed sheet works everywhere, for ever;
a new command goes to the end."""


def told_to_browser() -> str:
    """Return all commands as the pages' script reads them: `number=command` with blanks between."""
    return " ".join(f"{one.number}={one.command}" for one in COMMANDS)
