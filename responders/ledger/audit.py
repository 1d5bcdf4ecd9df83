"""The append-only, hash-chained record of every move: who, when, from where, why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, insert, select

from monitor.clock import to_text
from monitor.storage import tables
from responders.ledger import chain
from responders.ledger.chain import START
from responders.ledger.rows import read_media
from responders.model import Proposal, digest

CHAINED = ("number", "proposal", "move", "before", "after", "person", "via", "why", "revision", "digest", "at")
"""What a row's hash covers, in this order, behind the hash of the row before."""

_NEWEST = select(tables.moves.c.number, tables.moves.c.hash).order_by(tables.moves.c.number.desc()).limit(1)
_APPEND = insert(tables.moves)


def append(
    connection: Connection, move: str, after: Proposal, *, before: Proposal | None, person: str, via: str, why: str
) -> None:
    """Write one row behind the last one; the caller's transaction holds the move itself as well."""
    number, previous = head(connection)
    row = {
        "number": number + 1,
        "proposal": after.id,
        "move": move,
        "before": before.state.value if before else None,
        "after": after.state.value,
        "person": person,
        "via": via,
        "why": why,
        "revision": after.revision,
        "digest": after.digest,
        "at": to_text(after.moved_at),
    }
    connection.execute(_APPEND, row | {"hash": chain.hash_of(previous, row, CHAINED)})


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the newest row: keep a copy elsewhere and nobody can shorten the record unseen."""
    row = connection.execute(_NEWEST).first()
    return (row.number, row.hash) if row else (0, START)


def verify(connection: Connection) -> list[str]:
    """What is wrong with the record, one sentence each; empty when it is whole and agrees with the proposals."""
    rows = connection.execute(select(tables.moves).order_by(tables.moves.c.number)).mappings()
    broken = chain.breaks(rows, CHAINED, what="move", told=lambda row: f"{row['move']} of {row['proposal']}")
    return broken + _disagreements(connection)


def _disagreements(connection: Connection) -> list[str]:
    """Proposals whose row was changed without a move."""
    moves, proposals = tables.moves, tables.proposals
    last = select(moves.c.proposal, func.max(moves.c.number).label("number")).group_by(moves.c.proposal).subquery()
    query = (
        select(proposals, moves.c.after, moves.c.revision.label("told"), moves.c.digest)
        .outerjoin(last, last.c.proposal == proposals.c.id)
        .outerjoin(moves, moves.c.number == last.c.number)
        .order_by(proposals.c.id)
    )
    problems = []
    for row in connection.execute(query):
        if (row.state, row.revision) != (row.after, row.told):
            present, told = f"{row.state}, revision {row.revision}", f"{row.after}, {row.told}"
            problems.append(f"proposal {row.id} is {present}; its last move says {told}")
        elif _digest(row) != row.digest:
            problems.append(f"proposal {row.id} holds another text, account or picture than its last move says")
    return problems


def _digest(row: Any) -> str:
    media = read_media(row.media, f"proposal {row.id}")
    return digest(row.account, row.text, media=tuple(picture.digest for picture in media))
