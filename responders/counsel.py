"""What is thought of a text right now, and why something was missed: asked of the pipeline, beside its own work."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from monitor.aside import Aside
from monitor.clock import Clock, within
from monitor.detect.lookup import Counted
from monitor.errors import Unavailable
from monitor.model import Brand, Post, Score, Trend
from monitor.pipeline import Pipeline
from monitor.trial import tried, weights_of
from responders.approvals.aides import Missed, Opinion, Weighed
from responders.desk import Books, LedgerDesk
from responders.drafting.checks import problems
from responders.missing import Known, explained, link_in, speaks_of, words_of
from responders.model import MISSED, Example

THINK_SECS = 8.0
"""People wait so long for an answer in a chat; the pipeline has posts to read meanwhile."""
MOST_BRANDS = 12

T = TypeVar("T")


@dataclass(slots=True)
class LiveCounsel:
    """See `responders.approvals.aides.Counsel`. Each brand is one turn of the pipeline's thread, posts go between."""

    brands: Mapping[str, Brand]
    books: Books
    desk: LedgerDesk
    pipeline: Pipeline
    think: Aside
    clock: Clock

    async def opinions(self, text: str) -> list[Opinion]:
        """As the promise says."""
        return await self._in_time(self._opinions(text))

    async def missed(self, text: str, person: str, received_at: datetime) -> Missed:
        """As the promise says."""
        told = await self._in_time(self._missed(text))
        example = Example(MISSED, text, person, received_at, " ".join(told.reasons))
        await self.books.call(self.books.ledger.keep_example, example)
        return told

    async def _opinions(self, text: str) -> list[Opinion]:
        return [await self._opinion(text, brand) for brand in self._asked()]

    async def _opinion(self, text: str, brand: Brand) -> Opinion:
        now = self.clock.now()
        trend, score = await self.think.call(self._tried, text, brand, now)
        weights = weights_of(brand, score)
        heaviest = sorted(score.signals, key=lambda s: (s.veto is None, s.caution is None, -weights[s.name], s.name))
        return Opinion(
            brand=brand.title,
            verdict=score.verdict,
            tier=score.tier,
            value=score.value,
            why=score.why,
            voices=trend.voices,
            signals=tuple(Weighed(signal, weights[signal.name]) for signal in heaviest),
            against=await self._against(text, brand),
        )

    async def _against(self, text: str, brand: Brand) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found = []
        for account in brand.accounts:
            recent, rules = await self.desk.recent(account), await self.desk.rules(brand, account)
            against = [*problems(text, brand=brand, account=account, recent=recent), *rules(text)]
            found.append((account.key, tuple(against)))
        return tuple(found)

    async def _missed(self, text: str) -> Missed:
        link = link_in(text)
        post, counted = await self.think.call(self._looked, text, link)
        said = post.text if post is not None else text
        words, now = words_of(said), self.clock.now()
        judged = [one for one in await self.desk.judged() if speaks_of(one.trend, words)]
        cards = [card for card in await self.desk.cards() if speaks_of(card.opportunity.trend, words)]
        names = dict.fromkeys([card.proposal.trend_name for card in cards])
        known = Known(said, link, post is not None, counted, tuple(judged), tuple(names))
        tries = [(brand, (await self.think.call(self._tried, said, brand, now))[1]) for brand in self._asked()]
        return explained(known, tries if words else ())

    def _looked(self, text: str, link: str) -> tuple[Post | None, tuple[Counted, ...]]:
        """In the pipeline's thread."""
        detector = self.pipeline.detector
        post = detector.post_at(link) if link else None
        said = post.text if post is not None else text
        return post, detector.look_up(said)

    def _tried(self, text: str, brand: Brand, now: datetime) -> tuple[Trend, Score]:
        """In the pipeline's thread."""
        return tried([text], brand, now, context=self.pipeline.context)

    def _asked(self) -> Sequence[Brand]:
        return list(self.brands.values())[:MOST_BRANDS]

    async def _in_time(self, thought: Coroutine[Any, Any, T]) -> T:
        try:
            return await within(self.clock, THINK_SECS, thought)
        except TimeoutError as error:
            text = f"nothing was thought within {THINK_SECS:g} s: there is much to read; ask again"
            raise Unavailable(text, sent=False) from error
