"""What printing on the floor needs: agents, browser jobs, reprint limits."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("print_job", sa.Column("reprint", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("print_job") as job:
        job.alter_column("label_id", existing_type=sa.Integer(), nullable=True)  # a test page is no specimen's label
    with op.batch_alter_table("printer_state") as state:
        state.add_column(sa.Column("answers", sa.String(length=1000), nullable=True))
        state.add_column(sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True))
        state.add_column(sa.Column("troubled_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("printer_state") as state:
        state.drop_column("troubled_at")
        state.drop_column("wanted_at")
        state.drop_column("answers")
    op.execute("DELETE FROM print_job WHERE label_id IS NULL")
    with op.batch_alter_table("print_job") as job:
        job.alter_column("label_id", existing_type=sa.Integer(), nullable=False)
    op.drop_column("print_job", "reprint")
