"""What stands behind every channel: people's orders go to the ledger, changes come back to whoever looks on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import structlog

from monitor.aside import first
from monitor.clock import Clock
from monitor.erase import TakenBack, without
from monitor.errors import BadState, Refused
from monitor.model import Account, Brand, Opportunity
from monitor.pipeline import Judgement
from monitor.settings import TemplateSettings, to_account
from monitor.telemetry import DECISION_SECS, IS_PAUSED, PROPOSALS
from responders import stock, together
from responders.approvals import Card, Judged, Order, Said
from responders.approvals.changes import Changes
from responders.desk_people import Books
from responders.desk_together import TogetherDesk
from responders.drafting.by_hand import ByHand, by_hand
from responders.drafting.checks import problems
from responders.ledger.looks import Compared
from responders.lifecycle import NotAllowed
from responders.model import Pause, Proposal, State
from responders.permits import Permits
from responders.policy import POLICY, Policy

__all__ = ["Books", "LedgerDesk"]

log = structlog.get_logger()


CLOSED_FOR = timedelta(hours=24)
"""How long a closed card stays in sight."""

NEAR_COPY_FOR = timedelta(days=30)
"""Own posts of this age still make a new text a near copy."""

FOLLOW_SECS = 0.2
"""How long a move may go unseen by the pages; fast for an eye, and one indexed read each time."""

JUDGED_KEPT = 50


class LedgerDesk(TogetherDesk):
    """The `Desk` of the running bot (see responders.approvals): ledger, outbox and the latest judgements."""

    policy: Policy
    """What the networks allow; other settings bring another."""
    templates: Mapping[str, Sequence[TemplateSettings]]
    """What each brand may say, by brand; the same."""

    def __init__(
        self,
        books: Books,
        *,
        clock: Clock,
        brands: Mapping[str, Brand],
        changes: Changes,
        permits: Permits | None = None,
    ) -> None:
        self.permits = permits
        self._books = books
        self._clock = clock
        self.policy = POLICY
        self.templates = {}
        self.rehearsed: frozenset[str] = frozenset()
        """Networks whose posts are only printed to the console."""
        self._brands = brands
        self._changes = changes
        self._judged: dict[str, Judged] = {}
        self._order: deque[str] = deque()

    async def cards(self) -> list[Card]:
        since = self._clock.now() - CLOSED_FOR
        proposals = await self._books.call(self._books.ledger.proposals, closed_since=since)
        kin = await self._books.call(self._books.ledger.kin, {one.opportunity for one in proposals})
        near = [(one, together.sisters_in(kin.get(one.opportunity, ()), one)) for one in proposals]
        cards = [await self._books.call(self._card, one, sisters) for one, sisters in near]  # others get between
        return sorted(cards, key=_nearest_first)

    async def card(self, proposal: str) -> Card | None:
        return await self._books.call(self._read_card, proposal)

    async def decide(self, order: Order) -> Proposal:
        with first():
            return await self._decide(order)

    async def _decide(self, order: Order) -> Proposal:
        proposal, compared = await self._books.call(self._begun, order)
        if proposal is None:
            raise Refused(f"there is no proposal {order.proposal}")
        if compared is not None:
            text = proposal.text if order.text is None else order.text
            if found := self.against(text, proposal, compared):
                raise Refused("; ".join(found))
        if order.act == "undo" and proposal.state is State.PUBLISHED:
            return await self.outbox.undo(order)
        permit = await self._permit(proposal)
        now = self._clock.now()
        try:
            decided = await self._books.call(self._books.ledger.decide, order, now, permit)
        except NotAllowed as error:
            await self.keep_refusal(order.person, f"{order.act} {order.proposal}", str(error), via=order.via)
            raise
        if order.act in ("approve", "reject"):
            DECISION_SECS.observe((now - proposal.created_at).total_seconds())
        return decided

    async def problems(self, proposal: Proposal, text: str) -> list[str]:
        return self.against(text, proposal, await self.compared(proposal))

    async def compared(self, proposal: Proposal) -> Compared:
        """What a text of the proposal is held against now, and the opportunity it is about. Raises BadState."""
        return await self._books.call(self._compared, proposal)

    def against(self, text: str, proposal: Proposal, compared: Compared) -> list[str]:
        """See `problems`."""
        brand = self._brands.get(proposal.brand)
        if brand is None:
            return [f"{proposal.brand} is no longer configured"]
        account, evidence = to_account(proposal.account), compared.opportunity.trend.evidence
        found = problems(text, brand=brand, account=account, recent=compared.recent, evidence=evidence)
        return [*found, *self._rules(brand, account, compared.stock)(text)]

    async def rules(self, brand: Brand, account: Account) -> Callable[[str], list[str]]:
        """What stands against a text besides its words, on what is known now: the network's rules, and what is gone."""
        return self._rules(brand, account, await self._books.call(self._books.ledger.stock, brand.name))

    def _rules(self, brand: Brand, account: Account, counts: Mapping[str, stock.Count]) -> Callable[[str], list[str]]:
        now = self._clock.now()
        return lambda text: [
            *self.policy.against(text, account, now.date()),
            *stock.against(text, brand, counts, now=now),
        ]

    def promised(self, proposal: Proposal) -> list[str]:
        """What a proposal's text promises that there may be none of any more, by name."""
        brand = self._brands.get(proposal.brand)
        return [item.name for item in stock.promised(proposal.text, brand)] if brand is not None else []

    async def recent(self, account: Account, *, besides: str = "") -> list[str]:
        """What a new text of the account must not repeat: its own, and where its network wants so its sisters'."""
        now, find = self._clock.now(), self._books.ledger.recent_texts
        everywhere = self._repeats_nowhere(account)
        return await self._books.call(find, account.key, now - NEAR_COPY_FOR, besides=besides, everywhere=everywhere)

    def _repeats_nowhere(self, account: Account) -> bool:
        """Whether its network takes the same text from no other account either."""
        return not self.policy.allows(account, "repeat", self._clock.now().date())

    async def judged(self) -> list[Judged]:
        return [self._judged[trend] for trend in reversed(self._order)]

    def note(self, judgement: Judgement) -> None:
        """Keep what was thought of a trend that did not become a card."""
        trend = judgement.trend.id
        if trend in self._judged:
            self._order.remove(trend)
        self._order.append(trend)
        self._judged[trend] = Judged(judgement.trend, judgement.scores, judgement.at)
        if len(self._order) > JUDGED_KEPT:
            del self._judged[self._order.popleft()]
        self._changes.tell("judged")

    def erase(self, taken: TakenBack) -> None:
        """Let go of posts that their authors took back."""
        for key, judged in self._judged.items():
            self._judged[key] = replace(judged, trend=without(judged.trend, [taken]))

    def forget(self, trend: str) -> None:
        """A trend we were silent about became a card."""
        if self._judged.pop(trend, None) is not None:
            self._order.remove(trend)
            self._changes.tell("judged")

    async def paused(self) -> Pause | None:
        return await self._books.call(self._books.ledger.paused, self._clock.now())

    async def pause(self, person: str, why: str, until: datetime | None, *, said: Said | None = None) -> None:
        await self._books.call(self._books.ledger.pause, person, why, until=until, now=self._clock.now(), said=said)
        IS_PAUSED.set(1)
        self._changes.tell("pause")

    async def hold(self, hold: Pause) -> Pause | None:
        """Pause for a tragedy. The pause now in force; None where nothing changed, for this tragedy was told before."""
        held = await self._books.call(self._books.ledger.hold, hold)
        if held is not None:
            IS_PAUSED.set(1)
            self._changes.tell("pause")
        return held

    async def resume(self, person: str, why: str, *, said: Said | None = None) -> None:
        await self._books.call(self._books.ledger.resume, person, why, now=self._clock.now(), said=said)
        IS_PAUSED.set(0)
        self._changes.tell("pause")

    async def follow(self, stop: asyncio.Event) -> None:
        """Tell the readers of every move in the ledger, those of other processes too, until `stop`."""
        ledger = self._books.ledger
        seen, _ = await self._books.call(ledger.audit_head)
        await self._measure()
        while not stop.is_set():
            moves = await self._books.call(ledger.moves_since, seen)
            for move in moves:
                seen = move.number
                self._changes.tell(move.proposal)
            if moves:
                for key in await self._books.call(ledger.kin_of, {move.proposal for move in moves}):
                    self._changes.tell(key)  # its card shows how it stands with its sisters
                await self._measure()
            await self._clock.sleep(FOLLOW_SECS)

    async def _measure(self) -> None:
        counts, pause = await self._books.call(self._measured)
        for state in State:
            PROPOSALS.labels(state=state.value).set(counts.get(state, 0))
        IS_PAUSED.set(pause is not None)

    def _measured(self) -> tuple[dict[State, int], Pause | None]:
        """In the ledger's thread."""
        return self._books.ledger.counts(), self._books.ledger.paused(self._clock.now())

    def changes(self) -> AsyncIterator[str]:
        return self._changes.read()

    def _opportunity(self, proposal: Proposal) -> Opportunity:
        found: Opportunity | None = self._books.ledger.opportunity(proposal.opportunity)
        if found is None:
            raise BadState(f"proposal {proposal.id} names opportunity {proposal.opportunity}, which does not exist")
        return found

    def _read_card(self, key: str) -> Card | None:
        proposal = self._books.ledger.proposal(key)
        return None if proposal is None else self._card(proposal, self._books.ledger.sisters(proposal))

    def _card(self, proposal: Proposal, sisters: Sequence[Proposal]) -> Card:
        """In the ledger's thread."""
        history = self._books.ledger.history(proposal.id)
        account, today = to_account(proposal.account), self._clock.now().date()
        limits, opportunity = self.policy.told(account, today), self._opportunity(proposal)
        by_hand = self._by_hand(proposal, opportunity, account, today=today)
        return Card(
            proposal, opportunity, tuple(history), tuple(limits), tuple(by_hand), self.rehearsed, tuple(sisters)
        )

    def _by_hand(self, proposal: Proposal, opportunity: Opportunity, account: Account, *, today: date) -> list[ByHand]:
        brand, templates = self._brands.get(proposal.brand), self.templates.get(proposal.brand, ())
        if brand is None or proposal.state is not State.PENDING:
            return []
        return by_hand(opportunity, brand, templates, account=account, policy=self.policy, today=today)

    def _begun(self, order: Order) -> tuple[Proposal | None, Compared | None]:
        """In the ledger's thread: all that is looked at before an order is carried out, in one look."""
        proposal = self._books.ledger.proposal(order.proposal)
        is_said = proposal is not None and order.act in ("edit", "approve")
        return proposal, self._compared(proposal) if proposal is not None and is_said else None

    def _compared(self, proposal: Proposal) -> Compared:
        """In the ledger's thread."""
        since, everywhere = self._clock.now() - NEAR_COPY_FOR, self._repeats_nowhere(to_account(proposal.account))
        return self._books.ledger.compared(proposal, since, everywhere=everywhere)


def _nearest_first(card: Card) -> tuple[bool, float]:
    proposal = card.proposal
    if proposal.is_open:
        return False, proposal.deadline.timestamp()
    return True, -proposal.moved_at.timestamp()
