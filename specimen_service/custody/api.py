"""`POST /scans` and `GET /specimens/{number}/custody`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from json import JSONEncoder
from typing import Annotated, Any, cast

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from specimen_service.api.kit import Api, ApiModel, Call, Reply, faults_of
from specimen_service.audit.actions import record_look
from specimen_service.custody.actions import record_scans
from specimen_service.custody.desk import Result
from specimen_service.custody.model import Closing, Entry, Event, Outcome, Reason
from specimen_service.custody.queries import CustodyRow, life_of
from specimen_service.custody.scans import Moment, Scan
from specimen_service.devices.model import Profile
from specimen_service.kernel.errors import Fault, InvalidInput
from specimen_service.kernel.language import say
from specimen_service.specimens.actions import policy_of
from specimen_service.specimens.model import Status
from specimen_service.specimens.queries import patient_id_of, specimen_id_of

api = Api("custody")

LARGEST_BATCH = 1000


class ScansIn(ApiModel):
    """1 to 1,000 scans; `sent_at` is the device's clock when sending, from which its skew is known."""

    scans: Annotated[list[Scan], Field(min_length=1, max_length=LARGEST_BATCH)]
    sent_at: AwareDatetime | None = None


class ScannedSpecimen(ApiModel):
    """The specimen a scan concerns, as it stands now."""

    number: str
    status: Status
    location: str | None


class ScanFault(ApiModel):
    """What is wrong with one field of a scan."""

    pointer: str
    message: str


class ScanResult(ApiModel):
    """The verdict on one scan when it arrived; `errors` comes with `invalid` only."""

    scan_id: str | None
    outcome: Outcome
    replayed: bool
    reason: Reason | None
    specimen: ScannedSpecimen | None
    message: str
    errors: list[ScanFault] = Field(default_factory=list)


class ScansOut(ApiModel):
    """One result for each scan, in the order of the request."""

    results: list[ScanResult]


class CustodyEventOut(ApiModel):
    """One event, with both clocks and its place in the hash chain."""

    seq: int
    event: Event
    outcome: Outcome
    reason: str | None
    effective_at: AwareDatetime
    occurred_at: AwareDatetime
    received_at: AwareDatetime
    device: str | None
    device_seq: int | None
    operator: str | None
    location: str | None
    entry: Entry
    matched: bool | None
    code: str
    scan_id: str | None
    said: dict[str, Any]
    previous_hash: str
    hash: str
    waits: Reason | None
    closed: Closing | None
    counts: bool
    carrier: str


class CustodyOut(ApiModel):
    """All events of a specimen in the order of their recording.

    `elsewhere` are those that concern it and stand in the chains of senders: scans of a bag it was in, or of a number that
    was registered only later.
    """

    number: str
    events: list[CustodyEventOut]
    elsewhere: list[CustodyEventOut]


@api.endpoint(
    "POST /scans",
    who=frozenset({Profile.HANDHELD, Profile.STATION, Profile.LAB}),
    summary="Record scans: each becomes an event, accepted or parked",
    body=ScansIn,
    lenient=True,
    replies={200: ScansOut},
)
def post_scans(call: Call, body: object) -> Reply:
    """Record each scan on its own; raises `InvalidInput` only where not one of them is a scan."""
    scans, sent_at = _envelope(body)
    results = record_scans(call.session, call.now, call.actor, scans, sent_at, policy_of(call.settings))
    if all(_is_malformed(result) for result in results):
        raise InvalidInput([_placed(i, fault) for i, result in enumerate(results) for fault in result["errors"]])
    return Reply(_ENCODE({"results": results}).encode())


@api.endpoint(
    "GET /specimens/<number>/custody",
    who=frozenset({Profile.LAB, Profile.INTEGRATOR}),
    summary="What happened to a specimen, in the order of recording",
    replies={200: CustodyOut},
    errors=(404, 409),
)
def get_custody(call: Call, number: str) -> Reply:
    """List the events by any number of the specimen; a scanned wristband or a note tells of the patient, so the look is kept."""
    specimen_id = specimen_id_of(call.session, number)
    record_look(call.session, call.now, call.actor, f"custody {number}", [patient_id_of(call.session, specimen_id)])
    life = life_of(call.session, specimen_id)
    return Reply(CustodyOut(number=number, events=_told(life.chain), elsewhere=_told(life.elsewhere)))


def _told(rows: Sequence[CustodyRow]) -> list[CustodyEventOut]:
    shown = CustodyEventOut.model_fields
    return [CustodyEventOut(**{name: value for name, value in asdict(row).items() if name in shown}) for row in rows]


def _envelope(body: object) -> tuple[list[object], datetime | None]:
    if not isinstance(body, dict):
        raise InvalidInput([Fault("", say("The body is a JSON object with the field scans."))])
    faults = [
        Fault(f"/{name}", say("There is no such field. Remove it."))
        for name in body
        if name not in ScansIn.model_fields
    ]
    scans = body.get("scans")
    if not isinstance(scans, list) or not 1 <= len(scans) <= LARGEST_BATCH:
        faults.append(Fault("/scans", say("A list of 1 to %(count)s scans is required.", count=LARGEST_BATCH)))
    sent_at, more = _sent_at(body.get("sent_at"))
    if faults or more:
        raise InvalidInput(faults + more)
    return cast("list[object]", scans), sent_at


def _sent_at(value: object) -> tuple[datetime | None, list[Fault]]:
    try:
        return (_MOMENT.validate_python(value) if value is not None else None), []
    except ValidationError as error:
        return None, [Fault("/sent_at", fault.message) for fault in faults_of(error)]


def _is_malformed(result: Result) -> bool:
    return bool(result["outcome"] == Outcome.INVALID)


def _placed(index: int, fault: dict[str, str]) -> Fault:
    return Fault(f"/scans/{index}{fault['pointer']}", fault["message"])


_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
_ENCODE = JSONEncoder(separators=(",", ":")).encode
