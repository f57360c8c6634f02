"""The scanner doctor's page: scan anything, and see exactly what arrived and what to set. Nothing is stored."""

import json

from flask import request

from specimen_service.labels.scanner import Arrival, Diagnosis, Key, diagnosis
from specimen_service.labels.symbols import svg_symbol
from specimen_service.web.commands import COMMANDS, Command
from specimen_service.web.kit import EVERYBODY, Pages, Visit
from specimen_service.web.live import is_fragment

pages = Pages()

LONGEST = 400
"""Characters of a scan, and keys of it, that are looked at."""
_TEST = next(one for one in COMMANDS if one.command is Command.TEST)


@pages.page("/admin/scanner", who=EVERYBODY, methods=("GET", "POST"), write=False)
def scanner_page(visit: Visit) -> str:
    """Show a code to try the scanner on; on POST, what arrived."""
    arrival = _arrival() if request.method == "POST" else None
    found: Diagnosis | None = diagnosis(arrival) if arrival else None
    values = {"arrival": arrival, "found": found, "test": _TEST, "symbol": svg_symbol(_TEST.number)}
    return visit.render(f"labels/{'_scanner_answer' if is_fragment() else 'scanner'}.html", **values)


def _arrival() -> Arrival:
    form = request.form
    return Arrival(
        form.get("code", "")[:LONGEST],
        form.get("suffix"),
        _keys(form.get("keys", "")),
        form.get("layout", "")[:LONGEST],
    )


def _keys(text: str) -> tuple[Key, ...]:
    """Read the keys that the page's script noted: lists of key, place, milliseconds and Caps Lock; none from anything else."""
    try:
        noted = json.loads(text or "[]")
        return tuple(
            Key(str(key)[:20], str(code)[:20], min(max(int(ms), 0), 60_000), bool(caps))
            for key, code, ms, caps in noted[:LONGEST]
        )
    except (ValueError, TypeError, KeyError, OverflowError):
        return ()
