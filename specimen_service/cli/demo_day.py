"""The demo's day: who was ordered what, what was drawn, and how far each specimen came. All times are minutes before now."""

from dataclasses import dataclass

from specimen_service.cli.demo_config import BENCH, CLINIC, COLD_ROOM, LABORATORY, LOCKBOX
from specimen_service.cli.demo_people import AMARA, DIEGO, LENA, PRIYA, Colleague
from specimen_service.orders.model import Priority
from specimen_service.specimens.model import Source

STAT, ASAP, ROUTINE = Priority.STAT, Priority.ASAP, Priority.ROUTINE
_DAY = 24 * 60

RELABELLED = "Chen, Weiling"
"""Whose label was smudged, printed again and scanned anew."""
REJECTED = "Dvořáková, Kateřina"
"""Whose tube was haemolysed: rejected, told to whoever ordered it, and to be collected again."""
MISLAID = "da Conceição e Silva, João Guilherme"
"""Whose first tube is late on the road, and was put away in the laboratory without being received: that scan is parked."""

BAGGED = ("O'Rourke, Siobhán", "Tanaka, Haruki")
"""Whose tubes travel in one sealed bag: the courier scans the bag alone."""


@dataclass(frozen=True)
class Hop:
    """One scan of every tube of a visit."""

    action: str
    ago: int
    place: str
    by: Colleague


@dataclass(frozen=True)
class Visit:
    """One order, and what has become of it."""

    patient: str
    """Key of `demo_people.patients`."""
    tests: str
    """Codes, between blanks."""
    ordered: int
    priority: Priority = ROUTINE
    due: int | None = None
    """When it is wanted; negative: minutes from now. None: any time."""
    collected: int | None = None
    """When it was collected, or handed out to a patient; None: waits."""
    verified: bool = True
    """Whether the label was scanned on the tube, two minutes later."""
    hops: tuple[Hop, ...] = ()
    collector: Colleague = AMARA
    provider: str = "Dr. Imani Caldwell"
    source: Source = Source.STAFF
    sender: str = ""
    site: str = ""
    laterality: str = ""
    fasting: bool | None = None


_LAST_WEEK = (
    Hop("pick_up", 6 * _DAY - 60, CLINIC, LENA),
    Hop("receive", 6 * _DAY - 110, BENCH, PRIYA),
    Hop("store", 6 * _DAY - 200, COLD_ROOM, PRIYA),
)
_EARLY_ROUND = (Hop("pick_up", 300, CLINIC, LENA), Hop("receive", 262, LABORATORY, PRIYA))
_ON_THE_BENCH = (*_EARLY_ROUND, Hop("receive", 255, BENCH, PRIYA))
_STORED = (*_ON_THE_BENCH, Hop("accept", 250, BENCH, PRIYA), Hop("store", 150, COLD_ROOM, PRIYA))
_NOON_ROUND = (Hop("pick_up", 130, CLINIC, LENA), Hop("receive", 86, LABORATORY, PRIYA))
_AT_THE_LOCKBOX = (Hop("drop_off", 55, LOCKBOX, AMARA),)
_LONG_ON_THE_ROAD = (Hop("pick_up", 82, CLINIC, LENA),)

