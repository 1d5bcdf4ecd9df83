"""The second look, right before the claim: what was fine when it was approved may be cruel a minute later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.aside import Aside
from monitor.errors import BadState, Refused
from monitor.model import Brand, Score, Verdict
from monitor.pipeline import Pipeline
from responders.desk import Books, LedgerDesk
from responders.model import Proposal


@dataclass(slots=True)
class Guard:
    """Judges the trend again on what is known this second, and the exact text again with it."""

    pipeline: Pipeline
    think: Aside
    """Where the pipeline lives."""
    brands: Mapping[str, Brand]
    books: Books
    desk: LedgerDesk

    async def look(self, proposal: Proposal, now: datetime) -> str | None:
        """Why it must not go out after all, in words; None when nothing speaks against it."""
        if proposal.brand not in self.brands:
            return f"{proposal.brand} is no longer configured"
        try:
            score = await self._score(proposal, now)
        except Refused as gone:  # the settings changed this very moment
            return str(gone)
        if score.verdict is Verdict.BLOCK:
            return score.why
        found = await self.desk.problems(proposal, proposal.text)
        return "; ".join(found) or None

    async def _score(self, proposal: Proposal, now: datetime) -> Score:
        live = await self.think.call(self.pipeline.assess, proposal.trend, proposal.brand, now)
        if live is not None:
            return live
        stored = await self.books.call(self.books.ledger.opportunity, proposal.opportunity)
        if stored is None:
            raise BadState(f"proposal {proposal.id} names opportunity {proposal.opportunity}, which does not exist")
        return await self.think.call(self.pipeline.assess_stored, stored.trend, proposal.brand, now)
