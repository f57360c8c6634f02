"""Containers, specimen types, tests and reasons to reject; the starter catalog fills them, a laboratory changes them."""

from sqlalchemy import ForeignKey, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from specimen_service.kernel.db import Base


class Container(Base):
    """One kind of tube, bottle, cup or swab."""

    __tablename__ = "container"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    """As people say it: `Lavender EDTA`."""
    label_name: Mapped[str] = mapped_column(String(20))
    """As the label says it: `LAV EDTA`."""
    cap_colour: Mapped[str] = mapped_column(String(20))
    """A word for the eye; never the only sign of what it is."""
    cap_pattern: Mapped[str] = mapped_column(String(20))
    """`solid`, `stripe`, `ring`, `tiger` or `dot`: tells caps apart without colour."""
    additive: Mapped[str] = mapped_column(String(20))
    """HL7 table 0371 code; empty where there is none."""
    additive_name: Mapped[str] = mapped_column(String(80))
    draw_order: Mapped[int]
    """Place in the order of draw (CLSI GP41); 90 and above: not drawn from a vein."""
    inversions: Mapped[str] = mapped_column(String(20))
    """How often to invert, as printed on the tube's sheet: `8-10`; empty: not at all."""
    volume_ml: Mapped[float | None]
    """Draw volume in millilitres; None: no fixed volume."""
    relabel: Mapped[bool] = mapped_column(default=True)
    """Whether a verified specimen may get a new label; no for transfusion: recollect instead."""
    own_barcode: Mapped[bool] = mapped_column(default=False)
    """Whether the maker's own barcode identifies it to the analyzer (blood culture bottles): scanned after our label."""
    active: Mapped[bool] = mapped_column(default=True)


class SpecimenType(Base):
    """One kind of material, by its HL7 table 0487 code."""

    __tablename__ = "specimen_type"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    needs_site: Mapped[bool] = mapped_column(default=False)
    """Whether the body site must be known (a swab, a biopsy, a culture)."""
    active: Mapped[bool] = mapped_column(default=True)


class Test(Base):
    """One test that can be ordered, and what it needs."""

    __tablename__ = "test"
    __test__ = False  # pytest must not take it for a test class

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    specimen_type_id: Mapped[int] = mapped_column(ForeignKey("specimen_type.id"))
    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"))
    containers: Mapped[int] = mapped_column(default=1)
    """How many such containers one order of it needs."""
    volume_ml: Mapped[float | None]
    """Least volume in millilitres; None: not stated."""
    fasting_hours: Mapped[int] = mapped_column(default=0)
    handling: Mapped[str] = mapped_column(String(20), default="")
    """HL7 table 0376 code; empty: ambient."""
    stable_minutes: Mapped[int | None]
    """How long the unprocessed specimen is good for it, from collection; None: no limit known."""
    preparation: Mapped[str] = mapped_column(String(120), default="", server_default=text("''"))
    """What the patient must have done or left, besides fasting, as a statement to confirm; empty: nothing."""
    timing: Mapped[str] = mapped_column(String(120), default="", server_default=text("''"))
    """When it must be drawn, as a statement to confirm (`12 h after the last dose`); empty: at any time."""
    consent: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the patient's consent is asked for at the chair."""
    active: Mapped[bool] = mapped_column(default=True)


class RejectReason(Base):
    """One reason why a specimen is not fit for its tests, by its HL7 table 0490 code."""

    __tablename__ = "reject_reason"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    """As people say it: `Haemolysed`."""
    rank: Mapped[int]
    """Place among the reasons to choose from; the first twelve are in sight."""
    active: Mapped[bool] = mapped_column(default=True)
