"""One scan as a device sends it: its fields, and what is wrong with one that is no scan at all."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from specimen_service.custody.model import Entry, Event
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import Fault
from specimen_service.kernel.language import say, to_say


class Action(StrEnum):
    """What somebody does to a specimen by scanning it."""

    VERIFY = "verify"
    PICK_UP = "pick_up"
    DROP_OFF = "drop_off"
    RECEIVE = "receive"
    ACCEPT = "accept"
    REJECT = "reject"
    STORE = "store"
    RETRIEVE = "retrieve"
    DISPOSE = "dispose"
    SEE = "see"
    SEND_OUT = "send_out"
    LOST = "lost"
    FOUND = "found"
    VOID = "void"
    LINK = "link"


EVENTS: Mapping[Action, Event] = {
    Action.VERIFY: Event.VERIFIED,
    Action.PICK_UP: Event.DEPARTED,
    Action.DROP_OFF: Event.ARRIVED,
    Action.RECEIVE: Event.RECEIVED,
    Action.ACCEPT: Event.ACCEPTED,
    Action.REJECT: Event.REJECTED,
    Action.STORE: Event.ARCHIVED,
    Action.RETRIEVE: Event.RETRIEVED,
    Action.DISPOSE: Event.DISPOSED,
    Action.SEE: Event.SEEN,
    Action.SEND_OUT: Event.SENT_OUT,
    Action.LOST: Event.LOST,
    Action.FOUND: Event.FOUND,
    Action.VOID: Event.VOIDED,
    Action.LINK: Event.RE_IDENTIFIED,
}
"""What each action records."""

PRIVATE = ("note", "patient_code")
"""What is kept apart from the rest of a scan, so that it can be erased: free text, and what names a patient."""

SCAN_ID = r"^[!-~]{1,64}$"
"""Visible ASCII: a UUID, or whatever else a device makes unique."""

_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _is_iso_text(value: object) -> object:
    # A bare number would be read as seconds since 1970; who sends one means something else.
    if not isinstance(value, str) or value[4:5] != "-":
        raise ValueError("this is not a time; write one like 2026-11-21T09:15:00-05:00")
    return value


def _is_in_range(value: datetime) -> datetime:
    # A dead battery sets a device back to 1970, which `sent_at` puts right; beyond these years arithmetic fails.
    if not _EARLIEST <= value < _LATEST:
        raise ValueError("this is before 1970 or after 2199; set the device's clock")
    return value


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("there is a NUL character in it, which cannot be stored; check the scanner's settings")
    return value


def _says_something(value: str) -> str:
    if not clean(value):
        raise ValueError("nothing was read; scan again")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_is_iso_text), AfterValidator(_is_in_range), Field(strict=False)]
Short = Annotated[str, Field(max_length=200), AfterValidator(_without_nul)]


class Scan(BaseModel):
    """One scan. Only the first four fields are required; `code` is the raw text as the scanner sent it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    scan_id: Annotated[str, Field(pattern=SCAN_ID)]
    code: Annotated[str, Field(max_length=1000), AfterValidator(_without_nul), AfterValidator(_says_something)]
    action: Annotated[Action, Field(strict=False)]
    scanned_at: Moment
    location: Short | None = None
    operator: Short | None = None
    device_seq: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    temperature_c: Annotated[float, Field(ge=-300, le=1000, allow_inf_nan=False)] | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None
    collection: Short | None = None
    patient_code: Short | None = None
    into: Short | None = None
    out_of: Short | None = None
    counterparty: Short | None = None
    condition: Short | None = None
    reason: Short | None = None
    entry: Annotated[Entry, Field(strict=False)] | None = None
    links_to: Short | None = None


@dataclass(frozen=True, slots=True)
class Malformed:
    """What came in the place of a scan: kept raw, with everything wrong named."""

    scan_id: str | None
    faults: tuple[Fault, ...]
    content: str


@dataclass(frozen=True, slots=True)
class Read:
    """A well-formed scan: what each of its codes says once cleaned (empty: not given), and its one canonical text."""

    scan: Scan
    code: str
    location: str
    operator: str
    collection: str
    into: str
    out_of: str
    """The shipment it was taken out of, as whoever unpacks it says; it decides nothing on the specimen."""
    links_to: str
    reason: str
    content: str
    """What repetitions are compared with, besides what it holds apart."""
    private: str | None
    """Canonical JSON of what somebody wrote and of what names a patient; None: nothing."""
    raw: str
    """Canonical JSON of all of it."""


def read_scan(raw: object) -> Read | Malformed:
    """Read one scan on its own, whatever its neighbours are."""
    content = _canonical(raw)
    said: dict[str, object] = raw if isinstance(raw, dict) else {}
    try:
        scan = Scan.model_validate(raw)
    except ValidationError as error:
        scan_id = raw.get("scan_id") if isinstance(raw, dict) else None
        faults = tuple(_fault(found) for found in error.errors())
        return Malformed(scan_id if isinstance(scan_id, str) else None, faults, content)
    return Read(
        scan=scan,
        code=clean(scan.code),
        location=_clean(scan.location),
        operator=_clean(scan.operator),
        collection=_clean(scan.collection),
        into=_clean(scan.into),
        out_of=_clean(scan.out_of),
        links_to=_clean(scan.links_to),
        reason=_clean(scan.reason).upper(),
        content=_canonical(_without_private(said)) if _HELD_APART & said.keys() else content,
        private=_private({name: said[name] for name in PRIVATE if said.get(name)}),
        raw=content,
    )


def written_note(text: str) -> str:
    """Write a note of the service's own as events hold it apart."""
    return _canonical({"note": text})


def kept_id(scan_id: str | None) -> str | None:
    """Return the id of a malformed scan, if it has the form of one."""
    return scan_id if scan_id is not None and re.match(SCAN_ID, scan_id) else None


def _without_private(said: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in said.items() if name not in PRIVATE}


def _private(said: dict[str, object]) -> str | None:
    return _canonical(said) if said else None


def _clean(text: str | None) -> str:
    return clean(text) if text else ""


def _canonical(raw: object) -> str:
    # Null says the same as nothing, so both make the same scan. Escaped throughout: half a character can be kept, too.
    said = {name: value for name, value in raw.items() if value is not None} if isinstance(raw, dict) else raw
    try:
        return _ENCODE(said)
    except RecursionError:
        return '"(nested too deeply to be kept)"'


def _fault(found: Mapping[str, Any]) -> Fault:
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in found["loc"])
    known = _SENTENCES.get(found["type"])
    return Fault(pointer, say(known) if known else _sentence(found))


def _sentence(found: Mapping[str, Any]) -> str:
    text = str(found["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


_HELD_APART = frozenset(PRIVATE)
_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_SENTENCES = {
    "missing": to_say("This field is required."),
    "extra_forbidden": to_say("There is no such field. Remove it or check its spelling."),
    "timezone_aware": to_say("The time needs its offset, as in 2026-11-21T09:15:00-05:00."),
    "model_type": to_say("A scan is a JSON object."),
    "string_unicode": to_say("There is half a character in it. Set the device to send UTF-8."),
    "string_pattern_mismatch": to_say("1 to 64 visible ASCII characters are needed, as of a UUID."),
}
