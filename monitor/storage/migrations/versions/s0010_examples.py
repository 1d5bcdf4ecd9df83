"""What people taught: what they saw and we did not, with what was answered."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0007"

STATEMENTS = (
    """CREATE TABLE examples (
        number INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('missed')), text TEXT NOT NULL,
        person TEXT NOT NULL, at TEXT NOT NULL, answer TEXT NOT NULL, UNIQUE (kind, person, at, text)) STRICT""",
)


def upgrade() -> None:
    """Make the table."""
    for statement in STATEMENTS:
        op.execute(statement)
