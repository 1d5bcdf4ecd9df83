"""Strangers' posts on cards, and how they leave: when their authors take them back, and when the card is a day old."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, exists, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.clock import to_text
from monitor.erase import TakenBack, without, without_posts
from monitor.model import Opportunity, Trend
from monitor.storage import tables
from responders.ledger import rows

TOGETHER = 500
"""Ids asked for in one query: SQLite takes some thousands of values at most."""


def note(connection: Connection, opportunity: Opportunity) -> None:
    """Remember whose posts a new opportunity keeps."""
    trend = opportunity.trend
    found = [
        {"opportunity": opportunity.id, "platform": post.platform, "post": post.id, "author": post.author}
        for post in (*trend.evidence, *trend.samples)
    ]
    if found:
        connection.execute(upsert(tables.quotes).on_conflict_do_nothing(), found)


def holders(connection: Connection, taken: TakenBack) -> list[str]:
    """The opportunities that keep a post of these."""
    found: set[str] = set()
    table = tables.quotes
    for column, keys in ((table.c.post, sorted(taken.posts)), (table.c.author, sorted(taken.authors))):
        for start in range(0, len(keys), TOGETHER):
            some = (table.c.platform == taken.platform) & column.in_(keys[start : start + TOGETHER])
            found.update(connection.execute(select(table.c.opportunity).where(some).distinct()).scalars())
    return sorted(found)


def erase(connection: Connection, taken: TakenBack) -> int:
    """Write every opportunity that keeps a post of these anew, without it; returns how many."""
    return _rewrite(connection, holders(connection, taken), lambda trend: without(trend, [taken]))


def outdated(connection: Connection, than: datetime) -> list[str]:
    """The opportunities offered before that keep posts and that nobody can act on any more."""
    table, quotes, proposals = tables.opportunities, tables.quotes, tables.proposals
    keeps = exists().where(quotes.c.opportunity == table.c.id)
    is_open = exists().where((proposals.c.opportunity == table.c.id) & proposals.c.state.in_(rows.OPEN))
    query = select(table.c.id).where((table.c.offered_at < to_text(than)) & keeps & ~is_open)
    return list(connection.execute(query.order_by(table.c.id)).scalars())


def erase_older(connection: Connection, than: datetime) -> int:
    """Write those anew without anybody's posts; returns how many."""
    return _rewrite(connection, outdated(connection, than), without_posts)


def _rewrite(connection: Connection, keys: Sequence[str], change: Callable[[Trend], Trend]) -> int:
    table, quotes, proposals = tables.opportunities, tables.quotes, tables.proposals
    for key in keys:
        row = connection.execute(select(table).where(table.c.id == key)).mappings().one()
        opportunity = rows.read_opportunity(row)
        left = replace(opportunity, trend=change(opportunity.trend))
        body = msgspec.json.encode(left).decode()
        connection.execute(update(table).where(table.c.id == key).values(body=body))
        if left.trend.name != opportunity.trend.name:
            cards = update(proposals).where(proposals.c.opportunity == key)
            connection.execute(cards.values(trend_name=left.trend.name))
        connection.execute(delete(quotes).where(quotes.c.opportunity == key))
        note(connection, left)
    return len(keys)
