"""Judging the scans of one request against what was looked up for them: pure, with the database before and after it.

The desk keeps a working copy of every specimen it touches, so that the second scan of a tube in a batch is judged after
the first; where scans come late, all that a batch says of a tube goes into its history before it is folded, once.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from specimen_service.audit.model import Actor, ActorKind
from specimen_service.custody import messages
from specimen_service.custody.chain import set_apart
from specimen_service.custody.codes import why_unknown
from specimen_service.custody.defects import Said, defect_of, not_ours
from specimen_service.custody.facts import Accepted, Decision, Fact
from specimen_service.custody.model import Entry, Event, Outcome, Reason
from specimen_service.custody.queries import Operator
from specimen_service.custody.scans import EVENTS, Read, Scan
from specimen_service.custody.works import Chain, Row, Work, event_row, name_of, stored_state, work_on
from specimen_service.kernel.codes import is_number
from specimen_service.kernel.numbers import Kind
from specimen_service.specimens.model import LabelState
from specimen_service.specimens.queries import Place, Tube

Result = dict[str, Any]
"""What one scan is answered with, as it goes to the wire."""

LONGEST_ABOUT = 200
"""Characters of a code by which a specimen finds a scan later; a longer one names none of anybody's numbers."""
_OF_ONE_TUBE = frozenset({Event.VERIFIED, Event.ACCEPTED, Event.REJECTED, Event.VOIDED, Event.RE_IDENTIFIED})
"""What is done to a tube in the hand, never to a bag."""


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
    bags: AbstractSet[str]
    """The numbers of the bags, boxes and racks there are, of those that scans name."""
    packed: Mapping[str, Sequence[Tube]]
    """By the number of a bag whose own barcode was scanned: what was ever in it."""
    sender_chain: Chain | None
    """For scans that belong to no specimen; None where there are none."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """Another system's number that an accepted scan stuck on a tube."""

    specimen_id: int
    value: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A scan that was parked and belongs to no specimen; `code` is cleaned."""

    scan_id: str
    reason: Reason
    code: str


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
    links: list[NewLink] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)

    def take(self, reads: Iterable[Read]) -> list[Result]:
        """Judge scans, each of another id, add their events, and return their results."""
        facts = [(read, self._fact(read)) for read in reads]
        for read, fact in facts:
            for tube in self._moved_by(read):
                self._work(tube).expect(fact)
        return [self._take(read, fact) for read, fact in facts]

    def lacking_history(self) -> set[int]:
        """Return the specimens that were moved step by step and should have been folded anew."""
        return {specimen_id for specimen_id, work in self.works.items() if work.needs_history}

    def _moved_by(self, read: Read) -> Sequence[Tube]:
        if read.code in self.around.packed:
            return self.around.packed[read.code]
        tube = tube_named(read.code, self.around.tubes)
        return (tube,) if tube else ()

    def _take(self, read: Read, fact: Fact) -> Result:
        if fact.carrier:
            return self._take_bag(read, fact)
        tube = tube_named(read.code, self.around.tubes)
        if tube is None:
            return self._take_unknown(read, fact)
        work = self._work(tube)
        decision = work.decide(fact)
        if decision is None:
            raise LookupError("a scan of a specimen itself always concerns it")
        if isinstance(decision, Accepted):
            self._note(read, fact, tube, decision)
        matched = _matches(read, tube) if fact.event is Event.VERIFIED else None
        result = self._verdict(read, fact, tube, decision, matched=matched)
        return self._record(read, fact, work.chain, result, matched=matched)

    def _note(self, read: Read, fact: Fact, tube: Tube, decision: Accepted) -> None:
        if not tube.verified and tube.label_state is not None and read.code not in self.first_reads:
            self.first_reads.append(read.code)
        if fact.event is Event.RE_IDENTIFIED and not decision.repeated:
            self.links.append(NewLink(tube.id, read.links_to, fact.effective_at))

    def _take_unknown(self, read: Read, fact: Fact) -> Result:
        reason = Reason.AMBIGUOUS if self.around.tubes.get(read.code) else why_unknown(read.code)
        message = messages.unknown(reason, read.code)
        return self._record_unplaced(read, fact, reason, message)

    def _take_bag(self, read: Read, fact: Fact) -> Result:
        """Judge the scan of a bag: it moves each specimen in it."""
        defect = fact.defect
        decided = [self._work(tube).decide(fact) for tube in self.around.packed[read.code]]
        moved = [one for one in decided if isinstance(one, Accepted)]
        parked = sum(one is not None for one in decided) - len(moved)
        message = messages.unknown(defect, read.code) if defect else messages.bag(fact, moved=len(moved), parked=parked)
        return self._record_unplaced(read, fact, defect, message)

    def _record_unplaced(self, read: Read, fact: Fact, reason: Reason | None, message: str) -> Result:
        if self.around.sender_chain is None:
            raise LookupError("a scan of no specimen needs the chain of its sender")
        if reason is not None:
            self.unplaced.append(Unplaced(read.scan.scan_id, reason, read.code))
        outcome = Outcome.PARKED if reason else Outcome.ACCEPTED
        result = result_of(read.scan.scan_id, outcome, message, reason=reason)
        about = read.code if len(read.code) <= LONGEST_ABOUT else None
        return self._record(read, fact, self.around.sender_chain, result, matched=None, about=about)

    def _fact(self, read: Read) -> Fact:
        scan, operator = read.scan, self.around.operators.get(read.operator)
        is_bag = read.code in self.around.packed
        tube = None if is_bag else tube_named(read.code, self.around.tubes)
        return Fact(
            event=EVENTS[scan.action],
            effective_at=effective_at(scan, self.now, self.skew),
            place=self.around.places.get(read.location),
            by=operator.name if operator else name_of(self.actor),
            defect=self._defect_of_bag(read) if is_bag else self._defect(read, tube) if tube else None,
            device=self.actor.id if self.actor.kind is ActorKind.DEVICE else 0,
            device_seq=-1 if scan.device_seq is None else scan.device_seq,
            scan_id=scan.scan_id,
            code=read.code,
            into=read.into if self._knows_into(read) else "",
            carrier=read.code if is_bag else "",
        )

    def _knows_into(self, read: Read) -> bool:
        return read.into in self.around.bags or (bool(read.into) and is_number(read.into, Kind.STORAGE))

    def _defect_of_bag(self, read: Read) -> Reason | None:
        return Reason.NOT_A_SPECIMEN if EVENTS[read.scan.action] in _OF_ONE_TUBE else self._slip(read, None)

    def _defect(self, read: Read, tube: Tube) -> Reason | None:
        slip = self._slip(read, tube)
        if slip is Reason.WRONG_COLLECTION:
            return slip  # whatever its label: at this chair nothing of another tube is named, its newer number neither
        if tube.label_state is LabelState.VOIDED and read.code not in stored_state(tube).voided:
            return Reason.VOIDED_LABEL
        # Second half: it may have been replaced while this transaction waited for the specimen's lock.
        if tube.label_state is LabelState.REPLACED or (
            tube.label_state is LabelState.CURRENT and tube.number != read.code
        ):
            return Reason.REPLACED_LABEL
        return (not_ours(EVENTS[read.scan.action]) if tube.label_state is None else None) or slip

    def _slip(self, read: Read, tube: Tube | None) -> Reason | None:
        """Return what is wrong with what a scan says besides its code."""
        return defect_of(
            Said(
                event=EVENTS[read.scan.action],
                occurred_at=read.scan.scanned_at,
                effective_at=effective_at(read.scan, self.now, self.skew),
                received_at=self.now,
                location_known=not read.location or read.location in self.around.places,
                operator_known=not read.operator or read.operator in self.around.operators,
                into_known=not read.into or self._knows_into(read),
                collection=read.collection,
                accession=tube.accession if tube else None,
                reason=read.reason,
                links_to=read.links_to,
            )
        )

    def _work(self, tube: Tube) -> Work:
        if tube.id not in self.works:
            self.works[tube.id] = work_on(tube, self.around.histories.get(tube.id))
        return self.works[tube.id]

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

    def _record(
        self, read: Read, fact: Fact, chain: Chain, result: Result, *, matched: bool | None, about: str | None = None
    ) -> Result:
        scan, row = read.scan, event_row(self.actor, self.now, fact)
        operator = self.around.operators.get(read.operator)
        row["outcome"], row["reason"] = Outcome(result["outcome"]), result["reason"]
        row["occurred_at"], row["device_seq"], row["matched"] = scan.scanned_at, scan.device_seq, matched
        row["person_id"] = operator.id if operator else row["person_id"]
        row["about"] = about
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
