"""What people taught: what they saw and we did not, and changes of keywords with who proposed and who reviewed."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"

STATEMENTS = (
    """CREATE TABLE examples (
        number INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('missed')), text TEXT NOT NULL,
        person TEXT NOT NULL, at TEXT NOT NULL, answer TEXT NOT NULL, UNIQUE (kind, person, at, text)) STRICT""",
    """CREATE TABLE tunings (
        number INTEGER PRIMARY KEY, brand TEXT NOT NULL, act TEXT NOT NULL CHECK (act IN ('add', 'change', 'remove')),
        place INTEGER NOT NULL, match TEXT NOT NULL, weight REAL NOT NULL, before TEXT NOT NULL, digest TEXT NOT NULL,
        person TEXT NOT NULL, why TEXT NOT NULL, at TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'applied', 'dropped')), settled_by TEXT, settled_at TEXT,
        CHECK ((state = 'open') = (settled_by IS NULL)), UNIQUE (brand, person, at)) STRICT""",
    """CREATE TRIGGER tunings_settled BEFORE UPDATE ON tunings WHEN OLD.state <> 'open'
        BEGIN SELECT RAISE(ABORT, 'a settled tuning stays as it is'); END""",
    "CREATE TRIGGER tunings_no_delete BEFORE DELETE ON tunings BEGIN SELECT RAISE(ABORT, 'tunings stay'); END",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
