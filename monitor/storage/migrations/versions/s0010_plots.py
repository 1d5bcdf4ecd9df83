"""Which uploaded picture belongs to which card and what it shows, kept before its bytes are sent."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"

STATEMENTS = (
    """CREATE TABLE slack_plots (
        file TEXT PRIMARY KEY, proposal TEXT NOT NULL, alt TEXT NOT NULL, posts INTEGER NOT NULL CHECK (posts >= 0),
        state TEXT NOT NULL CHECK (state IN ('sent', 'ready', 'lost', 'refused')), moved_at TEXT NOT NULL) STRICT""",
    "CREATE INDEX slack_plots_of ON slack_plots (proposal)",
)


def upgrade() -> None:
    """Make the table."""
    for statement in STATEMENTS:
        op.execute(statement)
