"""The first tables, with the rules that the database itself keeps."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    """CREATE TABLE opportunities (
        id TEXT PRIMARY KEY, brand TEXT NOT NULL, trend TEXT NOT NULL, offered_at TEXT NOT NULL, deadline TEXT NOT NULL,
        body TEXT NOT NULL CHECK (json_valid(body))) STRICT""",
    """CREATE TABLE proposals (
        id TEXT PRIMARY KEY, opportunity TEXT NOT NULL REFERENCES opportunities (id), brand TEXT NOT NULL,
        trend TEXT NOT NULL, trend_name TEXT NOT NULL, account TEXT NOT NULL,
        tier INTEGER NOT NULL CHECK (tier BETWEEN 0 AND 2), drafts TEXT NOT NULL CHECK (json_valid(drafts)),
        text TEXT NOT NULL, revision INTEGER NOT NULL CHECK (revision >= 1), edited_by TEXT,
        state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'sending', 'uncertain', 'published', 'rejected',
            'expired', 'withdrawn', 'failed', 'retracted')),
        created_at TEXT NOT NULL, deadline TEXT NOT NULL, snoozed_until TEXT,
        approvers TEXT NOT NULL CHECK (json_valid(approvers)), needed INTEGER NOT NULL CHECK (needed >= 1),
        approved_at TEXT, send_after TEXT, tries INTEGER NOT NULL CHECK (tries >= 0), mark TEXT NOT NULL,
        reason TEXT, moved_by TEXT, moved_at TEXT NOT NULL, undo_secs REAL NOT NULL CHECK (undo_secs >= 0),
        languages TEXT NOT NULL CHECK (json_valid(languages)), version INTEGER NOT NULL,
        UNIQUE (account, mark),
        CHECK (state NOT IN ('approved', 'sending') OR (approved_at IS NOT NULL AND send_after IS NOT NULL))) STRICT""",
    """CREATE UNIQUE INDEX one_open_proposal ON proposals (brand, trend, account)
        WHERE state IN ('pending', 'approved', 'sending', 'uncertain')""",
    "CREATE UNIQUE INDEX one_sending_at_a_time ON proposals (account) WHERE state = 'sending'",
    "CREATE INDEX proposals_by_state ON proposals (state, deadline)",
    "CREATE INDEX opportunities_by_brand ON opportunities (brand, offered_at)",
    """CREATE TABLE approvals (
        proposal TEXT NOT NULL REFERENCES proposals (id), revision INTEGER NOT NULL, person TEXT NOT NULL,
        digest TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (proposal, revision, person)) STRICT""",
    """CREATE TABLE publications (
        proposal TEXT PRIMARY KEY REFERENCES proposals (id), account TEXT NOT NULL, text TEXT NOT NULL,
        revision INTEGER NOT NULL, digest TEXT NOT NULL, mark TEXT NOT NULL, created_at TEXT NOT NULL,
        languages TEXT NOT NULL, UNIQUE (account, mark)) STRICT""",
    """CREATE TABLE receipts (
        proposal TEXT PRIMARY KEY REFERENCES publications (proposal), platform_id TEXT NOT NULL, url TEXT,
        at TEXT NOT NULL, detail TEXT NOT NULL) STRICT""",
    """CREATE TABLE moves (
        number INTEGER PRIMARY KEY, proposal TEXT NOT NULL REFERENCES proposals (id), move TEXT NOT NULL, before TEXT,
        after TEXT NOT NULL, person TEXT NOT NULL, via TEXT NOT NULL, why TEXT NOT NULL, revision INTEGER NOT NULL,
        digest TEXT NOT NULL, at TEXT NOT NULL, hash TEXT NOT NULL UNIQUE) STRICT""",
    "CREATE INDEX moves_by_proposal ON moves (proposal, number)",
    "CREATE INDEX undos ON moves (proposal) WHERE move = 'undo'",
    """CREATE TABLE silences (
        id TEXT PRIMARY KEY, brand TEXT, term TEXT NOT NULL, person TEXT NOT NULL, why TEXT NOT NULL,
        since TEXT NOT NULL, until TEXT NOT NULL CHECK (until > since)) STRICT""",
    """CREATE TABLE pauses (
        number INTEGER PRIMARY KEY, person TEXT NOT NULL, why TEXT NOT NULL, since TEXT NOT NULL, until TEXT,
        ended_at TEXT, ended_by TEXT, ended_why TEXT) STRICT""",
    "CREATE UNIQUE INDEX one_pause ON pauses (ended_at IS NULL) WHERE ended_at IS NULL",
    "CREATE TABLE cursors (source TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT",
)

WAYS = (
    "pending>approved", "pending>rejected", "pending>expired", "pending>withdrawn", "approved>expired",
    "approved>withdrawn", "approved>sending", "sending>published", "sending>failed", "sending>approved",
    "sending>uncertain", "uncertain>published", "uncertain>approved", "uncertain>failed", "published>retracted",
)  # fmt: skip
"""The changes of state that the table of moves knows; any other is refused by the database itself."""

APPEND_ONLY = ("moves", "approvals", "publications", "receipts")


def upgrade() -> None:
    """Create everything."""
    for statement in (*TABLES, *_append_only(), *_life()):
        op.execute(statement)


def _append_only() -> list[str]:
    rules = [(table, act) for table in APPEND_ONLY for act in ("UPDATE", "DELETE")]
    rules += [("proposals", "DELETE"), ("opportunities", "DELETE"), ("pauses", "DELETE")]
    return [
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table, act in rules
    ]


def _life() -> list[str]:
    ways = ", ".join(f"'{way}'" for way in WAYS)
    return [
        f"""CREATE TRIGGER proposals_move BEFORE UPDATE OF state ON proposals
            WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({ways})
            BEGIN SELECT RAISE(ABORT, 'no such move of a proposal'); END""",
        # Text and revision of what was agreed to, sent or closed never change; only a pending proposal is edited.
        """CREATE TRIGGER proposals_text BEFORE UPDATE OF text, account, mark, revision ON proposals
            WHEN (OLD.text <> NEW.text OR OLD.account <> NEW.account OR OLD.mark <> NEW.mark
                  OR OLD.revision <> NEW.revision) AND OLD.state <> 'pending'
            BEGIN SELECT RAISE(ABORT, 'only a pending proposal may change its text'); END""",
        """CREATE TRIGGER proposals_revision BEFORE UPDATE OF text ON proposals
            WHEN OLD.text <> NEW.text AND NEW.revision <= OLD.revision
            BEGIN SELECT RAISE(ABORT, 'another text is another revision'); END""",
        """CREATE TRIGGER publications_need_a_yes BEFORE INSERT ON publications
            WHEN (SELECT count(*) FROM approvals a WHERE a.proposal = NEW.proposal AND a.revision = NEW.revision
                  AND a.digest = NEW.digest) < (SELECT max(needed, CASE WHEN tier >= 2 THEN 2 ELSE 1 END)
                                                FROM proposals WHERE id = NEW.proposal)
            BEGIN SELECT RAISE(ABORT, 'nothing is posted without the yes of people'); END""",
        """CREATE TRIGGER proposals_publication BEFORE UPDATE OF state ON proposals
            WHEN NEW.state = 'sending' AND NOT EXISTS (
                SELECT 1 FROM publications p WHERE p.proposal = NEW.id AND p.text = NEW.text AND p.mark = NEW.mark
                AND p.revision = NEW.revision)
            BEGIN SELECT RAISE(ABORT, 'the publication is a row before it is sent'); END""",
        """CREATE TRIGGER proposals_receipt BEFORE UPDATE OF state ON proposals
            WHEN NEW.state = 'published' AND OLD.state <> 'published'
                AND NOT EXISTS (SELECT 1 FROM receipts r WHERE r.proposal = NEW.id)
            BEGIN SELECT RAISE(ABORT, 'published needs a receipt'); END""",
    ]
