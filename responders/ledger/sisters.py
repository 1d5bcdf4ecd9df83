"""The part of the ledger for one opportunity on several accounts: agreed to together, taken back together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from monitor.errors import Refused
from monitor.storage import reading, tables
from responders import together
from responders.approvals import Order
from responders.crashpoints import crashpoint
from responders.ledger import facts, mailroom, rows
from responders.lifecycle import Facts
from responders.model import Proposal
from responders.rights import Permit


class Sisters(ABC):
    """Proposals of one opportunity and brand, one an account: each has its own text, digest, yes and fate."""

    _engine: Engine

    def sisters(self, proposal: Proposal) -> list[Proposal]:
        """The others of the same opportunity, whatever became of them, by account."""
        with reading(self._engine) as connection:
            return _sisters(connection, proposal)

    def kin(self, opportunities: Collection[str]) -> dict[str, list[Proposal]]:
        """By opportunity, all proposals of those that have several, by account."""
        table = tables.proposals
        with reading(self._engine) as connection:
            found = rows.read_proposals(connection, table.c.opportunity.in_(set(opportunities)), table.c.account)
        kin: dict[str, list[Proposal]] = {}
        for one in found:
            kin.setdefault(one.opportunity, []).append(one)
        return {key: several for key, several in kin.items() if len(several) > 1}

    def kin_of(self, keys: Collection[str]) -> list[str]:
        """The ids of the sisters of these proposals, as far as they are not among them."""
        table = tables.proposals
        shared = select(table.c.opportunity).where(table.c.id.in_(set(keys)))
        query = select(table.c.id).where(table.c.opportunity.in_(shared), table.c.id.not_in(set(keys)))
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def decide_together(
        self, orders: Sequence[Order], now: datetime, permits: Mapping[str, Permit | None]
    ) -> list[Proposal]:
        """Carry out several yeses to sisters, all of them or none; `permits` by proposal, as for `decide`.

        Each writes its own yes to its own digest and its own rows of the audit; from there on each goes its own way.
        """
        crashpoint("before_decide")
        with self._moving() as connection:
            together.check(orders, [facts.get(connection, order.proposal) for order in orders])
            after = [self._decided(connection, order, now=now, permit=permits.get(order.proposal)) for order in orders]
        crashpoint("after_decide")
        return after

    def take_back(self, order: Order, now: datetime) -> list[Proposal]:
        """Write down, in one transaction, that a person wants all sisters undone, before anything is deleted.

        What was not sent is withdrawn, what is published is to be deleted; what is being sent, or nobody knows about,
        stays. Returns all of them as they then stand, the order's own first.
        """
        with self._moving() as connection:
            own = facts.get(connection, order.proposal)
            all_of_them = [own, *_sisters(connection, own)]
            if not any(together.way_back(one) or one.state in together.UNKNOWN for one in all_of_them):
                raise Refused(f"there is nothing to take back of {own.id}: it stands nowhere")
            after = [self._taken_back(connection, one, order, now=now) for one in all_of_them]
            mailroom.work_off(connection, order.said, f"undo everywhere by {order.person}", at=now)
        return after

    def _taken_back(self, connection: Connection, before: Proposal, order: Order, *, now: datetime) -> Proposal:
        move = together.way_back(before)
        if move is None:
            return before
        known = facts.rounded(Facts(now, order.person, why=order.reason or together.why_back(move, before, order)))
        return self._make(connection, before, move, known=known, via=order.via)

    # --- what the whole ledger has -----------------------------------------------------------------------------

    @abstractmethod
    def _moving(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _decided(self, connection: Connection, order: Order, *, now: datetime, permit: Permit | None) -> Proposal: ...

    @abstractmethod
    def _make(
        self, connection: Connection, before: Proposal, move: str, *, known: Facts, via: str = "daemon"
    ) -> Proposal: ...


def _sisters(connection: Connection, proposal: Proposal) -> list[Proposal]:
    table = tables.proposals
    same = (table.c.opportunity == proposal.opportunity) & (table.c.brand == proposal.brand)
    return rows.read_proposals(connection, same & (table.c.account != proposal.account), table.c.account)
