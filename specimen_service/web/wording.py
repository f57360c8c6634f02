"""What screens say, in one place: what happened, what to do, no blame; each tone with its icon and its word."""

from dataclasses import dataclass


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


_PARKED = {
    "unknown_number": ("info", "info", "Not known"),
    "check_digit": ("info", "info", "Misread"),
    "not_a_specimen": ("info", "info", "Not a specimen"),
    "ambiguous": ("wait", "alert", "More than one"),
    "replaced_label": ("stop", "stop", "Old label"),
    "voided_label": ("stop", "stop", "Void label"),
    "wrong_collection": ("stop", "stop", "Stop"),
    "impossible_jump": ("wait", "alert", "Check the tube"),
    "clock_wrong": ("wait", "clock", "Clock wrong"),
    "unknown_location": ("wait", "place", "Place not known"),
    "unknown_operator": ("wait", "person", "Badge not known"),
    "unknown_into": ("wait", "alert", "Shipment not known"),
    "reason_missing": ("wait", "alert", "Say why"),
    "nothing_to_link": ("wait", "alert", "Scan both labels"),
    "not_our_label": ("info", "info", "Not our label"),
    "disposed": ("stop", "stop", "Disposed of"),
    "rejected": ("stop", "stop", "Rejected"),
    "not_expected": ("wait", "alert", "Not expected"),
}
_CONDITIONS = {
    "ready": Sign("go", "ready"),
    "busy": Sign("go", "printing"),
    "paused": Sign("wait", "paused"),
    "out_of_labels": Sign("wait", "out of labels"),
    "out_of_ribbon": Sign("wait", "out of ribbon"),
    "lid_open": Sign("wait", "lid open"),
    "too_hot": Sign("wait", "cooling down"),
    "wrong_roll": Sign("stop", "wrong roll"),
    "wrong_resolution": Sign("stop", "wrong dpi"),
    "not_answering": Sign("stop", "not answering"),
    "unknown": Sign("stop", "a fault it does not name"),
}
_NOT_ASKED = Sign("", "not asked yet")
_TROUBLES = {
    "paused": "Printer {name} is paused. Press its pause button; printing continues by itself.",
    "out_of_labels": "Printer {name} is out of labels. Load a {stock} roll, close the lid — printing continues by itself.",
    "out_of_ribbon": "Printer {name} is out of ribbon. Put in a new ribbon, close the lid — printing continues by itself.",
    "lid_open": "Close the printer lid. Printing continues by itself.",
    "too_hot": "The head of printer {name} is hot. Wait a moment; printing continues by itself.",
    "wrong_roll": "Wrong roll in printer {name}: it wants {stock}. Change the roll, or calibrate the printer — printing continues by itself.",
    "wrong_resolution": "Printer {name} has other dots an inch than config.toml says. Ask whoever looks after it to correct dpi.",
    "not_answering": "Can't reach {name} printer. Labels are waiting ({waiting}).",
}


def scan_answer(outcome: str, reason: str | None, message: str, *, accepted: str = "Accepted") -> Answer:
    """Put the verdict on a scan into the band's terms; `accepted` is the word for a scan that fits."""
    if outcome == "accepted":
        return Answer("go", "check", accepted, message)
    if outcome == "parked":
        tone, sign, word = _PARKED.get(reason or "", ("wait", "alert", "Kept for review"))
        return Answer(tone, sign, word, message, halts=reason == "wrong_collection")
    return Answer("wait", "alert", "Not recorded", message)


def printer_sign(condition: str, *, asked: bool) -> Sign:
    """Put a printer's condition into a colour and a word; one that was never asked has none yet."""
    return _CONDITIONS.get(condition, _CONDITIONS["unknown"]) if asked else _NOT_ASKED


def printer_trouble(name: str, condition: str, stock: str, waiting: int) -> str | None:
    """Say what is the matter with a printer and what to do; None: nothing a person must see to."""
    trouble = _TROUBLES.get(condition)
    return trouble.format(name=name, stock=stock_words(stock), waiting=waiting) if trouble else None


def stock_words(stock: str) -> str:
    """Write a stock's name as people read it: two by one inch."""
    return stock.replace("x", "\N{MULTIPLICATION SIGN}").replace("in", " in").replace("mm", " mm")