WAITING = (
    Visit("unknown", "CBCD BMP LACT ETOH", ordered=2, priority=STAT, provider="Dr. Hugo Steiner"),
    Visit("Okafor, Chidi", "TROP BMP", ordered=4, priority=STAT),
    Visit("Nguyễn, Thị Bích", "BCXAER BCXANA CBCD", ordered=9, priority=STAT, provider="Dr. Hugo Steiner"),
    Visit("الحداد, ليلى", "HCG TYSC", ordered=12, priority=ASAP),
    Visit("Lindqvist, Baby Girl", "NBILI", ordered=20, priority=ASAP, due=-10),
    Visit("Smith, John", "PSA LIPID", ordered=52, due=20),
    Visit("Trần, Văn Đức", "VANC", ordered=180, due=-35, provider="Dr. Hugo Steiner"),
    Visit("Szőke, Ödön", "GLU", ordered=95, due=-75),
    Visit("Featherstonehaugh-Cholmondeley, Maximiliana Josephine", "PT APTT CMP CBC HBA1C", ordered=41),
    Visit("王, 秀兰", "CBC HBA1C", ordered=33),
    Visit("Begay, Shandiin", "LEAD CBC", ordered=28),
    Visit("Rivera, Ana", "CBC CMP TSH", ordered=24),
    Visit("Rivera, Anna", "LIPID GLU", ordered=16),
    Visit("Ng, Bo", "PT", ordered=14),
    Visit("Ng, Bo", "DDIM", ordered=11, provider="Dr. Hugo Steiner"),
    Visit("Kim, Seo-yeon", "UA UCX", ordered=7),
)
AT_THE_CLINIC = (
    Visit("Kealoha, Kaimana", "CBC", ordered=20, collected=4, verified=False),
    Visit("Dlamini, Thandeka", "TSH FT4", ordered=60, collected=38, verified=False, collector=DIEGO),
    Visit("Brandt, Jonas", "CBC CMP PT", ordered=45, collected=22),
    Visit("Smith, John 1978", "CBC BMP", ordered=50, collected=30, collector=DIEGO),
    Visit("Großmann, Jörg", "TROP", ordered=40, priority=STAT, collected=29),
    Visit(RELABELLED, "HCG", ordered=70, collected=48, collector=DIEGO),
    Visit("Çelik, Gülşen", "LIPID GLU", ordered=130, collected=105, fasting=True),
    Visit("Al-Khatib, Yousef", "HBA1C LIPID", ordered=100, collected=70, hops=_AT_THE_LOCKBOX, fasting=True),
    Visit("Peña, Íñigo", "UA", ordered=95, collected=66, hops=_AT_THE_LOCKBOX, collector=DIEGO),
    Visit("Abebe, Tigist", "FIT", ordered=150, collected=140, verified=False, source=Source.PATIENT),
    Visit("Ковальчук, Олена", "STCX CDIFF", ordered=_DAY, collected=_DAY - 15, verified=False, source=Source.PATIENT),
)
ON_THE_WAY = (
    Visit(
        "O'Rourke, Siobhán",
        "BCXAER BCXANA CBCD",
        ordered=80,
        collected=65,
        site="arm",
        laterality="left",
    ),
    Visit("Tanaka, Haruki", "HIV HBSAG HCV SYPH", ordered=75, collected=58, collector=DIEGO),
    Visit(MISLAID, "CBCD ESR", ordered=170, collected=150, hops=_LONG_ON_THE_ROAD),
    Visit(
        "Kaur, Harpreet", "WCX", ordered=160, collected=141, hops=_LONG_ON_THE_ROAD, site="forearm", laterality="left"
    ),
)
AT_THE_LABORATORY = (
    Visit(REJECTED, "TSH", ordered=220, collected=200, hops=_NOON_ROUND),
    Visit(
        "Raghunathan, Venkatasubramanian", "CMP LIPID HBA1C", ordered=215, collected=190, hops=_NOON_ROUND, fasting=True
    ),
    Visit("Ødegård, Sølvi", "BMP MG PHOS", ordered=400, collected=330, hops=_ON_THE_BENCH, collector=DIEGO),
    Visit(
        "Lê, Hoàng Phương Uyên",
        "CD4",
        ordered=230,
        collected=205,
        hops=(*_NOON_ROUND, Hop("receive", 80, BENCH, PRIYA)),
    ),
    Visit("Þórsdóttir, Ásta", "IRON FERR B12", ordered=390, collected=350, hops=_STORED, fasting=True),
    Visit("van den Heuvel, Annelies", "PT DDIM", ordered=380, collected=345, hops=_STORED, collector=DIEGO),
    Visit("Παπαδημητρίου, Ελένη", "LFT LIPASE", ordered=385, collected=340, hops=_STORED),
    Visit(
        "Nakamura-Whitfield, Aiko Elisabeth",
        "CRP",
        ordered=370,
        collected=335,
        hops=(*_STORED, Hop("retrieve", 25, COLD_ROOM, PRIYA)),
    ),
    Visit(
        "Bin Rashid, Maryam",
        "COVFLU",
        ordered=200,
        collected=185,
        verified=False,
        hops=(Hop("receive", 62, LABORATORY, PRIYA),),
        source=Source.OUTSIDE,
        sender="Lakeside Family Practice",
        site="nasopharynx",
    ),
)
LAST_WEEK = (
    Visit(
        "Kowalski, Max",
        "UA",
        ordered=6 * _DAY + 20,
        collected=6 * _DAY,
        hops=(*_LAST_WEEK, Hop("dispose", 210, COLD_ROOM, PRIYA)),
    ),
    Visit(
        "Łukaszewicz, Żaneta", "FERR", ordered=6 * _DAY + 30, collected=6 * _DAY + 5, hops=_LAST_WEEK, collector=DIEGO
    ),
    Visit(
        "D'Angelo-Ferri, Niccolò",
        "CBC",
        ordered=6 * _DAY + 15,
        collected=6 * _DAY - 10,
        hops=(*_LAST_WEEK, Hop("dispose", 210, COLD_ROOM, PRIYA)),
    ),
)
VISITS = (*LAST_WEEK, *AT_THE_LABORATORY, *ON_THE_WAY, *AT_THE_CLINIC, *WAITING)
