"""Shipments: where they go, their seals, what was scanned out of them, and stops where nothing waited.

A downgrade loses all of that; the scans themselves, packing among them, are custody events and stay.
"""

import sqlalchemy as sa
from alembic import op

from specimen_service.kernel.append_only import guard_append_only, unguard_append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSIDE = sa.text("inside IS NOT NULL")
ONLY_GROWING = ("shipment_seal", "empty_stop", "unpacking")


def upgrade() -> None:
    op.create_table(
        "shipment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("carrier_id", sa.Integer(), nullable=False),
        sa.Column("destination_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["carrier_id"], ["carrier.id"], name=op.f("fk_shipment_carrier_id")),
        sa.ForeignKeyConstraint(["destination_id"], ["location.id"], name=op.f("fk_shipment_destination_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("carrier_id", name=op.f("uq_shipment_carrier_id")),
    )
    op.create_table(
        "shipment_seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shipment_id", sa.Integer(), nullable=False),
        sa.Column("act", _words("seal_act", "sealed", "checked"), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("intact", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_seal_shipment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_seal")),
    )
    op.create_index("ix_shipment_seal_shipment_id", "shipment_seal", ["shipment_id"])
    op.create_table(
        "empty_stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stop_id", sa.String(length=64), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_empty_stop_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_empty_stop")),
        sa.UniqueConstraint("stop_id", name=op.f("uq_empty_stop_stop_id")),
    )
    op.create_index("ix_empty_stop_at", "empty_stop", ["at", "id"])
    op.create_table(
        "unpacking",
        sa.Column("scan_id", sa.String(length=64), nullable=False),
        sa.Column("carrier", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("scan_id", name=op.f("pk_unpacking")),
    )
    op.create_index("ix_unpacking_carrier", "unpacking", ["carrier"])
    op.create_index("ix_specimen_inside", "specimen", ["inside"], sqlite_where=INSIDE, postgresql_where=INSIDE)
    for table in ONLY_GROWING:
        guard_append_only(op.get_bind(), table)


def downgrade() -> None:
    for table in ONLY_GROWING:
        unguard_append_only(op.get_bind(), table)
    op.drop_index("ix_specimen_inside", table_name="specimen", sqlite_where=INSIDE, postgresql_where=INSIDE)
    for table in (*ONLY_GROWING, "shipment"):
        op.drop_table(table)


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)
