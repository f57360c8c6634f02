"""Tubes of a draw that were not obtained, as plain rows: each with why, and who said so when."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.accounts.model import Person
from specimen_service.catalog.model import Container
from specimen_service.custody.model import CustodyEvent, Event
from specimen_service.specimens.model import Specimen, SpecimenTest, Status

PLANNED_AGAIN = "planned_again"
"""Beside the reason in the custody event: the internal id of the tube that is planned in place of this one."""


@dataclass(frozen=True)
class MissedTubeRow:
    """A tube that was not obtained in a draw that is still under way."""

    specimen_id: int
    planned_id: int
    """The tube planned in its place, by internal id."""
    container_name: str
    cap_colour: str
    cap_pattern: str
    reason: str
    person_name: str
    at: datetime
    event_hash: str


def left_for_later(session: Session, left_out: Sequence[int]) -> list[str]:
    """Name the containers of planned tubes left out of a draw that are still to be drawn, in order of draw."""
    if not left_out:
        return []
    named = select(Container.name).join(Specimen, Specimen.container_id == Container.id)
    waiting = named.where(Specimen.id.in_(left_out), Specimen.status == Status.TO_COLLECT)
    return list(session.scalars(waiting.order_by(Specimen.position, Specimen.id)))


def missed_tubes(session: Session, order_ids: Sequence[int], left_out: Sequence[int]) -> list[MissedTubeRow]:
    """List the tubes of orders for which one of those left out of its draw is planned, in the order they were missed."""
    linked = select(SpecimenTest.specimen_id).where(SpecimenTest.order_id.in_(order_ids))
    rows = session.execute(
        select(Specimen.id, Container, CustodyEvent, Person.display_name)
        .join(Container, Container.id == Specimen.container_id)
        .join(CustodyEvent, CustodyEvent.specimen_id == Specimen.id)
        .outerjoin(Person, Person.id == CustodyEvent.person_id)
        .where(
            Specimen.id.in_(linked),
            Specimen.status == Status.NOT_OBTAINED,
            CustodyEvent.event == Event.COLLECTION_FAILED,
        )
        .order_by(CustodyEvent.id)
    )
    found = [(json.loads(event.content), *row, event, name) for *row, event, name in rows]
    return [
        MissedTubeRow(
            specimen_id=specimen_id,
            planned_id=said[PLANNED_AGAIN],
            container_name=container.name,
            cap_colour=container.cap_colour,
            cap_pattern=container.cap_pattern,
            reason=said["not_obtained"],
            person_name=name or "",
            at=event.effective_at,
            event_hash=event.hash,
        )
        for said, specimen_id, container, event, name in found
        if said.get(PLANNED_AGAIN) in left_out
    ]
