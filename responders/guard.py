"""The second look, right before the claim: what was fine when it was approved may be cruel a minute later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.aside import Aside
from monitor.errors import Refused
from monitor.model import Brand, Score, Trend, Verdict
from monitor.pipeline import Pipeline
from responders.desk import LedgerDesk
from responders.model import Proposal


@dataclass(slots=True)
class Guard:
    """Judges the trend again on what is known this second, and the exact text again with it."""

    pipeline: Pipeline
    think: Aside
    """Where the pipeline lives."""
    brands: Mapping[str, Brand]
    desk: LedgerDesk

    async def look(self, proposal: Proposal, now: datetime) -> str | None:
        """Why it must not go out after all, in words; None when nothing speaks against it."""
        if proposal.brand not in self.brands:
            return f"{proposal.brand} is no longer configured"
        compared = await self.desk.compared(proposal)
        try:
            score = await self.think.call(self._score, proposal, compared.opportunity.trend, now=now)
        except Refused as gone:  # the settings changed this very moment
            return str(gone)
        if score.verdict is Verdict.BLOCK:
            return score.why
        return "; ".join(self.desk.against(proposal.text, proposal, compared)) or None

    def _score(self, proposal: Proposal, stored: Trend, *, now: datetime) -> Score:
        """Where the pipeline lives: of the trend as it is, or as it was where it is over."""
        live = self.pipeline.assess(proposal.trend, proposal.brand, now)
        return live if live is not None else self.pipeline.assess_stored(stored, proposal.brand, now)
