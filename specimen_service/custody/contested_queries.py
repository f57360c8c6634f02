"""The numbers that several specimens carry, who carries them, and the scans of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, cast

from sqlalchemy import Row, Select, Table, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from specimen_service.custody.contested import Carrier, Carriers
from specimen_service.custody.model import CustodyEvent
from specimen_service.kernel.codes import clean
from specimen_service.specimens.model import LINK, Identifier, Label, Specimen
from specimen_service.specimens.model import Collection as Sitting


def contested(session: Session, specimen_ids: Collection[int]) -> Carriers:
    """Find the numbers that some specimens share with others, with all who carry them; our label numbers are none."""
    return _shared(session, _CONTESTED, {"keys": list(specimen_ids)})


def contested_by_links(session: Session) -> Carriers:
    """Find all numbers that several specimens carry, one at least by a link."""
    return _shared(session, _LINKED, {})


def scans_of(session: Session, numbers: Carriers, columns: Select[*tuple[Any, ...]]) -> list[Row[Any]]:
    """Read the scans of contested numbers, wherever they stand; `columns` selects from custody events."""
    if not numbers:
        return []
    carrying = {one.specimen_id for carriers in numbers.values() for one in carriers}
    somewhere = or_(_E.c.about.in_(list(numbers)), _E.c.specimen_id.in_(sorted(carrying)))
    rows = session.connection().execute(columns.where(somewhere, _E.c.scan_id.is_not(None)))
    return [row for row in rows if clean(row.code) in numbers]


def sharing_links(session: Session, specimen_ids: Collection[int]) -> set[int]:
    """Find the specimens that carry a number that a link stuck on one of these, or on them."""
    return set(session.scalars(_SHARING, {"keys": list(specimen_ids)})) if specimen_ids else set()


def _shared(session: Session, wanted: Select[Any], keys: Mapping[str, object]) -> Carriers:
    found: dict[str, list[Carrier]] = defaultdict(list)
    for value, *carrier in session.execute(wanted, keys):
        found[value].append(Carrier(*carrier))
    return {value: carriers for value, carriers in found.items() if len({one.specimen_id for one in carriers}) > 1}


_E, _I = cast("Table", CustodyEvent.__table__), cast("Table", Identifier.__table__)
_OTHER = _I.alias("other")
_CARRIERS = (
    select(_I.c.value, _I.c.specimen_id, _I.c.registered_at, _I.c.system == LINK, Sitting.accession)
    .join(Specimen, Specimen.id == _I.c.specimen_id)
    .outerjoin(Sitting, Sitting.id == Specimen.collection_id)
    .where(~exists().where(Label.number == _I.c.value))
    .order_by(_I.c.id)
)
_CONTESTED = _CARRIERS.where(
    _I.c.value.in_(
        select(_OTHER.c.value)
        .join(mine := _I.alias("mine"), mine.c.value == _OTHER.c.value)
        .where(mine.c.specimen_id.in_(bindparam("keys", expanding=True)), _OTHER.c.specimen_id != mine.c.specimen_id)
    )
)
_LINKED = _CARRIERS.where(_I.c.value.in_(select(_OTHER.c.value).where(_OTHER.c.system == LINK)))
_SHARING = (
    select(_OTHER.c.specimen_id)
    .join(_I, _I.c.value == _OTHER.c.value)
    .where(_I.c.specimen_id.in_(bindparam("keys", expanding=True)), or_(_I.c.system == LINK, _OTHER.c.system == LINK))
    .distinct()
)
