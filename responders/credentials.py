"""Whether every account is still let in, looked at once a day: a password that died should not be found out by a yes.

A credential that a network refuses is dead until a person renews it; a network that is away proves nothing. The first
is said once on the page and in the log, the second is asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import structlog

from monitor.clock import Clock, sleep_unless
from monitor.errors import BonmotError, Unavailable
from monitor.probing import Finding, failed
from monitor.retry import delays

log = structlog.get_logger()

Probe = Callable[[], Awaitable[list[Finding]]]
"""Asks one network for all its accounts, without posting."""
FIRST_SECS = 30.0
"""After the start: cards and sources come first."""
EVERY = timedelta(days=1)
SOON = timedelta(minutes=15)
"""While one is dead: whoever renews it does not want to wait for tomorrow to see that it works."""
AWAY_FIRST_SECS, AWAY_MOST_SECS = 60.0, 3600.0
WHOLE_SECS = 60.0
"""One network with all its accounts."""


@dataclass(slots=True)
class Credentials:
    """Runs beside everything else and stops nothing: what is approved is tried all the same."""

    probes: Mapping[str, Probe]
    """By network."""
    clock: Clock
    random: Random = field(default_factory=Random)  # spreads retries, hides nothing
    _dead: dict[tuple[str, str], Finding] = field(default_factory=dict)
    """By network and account."""
    _waits: dict[str, Iterator[float]] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`; never raises for what a network does."""
        first = self.clock.now() + timedelta(seconds=FIRST_SECS)
        due = dict.fromkeys(self.probes, first)
        while due and not stop.is_set():
            at, name = min((at, name) for name, at in due.items())
            if at > self.clock.now():
                await sleep_unless(stop, self.clock, (at - self.clock.now()).total_seconds())
            else:
                due[name] = await self._look(name)

    def notice(self) -> str:
        """What needs a person, in a sentence for the page; empty for nothing."""
        whys = [f"{name}:{found.part} ({found.said}; {found.do})" for (name, _), found in sorted(self._dead.items())]
        return f"Nothing can be posted as {', '.join(whys)}." if whys else ""

    async def _look(self, name: str) -> datetime:
        """Ask one network; when to ask it again."""
        found = await self._asked(name)
        self._tell(name, found)
        now = self.clock.now()
        if any(one.is_dead for one in found):
            return now + SOON
        if any(one.is_away for one in found):
            fresh = delays(self.random, first_secs=AWAY_FIRST_SECS, most_secs=AWAY_MOST_SECS)
            return now + timedelta(seconds=next(self._waits.setdefault(name, fresh)))
        self._waits.pop(name, None)
        return now + EVERY

    async def _asked(self, name: str) -> list[Finding]:
        try:
            async with asyncio.timeout(WHOLE_SECS):
                return await self.probes[name]()
        except BonmotError as error:
            return [failed("", error)]
        except TimeoutError:
            return [failed("", Unavailable(f"was not through within {WHOLE_SECS:g} s"))]

    def _tell(self, name: str, found: list[Finding]) -> None:
        for one in found:
            key = (name, one.part)
            if one.is_dead and key not in self._dead:
                log.warning("credential_dead", account=f"{name}:{one.part}", reason=one.said)
            elif not one.is_dead and not one.is_away and key in self._dead:
                log.info("credential_back", account=f"{name}:{one.part}")
            if one.is_dead:
                self._dead[key] = one
            elif not one.is_away:
                self._dead.pop(key, None)
