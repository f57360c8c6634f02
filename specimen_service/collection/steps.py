"""The one sentence that says what to do next at the chair, from how the tubes of a sitting stand (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

STOPPED = "Set the tube aside, then say so in the red field."
"""The step while a wrong tube is not acknowledged."""
TO_OPEN = "to_open"
"""In place of a print job's state: the label waits to be printed from the page."""
_COMES = frozenset({"queued", "sending"})


@dataclass(frozen=True)
class TubeStep:
    """One tube of a sitting as the next step needs it."""

    position: int
    name: str
    verified: bool
    wants_bottle_code: bool
    """A bottle whose label is verified, and whose own code was not scanned yet."""
    job_state: str | None
    job_error: str


def next_step(tubes: Sequence[TubeStep], trouble: str | None) -> str:
    """Say the next step of a sitting; `trouble` is what its printer wants from a person (None: nothing)."""
    for tube in tubes:
        if not tube.verified and (asked := _job_step(tube)):
            return asked
    waiting = [tube for tube in tubes if not tube.verified]
    if trouble and any(tube.job_state in _COMES for tube in waiting):
        return trouble
    for tube in tubes:
        if tube.wants_bottle_code:
            return f"Scan the bottle's own barcode on tube {tube.position}, {tube.name}."
    if not waiting:
        return done(len(tubes))
    if any(tube.job_state == TO_OPEN for tube in waiting):
        return "Print the labels from this page. Then put each on its tube and scan it."
    return _label_step(waiting[0])


def is_done(tubes: Sequence[TubeStep]) -> bool:
    """Tell whether every label was scanned on its tube."""
    return all(tube.verified and not tube.wants_bottle_code for tube in tubes)


def done(count: int) -> str:
    """Say that a sitting is finished and what comes after it."""
    tubes = "The tube is" if count == 1 else f"All {count} tubes are"
    show = "Show it to the patient, then put it" if count == 1 else "Show them to the patient, then put them"
    return f"{tubes} verified. {show} where they are picked up."


def _job_step(tube: TubeStep) -> str | None:
    if tube.job_state == "unknown":
        return f"Look at the printer: did the label of tube {tube.position} come out? Answer beside the tube."
    if tube.job_state == "failed":
        return f"The label of tube {tube.position} cannot be printed. {tube.job_error}".strip()
    if tube.job_state == "held":
        return f"The label of tube {tube.position} waits for you. Print it beside the tube when its patient is here."
    return None


def _label_step(tube: TubeStep) -> str:
    if tube.job_state in _COMES:
        return f"Labels are printing. Put the first on tube {tube.position}, {tube.name}, and scan it."
    return f"Put the label on tube {tube.position}, {tube.name}, and scan it."
