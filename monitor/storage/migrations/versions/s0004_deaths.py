"""A tragedy may be the death of one person, whose whole name is kept apart from the words that set others apart."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; the tragedies so far are those of trends."""
    op.execute("ALTER TABLE tragedies ADD COLUMN person TEXT NOT NULL DEFAULT ''")
