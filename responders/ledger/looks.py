"""The part of the ledger that is only looked at, each time a card is shown or decided on."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, Select, bindparam, func, select

from monitor.clock import to_text
from monitor.errors import BadState
from monitor.model import Opportunity
from monitor.storage import reading, tables
from responders.ledger import rows, stock
from responders.model import Move, Proposal, State
from responders.stock import Count

OURS = tuple(state.value for state in (State.APPROVED, State.SENDING, State.UNCERTAIN, State.PUBLISHED))
"""States in which a text stands, or may soon stand, in public."""

OPPORTUNITIES_KEPT = 64
"""One with two hundred posts takes a quarter of a megabyte and two milliseconds to read."""

_OPPORTUNITY = select(tables.opportunities).where(tables.opportunities.c.id == bindparam("key"))
_HISTORY = select(tables.moves).where(tables.moves.c.proposal == bindparam("key")).order_by(tables.moves.c.number)


def _texts(*, everywhere: bool) -> Select[tuple[str]]:
    table, whose = tables.proposals, bindparam("whose", type_=tables.proposals.c.account.type)
    is_theirs = func.substr(table.c.account, 1, func.length(whose)) == whose if everywhere else table.c.account == whose
    wanted = (table.c.moved_at >= bindparam("since")) & (table.c.id != bindparam("besides"))
    query = select(table.c.text).where(table.c.state.in_(OURS), is_theirs, wanted)
    return query.order_by(table.c.moved_at.desc())


_TEXTS = {everywhere: _texts(everywhere=everywhere) for everywhere in (False, True)}


@dataclass(frozen=True, slots=True)
class Compared:
    """What a text is held against before anybody may say yes to it."""

    recent: list[str]
    """Texts of the account that stand, or may soon stand, in public."""
    opportunity: Opportunity
    stock: dict[str, Count]


class Looks:
    """Reads, and writes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._opportunities: OrderedDict[str, Opportunity] = OrderedDict()
        """The last ones that were read. They change only when posts are erased."""
        self._known_of = -1
        """The state of the database they are of, as far as other connections changed it."""

    def opportunity(self, key: str) -> Opportunity:
        """The opportunity of a proposal, with its trend and score. Raises BadState for an unknown id."""
        with reading(self._engine) as connection:
            return self._opportunity(connection, key)

    def history(self, key: str) -> list[Move]:
        """Every move of one proposal, oldest first."""
        with reading(self._engine) as connection:
            return [rows.read_move(row) for row in connection.execute(_HISTORY, {"key": key}).mappings()]

    def recent_texts(self, account: str, since: datetime, *, besides: str = "", everywhere: bool = False) -> list[str]:
        """What the account said, or is about to say, since then: for the check against near copies. Newest first.

        `besides` leaves one proposal out: a text is no copy of itself. `everywhere`: on any account of its network.
        """
        whose = f"{account.partition(':')[0]}:" if everywhere else account
        sought = {"whose": whose, "since": to_text(since), "besides": besides}
        with reading(self._engine) as connection:
            return [row.text for row in connection.execute(_TEXTS[everywhere], sought)]

    def compared(self, proposal: Proposal, since: datetime, *, everywhere: bool) -> Compared:
        """All that a text of the proposal is held against, in one look; the arguments are those of `recent_texts`."""
        with reading(self._engine) as connection:
            opportunity = self._opportunity(connection, proposal.opportunity)
            counts = stock.counts(connection, proposal.brand)
        recent = self.recent_texts(proposal.account, since, besides=proposal.id, everywhere=everywhere)
        return Compared(recent, opportunity, counts)

    def _forget_opportunities(self) -> None:
        """Posts were taken out of some."""
        self._opportunities.clear()

    def _opportunity(self, connection: Connection, key: str) -> Opportunity:
        """Whoever holds the connection is alone here."""
        state: int = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        if state != self._known_of:  # another process may have erased
            self._opportunities.clear()
            self._known_of = state
        if key not in self._opportunities:
            row = connection.execute(_OPPORTUNITY, {"key": key}).mappings().first()
            if row is None:
                raise BadState(f"opportunity {key}: there is no such row, and a proposal speaks of it")
            self._opportunities[key] = rows.read_opportunity(row)
            if len(self._opportunities) > OPPORTUNITIES_KEPT:
                self._opportunities.popitem(last=False)
        self._opportunities.move_to_end(key)
        return self._opportunities[key]
