"""What a ZPL printer says about itself, read from whatever bytes came back.

Layouts are those of Zebra's ZPL programming guide for `~HS`, `~HI` and `~HQES`, and of SGD `getvar`. Every reader takes the bytes
received so far and answers None until a whole reply is in them, so that split replies, garbage between them and
messages nobody asked for do no harm.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ASK_STATUS = b"~HS"
ASK_IDENTITY = b"~HI"
ASK_ERRORS = b"~HQES"
ASK_LABEL_COUNT = b'! U1 getvar "odometer.total_label_count"\r\n'
CANCEL_ALL = b"~JA"
CALIBRATE = b"~JC"

_STATUS_1 = re.compile(
    rb"\x02\s*\d+,(?P<paper_out>[01]),(?P<paused>[01]),(?P<label_length>\d+),(?P<formats_waiting>\d+),"
    rb"(?P<buffer_full>[01]),(?P<diagnostic>[01]),(?P<partial_format>[01]),\d+,(?P<corrupt_memory>[01]),"
    rb"(?P<too_cold>[01]),(?P<too_hot>[01])\s*\x03"
)
# The field before the open head is unused; a reader that forgets it takes an open head for a missing ribbon.
_STATUS_2 = re.compile(
    rb"\x02\s*\d+,\d,(?P<head_open>[01]),(?P<ribbon_out>[01]),(?P<thermal_transfer>[01]),\w,\w,"
    rb"(?P<label_waiting>[01]),(?P<labels_remaining>\d+),\d,\d+\s*\x03"
)
_NUMBERS = frozenset({"label_length", "formats_waiting", "labels_remaining"})
_IDENTITY = re.compile(rb"\x02\s*([^,\x02\x03]+),([^,\x02\x03]+),(6|8|12|24),(\d+)(?:KB)?[^\x02\x03]*\x03")
# White space differs by model. Behind the last flag something must follow: only then is it whole.
_ERRORS = re.compile(rb"ERRORS:\s*([01])\s+([0-9A-Fa-f]{8})\s+([0-9A-Fa-f]{8})[^0-9A-Fa-f]")
_LABEL_COUNT = re.compile(rb'"(\d+|\?)"')


class Condition(StrEnum):
    """How a printer is, in words a person understands."""

    READY = "ready"
    PAUSED = "paused"
    OUT_OF_LABELS = "out_of_labels"
    OUT_OF_RIBBON = "out_of_ribbon"
    LID_OPEN = "lid_open"
    TOO_HOT = "too_hot"
    WRONG_ROLL = "wrong_roll"
    WRONG_RESOLUTION = "wrong_resolution"
    BUSY = "busy"
    NOT_ANSWERING = "not_answering"
    UNKNOWN = "unknown"

    @property
    def sentence(self) -> str:
        """One plain sentence: what is the matter and what to do."""
        return _SENTENCES[self]

    @property
    def blocks(self) -> bool:
        """Whether the printer told us of something a person must put right before it prints on."""
        return self in _BLOCKING

    @property
    def tears(self) -> bool:
        """Whether it stops a label under the print head, so that half of one may come out."""
        return self in _TEARING


_SENTENCES = {
    Condition.READY: "The printer is ready.",
    Condition.PAUSED: "The printer is paused: press its pause button to go on.",
    Condition.OUT_OF_LABELS: "The printer is out of labels: put in a new roll.",
    Condition.OUT_OF_RIBBON: "The printer is out of ribbon: put in a new one.",
    Condition.LID_OPEN: "The printer's lid is open: close it.",
    Condition.TOO_HOT: "The printer is too hot: it goes on by itself when it has cooled down.",
    Condition.WRONG_ROLL: "Wrong roll: its labels are not of the length declared for this printer.",
    Condition.WRONG_RESOLUTION: "Wrong resolution: the printer does not print the dots an inch declared for it.",
    Condition.BUSY: "The printer is busy with a label.",
    Condition.NOT_ANSWERING: "The printer does not answer: check that it is on, connected, closed and has labels.",
    Condition.UNKNOWN: "The printer reports a fault we cannot name: switch it off and on.",
}
WELL = frozenset({Condition.READY, Condition.BUSY})
"""The conditions in which a printer prints."""
_TEARING = frozenset({Condition.OUT_OF_LABELS, Condition.OUT_OF_RIBBON, Condition.LID_OPEN})
_BLOCKING = _TEARING | {Condition.PAUSED, Condition.TOO_HOT}
_ERROR_BITS = (
    (0x00004, Condition.LID_OPEN),
    (0x00001, Condition.OUT_OF_LABELS),
    (0x00002, Condition.OUT_OF_RIBBON),
    (0x00030, Condition.TOO_HOT),
    (0x10000, Condition.PAUSED),
)


@dataclass(frozen=True)
class HostStatus:
    """The reply to `~HS`: flags, the label length in dots, and how many formats and labels are still to come."""

    paper_out: bool
    paused: bool
    label_length: int
    formats_waiting: int
    buffer_full: bool
    diagnostic: bool
    partial_format: bool
    corrupt_memory: bool
    too_cold: bool
    too_hot: bool
    head_open: bool
    ribbon_out: bool
    thermal_transfer: bool
    label_waiting: bool
    labels_remaining: int

    @property
    def working(self) -> bool:
        """Whether whole labels are still to come out."""
        return bool(self.formats_waiting or self.labels_remaining)

    @property
    def idle(self) -> bool:
        """Whether nothing is left in the printer, not even the beginning of a label."""
        return not (self.working or self.partial_format)

    @property
    def condition(self) -> Condition:
        """The one thing a person should know first; a lid or a roll goes before the pause it brings about."""
        found = (
            (self.head_open, Condition.LID_OPEN),
            (self.paper_out, Condition.OUT_OF_LABELS),
            (self.ribbon_out, Condition.OUT_OF_RIBBON),
            (self.too_hot, Condition.TOO_HOT),
            (self.paused, Condition.PAUSED),
            (self.corrupt_memory or self.diagnostic, Condition.UNKNOWN),
            (self.buffer_full or self.label_waiting or not self.idle, Condition.BUSY),
        )
        return next((condition for applies, condition in found if applies), Condition.READY)


@dataclass(frozen=True)
class Identity:
    """The reply to `~HI`: model, firmware, print resolution in dots a millimetre, memory in bytes or KB as sent."""

    model: str
    firmware: str
    dots_per_mm: int
    memory: int


@dataclass(frozen=True)
class Errors:
    """The error flags of the reply to `~HQES`, as one number; some firmware answers it where it is silent to `~HS`."""

    flags: int

    @property
    def condition(self) -> Condition:
        """The one thing a person should know first; a flag that the guide does not know is a fault all the same."""
        found = (condition for bits, condition in _ERROR_BITS if self.flags & bits)
        return next(found, Condition.UNKNOWN if self.flags else Condition.READY)


def host_status(received: bytes) -> tuple[HostStatus, bytes] | None:
    """Find the newest reply to `~HS`: what it says and the bytes after it, None when none is whole.

    The third string (password, static RAM) says nothing we want; not waiting for it forgives printers that omit it.
    """
    end = len(received)
    for first in reversed(list(_STATUS_1.finditer(received))):
        if second := _STATUS_2.search(received, first.end(), end):
            fields = {**first.groupdict(), **second.groupdict()}
            values: dict[str, Any] = {
                name: int(text) if name in _NUMBERS else text == b"1" for name, text in fields.items()
            }
            return HostStatus(**values), received[second.end() :]
        end = first.start()
    return None


def identity(received: bytes) -> tuple[Identity, bytes] | None:
    """Find the first reply to `~HI`: what it says and the bytes after it, None when none is whole."""
    found = _IDENTITY.search(received)
    if found is None:
        return None
    model, firmware, dots, memory = (field.decode("ascii", "replace").strip() for field in found.groups())
    return Identity(model, firmware, int(dots), int(memory)), received[found.end() :]


def label_count(received: bytes) -> tuple[int | None, bytes] | None:
    """Find the first answer to the odometer question: labels ever printed and the bytes after it.

    None when no answer is whole; the number is None where the printer answers that it does not know (`"?"`).
    """
    found = _LABEL_COUNT.search(received)
    if found is None:
        return None
    return None if found[1] == b"?" else int(found[1]), received[found.end() :]


def errors(received: bytes) -> tuple[Errors, bytes] | None:
    """Find the newest reply to `~HQES`: what it says and the bytes after it, None when none is whole."""
    found = list(_ERRORS.finditer(received))
    if not found:
        return None
    any_, high, low = found[-1].groups()
    # The first figure says whether there is any error: set alone, it means one that has no flag.
    return Errors(int(high + low, 16) or int(any_) << 63), received[found[-1].end() :]
