"""How many are left of what a brand promises: every count is kept, and the newest one counts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, insert, select

from monitor.clock import from_text, to_text
from monitor.storage import tables
from responders.stock import Count

_COUNTS = select(tables.stock_counts).where(
    tables.stock_counts.c.number.in_(
        select(func.max(tables.stock_counts.c.number))
        .where(tables.stock_counts.c.brand == bindparam("brand"))
        .group_by(tables.stock_counts.c.item)
    )
)


def count(connection: Connection, counted: Count) -> None:
    """Keep a count."""
    row = {"brand": counted.brand, "item": counted.item, "left": counted.left, "person": counted.person}
    row |= {"why": counted.why, "at": to_text(counted.at)}
    connection.execute(insert(tables.stock_counts).values(row))


def counts(connection: Connection, brand: str) -> dict[str, Count]:
    """The newest count of each item of a brand."""
    found = connection.execute(_COUNTS, {"brand": brand})
    return {row.item: Count(row.brand, row.item, row.left, row.person, row.why, from_text(row.at)) for row in found}


def first_gone(connection: Connection, brand: str, items: Sequence[str]) -> Count | None:
    """The count of the first of these items of which none are left."""
    known = counts(connection, brand) if items else {}
    return next((known[item] for item in items if item in known and known[item].left <= 0), None)
