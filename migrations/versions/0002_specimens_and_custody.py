"""Specimens, their labels and their custody events.

A downgrade loses all of them.
"""

import sqlalchemy as sa
from alembic import op

from specimen_service.kernel.append_only import guard_append_only, unguard_append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_chain",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_chain")),
        sa.UniqueConstraint("sender", name=op.f("uq_device_chain_sender")),
    )
    op.create_table(
        "scan_aside",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "accepted",
                "parked",
                "conflict",
                "invalid",
                name="aside_outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("scan_id", sa.String(length=64), nullable=True),
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("faults", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_aside")),
    )
    op.create_table(
        "collection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("accession", sa.String(length=20), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collector_id", sa.Integer(), nullable=True),
        sa.Column("collector_name", sa.String(length=120), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column(
            "source",
            sa.Enum("staff", "patient", "outside", name="source", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("sender", sa.String(length=120), nullable=False),
        sa.Column("ordering_provider", sa.String(length=120), nullable=False),
        sa.Column("ordering_site", sa.String(length=120), nullable=False),
        sa.Column("late_reason", sa.String(length=200), nullable=False),
        sa.Column("band_number", sa.String(length=40), nullable=False),
        sa.Column("encounter", sa.String(length=40), nullable=False),
        sa.Column("patient_location", sa.String(length=80), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["collector_id"], ["person.id"], name=op.f("fk_collection_collector_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_collection_patient_id")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_collection_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sa.UniqueConstraint("accession", name=op.f("uq_collection_accession")),
    )
    op.create_index(op.f("ix_collection_patient_id"), "collection", ["patient_id"], unique=False)
    op.create_table(
        "specimen",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("container_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("laterality", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("handling", sa.String(length=20), nullable=False),
        sa.Column("fasting", sa.Boolean(), nullable=True),
        sa.Column("volume_ml", sa.Double(), nullable=True),
        sa.Column(
            "barcode",
            sa.Enum("ours", "lis", name="barcode", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("downtime_number", sa.String(length=12), nullable=False),
        sa.Column("set_number", sa.Integer(), nullable=True),
        sa.Column("stable_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "to_collect",
                "issued",
                "collected",
                "verified",
                "in_transit",
                "arrived",
                "received",
                "accepted",
                "on_hold",
                "stored",
                "retrieved",
                "sent_out",
                "rejected",
                "not_obtained",
                "cancelled",
                "lost",
                "disposed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_location_id", sa.Integer(), nullable=True),
        sa.Column("last_seen_by", sa.String(length=120), nullable=False),
        sa.Column("leg_times", sa.JSON(), nullable=False),
        sa.Column("folded_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chain_length", sa.Integer(), nullable=False),
        sa.Column("chain_head", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["collection.id"], name=op.f("fk_specimen_collection_id")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_specimen_container_id")),
        sa.ForeignKeyConstraint(
            ["last_seen_location_id"], ["location.id"], name=op.f("fk_specimen_last_seen_location_id")
        ),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_specimen_location_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["specimen.id"], name=op.f("fk_specimen_parent_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_specimen_patient_id")),
        sa.ForeignKeyConstraint(["type_id"], ["specimen_type.id"], name=op.f("fk_specimen_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specimen")),
    )
    op.create_index("ix_specimen_collection_id", "specimen", ["collection_id"], unique=False)
    op.create_index("ix_specimen_patient_id", "specimen", ["patient_id"], unique=False)
    op.create_index(
        "ix_specimen_pending",
        "specimen",
        ["urgency", "due_at", "number", "id", "status", "location_id", "pending"],
        unique=False,
        sqlite_where=sa.text("pending"),
        postgresql_where=sa.text("pending"),
    )
    op.create_table(
        "custody_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("specimen_id", sa.Integer(), nullable=True),
        sa.Column("chain_device_id", sa.Integer(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "event",
            sa.Enum(
                "prepared",
                "collected",
                "collection_failed",
                "departed",
                "arrived",
                "accepted",
                "rejected",
                "re_identified",
                "de_identified",
                "archived",
                "retrieved",
                "disposed",
                "derived",
                "processed",
                "processing_failed",
                "verified",
                "received",
                "seen",
                "issued",
                "voided",
                "sent_out",
                "lost",
                "found",
                "held",
                "released",
                "corrected",
                name="event",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "accepted",
                "parked",
                "conflict",
                "invalid",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("device_seq", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column(
            "entry",
            sa.Enum("scanned", "typed", name="entry", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("matched", sa.Boolean(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("scan_id", sa.String(length=64), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(specimen_id IS NULL) <> (chain_device_id IS NULL)", name=op.f("ck_custody_event_one_chain")
        ),
        sa.ForeignKeyConstraint(
            ["chain_device_id"], ["device_chain.id"], name=op.f("fk_custody_event_chain_device_id")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_custody_event_device_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_custody_event_location_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_custody_event_person_id")),
        sa.ForeignKeyConstraint(["specimen_id"], ["specimen.id"], name=op.f("fk_custody_event_specimen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_event")),
        sa.UniqueConstraint("scan_id", name=op.f("uq_custody_event_scan_id")),
    )
    op.create_index("uq_custody_event_device_chain", "custody_event", ["chain_device_id", "seq"], unique=True)
    op.create_index("uq_custody_event_specimen_chain", "custody_event", ["specimen_id", "seq"], unique=True)
    op.create_table(
        "identifier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("specimen_id", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["specimen_id"], ["specimen.id"], name=op.f("fk_identifier_specimen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identifier")),
    )
    op.create_index("ix_identifier_specimen_id", "identifier", ["specimen_id"], unique=False)
    op.create_index("ix_identifier_value", "identifier", ["value"], unique=False)
    op.create_table(
        "label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("specimen_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "current",
                "replaced",
                "voided",
                name="label_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["replaced_by_id"], ["label.id"], name=op.f("fk_label_replaced_by_id")),
        sa.ForeignKeyConstraint(["specimen_id"], ["specimen.id"], name=op.f("fk_label_specimen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("number", name=op.f("uq_label_number")),
    )
    op.create_index(op.f("ix_label_specimen_id"), "label", ["specimen_id"], unique=False)
    op.create_table(
        "specimen_test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("specimen_id", sa.Integer(), nullable=False),
        sa.Column("test_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_specimen_test_order_id")),
        sa.ForeignKeyConstraint(["specimen_id"], ["specimen.id"], name=op.f("fk_specimen_test_specimen_id")),
        sa.ForeignKeyConstraint(["test_id"], ["test.id"], name=op.f("fk_specimen_test_test_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specimen_test")),
        sa.UniqueConstraint("specimen_id", "test_id", "order_id", name="uq_specimen_test_specimen_id"),
    )
    op.create_index("ix_specimen_test_order_id", "specimen_test", ["order_id"], unique=False)
    guard_append_only(op.get_bind(), "custody_event")


def downgrade() -> None:
    unguard_append_only(op.get_bind(), "custody_event")
    op.drop_index("ix_specimen_test_order_id", table_name="specimen_test")
    op.drop_table("specimen_test")
    op.drop_index(op.f("ix_label_specimen_id"), table_name="label")
    op.drop_table("label")
    op.drop_index("ix_identifier_value", table_name="identifier")
    op.drop_index("ix_identifier_specimen_id", table_name="identifier")
    op.drop_table("identifier")
    op.drop_index("uq_custody_event_specimen_chain", table_name="custody_event")
    op.drop_index("uq_custody_event_device_chain", table_name="custody_event")
    op.drop_table("custody_event")
    op.drop_index(
        "ix_specimen_pending",
        table_name="specimen",
        sqlite_where=sa.text("pending"),
        postgresql_where=sa.text("pending"),
    )
    op.drop_index("ix_specimen_patient_id", table_name="specimen")
    op.drop_index("ix_specimen_collection_id", table_name="specimen")
    op.drop_table("specimen")
    op.drop_index(op.f("ix_collection_patient_id"), table_name="collection")
    op.drop_table("collection")
    op.drop_table("scan_aside")
    op.drop_table("device_chain")
