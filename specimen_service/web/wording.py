"""What screens say, in one place: what happened, what to do, no blame; each tone with its icon and its word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from specimen_service.kernel.codes import is_product
from specimen_service.kernel.language import say, to_say


@dataclass(frozen=True)
class Answer:
    """What came of a scan or an act, for the band under the scan box."""

    tone: str
    """`go`, `info`, `wait` or `stop`: the colour, never alone."""
    sign: str
    word: str
    sentence: str
    halts: bool = False
    """Whether nothing goes on until a person has acknowledged it."""


@dataclass(frozen=True)
class Sign:
    """A state as a colour and a word."""

    tone: str
    word: str


_WHOLE = re.compile(r"\b\d{2} [A-Z]{3} \d{4}( \d{2}:\d{2})?\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{4} \d{4} \d{4}\b")


def whole(sentence: str) -> Markup:
    """Write a sentence for a page so that no line of it ends within a date or a number."""
    return Markup(_WHOLE.sub(r'<span class="nowrap">\g<0></span>', str(escape(sentence))))  # noqa: S704 - escaped


def place_name(name: str) -> str:
    """Return the name of a station or a printer as people say it: `chair-1` of the configuration is Chair 1; others stay as written."""
    return name.replace("-", " ").capitalize() if re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", name) else name


def printer_name(name: str) -> str:
    """Return what a sentence calls a printer: Printer Chair 2; one named `printer-1` is Printer 1."""
    return _printer(name, to_say("Printer %(name)s"))


def _printer(name: str, words: str) -> str:
    spoken = place_name(name)
    return spoken if re.search(r"\bprinter\b", spoken, re.IGNORECASE) else say(words, name=spoken)


_PARKED = {
    "unknown_number": ("info", "info", to_say("Not known here")),
    "check_digit": ("info", "info", to_say("Misread")),
    "not_a_specimen": ("info", "info", to_say("Not a specimen")),
    "ambiguous": ("wait", "alert", to_say("More than one")),
    "replaced_label": ("stop", "stop", to_say("Old label")),
    "voided_label": ("stop", "stop", to_say("Void label")),
    "wrong_collection": ("stop", "stop", to_say("Stop")),
    "impossible_jump": ("wait", "alert", to_say("Check the tube")),
    "clock_wrong": ("wait", "clock", to_say("Clock wrong")),
    "unknown_location": ("wait", "place", to_say("Place not known")),
    "unknown_operator": ("wait", "person", to_say("Badge not known")),
    "unknown_into": ("wait", "alert", to_say("Shipment not known")),
    "reason_missing": ("wait", "alert", to_say("Say why")),
    "nothing_to_link": ("wait", "alert", to_say("Scan both labels")),
    "not_our_label": ("info", "info", to_say("Not our label")),
    "disposed": ("stop", "stop", to_say("Disposed of")),
    "rejected": ("stop", "stop", to_say("Rejected")),
    "not_expected": ("wait", "alert", to_say("Not expected")),
}
_CONDITIONS = {
    "ready": Sign("go", to_say("ready")),
    "busy": Sign("go", to_say("printing")),
    "paused": Sign("wait", to_say("paused")),
    "out_of_labels": Sign("wait", to_say("out of labels")),
    "out_of_ribbon": Sign("wait", to_say("out of ribbon")),
    "lid_open": Sign("wait", to_say("lid open")),
    "too_hot": Sign("wait", to_say("cooling down")),
    "wrong_roll": Sign("stop", to_say("wrong roll")),
    "wrong_resolution": Sign("stop", to_say("wrong dpi")),
    "not_answering": Sign("stop", to_say("not answering")),
    "unknown": Sign("stop", to_say("a fault it does not name")),
}
_MINUTE = timedelta(minutes=1)
_NAMED = 12
"""So many missing numbers stand in a sentence; all of them are listed below it."""
_NOT_ASKED = Sign("", to_say("not asked yet"))
_TROUBLES = {
    "paused": to_say("%(printer)s is paused. Press its pause button; printing continues by itself."),
    "out_of_labels": to_say(
        "%(printer)s is out of labels. Load a %(stock)s roll, close the lid — printing continues by itself."
    ),
    "out_of_ribbon": to_say(
        "%(printer)s is out of ribbon. Put in a new ribbon, close the lid — printing continues by itself."
    ),
    "lid_open": to_say("Close the printer lid. Printing continues by itself."),
    "too_hot": to_say("The head of %(its)s is hot. Wait a moment; printing continues by itself."),
    "wrong_roll": to_say("Load the %(stock)s roll or press Calibrate: its labels are of another length."),
    "wrong_resolution": to_say(
        "%(printer)s has other dots an inch than config.toml says. Ask whoever looks after it to correct dpi."
    ),
    "not_answering": to_say("Can't reach %(its)s. Labels are waiting (%(waiting)s)."),
}


_NO_LABEL = frozenset({"unknown_number", "not_a_specimen"})


def scan_answer(
    outcome: str, reason: str | None, message: str, *, code: str = "", accepted: str | None = None
) -> Answer:
    """Put the verdict on a scan of a code into the band's terms; `accepted` is the word for a scan that fits, said already."""
    if outcome == "accepted":
        return Answer("go", "check", accepted or say("Accepted"), message)
    if reason in _NO_LABEL and is_product(code):
        sentence = say("I read %(code)s (looks like a product barcode). Scan the specimen label.", code=code)
        return Answer("info", "info", say("Not our label"), sentence)
    if outcome == "parked":
        tone, sign, word = _PARKED.get(reason or "", ("wait", "alert", to_say("Kept for review")))
        return Answer(tone, sign, say(word), message, halts=reason == "wrong_collection")
    return Answer("wait", "alert", say("Not recorded"), message)


