"""What judgements have to remember over a restart: tragedies, and which cards the day's budget went to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, delete, exists, select
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.clock import from_text, to_text
from monitor.errors import BadState
from monitor.signals.context import LONGEST_COOL_OFF, MAX_DEATHS, MAX_TRAGEDIES, OFFERS_KEPT, Context, Tragedy
from monitor.storage import tables


def save_tragedies(connection: Connection, tragedies: Sequence[Tragedy], now: datetime) -> None:
    """Keep tragedies; the same one again, by name and time, changes nothing."""
    for tragedy in tragedies:
        terms = json.dumps(sorted(tragedy.terms), ensure_ascii=False, separators=(",", ":"))
        row = {"name": tragedy.name, "at": to_text(tragedy.at), "terms": terms, "kept_at": to_text(now)}
        row["person"] = tragedy.person
        connection.execute(upsert(tables.tragedies).values(row).on_conflict_do_nothing())


def drop_tragedies(connection: Connection, tragedies: Sequence[Tragedy]) -> None:
    """Forget tragedies that were said by mistake; unknown ones change nothing."""
    table = tables.tragedies
    for tragedy in tragedies:
        same = (table.c.name == tragedy.name) & (table.c.at == to_text(tragedy.at))
        connection.execute(delete(table).where(same))


def context(connection: Connection, now: datetime) -> Context:
    """The tragedies and cards that still count at `now`, oldest first. Raises BadState."""
    return Context(_tragedies(connection, now), _offered(connection, now))


def _tragedies(connection: Connection, now: datetime) -> tuple[Tragedy, ...]:
    # By our clock: that of a recording says nothing of how long ago we learnt it.
    table = tables.tragedies
    query = select(table).where(table.c.kept_at >= to_text(now - LONGEST_COOL_OFF)).order_by(table.c.number.desc())
    rows = [*connection.execute(query.where(table.c.person == "").limit(MAX_TRAGEDIES))]
    rows += connection.execute(query.where(table.c.person != "").limit(MAX_DEATHS))
    return tuple(_tragedy(row) for row in sorted(rows, key=lambda row: int(row.number)))


def _tragedy(row: Row[tuple[object, ...]]) -> Tragedy:
    try:
        terms = json.loads(row.terms)
        at = from_text(row.at)
    except ValueError as error:
        raise BadState(f"tragedy {row.number}: the stored row makes no sense: {error}") from error
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        raise BadState(f"tragedy {row.number}: the stored row makes no sense: its terms are no list of words")
    return Tragedy(row.name, frozenset(terms), at, row.person)


def _offered(connection: Connection, now: datetime) -> tuple[tuple[str, datetime], ...]:
    """Brand and time of each opportunity that became a card; what nobody was asked about spends no budget."""
    table = tables.opportunities
    has_card = exists().where(tables.proposals.c.opportunity == table.c.id)
    query = select(table.c.brand, table.c.judged_at).where(table.c.offered_at >= to_text(now - OFFERS_KEPT), has_card)
    rows = connection.execute(query.order_by(table.c.offered_at, table.c.id))
    return tuple((row.brand, from_text(row.judged_at)) for row in rows)
