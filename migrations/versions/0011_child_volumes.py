"""How much blood a child may give: the weight taken at the chair, and the volume that a supervisor approved.

A downgrade loses both of the draws so far; who approved what stays in the audit.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("draw", sa.Column("weight_kg", sa.Double(), nullable=True))
    op.add_column("draw", sa.Column("weighed_by", sa.String(length=120), nullable=True))
    op.add_column("draw", sa.Column("weighed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("draw", sa.Column("approved_ml", sa.Double(), nullable=True))


def downgrade() -> None:
    for column in ("approved_ml", "weighed_at", "weighed_by", "weight_kg"):
        op.drop_column("draw", column)
