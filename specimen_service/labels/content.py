"""What a tube's label says of a specimen: plain facts of the database put into the words people read (pure)."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from printers.fit import LEGIBLE_MM, width_mm
from printers.fonts import UndrawableError
from printers.label import Weight
from specimen_service.kernel.clock import MONTHS, day, moment, time_of_day
from specimen_service.labels.tube import TubeText

PRIORITY_WORDS = ("STAT", "ASAP", "")
"""By urgency; a routine tube says nothing."""
COLLECTOR_MM = 13.0
"""What the narrowest layout leaves for the collector; a wider name shrinks to initials."""
SIDES = {"left": "L", "right": "R", "bilateral": "L+R"}

HANDLING_WORDS = {
    "C37": "KEEP 37C",
    "AMB": "",
    "CAMB": "ROOM",
    "REF": "REF",
    "CREF": "ICE",
    "FRZ": "FRZ",
    "CFRZ": "FRZ",
    "DFRZ": "DEEP FRZ",
    "UFRZ": "ULTRA FRZ",
    "NTR": "LN2",
    "PRTL": "LIGHT",
    "CATM": "NO AIR",
    "DRY": "DRY",
    "PSO": "NO SHOCK",
    "PSA": "NO SHAKE",
    "UPR": "UPRIGHT",
    "MTLF": "NO METAL",
}
"""HL7 table 0376 in words short enough for the space beside the bars; LIGHT means: protect from light."""


@dataclass(frozen=True)
class LabelFacts:
    """What the database knows of one label's specimen, its patient and its collection."""

    label_id: int
    number: str
    specimen_id: int
    patient_id: int
    family_name: str
    given_name: str
    mrn: str
    birth_date: date | None
    sex: str
    temporary: bool
    collected_at: datetime | None
    collector: str
    container: str
    tests: tuple[str, ...]
    urgency: int
    site: str
    laterality: str
    site_matters: bool
    handling: tuple[str, ...]
    set_number: int | None
    position: int
    of: int
    foreign_barcode: str


def tube_text(facts: LabelFacts, zone: tzinfo) -> TubeText:
    """Put the facts into the label's words; times in the site's zone, the birth date as `14 MAR 1984`."""
    return TubeText(
        number=facts.number,
        family_name=facts.family_name,
        given_name=facts.given_name,
        mrn=facts.mrn,
        birth_date=day(facts.birth_date) if facts.birth_date else "",
        sex=facts.sex,
        collected=_collected(facts.collected_at, zone) if facts.collected_at else "",
        collector=short_name(facts.collector),
        container=facts.container,
        tests=facts.tests,
        priority=PRIORITY_WORDS[facts.urgency],
        source=_source(facts),
        handling=_handling(facts.handling),
        tube=facts.position,
        tubes=facts.of,
        temporary=facts.temporary,
        barcode=facts.foreign_barcode,
    )


def short_name(name: str) -> str:
    """Shorten a collector's name to what always fits: in full, then `M. Lopez`, then initials."""
    words = name.split()
    if not words:
        return ""
    initials = "".join(word[0] for word in words)
    candidates = [" ".join(words), f"{words[0][0]}. {words[-1]}", initials, initials[:6]]
    return next((one for one in candidates if _fits(one)), initials[:3])


def _fits(name: str) -> bool:
    try:
        return width_mm(name, LEGIBLE_MM, Weight.REGULAR) <= COLLECTOR_MM
    except UndrawableError:
        return False


def _collected(value: datetime, zone: tzinfo) -> str:
    """Write the time; in the hour that autumn repeats the zone's name needs the room of the longer date."""
    time, local = time_of_day(value, zone), value.astimezone(zone)
    if " " not in time:
        return moment(value, zone)
    return f"{local:%d}{MONTHS[local.month - 1]}{local:%y} {time}"


def _source(facts: LabelFacts) -> str:
    """Say the site and side where the laboratory must know them, and which blood culture set a bottle is of."""
    words = [f"SET {facts.set_number}"] if facts.set_number else []
    if facts.site_matters or facts.set_number:
        words += [SIDES.get(facts.laterality, ""), facts.site]
    return " ".join(word for word in words if word)


def _handling(codes: tuple[str, ...]) -> str:
    words = dict.fromkeys(HANDLING_WORDS.get(code, code) for code in codes)
    return " ".join(word for word in words if word)