def printer_sign(condition: str, *, asked: bool) -> Sign:
    """Put a printer's condition into a colour and a word; one that was never asked has none yet."""
    sign = _CONDITIONS.get(condition, _CONDITIONS["unknown"]) if asked else _NOT_ASKED
    return Sign(sign.tone, say(sign.word))


def printer_trouble(name: str, condition: str, stock: str, waiting: int, detail: str = "") -> str | None:
    """Say what is the matter with a printer and what to do; None: nothing a person must see to.

    `detail` is what the printer's driver says; of a wrong roll it knows the lengths.
    """
    if condition == "wrong_roll" and detail:
        return detail.replace(stock, stock_words(stock))
    trouble = _TROUBLES.get(condition)
    if trouble is None:
        return None
    its = _printer(name, to_say("%(name)s printer"))
    if condition == "not_answering" and not waiting:
        return say("Can't reach %(its)s. Check its power and cable.", its=its)
    return say(trouble, printer=printer_name(name), its=its, stock=stock_words(stock), waiting=waiting)


def cannot_print(name: str, condition: str) -> str:
    """Say of the printer where labels could go instead why they cannot."""
    why = printer_sign(condition, asked=True).word
    return say("%(printer)s cannot print either: %(why)s.", printer=printer_name(name), why=why)


def stock_words(stock: str) -> str:
    """Write a stock's name as people read it: two by one inch."""
    return stock.replace("x", "\N{MULTIPLICATION SIGN}").replace("in", " in").replace("mm", " mm")


def manifest_short(expected: int, scanned: int, missing: Sequence[str]) -> str:
    """Say that less came than the manifest says, and which numbers (message 23 of the table)."""
    named = ", ".join(missing[:_NAMED]) + (" …" if len(missing) > _NAMED else "")
    sentence = say("Manifest says %(expected)s, you scanned %(scanned)s.", expected=expected, scanned=scanned)
    return f"{sentence} {say('Missing: %(numbers)s.', numbers=named)}"


def not_yet_there(what: str, left: tuple[datetime, str], due_at: datetime, to: str, now: datetime) -> str:
    """Say since when something is on its way that should have come (message 24); `left` is when and where it left."""
    at, place = left
    minutes, limit = (now - at) // _MINUTE, (due_at - at) // _MINUTE
    values = {"what": what, "place": place or say("a place nobody scanned"), "minutes": minutes}
    if limit > 0:
        gone = say("%(what)s left %(place)s %(minutes)s min ago (limit %(limit)s).", limit=limit, **values)
    else:
        gone = say("%(what)s left %(place)s %(minutes)s min ago.", **values)
    return f"{gone} {say('Not yet at %(place)s.', place=to or say('its destination'))}"
