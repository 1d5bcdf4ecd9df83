"""What the guard must not forget over a restart: tragedies, and when each card was offered by the stream's clock."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    """CREATE TABLE tragedies (
        number INTEGER PRIMARY KEY, name TEXT NOT NULL, at TEXT NOT NULL,
        terms TEXT NOT NULL CHECK (json_valid(terms)), kept_at TEXT NOT NULL, UNIQUE (name, at)) STRICT""",
    "ALTER TABLE opportunities ADD COLUMN judged_at TEXT NOT NULL DEFAULT ''",
    "UPDATE opportunities SET judged_at = offered_at",
    "CREATE INDEX opportunities_by_time ON opportunities (offered_at)",
    "CREATE INDEX proposals_by_opportunity ON proposals (opportunity)",
)


def upgrade() -> None:
    """Add the table and the column; cards of a live source were offered when they were judged."""
    for statement in STATEMENTS:
        op.execute(statement)
