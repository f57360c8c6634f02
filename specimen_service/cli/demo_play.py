"""Playing the demo's day: every order, collection and scan goes through the service's own actions, at its own time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from specimen_service.accounts.queries import PersonRow
from specimen_service.audit.model import Actor, ActorKind
from specimen_service.catalog.queries import ContainerRow
from specimen_service.cli.demo_config import BENCH, CHAIR_1, CHAIR_2, CLINIC, COLD_ROOM, LABORATORY
from specimen_service.cli.demo_day import BAGGED, MISLAID, REJECTED, RELABELLED, VISITS, Hop, Visit
from specimen_service.cli.demo_people import AMARA, DIEGO, LENA, PRIYA
from specimen_service.collection.actions import place_order, record_collection
from specimen_service.collection.draw_actions import draw_for
from specimen_service.collection.facts import (
    CollectionFacts,
    IdentifierFacts,
    OrderRequest,
    PlacedOrder,
    RecordedCollection,
    SpecimenFacts,
)
from specimen_service.collection.queries import sitting
from specimen_service.custody.actions import record_scans
from specimen_service.custody.model import CarrierKind
from specimen_service.devices.model import Profile
from specimen_service.kernel.errors import NotFound
from specimen_service.labels.model import JobState, PrintJob, Proof
from specimen_service.labels.reprints import PrintRequest, print_again
from specimen_service.patients.model import PatientFacts
from specimen_service.receiving.actions import FollowUp, follow_up
from specimen_service.settings import Settings
from specimen_service.shipments.actions import create_shipment, seal_shipment
from specimen_service.specimens.actions import policy_of
from specimen_service.specimens.model import Label, Source

_CHAIRS = {AMARA.username: CHAIR_1, DIEGO.username: CHAIR_2}
_UNKNOWN_CODE = "4007817327"
"""Another system's number that nobody registered."""
_VERIFIED_AFTER = 2
"""Minutes from the collection to the scan of the labels on the tubes."""
_SEAL = "R 004711"
"""On the bag that is on its way."""
_BETWEEN_SCANS = timedelta(seconds=3)


@dataclass(frozen=True)
class Stage:
    """What the play needs: the transaction, the present, and who and what there is, by name."""

    session: Session
    settings: Settings
    now: datetime
    patients: Mapping[str, PatientFacts]
    people: Mapping[str, PersonRow]
    devices: Mapping[Profile, Actor]
    places: Mapping[str, str]
    """Numbers of the locations."""
    containers: Mapping[str, ContainerRow]

    def ago(self, minutes: int) -> datetime:
        """Return the moment so many minutes before now; negative: after."""
        return self.now - timedelta(minutes=minutes)

    def person(self, username: str) -> Actor:
        """Return somebody as the one who acts at a page."""
        row = self.people[username]
        return Actor(ActorKind.PERSON, row.id, row.display_name, row.role)


def play(stage: Stage) -> None:
    """Play the whole day; must run in an empty system whose people, devices, places and catalog are there."""
    collected = _order_and_collect(stage)
    _let_labels_be_printed(stage.session)
    _scan_the_rounds(stage, collected)
    _send_a_bag(stage, [one.number for visit in BAGGED for one in collected[_visit_of(visit)].specimens])
    _relabel(stage, collected[_visit_of(RELABELLED)])
    _let_labels_be_printed(stage.session)
    _reject(stage, collected[_visit_of(REJECTED)].specimens[0].number)
    _scan(stage, Hop("store", 10, COLD_ROOM, PRIYA), [collected[_visit_of(MISLAID)].specimens[0].number])
    _scan(stage, Hop("receive", 42, BENCH, PRIYA), [_UNKNOWN_CODE])


def _visit_of(patient: str) -> Visit:
    return next(visit for visit in VISITS if visit.patient == patient)


def _order_and_collect(stage: Stage) -> dict[Visit, RecordedCollection]:
    placed: dict[Visit, PlacedOrder] = {}
    collected: dict[Visit, RecordedCollection] = {}
    steps = [(-visit.ordered, i, visit, False) for i, visit in enumerate(VISITS)]
    steps += [(-_recorded(visit), i, visit, True) for i, visit in enumerate(VISITS) if visit.collected is not None]
    for _when, _i, visit, collecting in sorted(steps, key=lambda step: step[:2]):
        if collecting:
            collected[visit] = _collect(stage, visit, placed[visit])
        else:
            placed[visit] = _order(stage, visit)
    return collected


def _recorded(visit: Visit) -> int:
    # What comes from outside is recorded when it is received; all else when it is collected.
    return visit.hops[0].ago + 1 if visit.source is Source.OUTSIDE else visit.collected or 0


def _order(stage: Stage, visit: Visit) -> PlacedOrder:
    at = stage.ago(visit.ordered)
    request = OrderRequest(
        patient=stage.patients[visit.patient],
        tests=tuple(visit.tests.split()),
        priority=visit.priority,
        due_at=None if visit.due is None else stage.ago(visit.due),
        ordering_provider=visit.provider,
        ordering_site="Riverside Family Medicine",
    )
    today = at.astimezone(stage.settings.service.zone).date()
    return place_order(stage.session, at, stage.devices[Profile.INTEGRATOR], today, request)


