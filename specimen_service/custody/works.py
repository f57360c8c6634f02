"""Working copies of a specimen and of the end of its chain, moved on event by event before anything is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from specimen_service.audit.model import Actor, ActorKind
from specimen_service.custody.chain import digest
from specimen_service.custody.facts import BLANK, Decision, Fact, Parked, State
from specimen_service.custody.fold import Folded, fold
from specimen_service.custody.model import Entry, Outcome, Reason
from specimen_service.custody.rules import judge
from specimen_service.specimens.model import Status
from specimen_service.specimens.queries import Tube

Row = dict[str, Any]
"""The columns of one custody event."""


@dataclass(slots=True)
class Chain:
    """The end of one chain: a specimen's, or that of a sender."""

    owner: Mapping[str, int | None]
    """The columns that say whose chain it is."""
    length: int
    head: str

    def append(self, row: Row) -> Row:
        """Give a row its place at the end, with its hash; the row becomes the new end."""
        self.length += 1
        row.update(self.owner, seq=self.length, previous_hash=self.head)
        row["hash"] = self.head = digest(row)
        return row


@dataclass(slots=True)
class Work:
    """A specimen being worked on."""

    tube: Tube
    chain: Chain
    state: State
    folded_until: datetime | None
    facts: list[Fact] | None
    """Its whole history, where something must be folded anew; None: all that comes is later than what is folded."""
    folded: Folded | None = None
    """What its history came to, where there is one."""
    asked: list[tuple[Fact, Reason]] = field(default_factory=list)
    """Without a history: what was parked."""
    _decisions: dict[object, Decision | None] = field(default_factory=dict)
    needs_history: bool = False
    """Whether something came after what was parked: it may have settled the question."""

    def expect(self, fact: Fact) -> None:
        """Add a fact that is to be decided to the history, where there is one: all that are new are folded at once."""
        self.folded_until = max(self.folded_until or fact.effective_at, fact.effective_at)
        if self.facts is not None:
            self.facts.append(fact)
            self.folded = None

    def decide(self, fact: Fact) -> Decision | None:
        """Return the decision on a fact that was expected; without a history it moves the state by it.

        None where it does not concern the specimen: the bag was scanned while the tube was not in it.
        """
        if self.facts is None:
            self.needs_history = self.needs_history or bool(self.asked)
            decision = judge(self.state, fact)
            self.state = decision.state
            if isinstance(decision, Parked):
                self.asked.append((fact, decision.reason))
            return decision
        if self.folded is None:
            decided = self.fold(self.facts).decided
            self._decisions = {_name_of(one.fact): one.decision for one in decided}
        return self._decisions[_name_of(fact)]

    def fold(self, facts: list[Fact]) -> Folded:
        """Fold its whole history anew, and return what it came to."""
        self.folded = fold(facts)
        self.state = self.folded.state
        self.folded_until = self.folded.until
        return self.folded

    @property
    def open_exceptions(self) -> int:
        """How many of its events wait for a person now."""
        if self.folded is None:
            return self.tube.open_exceptions + len(self.asked)
        return sum(one.open is not None for one in self.folded.decided)


def work_on(tube: Tube, facts: list[Fact] | None) -> Work:
    """Make the working copy of a specimen as it was read; `facts` are its history, if it must be folded anew."""
    chain = Chain({"specimen_id": tube.id, "chain_device_id": None}, tube.chain_length, tube.chain_head)
    return Work(tube, chain, stored_state(tube), tube.folded_until, facts)


def _name_of(fact: Fact) -> object:
    # By its scan id: if it was recorded before, perhaps a moment ago, the history has it already.
    return fact.scan_id or id(fact)


def stored_state(tube: Tube) -> State:
    """Return the state that a specimen's columns hold, which is the fold of what is recorded."""
    if not tube.chain_length:
        return BLANK
    resumes, voided = _recalled(tube.remembered) if tube.remembered else (None, frozenset())
    return State(
        status=tube.status,
        since=tube.since,
        place=tube.place,
        holder=tube.holder,
        verified=tube.verified,
        last_seen_at=tube.last_seen_at,
        last_seen_place_id=tube.last_seen_location_id,
        last_seen_by=tube.last_seen_by,
        legs={event: (datetime.fromisoformat(at), place) for event, (at, place) in tube.leg_times.items()},
        inside=tube.inside or "",
        resumes=resumes,
        voided=voided,
    )


def remembered(state: State) -> dict[str, Any] | None:
    """Write what a state remembers besides a specimen's columns; None: nothing."""
    if state.resumes is None and not state.voided:
        return None
    return {"resumes": state.resumes, "voided": sorted(state.voided)}


def _recalled(written: Mapping[str, Any]) -> tuple[Status | None, frozenset[str]]:
    resumes = written["resumes"]
    return Status(resumes) if resumes else None, frozenset(written["voided"])


def event_row(actor: Actor, now: datetime, fact: Fact) -> Row:
    """Make the columns of an event that its fact, its sender and its receipt determine; all others are empty."""
    return {
        "event": fact.event,
        "outcome": Outcome.ACCEPTED,
        "reason": None,
        "effective_at": fact.effective_at,
        "occurred_at": fact.effective_at,
        "received_at": now,
        "device_id": actor.id if actor.kind is ActorKind.DEVICE else None,
        "device_seq": None,
        "person_id": actor.id if actor.kind is ActorKind.PERSON else None,
        "location_id": fact.place.id if fact.place else None,
        "entry": Entry.SCANNED,
        "matched": None,
        "code": "",
        "scan_id": fact.scan_id or None,
        "about": None,
        "put_into": fact.into or None,
        "content": "{}",
        "verdict": "{}",
        "private": None,
        "private_salt": None,
        "private_digest": None,
    }


def name_of(actor: Actor) -> str:
    """Return the name that stands for an actor as holder or as the one who saw a tube; the service itself has none."""
    return "" if actor.kind is ActorKind.SYSTEM else actor.name
