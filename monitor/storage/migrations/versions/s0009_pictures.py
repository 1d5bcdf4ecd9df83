"""The pictures of proposals and publications, under the rules that hold for their texts; older rows have none."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS = (
    "ALTER TABLE proposals ADD COLUMN media TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(media))",
    "ALTER TABLE publications ADD COLUMN media TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(media))",
    """CREATE TRIGGER proposals_media BEFORE UPDATE OF media ON proposals
        WHEN OLD.media <> NEW.media AND (OLD.state <> 'pending' OR NEW.revision <= OLD.revision)
        BEGIN SELECT RAISE(ABORT, 'another picture is another revision of a pending proposal'); END""",
    """CREATE TRIGGER proposals_publication_media BEFORE UPDATE OF state ON proposals
        WHEN NEW.state = 'sending' AND NOT EXISTS (
            SELECT 1 FROM publications p WHERE p.proposal = NEW.id AND p.media = NEW.media)
        BEGIN SELECT RAISE(ABORT, 'the publication holds the very pictures before it is sent'); END""",
)


def upgrade() -> None:
    """Add both columns."""
    for statement in STATEMENTS:
        op.execute(statement)
