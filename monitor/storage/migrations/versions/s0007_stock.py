"""How many are left of what a brand promises; counts are added and never changed."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = (
    """CREATE TABLE stock_counts (
        number INTEGER PRIMARY KEY, brand TEXT NOT NULL, item TEXT NOT NULL,
        "left" INTEGER NOT NULL CHECK ("left" >= 0), person TEXT NOT NULL, why TEXT NOT NULL,
        at TEXT NOT NULL) STRICT""",
    "CREATE INDEX stock_counts_newest ON stock_counts (brand, item, number)",
    """CREATE TRIGGER stock_counts_stay BEFORE UPDATE ON stock_counts
        BEGIN SELECT RAISE(ABORT, 'a count is never changed'); END""",
    """CREATE TRIGGER stock_counts_are_kept BEFORE DELETE ON stock_counts
        BEGIN SELECT RAISE(ABORT, 'a count is never removed'); END""",
)


def upgrade() -> None:
    """Make the table."""
    for statement in STATEMENTS:
        op.execute(statement)
