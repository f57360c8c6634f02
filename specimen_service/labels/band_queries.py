"""Whose wristband it is: the patient of a specimen, and the band number that was read at its collection."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.kernel.clock import day
from specimen_service.labels.band import BandText
from specimen_service.patients.model import Identity, Patient
from specimen_service.specimens.model import Collection, Specimen
from specimen_service.specimens.queries import specimen_id_of


def band_text(session: Session, code: str) -> tuple[BandText, int]:
    """Return what the band of a specimen's patient says, and the patient's id; raises `NotFound`."""
    found = (
        select(Patient, Collection.band_number)
        .join(Specimen, Specimen.patient_id == Patient.id)
        .outerjoin(Collection, Collection.id == Specimen.collection_id)
        .where(Specimen.id == specimen_id_of(session, code))
    )
    patient, band_number = session.execute(found).one()
    said = BandText(
        mrn=patient.mrn,
        family_name=patient.family_name,
        given_name=patient.given_name,
        birth_date=day(patient.birth_date) if patient.birth_date else "",
        sex=patient.sex,
        band_number=band_number or "",
        temporary=patient.identity is Identity.TEMPORARY,
    )
    return said, patient.id
