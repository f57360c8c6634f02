"""What people said of earlier events, applied to the facts before they are decided (pure)."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from specimen_service.custody.facts import Correction, Fact, How
from specimen_service.custody.model import Closing, Event, Reason

_CLOSINGS = {
    How.REAL: Closing.REAL,
    How.MISTAKEN: Closing.MISTAKEN,
    How.OTHER_SPECIMEN: Closing.OTHER_SPECIMEN,
}


def corrected(fact: Fact, said: Sequence[Correction], voided_by_scan: AbstractSet[str]) -> Fact | None:
    """Return the fact as it counts; None: it does not count for this specimen.

    `said` is what people said of it, the last word last: that one holds. `voided_by_scan` are the labels that scans
    voided: whether such a label was dead by then follows from the order of the facts, not from when they arrived.
    """
    if fact.defect is Reason.VOIDED_LABEL and fact.code in voided_by_scan:
        fact = replace(fact, defect=None)
    for one in said:
        if one.how is How.AMENDED:
            fact = _amended(fact, one)
    last = _last(said)
    if last in {How.MISTAKEN, How.OTHER_SPECIMEN}:
        return None
    if last is How.THIS_SPECIMEN:
        return replace(fact, defect=None)
    return _real(fact) if last is How.REAL else fact


def closing_of(said: Sequence[Correction]) -> Closing | None:
    """Return how the last word closed the question an event raised; None: it did not (what is amended is judged anew)."""
    last = _last(said)
    return _CLOSINGS.get(last) if last else None


def _last(said: Sequence[Correction]) -> How | None:
    return next((one.how for one in reversed(said) if one.how is not How.AMENDED), None)


def _amended(fact: Fact, to: Correction) -> Fact:
    mended = {
        Reason.CLOCK_WRONG: to.effective_at is not None,
        Reason.UNKNOWN_LOCATION: to.place is not None,
        Reason.UNKNOWN_OPERATOR: to.by is not None,
    }
    return replace(
        fact,
        effective_at=to.effective_at or fact.effective_at,
        place=to.place or fact.place,
        by=to.by or fact.by,
        defect=None if fact.defect and mended.get(fact.defect) else fact.defect,
    )


def _real(fact: Fact) -> Fact:
    if fact.carrier and fact.defect:
        return replace(fact, defect=None)  # the bag was really there; each tube in it is still judged for itself
    if fact.defect is Reason.WRONG_COLLECTION:
        return replace(fact, event=Event.SEEN, defect=None)  # in hand in another sitting: that verifies nothing
    return replace(fact, defect=None, forced=True)
