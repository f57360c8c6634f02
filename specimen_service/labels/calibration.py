"""The wish to have a printer measure its labels anew, and how long it stands (pure).

It is no label: no number, no job that could be printed again. Its holder takes it up on disk before the first byte, so that
it is granted at most once; what is cut off between the two is lost, and the printer says so by still being on the wrong roll.
"""

from datetime import datetime, timedelta

LASTS = timedelta(minutes=5)
"""A printer feeds labels only while whoever asked for it may still stand there."""
TAKES = timedelta(minutes=1)
"""Longer than a printer needs: of one that was begun so long ago and not reported, nothing more is heard."""


def is_awaited(wanted_at: datetime | None, begun_at: datetime | None, now: datetime) -> bool:
    """Tell whether a calibration is wanted that was neither begun nor given up: nobody waits for ever."""
    if wanted_at is None or (begun_at is not None and begun_at >= wanted_at):
        return False
    return now - wanted_at <= LASTS


def is_under_way(begun_at: datetime | None, asked_at: datetime | None, now: datetime) -> bool:
    """Tell whether a calibration was begun and the printer has not said since how it is."""
    if begun_at is None or (asked_at is not None and asked_at >= begun_at):
        return False
    return now - begun_at <= TAKES
