"""Reading ahead of whoever takes: what came in the meantime is handed over together, and silence is noticed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection
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

    def __init__(self, *items: AsyncIterator[T], clock: Clock, silence_secs: float) -> None:
        """`items` (of several connections, where there are several) may connect first; nothing is done before
        `handfuls` is iterated."""
        self._items = items
        self._clock = clock
        self._silence_secs = silence_secs
        self._held: deque[T] = deque()
        self._came = asyncio.Event()
        self._room = asyncio.Event()

    async def handfuls(self) -> AsyncIterator[list[T]]:
        """Yield what came, in order, never empty; ends as soon as one of the connections does.

        Raises what the items raise, once all that came before was handed over, and Silent when for `silence_secs`
        seconds of the clock nothing came. The reading ends with this iterator, closed or cancelled.
        """
        readings = {asyncio.ensure_future(self._read(items)) for items in self._items}
        try:
            while True:
                await self._something(readings)
                if self._held:
                    handful = [self._held.popleft() for _ in range(min(len(self._held), MOST_TOGETHER))]
                    self._room.set()
                    yield handful
                elif over := next((reading for reading in readings if reading.done()), None):
                    over.result()
                    return
        finally:
            for reading in readings:
                reading.cancel()
            await asyncio.wait(readings)
            for reading in readings:
                if not reading.cancelled():
                    reading.exception()  # told above, or nobody waits for it any more

    async def _read(self, items: AsyncIterator[T]) -> None:
        try:
            async for item in items:
                self._held.append(item)
                self._came.set()
                while len(self._held) >= MOST_AHEAD:
                    self._room.clear()
                    await self._room.wait()
        finally:
            await items.aclose()  # type: ignore[attr-defined]  # every source gives a generator

    async def _something(self, readings: Collection[asyncio.Future[None]]) -> None:
        """Wait until there is an item or an end. Raises Silent."""
        self._came.clear()
        if self._held or any(reading.done() for reading in readings):
            return
        came = asyncio.ensure_future(self._came.wait())
        over = asyncio.ensure_future(self._clock.sleep(self._silence_secs))
        try:
            waits: set[asyncio.Future[Any]] = {came, over, *readings}
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            came.cancel()
            over.cancel()
        is_over = over.done() and not over.cancelled()
        if is_over and not self._held and not any(reading.done() for reading in readings):
            raise Silent(f"nothing came for {self._silence_secs:g} s")
