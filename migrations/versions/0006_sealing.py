"""The sealed log of custody events: leaves and tree heads; what an event holds apart, and its erasure."""

import sqlalchemy as sa
from alembic import op

from specimen_service.kernel.append_only import guard_append_only, unguard_append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ERASABLE = ("private", "private_salt")
_NEW_TABLES = ("custody_leaf", "custody_tree_head", "custody_erasure")


def upgrade() -> None:
    unguard_append_only(op.get_bind(), "custody_event")
    op.add_column("custody_event", sa.Column("private", sa.Text(), nullable=True))
    op.add_column("custody_event", sa.Column("private_salt", sa.String(length=64), nullable=True))
    op.add_column("custody_event", sa.Column("private_digest", sa.String(length=64), nullable=True))
    guard_append_only(op.get_bind(), "custody_event", erasable=_ERASABLE)
    op.create_table(
        "custody_leaf",
        sa.Column("event_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["custody_event.id"], name=op.f("fk_custody_leaf_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_custody_leaf")),
        sa.UniqueConstraint("number", name=op.f("uq_custody_leaf_number")),
    )
    op.create_table(
        "custody_tree_head",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("peaks", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_custody_tree_head")),
    )
    op.create_table(
        "custody_erasure",
        sa.Column("event_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["custody_event.id"], name=op.f("fk_custody_erasure_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_custody_erasure")),
    )
    for table in _NEW_TABLES:
        guard_append_only(op.get_bind(), table)


def downgrade() -> None:
    for table in reversed(_NEW_TABLES):
        unguard_append_only(op.get_bind(), table)
        op.drop_table(table)
    unguard_append_only(op.get_bind(), "custody_event")
    for column in ("private_digest", "private_salt", "private"):
        op.drop_column("custody_event", column)
    guard_append_only(op.get_bind(), "custody_event")
