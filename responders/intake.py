"""From an opportunity to proposals: drafts for each account, written as rows before anybody is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

import structlog

from monitor.approval import TIERS
from monitor.clock import Clock, to_text
from monitor.model import Account, Brand, Opportunity, Trend
from monitor.pipeline import ASKS, Judgement, is_same_happening
from monitor.settings import Settings, TemplateSettings
from monitor.signals.grave import Grave
from monitor.telemetry import CARD_SECS, OPPORTUNITIES
from responders.desk import Books, LedgerDesk
from responders.drafting.choice import Choice
from responders.drafting.ranking import Candidate
from responders.drafting.writer import Writer, Written
from responders.ledger.switches import GUARD
from responders.marks import new_mark
from responders.model import NO_MODEL, Draft, Pause, Proposal, State
from responders.muting import muted
from responders.pictures.gallery import Gallery
from responders.silencing import silence_on

log = structlog.get_logger()


class Became(StrEnum):
    """What an opportunity led to."""

    CARD = "card"
    KNOWN = "known"  # the happening has its card already
    NOTHING = "nothing"  # no draft passed the checks


@dataclass(slots=True)
class Intake:
    """Receives what the watch thinks: saves cards, takes back those whose trend turned grave."""

    settings: Settings
    brands: Mapping[str, Brand]
    books: Books
    desk: LedgerDesk
    clock: Clock
    give_back: Callable[[Opportunity], None]
    """Told of every opportunity that did not become a card: it spends nothing of the day's budget."""
    writer: Writer | None = None
    """The language model; without one the templates speak alone."""
    gallery: Gallery | None = None
    """Without it every text goes out alone."""

    async def receive(self, judgement: Judgement, is_recording: bool) -> None:
        """Carry one judgement over the border: rows first, then whoever looks on is told."""
        began = self.clock.now()
        trend = judgement.trend
        if judgement.is_first:
            log.info("trend_announced", trend=trend.id, name=trend.name, voices=trend.voices)
        # Before anything else: whatever happens from here on, the next run knows what happened to these people.
        if judgement.learnt:
            await self.books.call(self.books.ledger.save_tragedies, judgement.learnt, began)
        if judgement.grave is not None:
            await self._hold(judgement.grave)
        judgement = await self._muted(judgement)
        for score in judgement.scores:
            log.info("trend_judged", trend=trend.id, brand=score.brand, verdict=score.verdict.value, why=score.why)
        # One wait for all brands: what the model has not written by then comes too late for each of them.
        until = began + timedelta(seconds=self.writer.settings.join_within_secs) if self.writer else began
        became = [await self._take_in(opportunity, is_recording, until) for opportunity in judgement.opportunities]
        if Became.CARD in became:
            CARD_SECS.observe((self.clock.now() - began).total_seconds())
        may_speak = any(score.verdict in ASKS for score in judgement.scores)
        if may_speak and Became.NOTHING not in became:
            self.desk.forget(trend.id)  # a happening that has its card is not among the silences
        else:
            self.desk.note(judgement)
        if judgement.blocked:
            await self._take_back(judgement)

    async def _muted(self, judgement: Judgement) -> Judgement:
        """With `ignore` where somebody silenced the trend, a word or author of it; what falls away spends nothing."""
        now = self.clock.now()
        silences = await self.books.call(self.books.ledger.silences, now)
        judgement, gone = muted(judgement, silences, now)
        for opportunity in gone:
            self.give_back(opportunity)
        return judgement

    async def _hold(self, grave: Grave) -> None:
        """A tragedy breaks: what is approved waits, and nobody says yes, until a person resumes or the time is over."""
        now, hours = self.clock.now(), self.settings.bot.hold.hours
        if not hours:
            return
        why = f"a tragedy breaks, {grave.name!r}: {grave.why}"
        held = await self.desk.hold(Pause(GUARD, why, now, now + timedelta(hours=hours), grave.terms))
        if held is not None:
            until = to_text(held.until) if held.until else "a person resumes"
            log.warning("hold_began", name=grave.name, reason=held.why, until=until)

    async def _take_in(self, opportunity: Opportunity, is_recording: bool, until: datetime) -> Became:
        judged_at = opportunity.offered_at
        became = await self._save(self._in_our_time(opportunity, is_recording), judged_at, until)
        if became is not Became.CARD:
            self.give_back(opportunity)
        return became

    def _in_our_time(self, opportunity: Opportunity, is_recording: bool) -> Opportunity:
        """A recording's clock is not ours: its card lives as long as it would have lived, from now on."""
        if not is_recording:
            return opportunity
        now = self.clock.now()
        return replace(opportunity, offered_at=now, deadline=now + (opportunity.deadline - opportunity.offered_at))

    async def _save(self, opportunity: Opportunity, judged_at: datetime, until: datetime) -> Became:
        """Write the opportunity with its proposals, where there is something new to ask."""
        if await self._is_known(opportunity):
            log.info("opportunity_repeated", brand=opportunity.brand, trend=opportunity.trend.name)
            return Became.KNOWN
        proposals = await self._proposals(opportunity, until)
        silences = await self.books.call(self.books.ledger.silences, self.clock.now())
        if silence_on(opportunity.trend, opportunity.brand, silences, now=self.clock.now()) is not None:
            return Became.NOTHING  # somebody silenced it while the drafts were written
        if not proposals:
            log.warning("draft_refused", brand=opportunity.brand, trend=opportunity.trend.name)
            return Became.NOTHING
        save = self.books.ledger.save_opportunity
        saved = await self.books.call(save, opportunity, proposals, judged_at=judged_at)
        OPPORTUNITIES.labels(brand=opportunity.brand).inc()
        for proposal in saved:
            log.info("opportunity_saved", proposal=proposal.id, brand=proposal.brand, trend=proposal.trend_name)
        return Became.CARD if saved else Became.KNOWN

    async def _is_known(self, opportunity: Opportunity) -> bool:
        """Whether this happening already has a card of this brand: a restart finds running trends a second time."""
        since = self.clock.now() - timedelta(seconds=self.brands[opportunity.brand].shelf_life_secs)
        for proposal in await self.books.call(self.books.ledger.proposals, closed_since=since):
            if proposal.brand != opportunity.brand:
                continue
            known = await self.books.call(self.books.ledger.opportunity, proposal.opportunity)
            if known is not None and is_same_happening(known.trend, opportunity.trend):
                return True
        return False

    async def _proposals(self, opportunity: Opportunity, until: datetime) -> list[Proposal]:
        """One for each account that has something to say; the model is asked once for all of them."""
        brand = self.brands[opportunity.brand]
        templates = self._templates(brand.name)
        choices = [
            Choice(
                opportunity,
                brand,
                account,
                await self._recent(account),
                templates,
                await self.desk.rules(brand, account),
            )
            for account in brand.accounts
        ]
        if self.gallery is not None:
            choices = [await self.gallery.hung(choice, self.settings) for choice in choices]
        found = [choice.from_templates() for choice in choices]
        agreed = all(choice.is_agreed(one) for choice, one in zip(choices, found, strict=True))
        if self.writer is None or agreed:
            return self._offered(choices, found)
        written = await self.writer.write(opportunity, brand, until)
        return self._offered(choices, found, written)

    def _offered(
        self, choices: Sequence[Choice], found: Sequence[Sequence[Candidate]], written: Written | None = None
    ) -> list[Proposal]:
        """The proposals of those that have a text; with why no model speaks, where one was asked."""
        offered = []
        for choice, plain in zip(choices, found, strict=True):
            beside, why = self._beside(choice, written) if written else ([], None)
            drafts = choice.ranked([*plain, *beside])
            if drafts:
                offered.append(self._proposal(choice, drafts, why))
        return offered

    def _beside(self, choice: Choice, written: Written) -> tuple[list[Candidate], str | None]:
        """The model's texts that may be offered; where there is none, why."""
        assert self.writer is not None
        beside, against = choice.from_model(written, self.writer.model)
        for why in against:
            log.info("model_draft_refused", account=choice.account.key, model=self.writer.model, reason=why)
        if beside:
            return beside, None
        failed = f"its texts failed the checks ({len(against)} of {len(written.texts)})"
        return [], f"{NO_MODEL}{written.why or failed}"

    async def _recent(self, account: Account) -> list[str]:
        return [*await self.desk.recent(account), *await self._waiting_texts(account)]

    async def _waiting_texts(self, account: Account) -> list[str]:
        """What stands on the account's open cards: two cards of one evening do not tell the same joke."""
        waiting = await self.books.call(self.books.ledger.proposals, open_only=True)
        return [each.text for proposal in waiting if proposal.account == account.key for each in proposal.drafts]

    def _proposal(self, choice: Choice, drafts: Sequence[Draft], why: str | None) -> Proposal:
        opportunity, account, now = choice.opportunity, choice.account, self.clock.now()
        rules = self.settings.brands[opportunity.brand].approval
        tier = 0 if choice.is_agreed(drafts) else opportunity.score.tier
        needed = {0: rules.needed.tier0, 1: rules.needed.tier1, 2: rules.needed.tier2}[tier]
        return Proposal(
            id=f"p-{uuid4().hex[:10]}",
            opportunity=opportunity.id,
            brand=opportunity.brand,
            trend=opportunity.trend.id,
            trend_name=opportunity.trend.name,
            account=account.key,
            tier=tier,
            drafts=tuple(drafts),
            text=drafts[0].text,
            media=drafts[0].media,
            revision=1,
            edited_by=None,
            state=State.PENDING,
            created_at=now,
            deadline=opportunity.deadline,
            snoozed_until=None,
            approvers=tuple(rules.of_tier(TIERS[tier])),
            needed=needed,
            approvals=(),
            approved_at=None,
            send_after=None,
            tries=0,
            mark=new_mark(now),
            receipt=None,
            reason=why,
            moved_by=None,
            moved_at=now,
            undo_secs=rules.undo_secs,
        )

    def _templates(self, brand: str) -> list[TemplateSettings]:
        return self.settings.texts()[brand]

    async def _take_back(self, judgement: Judgement) -> None:
        """What people write turned grave: nothing about this trend goes out any more."""
        why = {s.brand: s.why for s in judgement.scores}
        for proposal in await self.books.call(self.books.ledger.proposals, open_only=True):
            may_go_out = proposal.brand in judgement.blocked and proposal.state in (State.PENDING, State.APPROVED)
            if may_go_out and await self._speaks_of(proposal, judgement.trend):
                log.warning("guard_turned", proposal=proposal.id, reason=why[proposal.brand])
                await self.books.call(
                    self.books.ledger.withdraw, proposal.id, by="guard", why=why[proposal.brand], now=self.clock.now()
                )

    async def _speaks_of(self, proposal: Proposal, trend: Trend) -> bool:
        """Whether the card is of this trend, or of the same happening under the name an earlier run gave it."""
        if proposal.trend == trend.id:
            return True
        known = await self.books.call(self.books.ledger.opportunity, proposal.opportunity)
        return is_same_happening(known.trend, trend)
