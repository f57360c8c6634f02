"""A specimen's state as a pure function of the set of its facts: whatever their order of arrival, and however often."""

from collections.abc import Iterable, Iterator

from specimen_service.custody.facts import BLANK, Decision, Fact, State
from specimen_service.custody.model import Event
from specimen_service.custody.rules import judge

_BIRTHS = frozenset({Event.ISSUED, Event.COLLECTED})


def order(fact: Fact) -> tuple[object, ...]:
    """Return the sort key of a fact: effective time, device, device sequence, scan id; what made the specimen is first."""
    birth = 0 if fact.event in _BIRTHS else 1
    return birth, fact.effective_at, fact.device, fact.device_seq, fact.scan_id, fact.seq


def decisions(facts: Iterable[Fact]) -> Iterator[tuple[Fact, Decision]]:
    """Decide every fact in order, each against the state before it; a repeated scan counts once."""
    state, decided = BLANK, set()
    for fact in sorted(facts, key=order):
        if fact.scan_id in decided:
            continue
        if fact.scan_id:
            decided.add(fact.scan_id)
        decision = judge(state, fact)
        state = decision.state
        yield fact, decision


def fold(facts: Iterable[Fact]) -> State:
    """Return where the facts leave the specimen."""
    state = BLANK
    for _fact, decision in decisions(facts):
        state = decision.state
    return state
