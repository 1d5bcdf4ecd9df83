"""The part of the desk for one opportunity on several accounts: one yes for several, one undo for all."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

import structlog

from monitor.aside import first
from monitor.errors import BonmotError, Refused
from monitor.settings import to_account
from monitor.telemetry import DECISION_SECS
from responders.approvals import Order, words
from responders.desk_people import PeopleDesk
from responders.drafting.checks import is_near_copy
from responders.lifecycle import NotAllowed
from responders.model import Proposal, State
from responders.outbox import Outbox
from responders.policy import Policy
from responders.together import UNKNOWN, check

log = structlog.get_logger()


class TogetherDesk(PeopleDesk, ABC):
    """See `responders.approvals.Desk`."""

    outbox: Outbox
    policy: Policy

    async def decide_together(self, orders: Sequence[Order]) -> list[Proposal]:
        """All of the yeses, or none of them."""
        with first():
            proposals = [await self._find(order.proposal) for order in orders]
            check(orders, proposals)
            for proposal, order in zip(proposals, orders, strict=True):
                if found := await self.problems(proposal, proposal.text if order.text is None else order.text):
                    raise Refused("; ".join(found))
            self._check_each_other(proposals, orders)
            return await self._all_or_none(proposals, orders)

    async def take_back(self, order: Order) -> list[str]:
        """The wish is written down for all before anything is deleted; then all are deleted at once."""
        with first():
            wanted = await self._books.call(self._books.ledger.take_back, order, self._clock.now())
        untold = [f"{_where(one)}: {_unknown(one)}" for one in wanted if one.state in UNKNOWN]
        async with asyncio.TaskGroup() as deletions:
            published = [one for one in wanted if one.state is State.PUBLISHED]
            tasks = [deletions.create_task(self._deleted(one, order), name=f"undo {one.id}") for one in published]
        failed = [sentence for task in tasks if (sentence := task.result())]
        for sentence in (*failed, *untold):
            log.error("undo_incomplete", proposal=order.proposal, person=order.person, reason=sentence)
        return [*failed, *untold]

    async def _find(self, key: str) -> Proposal:
        found: Proposal | None = await self._books.call(self._books.ledger.proposal, key)
        if found is None:
            raise Refused(f"there is no proposal {key}")
        return found

    async def _all_or_none(self, proposals: Sequence[Proposal], orders: Sequence[Order]) -> list[Proposal]:
        permits = {one.id: await self._permit(one) for one in proposals}
        now = self._clock.now()
        try:
            decided = await self._books.call(self._books.ledger.decide_together, orders, now, permits)
        except NotAllowed as error:
            about = f"approve {', '.join(order.proposal for order in orders)}"
            await self.keep_refusal(orders[0].person, about, str(error), via=orders[0].via)
            raise
        for proposal in proposals:
            DECISION_SECS.observe((now - proposal.created_at).total_seconds())
        return decided

    def _check_each_other(self, proposals: Sequence[Proposal], orders: Sequence[Order]) -> None:
        """Where a network wants no text twice, two of its accounts do not say the same by one click either."""
        today = self._clock.now().date()
        for number, (one, order) in enumerate(zip(proposals, orders, strict=True)):
            account = to_account(one.account)
            if self.policy.allows(account, "repeat", today):
                continue
            for other, earlier in zip(proposals[:number], orders[:number], strict=True):
                is_there = to_account(other.account).platform == account.platform
                if is_there and is_near_copy(order.text or "", earlier.text or ""):
                    raise Refused(f"{_where(one)} would repeat {_where(other)}, which the network does not want")

    async def _deleted(self, proposal: Proposal, order: Order) -> str:
        """Why it is not gone; empty where it is. Whatever breaks here must not keep the others standing."""
        try:
            await self.outbox.delete(proposal, replace(order, proposal=proposal.id, said=None))
        except BonmotError as error:
            now = await self._books.call(self._books.ledger.proposal, proposal.id)
            if now is not None and now.state is State.RETRACTED:  # the outbox itself was faster
                return ""
            return f"{_where(proposal)} still has it: {error}"
        except Exception as error:
            # The edge of one deletion: its surprise must not keep the others standing; the outbox tries it again.
            log.exception("task_failed", task="undo", proposal=proposal.id)
            return f"{_where(proposal)} still has it, as far as we know: {type(error).__name__}; look there"
        return ""

    @abstractmethod
    async def problems(self, proposal: Proposal, text: str) -> list[str]:
        """What the checks have against a text."""


def _where(proposal: Proposal) -> str:
    url = proposal.receipt.url if proposal.receipt else None
    return f"{words.place(proposal.account)}{f' ({words.plain(url, 300)})' if url else ''}"


def _unknown(proposal: Proposal) -> str:
    if proposal.state is State.SENDING:
        return "it is being sent this moment and cannot be stopped; look there, and undo again once it is posted"
    return "nobody knows whether it was posted there; look at the account yourself and delete it by hand"
