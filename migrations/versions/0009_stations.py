"""The station's draw, and what a test needs of the patient.

A downgrade loses who is drawing whom at this moment, why orders were parked, and what was asked; the collections stay.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OPEN = sa.text("ended_at IS NULL")
OPEN_ORDER = sa.text("ended_at IS NULL AND collection_id IS NULL")
OUTCOMES = (
    *("not_fasting", "wrong_preparation", "left", "refused", "order_incomplete", "wrong_time"),
    *("identity_mismatch", "not_obtained", "handed_on"),
)


def upgrade() -> None:
    op.add_column("test", sa.Column("preparation", sa.String(length=120), nullable=False, server_default=sa.text("''")))
    op.add_column("test", sa.Column("timing", sa.String(length=120), nullable=False, server_default=sa.text("''")))
    op.add_column("test", sa.Column("consent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("collection_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("station", sa.String(length=80), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("identified", sa.JSON(), nullable=False),
        sa.Column("is_alike", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("downtime", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", _words("outcome", *OUTCOMES), nullable=True),
        sa.Column("stopped_by", sa.JSON(), nullable=True),
        sa.Column("to_confirm", sa.String(length=12), nullable=False),
        sa.Column("skipped", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_draw_order_id")),
        sa.ForeignKeyConstraint(["collection_id"], ["collection.id"], name=op.f("fk_draw_collection_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draw_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
    )
    op.create_index("ix_draw_order_id", "draw", ["order_id"])
    op.create_index("uq_draw_collection", "draw", ["collection_id"], unique=True)
    op.create_index(
        "uq_draw_open_order",
        "draw",
        ["order_id"],
        unique=True,
        sqlite_where=OPEN_ORDER,
        postgresql_where=OPEN_ORDER,
    )
    op.create_index("ix_draw_open", "draw", ["person_id"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_table("draw")
    with op.batch_alter_table("test") as test:
        for column in ("consent", "timing", "preparation"):
            test.drop_column(column)


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)