def _collect(stage: Stage, visit: Visit, placed: PlacedOrder) -> RecordedCollection:
    outside = visit.source is Source.OUTSIDE
    facts = CollectionFacts(
        patient=stage.patients[visit.patient],
        specimens=tuple(_specimen(stage, visit, placed.number, *tube) for tube in placed.tubes),
        collected_at=None if visit.source is Source.PATIENT else stage.ago(visit.collected or 0),
        collector="" if outside else visit.collector.username,
        collector_name=visit.sender,
        station="" if outside else _CHAIRS[visit.collector.username],
        order_number=placed.number,
        priority=visit.priority,
        print_labels=not outside,
        source=visit.source,
        sender=visit.sender,
        ordering_provider=visit.provider,
    )
    at, actor = stage.ago(_recorded(visit)), stage.person(PRIYA.username if outside else visit.collector.username)
    recorded = record_collection(stage.session, at, actor, stage.settings, facts)
    if not outside:
        _sit(stage, visit, recorded.accession, at, actor)
    return recorded


def _sit(stage: Stage, visit: Visit, accession: str, at: datetime, actor: Actor) -> None:
    """Make the sitting its collector's, as at the chair: it ends with the scan of the labels, or at the hand-out."""
    found = sitting(stage.session, accession)
    if found is None:
        raise NotFound("draw", accession)
    draw = draw_for(stage.session, at, actor, found, None)
    if visit.source is Source.PATIENT:
        draw.ended_at = at
    elif visit.verified:
        draw.ended_at = at + timedelta(minutes=_VERIFIED_AFTER)


def _specimen(stage: Stage, visit: Visit, order_number: str, type_: str, container: str) -> SpecimenFacts:
    identifiers = []
    if stage.containers[container].own_barcode:
        identifiers.append(IdentifierFacts("blood culture", "bottle", f"{container}-{order_number}"))
    if visit.sender:
        identifiers.append(IdentifierFacts(visit.sender, "sender", "LFP-20931"))
    return SpecimenFacts(
        type_,
        container,
        site=visit.site,
        laterality=visit.laterality,
        fasting=visit.fasting,
        identifiers=tuple(identifiers),
    )


def _scan_the_rounds(stage: Stage, collected: Mapping[Visit, RecordedCollection]) -> None:
    rounds: dict[tuple[Hop, str], list[str]] = defaultdict(list)
    for visit, recorded in collected.items():
        numbers = [specimen.number for specimen in recorded.specimens]
        if visit.verified and visit.collected is not None:
            verify = Hop("verify", visit.collected - _VERIFIED_AFTER, CLINIC, visit.collector)
            rounds[verify, recorded.accession] += numbers
        for hop in visit.hops:
            rounds[hop, ""] += numbers
    for (hop, accession), numbers in sorted(rounds.items(), key=lambda item: -item[0][0].ago):
        _scan(stage, hop, numbers, accession)


def _scan(stage: Stage, hop: Hop, codes: Sequence[str], accession: str = "", **besides: str) -> None:
    """Scan codes one after the other; labels are verified at a page, everything else is scanned with a device."""
    begun = stage.ago(hop.ago)
    worker = stage.people[hop.by.username]
    raw = [
        {
            "scan_id": str(uuid5(NAMESPACE_OID, f"demo {hop.action} {hop.ago} {code}")),
            "code": code,
            "action": hop.action,
            "scanned_at": (begun + i * _BETWEEN_SCANS).isoformat(),
            "location": stage.places[hop.place],
            "operator": worker.badge,
            **({"collection": accession} if accession else {}),
            **besides,
        }
        for i, code in enumerate(codes)
    ]
    profile = Profile.LAB if hop.by is PRIYA else Profile.HANDHELD
    actor = stage.person(worker.username) if accession else stage.devices[profile]
    sent = begun + len(codes) * _BETWEEN_SCANS
    record_scans(stage.session, sent, actor, raw, sent_at=sent, policy=policy_of(stage.settings))


def _send_a_bag(stage: Stage, numbers: Sequence[str]) -> None:
    """Pack tubes into a bag before the courier takes them, seal it, and let it be on its way."""
    packer = stage.person(AMARA.username)
    laboratory = stage.places[LABORATORY]
    bag = create_shipment(stage.session, stage.ago(24), packer, kind=CarrierKind.BAG, destination=laboratory)
    _scan(stage, Hop("see", 22, CLINIC, AMARA), numbers, into=bag)
    seal_shipment(stage.session, stage.ago(19), packer, number=bag, seal=_SEAL)
    _scan(stage, Hop("pick_up", 17, CLINIC, LENA), [bag])


def _relabel(stage: Stage, recorded: RecordedCollection) -> None:
    """Print a smudged label again under a new number and scan that on the tube; the old number is dead from here on."""
    old, actor = recorded.specimens[0].number, stage.person(DIEGO.username)
    wish = PrintRequest(CHAIR_2, "The label was smudged.", old_code=old)
    job = print_again(stage.session, stage.ago(40), actor, stage.settings, old, wish)
    number = stage.session.scalars(select(Label.number).where(Label.id == job.label_id)).one()
    _scan(stage, Hop("verify", 39, CLINIC, DIEGO), [number], recorded.accession)


def _reject(stage: Stage, number: str) -> None:
    """Reject a tube; whoever ordered it was told and wants a new one, which waits at the station."""
    _scan(stage, Hop("reject", 72, LABORATORY, PRIYA), [number], reason="RH")
    wish = FollowUp(read_back="Joan Pell, RN", recollect=True)
    follow_up(stage.session, stage.ago(70), stage.person(PRIYA.username), stage.settings, number, wish)


def _let_labels_be_printed(session: Session) -> None:
    # The day is over when the demo starts: its labels came out long ago and must not come out now.
    printed = {
        "state": JobState.PRINTED,
        "proof": Proof.PRINTER,
        "attempts": 1,
        "sending_at": PrintJob.created_at,
        "finished_at": PrintJob.created_at,
    }
    session.execute(update(PrintJob).where(PrintJob.state == JobState.QUEUED).values(printed))
