"""What can be done on the handheld page, and which step comes next (pure)."""

from dataclasses import dataclass

from specimen_service.kernel.language import say, to_say

FIND = "find"
"""The one tile that records nothing."""


@dataclass(frozen=True)
class Tile:
    """One action of the handheld page: its icon, its word (to be said), and what it has to do with a place."""

    action: str
    sign: str
    word: str
    asks_place: bool = False
    """Whether the place is asked for before the first tube."""
    at_place: bool = False
    """Whether it says nothing without a place: until one is named its scans wait on the device."""


TILES = (
    Tile("pick_up", "pick-up", to_say("Pick up"), asks_place=True),
    Tile("drop_off", "drop-off", to_say("Drop off"), asks_place=True, at_place=True),
    Tile("receive", "receive", to_say("Receive"), asks_place=True, at_place=True),
    Tile("store", "store", to_say("Store"), asks_place=True, at_place=True),
    Tile("dispose", "dispose", to_say("Dispose"), asks_place=True),
    Tile(FIND, "search", to_say("Find")),
)
"""The six big ones."""
MORE = (
    Tile("verify", "verify", to_say("Verify")),
    Tile("see", "see", to_say("See")),
    Tile("retrieve", "retrieve", to_say("Retrieve")),
)
"""What is wanted less often."""

_ANYWHERE = {
    "verify": to_say("Scan the label on the tube."),
    "see": to_say("Scan a tube to note that you saw it; nothing else changes."),
    "retrieve": to_say("Scan each tube you take out of storage."),
    FIND: to_say("Scan or type a number to find where it is."),
}
_AT_PLACE = {
    "pick_up": to_say("Scan each tube or bag you take at %(place)s."),
    "drop_off": to_say("Scan each tube or bag you leave at %(place)s."),
    "receive": to_say("Scan each tube received at %(place)s."),
    "store": to_say("Scan each tube stored at %(place)s."),
    "retrieve": to_say("Scan each tube you take out of storage at %(place)s."),
    "dispose": to_say("Scan each tube you throw away at %(place)s."),
}


def tile_named(action: str | None) -> Tile:
    """Return the tile of an action; an unknown one looks things up, which changes nothing."""
    return next((tile for tile in TILES + MORE if tile.action == action), TILES[-1])


def scan_step(tile: Tile, place: str | None) -> str:
    """Say what to scan next for an action, at a place or, where none is named, the place itself first."""
    if place and tile.action in _AT_PLACE:
        return say(_AT_PLACE[tile.action], place=place)
    if tile.asks_place:
        return say("Scan the barcode of the place first, then each tube.")
    return say(_ANYWHERE[tile.action])
