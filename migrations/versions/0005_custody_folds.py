"""What the custody fold stores: open questions, what a specimen is in, bags and boxes, codes that named nothing yet.

A downgrade loses the answers to questions and what was packed where; the events stay.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_REASONS = (
    *("unknown_number", "check_digit", "not_a_specimen", "ambiguous", "replaced_label", "voided_label"),
    *("wrong_collection", "unknown_location", "unknown_operator", "unknown_into", "reason_missing", "nothing_to_link"),
    "not_our_label",
    *("clock_wrong", "impossible_jump", "not_expected", "disposed", "rejected"),
)
_CLOSINGS = ("explained", "repeated", "registered", "real", "mistaken", "other_specimen", "amended")


def upgrade() -> None:
    op.add_column("custody_event", sa.Column("about", sa.String(length=200), nullable=True))
    op.add_column("custody_event", sa.Column("put_into", sa.String(length=12), nullable=True))
    _create_partial_index("ix_custody_event_about", "custody_event", ["about"], "about IS NOT NULL")
    _create_partial_index(
        "ix_custody_event_put_into", "custody_event", ["put_into", "specimen_id"], "put_into IS NOT NULL"
    )
    op.add_column("specimen", sa.Column("inside", sa.String(length=12), nullable=True))
    op.add_column("specimen", sa.Column("open_exceptions", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("specimen", sa.Column("remembered", sa.JSON(), nullable=True))
    op.add_column("scan_aside", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("scan_aside", sa.Column("seen_by", sa.String(length=120), nullable=True))
    op.add_column("scan_aside", sa.Column("finding", sa.String(length=200), nullable=True))
    op.create_table(
        "carrier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("kind", _words("carrier_kind", "bag", "box", "rack"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier")),
        sa.UniqueConstraint("number", name=op.f("uq_carrier_number")),
    )
    op.create_table(
        "custody_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("specimen_id", sa.Integer(), nullable=True),
        sa.Column("reason", _words("exception_reason", *_REASONS), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_how", _words("closing", *_CLOSINGS), nullable=True),
        sa.Column("closed_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["custody_event.id"], name=op.f("fk_custody_exception_event_id")),
        sa.ForeignKeyConstraint(["specimen_id"], ["specimen.id"], name=op.f("fk_custody_exception_specimen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_exception")),
        sa.UniqueConstraint("event_id", "specimen_id", name="uq_custody_exception_event_id"),
    )
    _create_partial_index(
        "ix_custody_exception_open", "custody_exception", ["effective_at", "id"], "closed_how IS NULL"
    )
    op.create_index("ix_custody_exception_specimen_id", "custody_exception", ["specimen_id"])


def downgrade() -> None:
    op.drop_table("custody_exception")
    op.drop_table("carrier")
    for column in ("finding", "seen_by", "seen_at"):
        op.drop_column("scan_aside", column)
    for column in ("remembered", "open_exceptions", "inside"):
        op.drop_column("specimen", column)
    op.drop_index("ix_custody_event_put_into", table_name="custody_event")
    op.drop_index("ix_custody_event_about", table_name="custody_event")
    for column in ("put_into", "about"):
        op.drop_column("custody_event", column)


def _create_partial_index(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)
