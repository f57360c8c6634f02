"""What can be done on the handheld page, and which step comes next (pure)."""

from dataclasses import dataclass

from specimen_service.kernel.language import say, to_say

FIND = "find"
"""The one tile that records nothing."""


@dataclass(frozen=True)
class Tile:
    """One action of the handheld page: its icon, its word (to be said), and whether it happens at a place."""

    action: str
    sign: str
    word: str
    at_place: bool = False


TILES = (
    Tile("pick_up", "pick-up", to_say("Pick up")),
    Tile("drop_off", "drop-off", to_say("Drop off"), at_place=True),
    Tile("receive", "receive", to_say("Receive"), at_place=True),
    Tile("store", "store", to_say("Store"), at_place=True),
    Tile("dispose", "dispose", to_say("Dispose")),
    Tile(FIND, "search", to_say("Find")),
)
"""The six big ones."""
MORE = (
    Tile("verify", "verify", to_say("Verify")),
    Tile("see", "see", to_say("See")),
    Tile("retrieve", "retrieve", to_say("Retrieve")),
)
"""What is wanted less often."""

_VERIFY = to_say("Scan the label on the tube.")
_SEE = to_say("Scan a tube to note that you saw it; nothing else changes.")
_FIND = to_say("Scan or type a number to find where it is.")
_STEPS = {
    "pick_up": (to_say("Scan each tube or bag you take."), to_say("Scan each tube or bag you take at %(place)s.")),
    "drop_off": (to_say("Scan each tube or bag you leave."), to_say("Scan each tube or bag you leave at %(place)s.")),
    "receive": (to_say("Scan each tube received."), to_say("Scan each tube received at %(place)s.")),
    "store": (to_say("Scan each tube stored."), to_say("Scan each tube stored at %(place)s.")),
    "retrieve": (
        to_say("Scan each tube you take out of storage."),
        to_say("Scan each tube you take out of storage at %(place)s."),
    ),
    "dispose": (to_say("Scan each tube you throw away."), to_say("Scan each tube you throw away at %(place)s.")),
    "verify": (_VERIFY, _VERIFY),
    "see": (_SEE, _SEE),
    FIND: (_FIND, _FIND),
}


def tile_named(action: str | None) -> Tile:
    """Return the tile of an action; an unknown one looks things up, which changes nothing."""
    return next((tile for tile in TILES + MORE if tile.action == action), TILES[-1])


def scan_step(tile: Tile, place: str | None) -> str:
    """Say what to scan next for an action, at a place or without one."""
    if tile.at_place and place is None:
        return say("Scan the barcode of the place first, then each tube.")
    anywhere, at_place = _STEPS[tile.action]
    return say(at_place, place=place) if place else say(anywhere)
