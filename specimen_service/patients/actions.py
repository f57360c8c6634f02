"""Registering patients, and meeting known ones again."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.kernel.errors import Fault, InvalidInput
from specimen_service.kernel.language import say, to_say
from specimen_service.patients.model import Patient, PatientDiscrepancy, PatientFacts
from specimen_service.patients.rules import differing_fields, is_somebody_else

_WORDS = {"family_name": to_say("family name"), "given_name": to_say("given name"), "birth_date": to_say("birth date")}


def register_patient(session: Session, now: datetime, actor: Actor, sent: PatientFacts) -> tuple[int, list[str]]:
    """Find the patient of an MRN or register a new one; returns the id and warnings for whoever sent it.

    A known MRN whose name and birth date both differ raises `InvalidInput`; where one differs the record stays as it
    is, the difference is kept for review, and a warning says so.
    """
    known = session.scalar(_by_mrn(sent)) or _register(session, now, actor, sent)
    differing = differing_fields(_facts(known), sent)
    if is_somebody_else(differing):
        raise InvalidInput(
            [
                Fault(
                    "/patient/mrn",
                    say(
                        "This MRN belongs to a patient with another name and birth date. Check the MRN and ask the patient again."
                    ),
                )
            ]
        )
    if differing:
        _keep_for_review(session, now, actor, known.id, differing)
    warnings = [
        say(
            "The %(field)s differs from the record. Ask the patient; the record was not changed.",
            field=say(_WORDS[field]),
        )
        for field in differing
    ]
    return known.id, warnings


def _by_mrn(sent: PatientFacts) -> Select[Patient]:
    return select(Patient).where(Patient.mrn == sent.mrn, Patient.mrn_authority == sent.mrn_authority)


def _register(session: Session, now: datetime, actor: Actor, sent: PatientFacts) -> Patient:
    patient = Patient(**asdict(sent), registered_at=now)
    try:
        with session.begin_nested():
            session.add(patient)
    except IntegrityError:
        # Another node registered the same MRN this moment: theirs is the record to compare with.
        return session.scalars(_by_mrn(sent)).one()
    record(session, now, actor, "patient.registered", patients=[patient.id])
    return patient


def _facts(patient: Patient) -> PatientFacts:
    return PatientFacts(**{name: getattr(patient, name) for name in PatientFacts.__dataclass_fields__})


def _keep_for_review(session: Session, now: datetime, actor: Actor, patient_id: int, differing: dict[str, str]) -> None:
    session.add(PatientDiscrepancy(patient_id=patient_id, noticed_at=now, sent_by=actor.name, fields=differing))
    record(session, now, actor, "patient.differs", patients=[patient_id], detail={"fields": sorted(differing)})
