"""What can be done on the handheld page, and which step comes next (pure)."""

from dataclasses import dataclass

FIND = "find"
"""The one tile that records nothing."""


@dataclass(frozen=True)
class Tile:
    """One action of the handheld page: its icon, its words, and whether it happens at a place."""

    action: str
    sign: str
    word: str
    verb: str
    at_place: bool = False


TILES = (
    Tile("pick_up", "pick-up", "Pick up", "picked up"),
    Tile("drop_off", "drop-off", "Drop off", "dropped off", at_place=True),
    Tile("receive", "receive", "Receive", "received", at_place=True),
    Tile("store", "store", "Store", "stored", at_place=True),
    Tile("dispose", "dispose", "Dispose", "disposed of"),
    Tile(FIND, "search", "Find", "looked up"),
)
"""The six big ones."""
MORE = (
    Tile("verify", "verify", "Verify", "verified"),
    Tile("see", "see", "See", "seen"),
    Tile("retrieve", "retrieve", "Retrieve", "retrieved"),
)
"""What is wanted less often."""


def tile_named(action: str | None) -> Tile:
    """Return the tile of an action; an unknown one looks things up, which changes nothing."""
    return next((tile for tile in TILES + MORE if tile.action == action), TILES[-1])


def scan_step(tile: Tile, place: str | None) -> str:
    """Say what to scan next for an action, at a place or without one."""
    if tile.at_place and place is None:
        return "Scan the barcode of the place first, then each tube."
    where = f" at {place}" if place else ""
    return {
        "pick_up": f"Scan each tube or bag you take{where}.",
        "drop_off": f"Scan each tube or bag you leave{where}.",
        "receive": f"Scan each tube received{where}.",
        "store": f"Scan each tube stored{where}.",
        "retrieve": f"Scan each tube you take out of storage{where}.",
        "dispose": f"Scan each tube you throw away{where}.",
        "verify": "Scan the label on the tube.",
        "see": "Scan a tube to note that you saw it; nothing else changes.",
        FIND: "Scan or type a number to find where it is.",
    }[tile.action]
