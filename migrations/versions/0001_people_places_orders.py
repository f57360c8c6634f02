"""People, devices, places, catalog, patients, orders, numbers and the audit trail.

A downgrade loses all of them.
"""

import sqlalchemy as sa
from alembic import op

from specimen_service.kernel.append_only import guard_append_only, unguard_append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "person", "device", "system", name="actor_kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=True),
        sa.Column("patients", sa.JSON(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_table(
        "container",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("label_name", sa.String(length=20), nullable=False),
        sa.Column("cap_colour", sa.String(length=20), nullable=False),
        sa.Column("cap_pattern", sa.String(length=20), nullable=False),
        sa.Column("additive", sa.String(length=20), nullable=False),
        sa.Column("additive_name", sa.String(length=80), nullable=False),
        sa.Column("draw_order", sa.Integer(), nullable=False),
        sa.Column("inversions", sa.String(length=20), nullable=False),
        sa.Column("volume_ml", sa.Double(), nullable=True),
        sa.Column("relabel", sa.Boolean(), nullable=False),
        sa.Column("own_barcode", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_container")),
        sa.UniqueConstraint("code", name=op.f("uq_container_code")),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column(
            "profile",
            sa.Enum(
                "handheld",
                "station",
                "lab",
                "integrator",
                "agent",
                name="profile",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("name", name=op.f("uq_device_name")),
        sa.UniqueConstraint("number", name=op.f("uq_device_number")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_device_token_hash")),
    )
    op.create_table(
        "idempotent_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_reply")),
    )
    op.create_index("uq_idempotent_reply_key", "idempotent_reply", ["sender", "key"], unique=True)
    op.create_table(
        "location",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "ends",
            sa.Enum("received", "stored", name="ends", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("inspect", sa.Boolean(), nullable=False),
        sa.Column("external", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("name", name=op.f("uq_location_name")),
        sa.UniqueConstraint("number", name=op.f("uq_location_number")),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mrn", sa.String(length=40), nullable=False),
        sa.Column("mrn_authority", sa.String(length=40), nullable=False),
        sa.Column("family_name", sa.String(length=200), nullable=False),
        sa.Column("given_name", sa.String(length=200), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column(
            "sex",
            sa.Enum("F", "M", "O", "U", "A", "N", name="sex", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "identity",
            sa.Enum("confirmed", "temporary", name="identity", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
    )
    op.create_index("uq_patient_mrn", "patient", ["mrn_authority", "mrn"], unique=True)
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=False),
        sa.Column("badge", sa.String(length=12), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "collector",
                "courier",
                "lab",
                "supervisor",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("pin_hash", sa.String(length=255), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("barred_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("badge", name=op.f("uq_person_badge")),
        sa.UniqueConstraint("username", name=op.f("uq_person_username")),
    )
    op.create_table(
        "serial",
        sa.Column("prefix", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_serial")),
    )
    op.create_table(
        "specimen_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("needs_site", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specimen_type")),
        sa.UniqueConstraint("code", name=op.f("uq_specimen_type_code")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column(
            "priority",
            sa.Enum("stat", "asap", "routine", name="priority", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ordering_provider", sa.String(length=120), nullable=False),
        sa.Column("ordering_site", sa.String(length=120), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_orders_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
    )
    op.create_index(op.f("ix_orders_patient_id"), "orders", ["patient_id"], unique=False)
    op.create_table(
        "patient_discrepancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(length=120), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_discrepancy_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_discrepancy")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("station", sa.String(length=80), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    op.create_table(
        "station",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("printer", sa.String(length=80), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_station_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("name", name=op.f("uq_station_name")),
    )
    op.create_table(
        "test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("specimen_type_id", sa.Integer(), nullable=False),
        sa.Column("container_id", sa.Integer(), nullable=False),
        sa.Column("containers", sa.Integer(), nullable=False),
        sa.Column("volume_ml", sa.Double(), nullable=True),
        sa.Column("fasting_hours", sa.Integer(), nullable=False),
        sa.Column("handling", sa.String(length=20), nullable=False),
        sa.Column("stable_minutes", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_test_container_id")),
        sa.ForeignKeyConstraint(["specimen_type_id"], ["specimen_type.id"], name=op.f("fk_test_specimen_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test")),
        sa.UniqueConstraint("code", name=op.f("uq_test_code")),
    )
    op.create_table(
        "ordered_test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("test_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_ordered_test_order_id")),
        sa.ForeignKeyConstraint(["test_id"], ["test.id"], name=op.f("fk_ordered_test_test_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ordered_test")),
        sa.UniqueConstraint("order_id", "test_id", name="uq_ordered_test_order_id"),
    )
    guard_append_only(op.get_bind(), "audit_entry")


def downgrade() -> None:
    unguard_append_only(op.get_bind(), "audit_entry")
    op.drop_table("ordered_test")
    op.drop_table("test")
    op.drop_table("station")
    op.drop_table("sign_in")
    op.drop_table("patient_discrepancy")
    op.drop_index(op.f("ix_orders_patient_id"), table_name="orders")
    op.drop_table("orders")
    op.drop_table("specimen_type")
    op.drop_table("serial")
    op.drop_table("person")
    op.drop_index("uq_patient_mrn", table_name="patient")
    op.drop_table("patient")
    op.drop_table("location")
    op.drop_index("uq_idempotent_reply_key", table_name="idempotent_reply")
    op.drop_table("idempotent_reply")
    op.drop_table("device")
    op.drop_table("container")
    op.drop_table("audit_entry")
