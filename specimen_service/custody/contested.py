"""Whose a scan is when several specimens carry its code: by when each of them got the code, never by arrival.

A `link` that was made for two tubes by mistake is the case that happens: the laboratory's number was stuck on one of them
at one time, and on the other at another. Until a person takes one of the links back, each scan in between is the first
tube's, and of a scan after both nobody can say whose it is.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple


class Carrier(NamedTuple):
    """A specimen that carries another system's number, and since when."""

    specimen_id: int
    at: datetime
    linked: bool
    """Whether a scan stuck it on, at its effective time; else it was registered, at the time of the server."""
    accession: str | None
    """The accession of the specimen's collection."""


Carriers = Mapping[str, Sequence[Carrier]]
"""By number, of those that several specimens carry."""


def whose(carriers: Collection[Carrier], effective_at: datetime, received_at: datetime) -> int | None:
    """Return the specimen that a scan of a number is of; None: nobody can say.

    It is the one that carried the number when it was scanned or, if none did yet, the one that got it first. A number that
    was registered counts from when the server knew it, for scans that came later: they could be told that there are two.
    """
    bearing = {one.specimen_id for one in carriers if one.at <= (effective_at if one.linked else received_at)}
    if not bearing:
        first = min(one.at for one in carriers)
        bearing = {one.specimen_id for one in carriers if one.at == first}
    return bearing.pop() if len(bearing) == 1 else None
