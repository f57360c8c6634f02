"""When somebody last wanted a printer to measure its labels anew, and when its holder last began to.

A downgrade loses both: a wish lasts minutes, and who had it stays in the audit.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("printer_state", sa.Column("calibration_wanted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("printer_state", sa.Column("calibrated_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("calibrated_at", "calibration_wanted_at"):
        op.drop_column("printer_state", column)
