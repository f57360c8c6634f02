"""The catalog as plain rows by code; what a laboratory no longer offers is left out."""

from dataclasses import dataclass, fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.catalog.model import Container, RejectReason, SpecimenType, Test


@dataclass(frozen=True)
class ContainerRow:
    """A container; each field is a column of the model."""

    id: int
    code: str
    name: str
    label_name: str
    cap_colour: str
    cap_pattern: str
    additive: str
    additive_name: str
    draw_order: int
    inversions: str
    volume_ml: float | None
    own_barcode: bool
    relabel: bool


@dataclass(frozen=True)
class TypeRow:
    """A specimen type; each field is a column of the model."""

    id: int
    code: str
    name: str
    needs_site: bool


@dataclass(frozen=True)
class TestRow:
    """A test; each field is a column of the model."""

    __test__ = False  # pytest must not take it for a test class

    id: int
    code: str
    name: str
    specimen_type_id: int
    container_id: int
    containers: int
    volume_ml: float | None
    fasting_hours: int
    handling: str
    stable_minutes: int | None


@dataclass(frozen=True)
class Catalog:
    """All that can be ordered and collected, by code: what orders and collections are checked against."""

    containers: dict[str, ContainerRow]
    types: dict[str, TypeRow]
    tests: dict[str, TestRow]


def catalog(session: Session) -> Catalog:
    """Read the whole catalog, in three selects."""
    return Catalog(containers(session), specimen_types(session), tests(session))


def containers(session: Session) -> dict[str, ContainerRow]:
    """Read the containers, in order of draw."""
    return {row.code: ContainerRow(*row) for row in session.execute(_CONTAINERS)}


def specimen_types(session: Session) -> dict[str, TypeRow]:
    """Read the specimen types, by name."""
    return {row.code: TypeRow(*row) for row in session.execute(_TYPES)}


def tests(session: Session) -> dict[str, TestRow]:
    """Read the tests, by name; one whose container or material is no longer offered is left out with it."""
    return {row.code: TestRow(*row) for row in session.execute(_TESTS)}


def reject_reasons(session: Session) -> dict[str, str]:
    """Read the reasons to reject a specimen, the most usual first: HL7 table 0490 code to plain words."""
    return dict(session.execute(_REJECT_REASONS).all())


_CONTAINERS = (
    select(*(getattr(Container, field.name) for field in fields(ContainerRow)))
    .where(Container.active)
    .order_by(Container.draw_order, Container.id)
)
_TYPES = (
    select(*(getattr(SpecimenType, field.name) for field in fields(TypeRow)))
    .where(SpecimenType.active)
    .order_by(SpecimenType.name)
)
_TESTS = (
    select(*(getattr(Test, field.name) for field in fields(TestRow)))
    .join(Container, Container.id == Test.container_id)
    .join(SpecimenType, SpecimenType.id == Test.specimen_type_id)
    .where(Test.active, Container.active, SpecimenType.active)
    .order_by(Test.name)
)
_REJECT_REASONS = (
    select(RejectReason.code, RejectReason.name)
    .where(RejectReason.active)
    .order_by(RejectReason.rank, RejectReason.code)
)
