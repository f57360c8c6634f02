"""Reading form fields: text without controls, dates nobody can misread, times in the site's zone."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from specimen_service.kernel.clock import MONTHS
from specimen_service.kernel.language import say

_WORDED = re.compile(r"(\d{1,2})[\s.\-/]*([A-Za-z]{3})[a-z]*[\s.,\-/]*(\d{4})")
LARGEST_ML = 10_000
_BETWEEN = re.compile(r"(?<=\d)T(?=\d)")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


@dataclass
class Form:
    """What somebody filled in, and what is wrong with it: enough to show the form again as it was."""

    values: Mapping[str, str]
    faults: dict[str, str] = field(default_factory=dict)
    ticked: frozenset[str] = frozenset()

    def line(self, name: str, longest: int) -> str:
        """Return a field as one clean line; a longer one becomes a fault."""
        text = clean_line(self.values.get(name, ""))
        if len(text) > longest:
            self.faults[name] = say("Write this in at most %(count)s characters.", count=longest)
        return text[:longest]

    def birth_date(self, name: str) -> date | None:
        """Return a field as a date; one that could be read two ways becomes a fault."""
        text = self.line(name, 40)
        try:
            return read_date(text) if text else None
        except ValueError:
            self.faults[name] = say("Write the birth date as 14 MAR 1984 or 1984-03-14.")
            return None

    def moment(self, name: str, zone: ZoneInfo, now: datetime) -> datetime | None:
        """Return a date and time field of the site's clock as an aware moment; None: empty."""
        text = self.line(name, 40)
        try:
            return local_moment(text, zone, now) if text else None
        except ValueError:
            self.faults[name] = say("Write the time as 09:15 for today, or with its day as 21 NOV 2026 09:15.")
            return None

    def number(self, name: str) -> float | None:
        """Return a field as a positive number; None: empty."""
        text = self.line(name, 20).replace(",", ".")
        try:
            value = float(text) if text else None
        except ValueError:
            value = -1
        if value is not None and not 0 < value <= LARGEST_ML:
            self.faults[name] = say("Write a volume in millilitres, for example 2.5.")
            return None
        return value


def clean_line(text: str) -> str:
    """Compose a text and put a blank for each run of blanks and control characters."""
    plain = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(unicodedata.normalize("NFC", plain).split())


def read_date(text: str) -> date:
    """Read `14 MAR 1984` or `1984-03-14`; raises `ValueError` for anything else, `03/04/1984` among it."""
    if found := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
        return date(year, month, day)
    if found := _WORDED.fullmatch(text):
        return date(int(found[3]), MONTHS.index(found[2].upper()) + 1, int(found[1]))
    raise ValueError(text)


def local_moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Read `09:15` (today), `21 NOV 2026 09:15` or `2026-11-21 09:15` of the site's clock; raises `ValueError`.

    In the hour that autumn repeats it is the later one that is not in the future.
    """
    day_text, _, clock = _BETWEEN.sub(" ", text).rpartition(" ")
    day = read_date(day_text.strip()) if day_text.strip() else now.astimezone(zone).date()
    local = datetime.combine(day, time.fromisoformat(clock.rjust(5, "0")), zone)
    later = local.replace(fold=1)
    return (later if later <= now else local).astimezone(UTC)


def own_path(wanted: str) -> str:
    """Return a path of ours to go on to, or `/`: a link must not lead anybody away after a form."""
    parts = urlsplit(wanted)
    own = not parts.scheme and not parts.netloc and wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if own else "/"
