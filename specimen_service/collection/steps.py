"""Where a draw stands, and the one sentence at the chair that always says the next step (pure)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from specimen_service.kernel.language import say, say_many, to_say

STOPPED = to_say("Read the red field, then say that you did.")
"""The step while a STOP is not acknowledged."""
TO_OPEN = "to_open"
"""In place of a print job's state: the label waits to be printed from the page."""
_COMES = frozenset({"queued", "sending"})
_A_PAIR = 2


class Step(StrEnum):
    """The steps of a draw, in their order."""

    IDENTIFY = "identify"
    READY = "ready"
    DRAW = "draw"
    LABEL = "label"
    SHOW = "show"
    DONE = "done"


NUMBERS = {Step.IDENTIFY: 2, Step.READY: 3, Step.DRAW: 4, Step.LABEL: 6, Step.SHOW: 7, Step.DONE: 8}
"""How people count them: 1 is the scan of the wristband, 5 is Collected."""


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
    skipped: bool = False
    """A person said why its label cannot be scanned."""
    to_draw: bool = False
    """Its label came first: it is not filled yet."""


def step_before(identified: Collection[str], wanted: Collection[str], *, asks: bool) -> Step:
    """Return the step of a draw of which nothing is collected; `asks`: something is to be answered or decided first."""
    if not set(identified) >= set(wanted):
        return Step.IDENTIFY
    return Step.READY if asks else Step.DRAW


def step_after(tubes: Sequence[TubeStep], *, agreed: bool) -> Step:
    """Return the step of a sitting; `agreed`: the patient saw the labels, or the tubes have left the chair."""
    if agreed:
        return Step.DONE
    return Step.SHOW if is_done(tubes) else Step.LABEL


def parked_by(name: str, step: Step, verified: int, tubes: int) -> str:
    """Say whose unfinished draw it is, and how far it came."""
    if step not in {Step.LABEL, Step.SHOW}:
        return say("Parked by %(person)s at step %(step)s.", person=name, step=NUMBERS[step])
    return say_many(
        "Parked by %(person)s at step %(step)s (%(verified)s of %(count)s tube verified).",
        "Parked by %(person)s at step %(step)s (%(verified)s of %(count)s tubes verified).",
        tubes,
        person=name,
        step=NUMBERS[step],
        verified=verified,
    )


def not_scanned(left: int, tubes: int) -> str:
    """Say of how many tubes nobody scanned the label; empty: all were."""
    if not left:
        return ""
    return say_many(
        "%(left)s tube not scanned. The patient's label is not verified.",
        "%(left)s of %(count)s tubes not scanned. The patient's labels are not verified.",
        tubes,
        left=left,
    )


def next_step(tubes: Sequence[TubeStep], trouble: str | None) -> str:
    """Say the next step of a sitting; `trouble` is what its printer wants from a person (None: nothing)."""
    waiting = [tube for tube in tubes if not tube.verified and not tube.skipped]
    for tube in waiting:
        if asked := _job_step(tube):
            return asked
    if trouble and any(tube.job_state in _COMES for tube in waiting):
        return trouble
    for tube in tubes:
        if tube.wants_bottle_code:
            return _of(to_say("Scan the bottle's own barcode on tube %(position)s, %(tube)s."), tube)
    if not waiting:
        return show(tubes)
    if any(tube.job_state == TO_OPEN for tube in waiting):
        return say("Print the labels from this page. Then put each on its tube and scan it.")
    return _label_step(waiting[0])


def is_done(tubes: Sequence[TubeStep]) -> bool:
    """Tell whether every label was scanned on its tube, or a person said why it cannot be."""
    return all((tube.verified or tube.skipped) and not tube.wants_bottle_code for tube in tubes)


def show(tubes: Sequence[TubeStep]) -> str:
    """Ask for the last look: the patient's own."""
    count, verified = len(tubes), sum(tube.verified for tube in tubes)
    if verified < count:
        return say_many(
            "Show the patient the labelled tube, and tap the answer.",
            "Show the patient the %(count)s labelled tubes, and tap the answer.",
            count,
        )
    if count == _A_PAIR:
        return say("Both tubes are verified. Show them to the patient, and tap the answer.")
    return say_many(
        "The tube is verified. Show it to the patient, and tap the answer.",
        "All %(count)s tubes are verified. Show them to the patient, and tap the answer.",
        count,
    )


def _job_step(tube: TubeStep) -> str | None:
    if tube.job_state == "unknown":
        return _of(
            to_say("Look at the printer: did the label of tube %(position)s come out? Answer beside the tube."), tube
        )
    if tube.job_state == "failed":
        return f"{_of(to_say('The label of tube %(position)s cannot be printed.'), tube)} {tube.job_error}".strip()
    if tube.job_state == "held":
        return _of(
            to_say("The label of tube %(position)s waits for you. Print it beside the tube when its patient is here."),
            tube,
        )
    return None


def _label_step(tube: TubeStep) -> str:
    match tube.job_state in _COMES, tube.to_draw:
        case True, True:
            said = to_say(
                "Labels are printing. Put the first on tube %(position)s, %(tube)s. Draw it, and scan its label."
            )
        case True, False:
            said = to_say("Labels are printing. Put the first on tube %(position)s, %(tube)s, and scan it.")
        case False, True:
            said = to_say("Put the label on tube %(position)s, %(tube)s. Draw it, and scan its label.")
        case _:
            said = to_say("Put the label on tube %(position)s, %(tube)s, and scan it.")
    return _of(said, tube)


def _of(sentence: str, tube: TubeStep) -> str:
    return say(sentence, position=tube.position, tube=tube.name)
