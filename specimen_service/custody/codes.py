"""What is wrong with a code that names no specimen."""

from specimen_service.custody.model import Reason
from specimen_service.kernel.numbers import Kind, checks, kind_of, looks_like_number


def why_unknown(code: str) -> Reason:
    """Say what is wrong with a code that names no specimen."""
    if not looks_like_number(code):
        return Reason.UNKNOWN_NUMBER
    if not checks(code):
        return Reason.CHECK_DIGIT
    return Reason.UNKNOWN_NUMBER if kind_of(code) in {Kind.LABEL, Kind.DOWNTIME, None} else Reason.NOT_A_SPECIMEN
