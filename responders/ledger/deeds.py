"""The second audit, chained by hash as the first: who was let in for whom, what was silenced, who was refused."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, RowMapping, insert, select

from monitor.clock import to_text
from monitor.errors import BadState
from monitor.storage import tables
from responders.ledger import chain
from responders.ledger.chain import START
from responders.model import Deed

CHAINED = ("number", "act", "person", "about", "why", "until", "via", "at")
"""What a row's hash covers, in this order, behind the hash of the row before."""
MOST_WHY = 1000

_NEWEST = select(tables.deeds.c.number, tables.deeds.c.hash).order_by(tables.deeds.c.number.desc()).limit(1)


def append(
    connection: Connection, act: str, *, person: str, about: str, why: str, via: str, at: datetime,
    until: datetime | None = None,
) -> None:  # fmt: skip
    """Write one row behind the last one; the caller's transaction holds the deed itself as well."""
    newest = connection.execute(_NEWEST).first()
    number, previous = (newest.number, newest.hash) if newest else (0, START)
    row = {
        "number": number + 1,
        "act": act,
        "person": _text(person),
        "about": _text(about),
        "why": _text(why),
        "until": to_text(until) if until else None,
        "via": via,
        "at": to_text(at),
    }
    connection.execute(insert(tables.deeds), row | {"hash": chain.hash_of(previous, row, CHAINED)})


def read(connection: Connection, most: int) -> list[Deed]:
    """The newest first. Raises BadState."""
    table = tables.deeds
    rows = connection.execute(select(table).order_by(table.c.number.desc()).limit(most)).mappings()
    return [_deed(row) for row in rows]


def verify(connection: Connection) -> list[str]:
    """What is wrong with this record, one sentence each; empty when it is whole and tells of every absence."""
    rows = connection.execute(select(tables.deeds).order_by(tables.deeds.c.number)).mappings()
    broken = chain.breaks(rows, CHAINED, what="deed", told=lambda row: f"{row['act']} by {row['person']}")
    return broken + _untold(connection)


def of_absence(person: str, delegate: str | None) -> str:
    """`maya: jon decides`, as a deed says whom it is about."""
    return f"{person}: {delegate} decides" if delegate else person


def _untold(connection: Connection) -> list[str]:
    """Absences that let somebody decide and that no deed tells of."""
    absences, told = tables.absences, tables.deeds
    found = connection.execute(select(told.c.about, told.c.until).where(told.c.act == "away"))
    known = {(row.about, row.until) for row in found}
    return [
        f"absence {row.number} lets {row.delegate} decide for {row.person}, and nobody is known to have said so"
        for row in connection.execute(select(absences).order_by(absences.c.number))
        if (of_absence(row.person, row.delegate), row.until) not in known
    ]


def _deed(row: RowMapping) -> Deed:
    try:
        return msgspec.convert({str(name): value for name, value in row.items()}, Deed)
    except msgspec.ValidationError as error:
        raise BadState(f"deed {row['number']}: the stored row makes no sense: {error}") from error


def _text(text: str) -> str:
    """Half a surrogate pair, which a stranger may send and no file can keep, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()[:MOST_WHY]
