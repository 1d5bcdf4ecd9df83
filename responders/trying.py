"""How many cards other rules would have made of the last day: on what was recorded, else on the trends kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.aside import Aside
from monitor.clock import Clock
from monitor.detect.detector import Detector
from monitor.errors import BadInput, Unavailable
from monitor.model import Brand, Post, Trend
from monitor.pipeline import ASKS, Pipeline, rules_of
from monitor.score import judge
from monitor.signals.context import Context
from monitor.sources import Tally
from monitor.sources.recording import read
from responders.approvals.aides import Preview, Progress
from responders.desk import Books, LedgerDesk

DAY = timedelta(hours=24)
WORK_SECS = 60.0
"""So long a preview works; what it has not read by then is said."""
LOOK_EVERY = 500
"""Posts between two looks at the clock."""


@dataclass(slots=True)
class Trial:
    """Counts in a thread of its own, on copies: the running pipeline knows nothing of it."""

    folder: Callable[[], Path | None]
    """Where recordings lie; None where nothing is recorded."""
    context: Callable[[], Context]
    """What judgements know now."""
    books: Books
    desk: LedgerDesk
    clock: Clock
    aside: Aside

    async def count(self, before: Brand, after: Brand, progress: Progress) -> Preview:
        """Cards of one brand under two sets of rules. Raises Unavailable when it is given up."""
        since = self.clock.now() - DAY
        folder = self.folder()
        if folder is not None:
            found = await self.aside.call(self._recorded, folder, (before, after), since=since, progress=progress)
            if found is not None:
                return found
        trends = await self._kept(since)
        return await self.aside.call(self._judged, trends, (before, after), has_recordings=folder is not None)

    def _recorded(
        self, folder: Path, brands: tuple[Brand, Brand], *, since: datetime, progress: Progress
    ) -> Preview | None:
        """None where nothing of the day can be read."""
        files = sorted(path for path in folder.glob("*/*.jsonl*") if path.stat().st_mtime >= since.timestamp())
        told = self.context()
        lines = [
            Pipeline([brand], detector=Detector(rules=rules_of([brand])), hear=told.hear, near=told.near)
            for brand in brands
        ]
        cards, until, is_whole, last = [0, 0], self.clock.now() + timedelta(seconds=WORK_SECS), True, since
        try:
            for post in self._posts(files, since):
                if progress.posts % LOOK_EVERY == 0 and self._must_end(progress, until):
                    is_whole = False
                    break
                progress.posts += 1
                last = max(last, post.created_at)
                for place, line in enumerate(lines):
                    cards[place] += sum(len(one.opportunities) for one in line.add(post))
        except (BadInput, OSError):  # a segment that is being written, or damaged: what was read so far counts
            is_whole = False
        if not progress.posts:
            return None
        for place, line in enumerate(lines):
            cards[place] += sum(len(one.opportunities) for one in line.advance(last + timedelta(seconds=30)))
        of = f"{progress.posts} recorded posts of the last 24 hours"
        end = "" if is_whole else f", up to {last:%H:%M} UTC: the rest was not read"
        return Preview(cards[0], cards[1], of + end)

    def _posts(self, files: Sequence[Path], since: datetime) -> Iterator[Post]:
        for post in read(files, tally=Tally(), clock=self.clock) if files else ():
            if post.created_at >= since:
                yield post

    def _must_end(self, progress: Progress, until: datetime) -> bool:
        if progress.is_over:
            raise Unavailable("nobody waits for it any more", sent=False)
        return self.clock.now() >= until

    async def _kept(self, since: datetime) -> list[Trend]:
        """Every trend that is known of the day: those with a card, and the latest that were passed over."""
        ledger = self.books.ledger
        found = {one.trend.id: one.trend for one in await self.desk.judged() if one.at >= since}
        for proposal in await self.books.call(ledger.proposals, closed_since=since):
            opportunity = await self.books.call(ledger.opportunity, proposal.opportunity)
            if opportunity.offered_at >= since:
                found[opportunity.trend.id] = opportunity.trend
        return list(found.values())

    def _judged(self, trends: Sequence[Trend], brands: tuple[Brand, Brand], *, has_recordings: bool) -> Preview:
        told = self.context()
        context = Context(tragedies=told.tragedies, hear=told.hear, near=told.near)
        cards = [
            sum(judge(trend, brand, trend.detected_at, context=context).verdict in ASKS for trend in trends)
            for brand in brands
        ]
        why = "no recording of the day can be read" if has_recordings else "nothing is recorded (`record:` in bot.yaml)"
        kept = f"{len(trends)} trends that are kept of the last 24 hours"
        of = f"{kept}, because {why}; what another rule would have made a trend is not among them"
        return Preview(cards[0], cards[1], of)
