"""What follows from a rejection, and the exception that a supervisor signs instead of one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.accounts.actions import check_pin
from specimen_service.accounts.model import Role
from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.catalog.queries import containers, reject_reasons
from specimen_service.collection.actions import OrderRequest, place_order
from specimen_service.custody.actions import append_event
from specimen_service.custody.model import Event
from specimen_service.custody.queries import rejection_reasons
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput, NotAllowed
from specimen_service.kernel.language import say, to_say
from specimen_service.orders.model import Order
from specimen_service.patients.model import PatientFacts
from specimen_service.receiving.queries import ordering_site
from specimen_service.receiving.rules import KEPT_FROM, is_name
from specimen_service.settings import Settings
from specimen_service.specimens.actions import policy_of
from specimen_service.specimens.model import Rejection, SignedException, Specimen, Status, status_words
from specimen_service.specimens.queries import SpecimenDetails, specimen_details

SIGNERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
NO_NAME = to_say("Write the name of the person who read it back.")
LONGEST_NAME = 120
LONGEST_STATEMENT = 1000


@dataclass(frozen=True)
class FollowUp:
    """What is done about a rejection: who was told and read it back (empty: nobody yet), and whether to collect again."""

    site: str = ""
    read_back: str = ""
    recollect: bool = False


@dataclass(frozen=True)
class Signature:
    """A supervisor's statement, and the badge and PIN that sign it."""

    reason: str
    """What is wrong with the specimen: HL7 table 0490 code."""
    statement: str
    badge: str
    pin: str


def follow_up(session: Session, now: datetime, actor: Actor, settings: Settings, code: str, wish: FollowUp) -> None:
    """Tell the orderer of a rejection, order a new collection, or both; what was done before stays as it is.

    Raises `NotFound`, `InvalidInput` for a name that is none and for an order that cannot be placed, `Conflict` for a
    specimen that is not rejected.
    """
    if wish.read_back and not is_name(wish.read_back):
        raise InvalidInput([Fault("/read_back", say(NO_NAME))])
    details = _locked(session, code)
    if details.status != Status.REJECTED:
        sentence = to_say("Specimen %(number)s is %(status)s, not rejected. Reject it first.")
        raise Conflict(say(sentence, number=details.number, status=status_words(details.status)))
    rejection = session.scalar(select(Rejection).where(Rejection.specimen_id == details.id))
    if rejection is None:
        tries = 1 + max((one.tries for one in details.recollects), default=0)
        rejection = Rejection(specimen_id=details.id, reason=_reason(session, details.id), tries=tries)
        session.add(rejection)
    if rejection.notified_at is not None and rejection.notified_at < details.since:
        # Rejected before, corrected, and rejected now: what was told then was another reason, or none.
        rejection.reason, rejection.notified_at = _reason(session, details.id), None
    rejection.site = wish.site or rejection.site or ordering_site(session, details.id)
    if wish.read_back and rejection.notified_at is None:
        rejection.read_back, rejection.notified_at, rejection.notified_by = wish.read_back, now, actor.name
    if wish.recollect and rejection.order_id is None:
        rejection.order_id = _order_again(session, now, actor, settings, details, rejection.site)
        session.get_one(Specimen, details.id).pending = True
    session.flush()
    detail = {"reason": rejection.reason, "notified": bool(wish.read_back), "recollect": wish.recollect}
    record(
        session,
        now,
        actor,
        "specimen.rejection_followed_up",
        subject=details.number,
        patients=[details.patient.id],
        detail=detail,
    )


def sign_exception(
    session: Session, now: datetime, actor: Actor, settings: Settings, code: str, signature: Signature
) -> None:
    """Accept a specimen that cannot be collected again in spite of a fault, on a supervisor's signed statement.

    Never for a container that is never labelled again (transfusion). Raises `NotFound`, `InvalidInput`, `NotSigned` with
    the try counted, `NotAllowed` for who is no supervisor, and `Conflict` where the specimen does not allow it.
    """
    details = _locked(session, code)
    _refuse_exception(session, details, signature)
    signer = check_pin(session, now, badge=signature.badge, pin=signature.pin)
    if signer.role not in SIGNERS:
        raise NotAllowed(say("Only a supervisor can sign for this. Ask one to scan a badge here."))
    said = {"specimen_id": details.id, "reason": signature.reason, "statement": signature.statement}
    if session.scalar(select(SignedException.id).filter_by(**said)):
        return  # pressed twice
    append_event(
        session,
        now,
        actor,
        policy_of(settings),
        specimen_id=details.id,
        event=Event.ACCEPTED,
        effective_at=now,
        code=details.number,
        person_id=signer.id,
        detail={"signed_exception": signature.reason},
    )
    session.add(SignedException(**said, signed_by_id=signer.id, signed_at=now))
    record(
        session,
        now,
        actor,
        "specimen.exception_signed",
        subject=details.number,
        patients=[details.patient.id],
        detail={"reason": signature.reason, "signed_by": signer.username},
    )


def _locked(session: Session, code: str) -> SpecimenDetails:
    # Scans lock the specimen's row too; what is decided on is read again after the lock, as it stands now.
    specimen_id = specimen_details(session, code).id
    session.get_one(Specimen, specimen_id, with_for_update=True, populate_existing=True)
    return specimen_details(session, code)


def _reason(session: Session, specimen_id: int) -> str:
    return rejection_reasons(session, [specimen_id]).get(specimen_id, "")


def _order_again(
    session: Session, now: datetime, actor: Actor, settings: Settings, details: SpecimenDetails, site: str
) -> int:
    patient = details.patient
    facts = {name: getattr(patient, name) for name in PatientFacts.__dataclass_fields__}
    request = OrderRequest(
        patient=PatientFacts(**facts),
        tests=tuple(dict.fromkeys(test.code for test in details.tests)),
        priority=details.priority,
        ordering_provider=details.collection.ordering_provider if details.collection else "",
        ordering_site=site,
    )
    placed = place_order(session, now, actor, now.astimezone(settings.service.zone).date(), request)
    return session.scalars(select(Order.id).where(Order.number == placed.number)).one()


def _refuse_exception(session: Session, details: SpecimenDetails, signature: Signature) -> None:
    container = containers(session).get(details.container)
    if container is not None and not container.relabel:
        raise Conflict(say("A specimen for transfusion is never kept with a fault. Reject it and collect it again."))
    if details.status == Status.REJECTED:
        sentence = to_say(
            "Specimen %(number)s is rejected already. If that was a mistake, correct the rejection first, "
            "then sign for it."
        )
        raise Conflict(say(sentence, number=details.number))
    if details.status not in KEPT_FROM:
        sentence = to_say("Specimen %(number)s is %(status)s. Receive it first, then sign for it.")
        raise Conflict(say(sentence, number=details.number, status=status_words(details.status)))
    faults = []
    if signature.reason not in reject_reasons(session):
        faults.append(Fault("/reason", say("Choose what is wrong with the specimen.")))
    if not signature.statement:
        sentence = say("Say why it cannot be collected again, and what makes sure whose it is.")
        faults.append(Fault("/statement", sentence))
    if faults:
        raise InvalidInput(faults)
