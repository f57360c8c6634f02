"""When a label that waits comes too late to print by itself, beside the next patient (pure; DESIGN.md section 6, `held`)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from specimen_service.kernel.language import say, to_say

LATE_AFTER = timedelta(minutes=15)
"""However open its sitting is: by then the tubes are somewhere else."""
WITHOUT_SITTING = timedelta(minutes=5)
"""For a label that nobody sits and waits for at this printer."""

LATE = to_say(
    "It waited longer than %(minutes)s minutes, so it did not come out beside the next patient. "
    "Print it again if it is wanted."
)
OVER = to_say(
    "Its printer could not print, and meanwhile the next patient came to the station: it did not come out beside them. "
    "Print it again if it is wanted."
)


@dataclass(frozen=True)
class Waiting:
    """One label in its printer's queue.

    `sitting_is_open`: it is for a tube still at the chair and not verified, its collection is the last of its station,
    and this printer stands beside that. `next_patient_at` is when a collection of somebody else was recorded at that
    station (None: not since), `printer_failed_at` when the printer was last known not to print.
    """

    since: datetime
    sitting_is_open: bool
    next_patient_at: datetime | None
    printer_failed_at: datetime | None


def too_late(waiting: Waiting, now: datetime) -> str | None:
    """Say why a label must wait for a person; None: it prints by itself.

    A queue that merely is long makes no label late: the next patient counts only where the printer failed meanwhile.
    """
    if _since(waiting.next_patient_at, waiting) and _since(waiting.printer_failed_at, waiting):
        return say(OVER)
    limit = LATE_AFTER if waiting.sitting_is_open else WITHOUT_SITTING
    return say(LATE, minutes=limit // timedelta(minutes=1)) if now - waiting.since > limit else None


def _since(moment: datetime | None, waiting: Waiting) -> bool:
    return moment is not None and moment > waiting.since
