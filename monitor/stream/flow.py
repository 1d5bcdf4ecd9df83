"""Reading ahead of whoever takes: what came in the meantime is handed over together, and silence is noticed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Generic, TypeVar

from monitor.clock import Clock
from monitor.errors import Silent

T = TypeVar("T")

MOST_TOGETHER = 500
"""Handed over at once; between two handfuls the loop serves others."""
MOST_AHEAD = 2000
"""Read ahead at most. A full room slows the reading, which slows the sender: nothing is dropped."""


class Flow(Generic[T]):
    """The items of one connection in handfuls: alone when they come slowly, hundreds together when they come fast.

    There is no waiting for a handful to fill up: as long as the taker is busy, items gather by themselves.
    """

    def __init__(self, items: AsyncIterator[T], clock: Clock, *, silence_secs: float) -> None:
        """`items` may connect first; nothing is done before `handfuls` is iterated."""
        self._items = items
        self._clock = clock
        self._silence_secs = silence_secs
        self._held: deque[T] = deque()
        self._came = asyncio.Event()
        self._room = asyncio.Event()

    async def handfuls(self) -> AsyncIterator[list[T]]:
        """Yield what came, in order, never empty; ends when the items do.

        Raises what the items raise, once all that came before was handed over, and Silent when for `silence_secs`
        seconds of the clock nothing came. The reading ends with this iterator, closed or cancelled.
        """
        reading = asyncio.ensure_future(self._read())
        try:
            while True:
                await self._something(reading)
                if self._held:
                    handful = [self._held.popleft() for _ in range(min(len(self._held), MOST_TOGETHER))]
                    self._room.set()
                    yield handful
                elif reading.done():
                    reading.result()
                    return
        finally:
            reading.cancel()
            await asyncio.wait({reading})
            if not reading.cancelled():
                reading.exception()  # told above, or nobody waits for it any more

    async def _read(self) -> None:
        try:
            async for item in self._items:
                self._held.append(item)
                self._came.set()
                while len(self._held) >= MOST_AHEAD:
                    self._room.clear()
                    await self._room.wait()
        finally:
            await self._items.aclose()  # type: ignore[attr-defined]  # every source gives a generator

    async def _something(self, reading: asyncio.Future[None]) -> None:
        """Wait until there is an item or the end. Raises Silent."""
        self._came.clear()
        if self._held or reading.done():
            return
        came = asyncio.ensure_future(self._came.wait())
        over = asyncio.ensure_future(self._clock.sleep(self._silence_secs))
        try:
            waits: set[asyncio.Future[Any]] = {came, over, reading}
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            came.cancel()
            over.cancel()
        if over.done() and not over.cancelled() and not self._held and not reading.done():
            raise Silent(f"nothing came for {self._silence_secs:g} s")
