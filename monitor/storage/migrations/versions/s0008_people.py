"""Who is away and who decides meanwhile; whose yes a yes is; steps taken; silences that end early; a second audit."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

STATEMENTS = (
    "ALTER TABLE approvals ADD COLUMN seat TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE approvals ADD COLUMN entry TEXT NOT NULL DEFAULT ''",
    # One yes a seat: whoever sits there, their own name stands in `person` or in `seat`.
    """CREATE UNIQUE INDEX one_yes_a_seat ON approvals
        (proposal, revision, (CASE WHEN seat = '' THEN person ELSE seat END))""",
    "ALTER TABLE proposals ADD COLUMN escalations TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(escalations))",
    "ALTER TABLE silences ADD COLUMN ended_at TEXT",
    """CREATE TABLE absences (
        number INTEGER PRIMARY KEY, person TEXT NOT NULL, delegate TEXT, why TEXT NOT NULL, since TEXT NOT NULL,
        until TEXT NOT NULL, set_by TEXT NOT NULL, ended_at TEXT,
        CHECK (until > since), CHECK (delegate IS NULL OR delegate <> person)) STRICT""",
    "CREATE UNIQUE INDEX one_absence ON absences (person) WHERE ended_at IS NULL",
    """CREATE TABLE deeds (
        number INTEGER PRIMARY KEY,
        act TEXT NOT NULL CHECK (act IN ('away', 'back', 'silence', 'unsilence', 'refused')),
        person TEXT NOT NULL, about TEXT NOT NULL, why TEXT NOT NULL, until TEXT, via TEXT NOT NULL, at TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE) STRICT""",
    *(
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table, act in (("deeds", "UPDATE"), ("deeds", "DELETE"), ("absences", "DELETE"), ("silences", "DELETE"))
    ),
    # What ends early is only ended: who, whom and until when stand as they were written.
    """CREATE TRIGGER absences_end BEFORE UPDATE ON absences
        WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NEW.person <> OLD.person
            OR NEW.delegate IS NOT OLD.delegate OR NEW.since <> OLD.since OR NEW.until <> OLD.until
            OR NEW.set_by <> OLD.set_by OR NEW.why <> OLD.why
        BEGIN SELECT RAISE(ABORT, 'an absence can only be ended'); END""",
    """CREATE TRIGGER silences_end BEFORE UPDATE ON silences
        WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NEW.term <> OLD.term OR NEW.brand IS NOT OLD.brand
            OR NEW.person <> OLD.person OR NEW.since <> OLD.since OR NEW.until <> OLD.until OR NEW.why <> OLD.why
        BEGIN SELECT RAISE(ABORT, 'a silence can only be ended'); END""",
)


def upgrade() -> None:
    """Add the columns and both tables."""
    for statement in STATEMENTS:
        op.execute(statement)
