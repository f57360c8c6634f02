"""What a tube's label says of a specimen: plain facts of the database put into the words people read (pure)."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from specimen_service.kernel.clock import MONTHS, day, moment, time_of_day
from specimen_service.labels.tube import TubeText

PRIORITY_WORDS = ("STAT", "ASAP", "")
"""By urgency; a routine tube says nothing."""
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


def tube_text(facts: LabelFacts, zone: tzinfo, chair: str = "", *, training: bool = False) -> TubeText:
    """Put the facts into the label's words; times in the site's zone, the birth date as `14 MAR 1984`.

    ``chair`` is where the label belongs, for a printer that several chairs share; ``training``: the patient is invented.
    """
    collected, collected_short = _times(facts.collected_at, zone) if facts.collected_at else ("", "")
    return TubeText(
        number=facts.number,
        family_name=facts.family_name,
        given_name=facts.given_name,
        mrn=facts.mrn,
        birth_date=day(facts.birth_date) if facts.birth_date else "",
        sex=facts.sex,
        collected=collected,
        collected_short=collected_short,
        collector=facts.collector,
        container=facts.container,
        tests=facts.tests,
        priority=PRIORITY_WORDS[facts.urgency],
        source=_source(facts),
        handling=_handling(facts.handling),
        tube=facts.position,
        tubes=facts.of,
        temporary=facts.temporary,
        barcode=facts.foreign_barcode,
        chair=chair,
        training=training,
    )


def _times(value: datetime, zone: tzinfo) -> tuple[str, str]:
    """Write the time in full and short; in the hour that autumn repeats both name the zone."""
    local = value.astimezone(zone)
    return moment(value, zone), f"{local:%d}{MONTHS[local.month - 1]}{local:%y} {time_of_day(value, zone)}"


def _source(facts: LabelFacts) -> str:
    """Say the site and side where the laboratory must know them, and which blood culture set a bottle is of."""
    words = [f"SET {facts.set_number}"] if facts.set_number else []
    if facts.site_matters or facts.set_number:
        words += [SIDES.get(facts.laterality, ""), facts.site]
    return " ".join(word for word in words if word)


def _handling(codes: tuple[str, ...]) -> str:
    words = dict.fromkeys(HANDLING_WORDS.get(code, code) for code in codes)
    return " ".join(word for word in words if word)
