"""Run the migrations on the connection that `monitor.storage.database` passes in, inside its transaction."""

from __future__ import annotations

from alembic import context

from monitor.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
