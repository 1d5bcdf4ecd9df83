"""Tables (SQLAlchemy Core), migrations (Alembic) and how the database is opened."""

from __future__ import annotations

from monitor.storage.database import alone, open_database, reading, writing

__all__ = ["alone", "open_database", "reading", "writing"]
