"""What entitles a person to draw, and its last day; warned of before, and refused at the chair after.

A downgrade loses both; what was entered and by whom stays in the audit.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("credential", sa.String(length=60), nullable=True))
    op.add_column("person", sa.Column("credential_until", sa.Date(), nullable=True))


def downgrade() -> None:
    for column in ("credential_until", "credential"):
        op.drop_column("person", column)
