"""Everything that can be wrong with an order or a collection, named at once: pure checks of plain values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from specimen_service.catalog.queries import Catalog
from specimen_service.collection.facts import CollectionFacts, OrderRequest, SpecimenFacts
from specimen_service.collection.rules import birth_date_fault, time_fault
from specimen_service.kernel.errors import Fault
from specimen_service.kernel.language import say, to_say
from specimen_service.kernel.numbers import Kind, checks, kind_of, looks_like_number
from specimen_service.patients.model import Identity, PatientFacts
from specimen_service.specimens.model import BarcodeOwner, Source

_HANDLING = frozenset(
    [
        "C37",
        "AMB",
        "CAMB",
        "REF",
        "CREF",
        "FRZ",
        "CFRZ",
        "DFRZ",
        "UFRZ",
        "NTR",
        "PRTL",
        "CATM",
        "DRY",
        "PSO",
        "PSA",
        "UPR",
        "MTLF",
    ]  # HL7 table 0376
)
NO_TEST = to_say("Name at least one test.")
REQUIRED = {
    "family_name": to_say("The family name is required, or set identity to temporary."),
    "given_name": to_say("The given name is required, or set identity to temporary."),
    "birth_date": to_say("The birth date is required, or set identity to temporary."),
}
_LATERALITY = frozenset({"left", "right", "bilateral"})


@dataclass(frozen=True)
class Surroundings:
    """What the database knows of the names in a collection: whether each is there."""

    collector_known: bool
    station_known: bool
    order_known: bool
    order_is_of_patient: bool


def order_faults(request: OrderRequest, catalog: Catalog, today: date) -> list[Fault]:
    """Name every fault of an order."""
    faults = list(_patient_faults(request.patient, today))
    if not request.tests:
        faults.append(Fault("/tests", say(NO_TEST)))
    faults += _unknown_tests("/tests", request.tests, catalog)
    return faults


def collection_faults(
    facts: CollectionFacts, catalog: Catalog, around: Surroundings, now: datetime, today: date
) -> list[Fault]:
    """Name every fault of a collection; `today` is the site's date."""
    faults = list(_patient_faults(facts.patient, facts.collected_at.date() if facts.collected_at else today))
    faults += _people_and_places(facts, around)
    faults += _time_faults(facts, now)
    if not facts.specimens:
        faults.append(Fault("/specimens", say("Name at least one specimen.")))
    for i, specimen in enumerate(facts.specimens):
        faults += _specimen_faults(f"/specimens/{i}", specimen, catalog, facts, now)
    return faults


def _patient_faults(patient: PatientFacts, today: date) -> Iterator[Fault]:
    if not patient.mrn:
        yield Fault("/patient/mrn", say("The MRN is required. For somebody unknown, give a temporary one."))
    if patient.identity is not Identity.TEMPORARY:
        for field, sentence in REQUIRED.items():
            if not getattr(patient, field):
                yield Fault(f"/patient/{field}", say(sentence))
    fault = birth_date_fault(patient.birth_date, today)
    if fault:
        yield Fault("/patient/birth_date", fault)


def _people_and_places(facts: CollectionFacts, around: Surroundings) -> Iterator[Fault]:
    if facts.collector and not around.collector_known:
        yield Fault(
            "/collector",
            say(
                "There is no active user %(collector)s. "
                "Give a username, or collector_name for somebody without an account.",
                collector=facts.collector,
            ),
        )
    if not facts.collector and not facts.collector_name and facts.source is Source.STAFF:
        yield Fault("/collector", say("Say who collected: a username here, or a name in collector_name."))
    if facts.station and not around.station_known:
        yield Fault("/station", say("There is no station %(station)s in the configuration.", station=facts.station))
    if not facts.station and facts.print_labels:
        yield Fault("/station", say("Labels print at a station. Name it, or set print to false."))
    if facts.order_number and not around.order_known:
        yield Fault("/order_number", say("There is no order %(order)s.", order=facts.order_number))
    elif facts.order_number and not around.order_is_of_patient:
        yield Fault("/order_number", say("This order is of another patient. Check both."))
    if facts.source is Source.OUTSIDE and not facts.sender:
        yield Fault("/sender", say("Name who sent it."))


def _time_faults(facts: CollectionFacts, now: datetime) -> Iterator[Fault]:
    if facts.collected_at is None:
        if facts.source is not Source.PATIENT and not facts.labels_first:
            yield Fault(
                "/collected_at",
                say("The collection time is required, unless the patient collects at home (source: patient)."),
            )
        return
    fault = time_fault(facts.collected_at, now, facts.late_reason)
    if fault:
        yield Fault("/collected_at", fault)


def _specimen_faults(
    at: str, specimen: SpecimenFacts, catalog: Catalog, facts: CollectionFacts, now: datetime
) -> Iterator[Fault]:
    if specimen.type not in catalog.types:
        no_type = say("There is no specimen type %(type)s in the catalog (HL7 table 0487).", type=specimen.type)
        yield Fault(f"{at}/type", no_type)
    if specimen.container not in catalog.containers:
        no_container = say("There is no container %(container)s in the catalog.", container=specimen.container)
        yield Fault(f"{at}/container", no_container)
    yield from _unknown_tests(f"{at}/tests", specimen.tests, catalog)
    if specimen.collected_at is not None:
        fault = time_fault(specimen.collected_at, now, facts.late_reason)
        if fault:
            yield Fault(f"{at}/collected_at", fault)
    if specimen.handling and specimen.handling not in _HANDLING:
        yield Fault(f"{at}/handling", say("%(code)s is no code of HL7 table 0376.", code=specimen.handling))
    if specimen.laterality and specimen.laterality not in _LATERALITY:
        yield Fault(f"{at}/laterality", say("Say left, right or bilateral."))
    if specimen.barcode is BarcodeOwner.LIS and not any(one.kind == "lis" for one in specimen.identifiers):
        no_number = say("A label with the laboratory's barcode needs an identifier of kind lis.")
        yield Fault(f"{at}/identifiers", no_number)
    if specimen.downtime_number and not _is_downtime_number(specimen.downtime_number):
        no_downtime = say("This is no downtime number: 12 digits that begin with 90. Scan or retype it.")
        yield Fault(f"{at}/downtime_number", no_downtime)


def missing_sites(facts: CollectionFacts, catalog: Catalog) -> list[str]:
    """Warn of specimens whose body site should be known and is not (42 CFR 493.1242: source, when appropriate)."""
    lacking = [one.type for one in facts.specimens if catalog.types[one.type].needs_site and not one.site]
    return [
        say(
            "%(specimen)s: the body site is not given. The laboratory may ask for it.",
            specimen=catalog.types[code].name,
        )
        for code in lacking
    ]


def _unknown_tests(at: str, codes: Sequence[str], catalog: Catalog) -> Iterator[Fault]:
    for i, code in enumerate(codes):
        if code not in catalog.tests:
            yield Fault(f"{at}/{i}", say("There is no test %(test)s in the catalog.", test=code))
        elif code in codes[:i]:
            yield Fault(f"{at}/{i}", say("%(test)s is named twice.", test=code))


def _is_downtime_number(number: str) -> bool:
    return looks_like_number(number) and kind_of(number) is Kind.DOWNTIME and checks(number)
