"""Receiving: reasons to reject, what follows from a rejection, and exceptions signed by a supervisor.

A downgrade loses them; the rejections themselves are custody events and stay.
"""

import sqlalchemy as sa
from alembic import op

from specimen_service.kernel.append_only import guard_append_only, unguard_append_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

REJECTED = sa.text("status = 'rejected'")


def upgrade() -> None:
    op.create_table(
        "reject_reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reject_reason")),
        sa.UniqueConstraint("code", name=op.f("uq_reject_reason_code")),
    )
    op.create_table(
        "rejection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("specimen_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("site", sa.String(length=120), nullable=False),
        sa.Column("read_back", sa.String(length=120), nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notified_by", sa.String(length=120), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("recollected_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["specimen_id"], ["specimen.id"], name=op.f("fk_rejection_specimen_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_rejection_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejection")),
        sa.UniqueConstraint("specimen_id", name=op.f("uq_rejection_specimen_id")),
        sa.UniqueConstraint("order_id", name=op.f("uq_rejection_order_id")),
    )
    op.create_table(
        "signed_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("specimen_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["specimen_id"], ["specimen.id"], name=op.f("fk_signed_exception_specimen_id")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["person.id"], name=op.f("fk_signed_exception_signed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_exception")),
    )
    op.create_index(op.f("ix_signed_exception_specimen_id"), "signed_exception", ["specimen_id"], unique=False)
    guard_append_only(op.get_bind(), "signed_exception")
    op.create_index(
        "ix_specimen_rejected", "specimen", ["since", "id"], sqlite_where=REJECTED, postgresql_where=REJECTED
    )


def downgrade() -> None:
    op.drop_index("ix_specimen_rejected", table_name="specimen", sqlite_where=REJECTED, postgresql_where=REJECTED)
    unguard_append_only(op.get_bind(), "signed_exception")
    op.drop_index(op.f("ix_signed_exception_specimen_id"), table_name="signed_exception")
    op.drop_table("signed_exception")
    op.drop_table("rejection")
    op.drop_table("reject_reason")
