"""One connection of X's stream: tweepy's, without its habits of reconnecting at once and of ending in silence.

tweepy reads and calls; here lines are kept, bounded, and every end has a reason that is raised to whoever takes them.
It connects once: when to try again is the watch's business. Measured of tweepy 4.17: a clean close is answered with a
thousand connections a second, and an exception in a callback ends its task with a line in a log.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from monitor.clock import Clock
from monitor.errors import BonmotError, Silent, Unavailable
from monitor.fetch import within
from monitor.sources.x.wire import MOST_LINE_BYTES
from monitor.visible import visible

MOST_TOGETHER = 500
"""Handed over at once; between two handfuls the loop serves others."""
MOST_AHEAD = 1000
"""Read ahead at most. A full room slows the reading, which slows X: nothing is dropped here."""


class Spent(BonmotError):
    """As many posts came as may be paid for: we hung up."""


class Held:
    """The lines of one connection on their way from tweepy's callbacks to the source."""

    def __init__(self, clock: Clock, silence_secs: float) -> None:
        self.is_connected = False
        self.allowance = 0
        """So many lines may still come; behind the last of them we hang up."""
        self.too_long = 0
        self._clock = clock
        self._silence_secs = silence_secs
        self._lines: deque[bytes] = deque()
        self._came = asyncio.Event()
        self._room = asyncio.Event()
        self._end: BonmotError | None = None
        self._alive_at = clock.now()

    # --- tweepy's side -------------------------------------------------------------------------------------------

    def connected(self) -> None:
        """X answered 200."""
        self.is_connected = True
        self.alive()
        self._came.set()

    def alive(self) -> None:
        """Something came, if only a blank line."""
        self._alive_at = self._clock.now()

    async def put(self, line: bytes) -> None:
        """Keep a line; waits while there is no room. Raises Spent behind the last one that may be paid for."""
        self._lines.append(line)
        self._came.set()
        self.allowance -= 1
        if self.allowance <= 0:
            raise Spent("as many posts came as may be paid for")
        while len(self._lines) >= MOST_AHEAD:
            self._room.clear()
            await self._room.wait()
            self.alive()

    def end(self, error: BaseException | None) -> None:
        """It is over, for this reason; the first one counts."""
        if self._end is None:
            why = visible(repr(error))[:200] if error is not None else "no reason"
            is_ours = isinstance(error, BonmotError)
            self._end = error if is_ours else Unavailable(f"the stream broke: {why}")  # type: ignore[assignment]
        self._came.set()

    # --- the source's side ---------------------------------------------------------------------------------------

    async def take(self, secs: float) -> list[bytes]:
        """Lines that came, in order; none where `secs` passed first, or where X just answered.

        Raises what ended the connection, once all that came before was taken, and Silent.
        """
        if not self._lines and self._end is None:
            self._came.clear()
            silence = self._silence_secs - (self._clock.now() - self._alive_at).total_seconds()
            try:
                await within(self._clock, max(0.0, min(secs, silence)), self._came.wait())
            except TimeoutError:
                self._check_silence()
        if self._lines:
            handful = [self._lines.popleft() for _ in range(min(len(self._lines), MOST_TOGETHER))]
            self._room.set()
            return handful
        if self._end is not None:
            raise self._end
        return []

    @property
    def waiting(self) -> int:
        """Lines that are here and not taken."""
        return len(self._lines)

    def _check_silence(self) -> None:
        is_silent = (self._clock.now() - self._alive_at).total_seconds() >= self._silence_secs
        if is_silent and not self._lines and self._end is None:
            raise Silent(f"nothing came for {self._silence_secs:g} s")


class Stream:
    """A connection that is being made, stands, or is over."""

    def __init__(self, base_url: str, token: str, *, params: Mapping[str, list[str]], held: Held, clock: Clock) -> None:
        from monitor.sources.x.client import Client  # tweepy takes half a second to import

        self.held = held
        self.since: datetime = clock.now()
        self._client = Client(base_url, token, held=held, clock=clock)
        self._task: asyncio.Task[Any] = self._client.filter(**params)

    async def close(self) -> None:
        """Hang up, and wait until tweepy is done with it."""
        self._client.disconnect()
        await asyncio.wait({self._task})
        await self._client.session.close()


async def lines(chunks: AsyncIterator[bytes], held: Held) -> AsyncIterator[bytes]:
    """Cut chunks into lines without their ends. One that is too long is counted and skipped, however long it gets.

    What the end of the stream cuts off is no line.
    """
    rest, is_skipping = b"", False
    async for chunk in chunks:
        held.alive()
        first, *more = chunk.split(b"\n")
        rest = b"" if is_skipping else rest + first
        for line in more:
            if len(rest) > MOST_LINE_BYTES or is_skipping:
                held.too_long += 1
                is_skipping = False
            else:
                yield rest.rstrip(b"\r")
            rest = line
        if len(rest) > MOST_LINE_BYTES:
            rest, is_skipping = b"", True
