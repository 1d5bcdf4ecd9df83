"""Wishes that take a while: done beside the other clicks, each once, told to whoever wished."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from monitor.errors import Refused
from responders.approvals.aides import Aides, Counsel, Wished
from responders.approvals.slack import sayings
from responders.approvals.slack.face import Asked, View
from responders.approvals.slack.kept import Received
from responders.approvals.slack.tunes import NAMES as TUNED
from responders.approvals.slack.tunes import Tunes
from responders.approvals.slack.wishes import VIA

AT_ONCE = 4
"""The others wait: each may cost seconds of the pipeline or of a model."""
NAMES = frozenset({"why", "missed", "test", "drafts"})


@dataclass(slots=True)
class Errands:
    """Carries out what `NAMES` names, as far as there are aides for it."""

    aides: Aides
    tunes: Tunes | None = None
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def takes(self, asked: Asked) -> bool:
        """Whether this is one of them; without a text they are answered at once, from what is at hand."""
        if asked.kind != "wish":
            return False
        if asked.name in TUNED:
            return self.tunes is not None
        if asked.name not in NAMES:
            return False
        if asked.name == "drafts":
            return self.aides.redraft is not None
        return bool(asked.reason.strip()) and self.aides.counsel is not None

    async def carry_out(
        self, asked: Asked, person: str, received: Received, *, view: Callable[[], Awaitable[View]]
    ) -> list[str]:
        """What to tell the person. Raises Refused or Unavailable with a sentence."""
        async with self._turns:
            if asked.name in TUNED and self.tunes is not None:
                return [await self.tunes.carry_out(asked, person, received)]
            if asked.name == "drafts":
                return [await self._drafts(asked, person, received)]
            counsel = self.aides.counsel
            if counsel is None:
                raise Refused("There is nobody to ask here.")
            if asked.name == "why":
                return await _why(asked.reason, counsel, await view())
            if asked.name == "missed":
                return [sayings.missed(await counsel.missed(asked.reason, person, received.received_at))]
            return sayings.opinions(await counsel.opinions(asked.reason))

    async def _drafts(self, asked: Asked, person: str, received: Received) -> str:
        if self.aides.redraft is None:
            raise Refused("No other drafts can be written here.")
        wished = Wished(asked.proposal, person, VIA, asked.reason, received.received_at)
        return sayings.redrafted(await self.aides.redraft.add(wished))


async def _why(text: str, counsel: Counsel, view: View) -> list[str]:
    """What is thought of live trends; where none speaks of it, what would be thought of the text."""
    told = sayings.live(text, view)
    if told:
        return [told]
    return [sayings.unknown(text), *sayings.opinions(await counsel.opinions(text), is_whole=True)]
