"""Judging the scans of one request against what was looked up for them: pure, with the database before and after it.

The desk keeps a working copy of every specimen it touches, so that the second scan of a tube in a batch is judged after
the first.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from specimen_service.audit.model import Actor, ActorKind
from specimen_service.custody import messages
from specimen_service.custody.chain import set_apart
from specimen_service.custody.codes import why_unknown
from specimen_service.custody.facts import Accepted, Decision, Fact, Reason
from specimen_service.custody.model import Entry, Event, Outcome
from specimen_service.custody.queries import Operator
from specimen_service.custody.scans import EVENTS, Read, Scan
from specimen_service.custody.works import Chain, Row, Work, event_row, name_of, work_on
from specimen_service.specimens.model import LabelState
from specimen_service.specimens.queries import Place, Tube

Result = dict[str, Any]
"""What one scan is answered with, as it goes to the wire."""

NOT_SUPPORTED = "not_supported"
"""The reason of an `invalid` that is a scan, of an action this version does not carry out."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was looked up for the scans of one request."""

    tubes: Mapping[str, Sequence[Tube]]
    """By code."""
    places: Mapping[str, Place]
    """By number."""
    operators: Mapping[str, Operator]
    """By badge."""
    histories: Mapping[int, list[Fact]]
    """By specimen, of those that must be folded anew."""
    sender_chain: Chain | None
    """For scans that belong to no specimen; None where there are none."""


@dataclass(slots=True)
class Desk:
    """Judges scans one after the other: `rows` are the events to record, `works` the specimens moved."""

    actor: Actor
    now: datetime
    skew: timedelta
    """Receipt minus the device's clock when sending."""
    zone: tzinfo
    around: Surroundings
    salt: Callable[[], str]
    """Makes a random salt for what an event holds apart."""
    works: dict[int, Work] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    first_reads: list[str] = field(default_factory=list)
    """Label numbers accepted from tubes that were not verified before: proof that those labels came out."""

    def take(self, read: Read) -> Result:
        """Judge one scan, add its event, and return its result."""
        tube = tube_named(read.code, self.around.tubes)
        fact = self._fact(read, tube)
        if tube is None:
            return self._record(read, fact, self._sender_chain(), self._unknown(read), matched=None)
        work = self._work(tube)
        was_verified = work.state.verified
        decision = work.decide(fact)
        if isinstance(decision, Accepted) and not was_verified and tube.label_state is not None:
            self.first_reads.append(read.code)
        matched = _matches(read, tube) if fact.event is Event.VERIFIED else None
        result = self._verdict(read, fact, tube, decision, matched=matched)
        return self._record(read, fact, work.chain, result, matched=matched)

    def _fact(self, read: Read, tube: Tube | None) -> Fact:
        scan, operator = read.scan, self.around.operators.get(read.operator)
        return Fact(
            event=EVENTS[scan.action],
            effective_at=effective_at(scan, self.now, self.skew),
            place=self.around.places.get(read.location),
            by=operator.name if operator else name_of(self.actor),
            defect=self._defect(read, tube) if tube else None,
            device=self.actor.id if self.actor.kind is ActorKind.DEVICE else 0,
            device_seq=-1 if scan.device_seq is None else scan.device_seq,
            scan_id=scan.scan_id,
        )

    def _defect(self, read: Read, tube: Tube) -> Reason | None:
        if tube.label_state is LabelState.VOIDED:
            return Reason.VOIDED_LABEL
        # Second half: it may have been replaced while this transaction waited for the specimen's lock.
        if tube.label_state is LabelState.REPLACED or (tube.label_state and tube.number != read.code):
            return Reason.REPLACED_LABEL
        if EVENTS[read.scan.action] is Event.VERIFIED and read.scan.collection and not _matches(read, tube):
            return Reason.WRONG_COLLECTION
        if read.location and read.location not in self.around.places:
            return Reason.UNKNOWN_LOCATION
        if read.operator and read.operator not in self.around.operators:
            return Reason.UNKNOWN_OPERATOR
        return None

    def _work(self, tube: Tube) -> Work:
        if tube.id not in self.works:
            self.works[tube.id] = work_on(tube, self.around.histories.get(tube.id))
        return self.works[tube.id]

    def _sender_chain(self) -> Chain:
        if self.around.sender_chain is None:
            raise LookupError("a scan of no specimen needs the chain of its sender")
        return self.around.sender_chain

    def _unknown(self, read: Read) -> Result:
        reason = Reason.AMBIGUOUS if self.around.tubes.get(read.code) else why_unknown(read.code)
        return result_of(read.scan.scan_id, Outcome.PARKED, messages.unknown(reason, read.code), reason=reason)

    def _verdict(self, read: Read, fact: Fact, tube: Tube, decision: Decision, *, matched: bool | None) -> Result:
        latest = self.works[tube.id].state
        where = latest.place.name if latest.place else None
        specimen = {"number": tube.number, "status": latest.status.value, "location": where}
        if isinstance(decision, Accepted):
            message = messages.accepted(decision, fact, latest=latest, matched=matched)
            return result_of(read.scan.scan_id, Outcome.ACCEPTED, message, specimen=specimen)
        successor = tube.number if tube.number != read.code else ""
        message = messages.parked(
            decision, fact, successor=successor, retired_at=tube.retired_at, now=self.now, zone=self.zone
        )
        return result_of(read.scan.scan_id, Outcome.PARKED, message, reason=decision.reason, specimen=specimen)

    def _record(self, read: Read, fact: Fact, chain: Chain, result: Result, *, matched: bool | None) -> Result:
        scan, row = read.scan, event_row(self.actor, self.now, fact)
        operator = self.around.operators.get(read.operator)
        row["outcome"], row["reason"] = Outcome(result["outcome"]), result["reason"]
        row["occurred_at"], row["device_seq"], row["matched"] = scan.scanned_at, scan.device_seq, matched
        row["person_id"] = operator.id if operator else row["person_id"]
        row["entry"], row["code"] = scan.entry or Entry.SCANNED, scan.code
        row["content"], row["verdict"] = read.content, written(result)
        if read.private is not None:
            row.update(set_apart(read.private, self.salt()))
        self.rows.append(chain.append(row))
        return result


def effective_at(scan: Scan, now: datetime, skew: timedelta) -> datetime:
    """Return when it happened by our clock: the device's time put right by its skew, never later than the receipt."""
    return min(scan.scanned_at + skew, now)


def tube_named(code: str, tubes: Mapping[str, Sequence[Tube]]) -> Tube | None:
    """Return the one specimen a code names: our label numbers first, then identifiers; None: none, or several."""
    named = tubes.get(code, ())
    for tube in named:
        if tube.label_state is not None:
            return tube
    return named[0] if named and all(tube.id == named[0].id for tube in named) else None


def result_of(
    scan_id: str | None,
    outcome: Outcome,
    message: str,
    *,
    reason: str | None = None,
    specimen: dict[str, str | None] | None = None,
) -> Result:
    """Make the answer to one scan."""
    return {
        "scan_id": scan_id,
        "outcome": outcome.value,
        "replayed": False,
        "reason": str(reason) if reason else None,
        "specimen": specimen,
        "message": message,
    }


def written(result: Result) -> str:
    """Write a result as canonical JSON, as the event keeps it."""
    return _ENCODE(result)


def _matches(read: Read, tube: Tube) -> bool:
    return bool(read.collection) and read.collection == tube.accession


_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
