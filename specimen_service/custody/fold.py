"""A specimen's state as a pure function of the set of its facts: whatever their order of arrival, and however often.

What people corrected is applied to the facts before they are decided, in the order the corrections were made; what a bag
went through counts for a tube from the moment it was put in until it was taken out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from specimen_service.custody.corrections import closing_of, corrected
from specimen_service.custody.facts import BLANK, Accepted, Correction, Decision, Fact, How, Parked, State
from specimen_service.custody.model import Closing, Event, Reason
from specimen_service.custody.rules import judge

AGAIN = timedelta(hours=1)
"""A scan that was parked and repeated rightly within this time needs nobody's eyes any more."""
_REPEATABLE = frozenset(
    {Reason.UNKNOWN_LOCATION, Reason.UNKNOWN_OPERATOR, Reason.UNKNOWN_INTO}
    | {Reason.REASON_MISSING, Reason.NOTHING_TO_LINK, Reason.NOT_EXPECTED}
)
"""What is over once the same step was scanned rightly. A dead label in use, or another patient's tube, is not."""
_BIRTHS = frozenset({Event.ISSUED, Event.COLLECTED})


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one fact: `decision` is None where it does not concern the specimen (any more)."""

    fact: Fact
    """As it was recorded."""
    decision: Decision | None
    closing: Closing | None = None
    """How the question it raised was closed; None: it raised none, or it is open."""
    amended: bool = False
    """Whether a person said that it was otherwise than recorded."""
    counts: Fact | None = None
    """As it counts after all corrections; None: not at all."""
    within: tuple[str, ...] = ()
    """The bags, boxes and racks that the tube is in after it, by number, the innermost first."""

    @property
    def open(self) -> Reason | None:
        """Why it waits for a person; None: it does not. What is wrong with the scan of a bag is asked once, not of each tube."""
        if not isinstance(self.decision, Parked) or self.closing is not None:
            return None
        return None if self.fact.carrier and self.fact.defect else self.decision.reason


@dataclass(frozen=True, slots=True)
class Folded:
    """A specimen's state, and what became of each of its facts, in their order."""

    state: State
    decided: tuple[Decided, ...]
    until: datetime | None
    """Effective time of the latest fact that concerns it; None: there is none."""


def order(fact: Fact) -> tuple[object, ...]:
    """Return the sort key of a fact: effective time, device, device sequence, scan id; what made the specimen is first."""
    birth = 0 if fact.event in _BIRTHS else 1
    return birth, fact.effective_at, fact.device, fact.device_seq, fact.scan_id, fact.seq, fact.hash


def fold(facts: Iterable[Fact]) -> Folded:
    """Decide every fact in order, each against the state before it; a repeated scan counts once."""
    run = _Run()
    for fact, now, words in counting(facts):
        run.take(fact, now, words)
    # The scan of a bag that it was not in then is no more of its history than one of a bag it was never in.
    concern = (one for one in run.decided if one.decision is not None or not one.fact.carrier)
    until = max(((one.counts or one.fact).effective_at for one in concern), default=None)
    return Folded(run.state, tuple(run.decided), until)


def counting(facts: Iterable[Fact]) -> list[tuple[Fact, Fact | None, Sequence[Correction]]]:
    """Return each fact once, in order: as recorded, as it counts (None: not at all), and what people said of it."""
    recorded = _distinct(facts)
    said = _corrections(recorded)
    voids = frozenset(one.code for one in recorded if one.event is Event.VOIDED and one.scan_id)
    counted = []
    for fact in recorded:
        words = said.get(fact.hash, [])
        counted.append((fact, corrected(fact, words, voids), words))
    return sorted(counted, key=lambda one: order(one[1] or one[0]))


def holders(number: str, holds: Mapping[str, str]) -> tuple[str, ...]:
    """Return a bag and what it is in, the innermost first; `holds` says what each was put into. Empty: in none."""
    found = list[str]()
    while number and number not in found:  # two bags said to be in each other hold nothing else
        found.append(number)
        number = holds.get(number, "")
    return tuple(found)


@dataclass(slots=True)
class _Run:
    """A walk along the facts in their order."""

    state: State = BLANK
    decided: list[Decided] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    """Which of the decided are parked for something that a repetition would settle."""
    holds: dict[str, str] = field(default_factory=dict)
    """By the number of a bag: the box it is in."""

    def take(self, fact: Fact, now: Fact | None, words: Sequence[Correction]) -> None:
        """Decide a fact as recorded (`fact`) and as corrected by `words` (`now`; None: it does not count here)."""
        closing, amended = closing_of(words), any(one.how is How.AMENDED for one in words)
        if now is None or (now.carrier and not self._is_inside(now)):
            self.decided.append(Decided(fact, None, closing, amended, now, self._within()))
            return
        decision = judge(self.state, now)
        self.state = decision.state
        if isinstance(decision, Accepted) and self.waiting:
            self._close_repeated(now)
        self.decided.append(Decided(fact, decision, closing, amended, now, self._within()))
        if self.decided[-1].open in _REPEATABLE:
            self.waiting.append(len(self.decided) - 1)

    def _is_inside(self, fact: Fact) -> bool:
        """Note what a bag was put into, and tell whether the tube is in that bag."""
        inside = fact.carrier in self._within()
        if fact.into and fact.defect is None:
            self.holds[fact.carrier] = fact.into
        return inside

    def _within(self) -> tuple[str, ...]:
        return holders(self.state.inside, self.holds)

    def _close_repeated(self, fact: Fact) -> None:
        for i in [i for i in self.waiting if _repeats(fact, self.decided[i].fact)]:
            self.waiting.remove(i)
            self.decided[i] = replace(self.decided[i], closing=Closing.REPEATED)


def _repeats(fact: Fact, earlier: Fact) -> bool:
    here = earlier.place is None or (fact.place is not None and fact.place.id == earlier.place.id)
    return fact.event is earlier.event and here and fact.effective_at - earlier.effective_at <= AGAIN


def _distinct(facts: Iterable[Fact]) -> list[Fact]:
    found: dict[object, Fact] = {}
    for fact in facts:
        found.setdefault(fact.scan_id or (fact.hash, fact.seq, fact.event), fact)
    return list(found.values())


def _word_order(fact: Fact) -> tuple[object, ...]:
    # Taken out of one specimen and put into another at once: where both are seen, the second is the last word.
    arrives = fact.correction is not None and fact.correction.how is How.THIS_SPECIMEN
    return fact.effective_at, arrives, *order(fact)


def _corrections(facts: Iterable[Fact]) -> Mapping[str, list[Correction]]:
    """Return what was said of each event, by its hash, the last word last."""
    said: dict[str, list[Correction]] = {}
    for fact in sorted((one for one in facts if one.correction), key=_word_order):
        if fact.correction is not None:
            said.setdefault(fact.correction.of, []).append(fact.correction)
    return said
