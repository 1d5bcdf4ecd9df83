"""What a chat sent, kept before it is acked; and which message shows which proposal, kept before it is posted."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = (
    """CREATE TABLE slack_inbox (
        number INTEGER PRIMARY KEY, envelope TEXT NOT NULL UNIQUE, act TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
        received_at TEXT NOT NULL, payload TEXT NOT NULL CHECK (json_valid(payload)), done_at TEXT,
        outcome TEXT NOT NULL, CHECK ((done_at IS NULL) = (outcome = ''))) STRICT""",
    "CREATE INDEX slack_inbox_undone ON slack_inbox (number) WHERE done_at IS NULL",
    """CREATE TABLE slack_cards (
        proposal TEXT PRIMARY KEY, channel TEXT NOT NULL, ts TEXT, shown TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('sending', 'shown', 'gone')), moved_at TEXT NOT NULL,
        CHECK (state <> 'shown' OR ts IS NOT NULL), UNIQUE (channel, ts)) STRICT""",
)


def upgrade() -> None:
    """Make both tables."""
    for statement in STATEMENTS:
        op.execute(statement)
