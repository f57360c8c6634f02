"""Locked sessions: a session stays its person's while the screen shows nothing of it.

A downgrade opens no lock: it ends the sessions that were locked.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("UPDATE sign_in SET ended_at = locked_at WHERE locked_at IS NOT NULL AND ended_at IS NULL")
    op.drop_column("sign_in", "locked_at")
