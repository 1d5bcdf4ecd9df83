"""The X source and the sandbox X behind one door, on the fake clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from monitor.budget import Caps
from monitor.clock import Clock, FakeClock
from monitor.prices import MICROS, TARIFFS, micros_of
from monitor.purse import KeptPurse
from monitor.sources import x
from responders.sandbox.x import X, start
from tests.live_house import Ear, hearing
from tests.samples import NOW

OURS: dict[str, Any] = {
    "bearer_token": "right", "rules": {"lights": "#lights"}, "mode": "stream",
}  # fmt: skip


def a_purse(clock: Clock, usd_per_day: float = 10.0, usd_per_month: float = 100.0) -> KeptPurse:
    """One that forgets with the test."""
    return KeptPurse(TARIFFS["x"], Caps(micros_of(usd_per_day), micros_of(usd_per_month)), clock)


@dataclass
class House:
    """A watch that listens to the sandbox."""

    ear: Ear
    server: X

    @property
    def source(self) -> x.X:
        assert isinstance(self.ear.source, x.X)
        return self.ear.source

    @property
    def usd(self) -> float:
        """What our own meter says that today cost."""
        purse = self.source._meter.purse
        assert isinstance(purse, KeptPurse)
        return purse.spent[0] / MICROS

    async def hear(self, *texts: str) -> None:
        """Say something and wait until it was heard."""
        for text in texts:
            self.server.post(text)
        await self.ear.until(lambda: set(texts) <= set(self.ear.texts), within_secs=600)

    def calls(self, part: str) -> int:
        """How often a path with this in it was called, the stream left out."""
        return sum(part in call.path for call in self.server.rest.calls)


@asynccontextmanager
async def listening(
    clock: FakeClock | None = None,
    *,
    server: X | None = None,
    cursors: dict[str, str] | None = None,
    usd_per_day: float = 10.0,
    usd_per_month: float = 100.0,
    **more: Any,
) -> AsyncIterator[House]:
    """Runs until the block ends; `more` replaces settings. A server that is given is left running."""
    clock = clock or FakeClock(NOW)
    running = server or await start(clock=clock, token="right")
    purse = a_purse(clock, usd_per_day, usd_per_month)
    settings = x.Settings(**(OURS | {"base_url": running.url} | more))
    try:
        async with hearing(
            lambda tally, clock: x.build(settings, tally, clock, purse=purse), clock, cursors=cursors
        ) as ear:
            yield House(ear, running)
    finally:
        if server is None:
            await running.close()
