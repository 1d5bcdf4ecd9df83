"""How many are left of what a brand promises: every count is kept, and the newest one counts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select

from monitor.clock import from_text, to_text
from monitor.storage import tables
from responders.stock import Count


def count(connection: Connection, counted: Count) -> None:
    """Keep a count."""
    row = {"brand": counted.brand, "item": counted.item, "left": counted.left, "person": counted.person}
    row |= {"why": counted.why, "at": to_text(counted.at)}
    connection.execute(insert(tables.stock_counts).values(row))


def counts(connection: Connection, brand: str) -> dict[str, Count]:
    """The newest count of each item of a brand."""
    table = tables.stock_counts
    newest = select(func.max(table.c.number)).where(table.c.brand == brand).group_by(table.c.item)
    found = connection.execute(select(table).where(table.c.number.in_(newest)))
    return {row.item: Count(row.brand, row.item, row.left, row.person, row.why, from_text(row.at)) for row in found}


def first_gone(connection: Connection, brand: str, items: Sequence[str]) -> Count | None:
    """The count of the first of these items of which none are left."""
    known = counts(connection, brand) if items else {}
    return next((known[item] for item in items if item in known and known[item].left <= 0), None)
