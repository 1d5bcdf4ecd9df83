"""Tables (SQLAlchemy Core), migrations (Alembic) and how the database is opened."""

from __future__ import annotations

from monitor.storage.database import alone, empty_log, open_database, reading, together, writing

__all__ = ["alone", "empty_log", "open_database", "reading", "together", "writing"]
