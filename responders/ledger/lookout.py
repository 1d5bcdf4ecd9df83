"""The part of the ledger for whoever looks on: it reads, and moves nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BindParameter, Engine, bindparam, func, select

from monitor.clock import to_text
from monitor.model import Opportunity
from monitor.storage import reading, tables
from responders.ledger import audit, deeds, rows
from responders.model import Move, State

_AFTER: BindParameter[int] = bindparam("after")
_MOVES = select(tables.moves).where(tables.moves.c.number > _AFTER).order_by(tables.moves.c.number).limit(500)
_COUNTS = select(tables.proposals.c.state, func.count()).group_by(tables.proposals.c.state)


class Lookout:
    """Counts, moves, the record of all of them."""

    _engine: Engine

    def pictures_wanted(self, since: datetime) -> set[str]:
        """Hashes of the pictures on open proposals, and on those that moved since then."""
        table = tables.proposals
        wanted = table.c.state.in_(rows.OPEN) | (table.c.moved_at >= to_text(since))
        with reading(self._engine) as connection:
            found = rows.read_proposals(connection, wanted)
        named = (media for p in found for media in (p.media, *(draft.media for draft in p.drafts)))
        return {picture.sha256 for media in named for picture in media}

    def counts(self) -> dict[State, int]:
        """How many proposals stand in each state; states nobody is in are missing."""
        with reading(self._engine) as connection:
            return {State(state): count for state, count in connection.execute(_COUNTS)}

    def opportunities_of(self, trend: str) -> list[Opportunity]:
        """What was offered to the brands for one trend, by brand."""
        table = tables.opportunities
        with reading(self._engine) as connection:
            found = connection.execute(select(table).where(table.c.trend == trend).order_by(table.c.brand))
            return [rows.read_opportunity(row) for row in found.mappings()]

    def moves_since(self, number: int) -> list[Move]:
        """The moves after one number, of whatever process, oldest first; at most 500 at once."""
        with reading(self._engine) as connection:
            return [rows.read_move(row) for row in connection.execute(_MOVES, {"after": number}).mappings()]

    def verify_audit(self) -> list[str]:
        """What is wrong with the records of moves and deeds, one sentence each; empty when they are whole."""
        with reading(self._engine) as connection:
            return audit.verify(connection) + deeds.verify(connection)

    def audit_head(self) -> tuple[int, str]:
        """Number and hash of the newest move: keep it elsewhere and nobody can shorten the record unseen."""
        with reading(self._engine) as connection:
            return audit.head(connection)
