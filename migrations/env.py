"""Runs the migrations on the connection that `specimen_service.kernel.schema` passes in."""

from alembic import context
from sqlalchemy import text

connection = context.config.attributes["connection"]
is_sqlite = connection.dialect.name == "sqlite"

context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("metadata"),
    render_as_batch=is_sqlite,
    transaction_per_migration=False,
)
with context.begin_transaction():
    if not is_sqlite:
        # Several nodes may start at once: the second waits here and finds nothing left to do.
        connection.execute(text("SELECT pg_advisory_xact_lock(7310942)"))
    context.run_migrations()
