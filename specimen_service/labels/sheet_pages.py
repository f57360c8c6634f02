"""Sheets of barcodes to print from a page: places, badges and commands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from specimen_service.accounts.model import Role, role_words
from specimen_service.accounts.queries import people
from specimen_service.audit.actions import record
from specimen_service.kernel.errors import NotAllowed, NotFound
from specimen_service.kernel.language import say, to_say
from specimen_service.labels.symbols import svg_symbol
from specimen_service.places.queries import locations
from specimen_service.web.commands import COMMANDS, Command
from specimen_service.web.kit import EVERYBODY, Pages, Visit

pages = Pages()

BADGE_PRINTERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""A badge signs nobody in without its PIN, but it names a person: few print them."""


@dataclass(frozen=True)
class Code:
    """One barcode of a sheet: its number, the words over it, and what it is for."""

    number: str
    word: str
    use: str

    @property
    def symbol(self) -> str:
        """The bars, as SVG."""
        return svg_symbol(self.number)


@dataclass(frozen=True)
class Sheet:
    """A kind of sheet: its address, its words (to be said), who may print it, and what stands on it."""

    name: str
    title: str
    use: str
    sign: str
    who: frozenset[Role]
    codes: Callable[[Visit], list[Code]]


def _places(visit: Visit) -> list[Code]:
    return [Code(one.number, one.name, one.kind.capitalize()) for one in locations(visit.session)]


def _commands(_visit: Visit) -> list[Code]:
    return [Code(one.number, say(one.word), say(one.use)) for one in COMMANDS if one.command is not Command.TEST]


def _badges(visit: Visit) -> list[Code]:
    return [
        Code(one.badge, one.display_name, role_words(one.role).capitalize())
        for one in sorted(people(visit.session), key=lambda one: one.display_name)
        if one.active
    ]


_ALL = (
    Sheet(
        "commands",
        to_say("Commands"),
        to_say("One for each station: a whole draw with the scanner alone."),
        "scan",
        EVERYBODY,
        _commands,
    ),
    Sheet(
        "places",
        to_say("Places"),
        to_say("Hang each code where it belongs; it says where a scan happens."),
        "place",
        EVERYBODY,
        _places,
    ),
    Sheet(
        "badges",
        to_say("Badges"),
        to_say("Cut them out. A badge opens nothing without its person's PIN."),
        "person",
        BADGE_PRINTERS,
        _badges,
    ),
)
_SHEETS: Mapping[str, Sheet] = {sheet.name: sheet for sheet in _ALL}


@pages.page("/admin/sheets", who=EVERYBODY)
def sheets_page(visit: Visit) -> str:
    """Offer the sheets that this person may print."""
    return visit.render("labels/sheets.html", sheets=[one for one in _ALL if visit.actor.role in one.who])


@pages.page("/admin/sheets/<name>", who=EVERYBODY)
def sheet_page(visit: Visit, name: str) -> str:
    """Show one sheet as it prints; a sheet of badges leaves a record of who opened it."""
    sheet = _SHEETS.get(name)
    if sheet is None:
        raise NotFound("sheet", name)
    if visit.actor.role not in sheet.who:
        raise NotAllowed
    if sheet.who is BADGE_PRINTERS:
        record(visit.session, visit.now, visit.actor, "badges.opened")
    return visit.render("labels/sheet.html", sheet=sheet, codes=sheet.codes(visit))
