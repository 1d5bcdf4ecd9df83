"""A pause that the guard set for a tragedy keeps the words that set the tragedy apart: it is told once."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; the pauses so far were set by people."""
    op.execute("ALTER TABLE pauses ADD COLUMN terms TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(terms))")
