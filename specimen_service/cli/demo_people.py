"""The invented people of the demo: who works there, and patients whose names are as various as real ones."""

from dataclasses import dataclass
from datetime import date, timedelta

from specimen_service.accounts.model import Role
from specimen_service.patients.model import Identity, PatientFacts, Sex


@dataclass(frozen=True)
class Colleague:
    """Somebody who works in the demo; secrets are made anew for every demo."""

    username: str
    display_name: str
    role: Role
    credential: str = ""
    """What entitles them to draw; empty: the demo keeps none."""
    expires_in: int = 0
    """In how many days it expires, so that it is always warned of in a new demo."""


AMARA = Colleague("amara", "Amara Okoye", Role.COLLECTOR)
DIEGO = Colleague("diego", "Diego Fuentes", Role.COLLECTOR, "CMA (AAMA)", 41)
LENA = Colleague("lena", "Lena Vogel", Role.COURIER)
PRIYA = Colleague("priya", "Priya Raman", Role.LAB)
GRACE = Colleague("grace", "Grace Holloway", Role.SUPERVISOR)
ADMIN = Colleague("admin", "Sam Whitaker", Role.ADMIN)
STAFF = (AMARA, DIEGO, LENA, PRIYA, GRACE, ADMIN)

_NEWBORN = "Lindqvist, Baby Girl"
_UNKNOWN = "unknown"
_FIRST_MRN = 4_400_107
_MRN_STEP = 37  # so that two numbers never differ in one neighbouring digit alone

# One a line: name as `family, given`, birth date, sex. Two look alike, two are namesakes, some are very long or very short.
_PATIENTS = """\
Rivera, Ana | 1984-03-14 | F
Rivera, Anna | 1984-03-19 | F
Brandt, Jonas | 1957-11-02 | M
Okafor, Chidi | 1990-06-21 | M
Featherstonehaugh-Cholmondeley, Maximiliana Josephine | 1948-01-30 | F
Nguyễn, Thị Bích | 1971-09-08 | F
Trần, Văn Đức | 1966-12-25 | M
Lê, Hoàng Phương Uyên | 2001-05-17 | F
王, 秀兰 | 1959-02-11 | F
Chen, Weiling | 1995-08-30 | F
الحداد, ليلى | 1988-04-03 | F
Al-Khatib, Yousef | 1979-10-19 | M
Bin Rashid, Maryam | 2010-07-07 | F
Großmann, Jörg | 1961-03-28 | M
Łukaszewicz, Żaneta | 1992-01-15 | F
Ødegård, Sølvi | 1975-06-09 | F
Þórsdóttir, Ásta | 1986-11-23 | F
Çelik, Gülşen | 1969-05-05 | F
Dvořáková, Kateřina | 1998-12-12 | F
Szőke, Ödön | 1944-08-16 | M
O'Rourke, Siobhán | 1981-02-02 | F
D'Angelo-Ferri, Niccolò | 1973-09-27 | M
da Conceição e Silva, João Guilherme | 1965-04-18 | M
Peña, Íñigo | 1993-10-31 | M
van den Heuvel, Annelies | 1955-07-20 | F
Παπαδημητρίου, Ελένη | 1950-03-25 | F
Ковальчук, Олена | 1987-01-07 | F
Kim, Seo-yeon | 1999-11-11 | F
Tanaka, Haruki | 1983-06-04 | M
Kaur, Harpreet | 1976-08-08 | F
Raghunathan, Venkatasubramanian | 1958-10-10 | M
Abebe, Tigist | 1991-09-11 | F
Nakamura-Whitfield, Aiko Elisabeth | 2004-02-29 | F
Kealoha, Kaimana | 1996-05-26 | U
Begay, Shandiin | 2013-03-03 | F
Dlamini, Thandeka | 1989-12-01 | F
Kowalski, Max | 2019-04-22 | M
Smith, John | 1951-04-12 | M
Smith, John | 1978-10-03 | M
Ng, Bo | 1937-01-01 | M
"""


def patients(today: date) -> dict[str, PatientFacts]:
    """Return the patients by `family, given` (namesakes with their year of birth), each with an MRN; one was born yesterday."""
    people: dict[str, PatientFacts] = {}
    for line in _PATIENTS.splitlines():
        name, born, sex = (part.strip() for part in line.split("|"))
        key = name if name not in people else f"{name} {born[:4]}"
        people[key] = _patient(len(people), name, date.fromisoformat(born), Sex(sex))
    people[_NEWBORN] = _patient(len(people), _NEWBORN, today - timedelta(days=1), Sex.FEMALE)
    people[_UNKNOWN] = PatientFacts("T-0042", "", "", "", None, Sex.UNKNOWN, Identity.TEMPORARY)
    return people


def _patient(place: int, name: str, born: date, sex: Sex) -> PatientFacts:
    family, given = name.split(", ")
    mrn = str(_FIRST_MRN + place * _MRN_STEP)
    return PatientFacts(mrn, "", family, given, born, sex, Identity.CONFIRMED)
