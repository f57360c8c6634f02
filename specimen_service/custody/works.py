"""Working copies of a specimen and of the end of its chain, moved on event by event before anything is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from specimen_service.audit.model import Actor, ActorKind
from specimen_service.custody.chain import digest
from specimen_service.custody.facts import BLANK, Decision, Fact, State
from specimen_service.custody.fold import decisions
from specimen_service.custody.model import Entry, Outcome
from specimen_service.custody.rules import judge
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

    def decide(self, fact: Fact) -> Decision:
        """Put one more fact into the fold, move the state, and return the decision on that fact."""
        if self.facts is None:
            decision = judge(self.state, fact)
            self.state = decision.state
        else:
            self.facts.append(fact)
            decided = list(decisions(self.facts))
            decision = next(one for other, one in decided if other is fact)
            self.state = decided[-1][1].state
        self.folded_until = max(self.folded_until or fact.effective_at, fact.effective_at)
        return decision


def work_on(tube: Tube, facts: list[Fact] | None) -> Work:
    """Make the working copy of a specimen as it was read; `facts` are its history, if it must be folded anew."""
    chain = Chain({"specimen_id": tube.id, "chain_device_id": None}, tube.chain_length, tube.chain_head)
    return Work(tube, chain, stored_state(tube), tube.folded_until, facts)


def stored_state(tube: Tube) -> State:
    """Return the state that a specimen's columns hold, which is the fold of what is recorded."""
    if not tube.chain_length:
        return BLANK
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
    )


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
        "content": "{}",
        "verdict": "{}",
        "private": None,
        "private_salt": None,
        "private_digest": None,
    }


def name_of(actor: Actor) -> str:
    """Return the name that stands for an actor as holder or as the one who saw a tube; the service itself has none."""
    return "" if actor.kind is ActorKind.SYSTEM else actor.name
