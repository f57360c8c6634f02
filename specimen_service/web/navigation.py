"""Where a person can go from every page, by role, and what of it the one row of a screen shows at once (pure)."""

from dataclasses import dataclass

from specimen_service.kernel.language import say, to_say

FRONT = 3
"""So many places stand in the one row of a narrow screen; the others are behind `More`, unless they are one more."""
_COLLECTING = ("collector", "supervisor", "admin")
_LABORATORY = ("lab", "supervisor", "admin")
_PLACES = (
    ("/", "tube", to_say("Collect"), _COLLECTING, ("/collect",)),
    ("/scan", "scan", to_say("Scan"), None, ()),
    ("/shipments", "pick-up", to_say("Shipments"), None, ("/shipments",)),
    ("/lab/receive", "receive", to_say("Receive"), _LABORATORY, ("/lab/receive", "/lab/specimens")),
    ("/lab/pending", "list", to_say("Pending"), _LABORATORY, ("/lab/pending",)),
    ("/dashboard", "see", to_say("Dashboard"), _LABORATORY, ("/dashboard",)),
    ("/lab/review", "alert", to_say("Review"), _LABORATORY, ("/lab/review",)),
    ("/printers", "printer", to_say("Printers"), None, ("/printers",)),
)
_FIRST = {"lab": ("/lab/receive", "/lab/pending", "/lab/review")}
"""What a role does most of the time; the others begin at the top."""
_FIRST |= dict.fromkeys(("supervisor", "admin"), ("/", "/lab/receive", "/lab/pending"))
_ASIDE = ("/scan", "/shipments", "/printers")
"""What those who have more than one row holds open least: it is behind `More` on wide screens too."""


@dataclass(frozen=True)
class Place:
    """One place of the navigation."""

    url: str
    sign: str
    word: str
    here: bool
    """Whether it is the one that is open."""
    front: bool
    """Whether a narrow screen shows it without opening `More`."""
    aside: bool
    """Whether it is behind `More` on a wide screen, too."""


def places_of(role: str, path: str) -> list[Place]:
    """Return where a role can go, in the order of a specimen's life; what is open at `path` is always in front."""
    known = [one for one in _PLACES if one[3] is None or role in one[3]]
    urls = [url for url, *_rest in known]
    open_ = next((url for url, _, _, _, below in known if path == url or path.startswith(below or "\n")), None)
    front = list(_FIRST.get(role, urls[:FRONT])) if len(known) > FRONT + 1 else urls
    if open_ and open_ not in front:
        front[-1] = open_
    aside = [url for url in _ASIDE if url not in front]
    return [Place(url, sign, say(word), url == open_, url in front, url in aside) for url, sign, word, _, _ in known]
