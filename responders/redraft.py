"""Other drafts for an open card, because a person wishes for them: the model's, and the templates not shown yet.

A card never changes by itself after it went out; here a person asks. What is added stands behind the drafts there are,
whose numbers, text and yeses stay; each new text passes every check, and the move is a row with the person's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from monitor.clock import Clock
from monitor.errors import Refused
from monitor.model import Brand, Opportunity
from monitor.settings import Settings, to_account
from responders.approvals.aides import Redrafted, Wished
from responders.desk import Books, LedgerDesk
from responders.drafting import templates
from responders.drafting.choice import Choice
from responders.drafting.ranking import Candidate
from responders.drafting.writer import Writer
from responders.ledger import Ledger
from responders.lifecycle import MOST_DRAFTS, check_room
from responders.model import Draft, Proposal

log = structlog.get_logger()

WAIT_SECS = 20.0
"""A person who asked waits longer for a model than a card does; the model's own limits of time and money stay."""
MOST_NEW = 3
WORDS_SAID = 300
WHYS_TOLD = 4


@dataclass(slots=True)
class LiveRedraft:
    """See `responders.approvals.aides.Redraft`."""

    settings: Callable[[], Settings]
    """Read anew for each wish, so that changed settings count at once."""
    brands: Mapping[str, Brand]
    books: Books
    desk: LedgerDesk
    clock: Clock
    writer: Writer | None = None

    async def add(self, wished: Wished) -> Redrafted:
        """As the promise says."""
        proposal = await self._open(wished)
        brand = self.brands.get(proposal.brand)
        if brand is None:
            raise Refused(f"{proposal.brand} is no longer configured")
        opportunity = await self.books.call(self.books.ledger.opportunity, proposal.opportunity)
        choice = await self._choice(proposal, opportunity, brand)
        found, whys = self._templates(choice)
        if self.writer is not None:
            written, more = await self._written(choice, self.writer, wished.words)
            found, whys = [*written, *found], [*more, *whys]
        elif wished.words:
            whys = ["no language model is configured, so nobody can follow the wish; these are templates", *whys]
        limit = min(MOST_NEW, MOST_DRAFTS - len(proposal.drafts))
        drafts = choice.ranked(found, limit)
        if not drafts:
            return Redrafted(
                (), "; ".join(dict.fromkeys(whys[:WHYS_TOLD])) or "every text the brand has is on the card"
            )
        kept = await self._keep(proposal, drafts, choice, wished=wished)
        numbers = tuple(n for n, draft in enumerate(kept.drafts, 1) if draft.text in {one.text for one in drafts})
        return Redrafted(numbers, "" if any(draft.model for draft in drafts) else "; ".join(whys[:1]))

    async def _open(self, wished: Wished) -> Proposal:
        ledger = self.books.ledger
        proposal = await self.books.call(ledger.proposal, wished.proposal)
        if proposal is None:
            raise Refused(f"there is no proposal {wished.proposal}")
        history = await self.books.call(ledger.history, proposal.id)
        if any(m.move == "add" and m.person == wished.person and m.at >= wished.at for m in history):
            raise Refused("That was done already: look at the card.")
        check_room(proposal, self.clock.now())
        return proposal

    async def _choice(self, proposal: Proposal, opportunity: Opportunity, brand: Brand) -> Choice:
        account = to_account(proposal.account)
        recent = await self.desk.recent(account, besides=proposal.id)
        waiting = await self.books.call(self.books.ledger.proposals, open_only=True)
        beside = [draft.text for one in waiting if one.account == account.key for draft in one.drafts]
        settings = self.settings()
        names = settings.brands[brand.name].templates or [brand.name]
        texts = [template for name in names for template in settings.templates[name].templates]
        rules = await self.desk.rules(brand, account)
        return Choice(opportunity, brand, account, [*recent, *beside], texts, rules)

    def _templates(self, choice: Choice) -> tuple[list[Candidate], list[str]]:
        """What the card does not show: a near copy of a draft that stands there is none."""
        found, skipped = templates.candidates(
            choice.opportunity, choice.brand, choice.templates, account=choice.account, recent=choice.recent
        )
        whys = [f"template {one.template}: {one.why}" for one in skipped]
        against = [(one, "; ".join(choice.rules(one.draft.text))) for one in found]
        whys += [f"template {one.draft.template}: {why}" for one, why in against if why]
        return [one for one, why in against if not why], whys

    async def _written(self, choice: Choice, writer: Writer, words: str) -> tuple[list[Candidate], list[str]]:
        until = min(self.clock.now() + timedelta(seconds=WAIT_SECS), choice.opportunity.deadline)
        written = await writer.write(choice.opportunity, choice.brand, until, wish=words[:WORDS_SAID])
        found, against = choice.from_model(written, writer.model)
        for why in against:
            log.info("model_draft_refused", account=choice.account.key, model=writer.model, reason=why)
        whys = [f"no model: {written.why}"] if written.why else [f"a model's draft: {why}" for why in against]
        return found, whys

    async def _keep(self, proposal: Proposal, drafts: tuple[Draft, ...], choice: Choice, *, wished: Wished) -> Proposal:
        """Words that were not agreed beforehand take a card out of tier 0: its one click was for a playbook."""
        tier = 0 if choice.is_agreed([*proposal.drafts, *drafts]) else max(1, choice.opportunity.score.tier)
        rules = self.settings().brands[proposal.brand].approval.needed
        needed = {0: rules.tier0, 1: rules.tier1, 2: rules.tier2}[max(tier, proposal.tier)]
        ledger: Ledger = self.books.ledger
        words = " ".join(wished.words.split())[:WORDS_SAID]
        why = f"{len(drafts)} more, wished for{f': {words}' if words else ''}"
        return await self.books.call(
            ledger.add_drafts, proposal.id, drafts, person=wished.person, via=wished.via, why=why, tier=tier,
            needed=needed, now=self.clock.now(),
        )  # fmt: skip
