"""Which opportunity keeps whose posts, so that a deleted one is found and erased without reading every card."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table and fill it from the cards there are."""
    op.execute(
        """CREATE TABLE quotes (
            opportunity TEXT NOT NULL REFERENCES opportunities (id), platform TEXT NOT NULL, post TEXT NOT NULL,
            author TEXT, PRIMARY KEY (opportunity, platform, post)) WITHOUT ROWID"""
    )
    op.execute("CREATE INDEX quotes_by_post ON quotes (platform, post)")
    op.execute("CREATE INDEX quotes_by_author ON quotes (platform, author)")
    for posts in ("evidence", "samples"):
        op.execute(
            f"""INSERT OR IGNORE INTO quotes
                SELECT o.id, json_extract(p.value, '$.platform'), json_extract(p.value, '$.id'),
                    json_extract(p.value, '$.author')
                FROM opportunities o, json_each(o.body, '$.trend.{posts}') p"""  # noqa: S608 - two words of our own
        )
