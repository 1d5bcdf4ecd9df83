"""The only clock of the program, so that an evening can be replayed and a test never sleeps."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Time as the program sees it."""

    def now(self) -> datetime:
        """The present, aware and in UTC."""
        ...

    async def sleep(self, secs: float) -> None:
        """Return when `secs` seconds of this clock have passed; at once for zero or less."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, secs: float) -> None:
        await asyncio.sleep(max(0.0, secs))


class FakeClock:
    """A clock that moves only when told to; sleepers wake in the order of their deadlines."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> datetime:
        return self._now

    async def sleep(self, secs: float) -> None:
        if secs <= 0:
            await asyncio.sleep(0)
            return
        self._count += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + timedelta(seconds=secs), self._count, future))
        await future

    async def advance(self, secs: float) -> None:
        """Move time forward, waking every sleeper on the way and letting it run to its next wait."""
        end = self._now + timedelta(seconds=secs)
        while self._sleepers and self._sleepers[0][0] <= end:
            self._now, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)
            await _settle()
        self._now = end
        await _settle()


async def _settle() -> None:
    """Let every task that is ready run until it waits for something that is not this clock."""
    for _ in range(20):
        await asyncio.sleep(0)


def to_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`: the one written form of a time, in JSON, logs and the database."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Read what `to_text` wrote, or any ISO 8601 time that carries an offset.

    Raises ValueError for text that is no time or has no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(UTC)


async def sleep_unless(stop: asyncio.Event, clock: Clock, secs: float) -> None:
    """Wait `secs`, or until `stop` is set."""
    waits = {asyncio.ensure_future(stop.wait()), asyncio.ensure_future(clock.sleep(secs))}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def within(clock: Clock, secs: float, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns, or raises; TimeoutError once `secs` are over, and then `work` is cancelled."""
    done, alarm = asyncio.ensure_future(work), asyncio.ensure_future(clock.sleep(secs))
    waits: set[asyncio.Future[Any]] = {done, alarm}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if not done.done():
            raise TimeoutError(f"it was not done within {secs:g} s")
        return done.result()
    finally:
        for wait in waits:
            wait.cancel()
