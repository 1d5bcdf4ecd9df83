"""A thread that does blocking things, one after the other, for an event loop, and never holds up the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")

PATIENCE_SECS = 1.0
"""How long `close` waits for the thread: one that waits for a socket ends by itself later."""


class Clerk(Generic[T]):
    """One thread from now until `close`. `rest` is called in it at its end, and may be changed until then."""

    def __init__(self, name: str, rest: Callable[[], None]) -> None:
        self._orders: SimpleQueue[tuple[Callable[[], T], asyncio.AbstractEventLoop, asyncio.Future[T]] | None]
        self._orders = SimpleQueue()
        self.rest = rest
        self._open = 0
        self._ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """Whether the thread has something in hand, awaited or not."""
        return self._open > 0

    async def do(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises. Cancelled, the thread goes on by itself; what it brings is thrown away."""
        answer: asyncio.Future[T] = self._loop.create_future()
        self._open += 1
        self._orders.put((work, self._loop, answer))
        return await answer

    async def close(self) -> None:
        """Take no more orders, and wait a little for the thread to end."""
        self._orders.put(None)
        try:
            async with asyncio.timeout(PATIENCE_SECS):
                await self._ended.wait()
        except TimeoutError:
            return  # a daemon thread: the program may end before it

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            work, loop, answer = order
            try:
                self._tell(loop, self._settle, answer, work(), None)
            except Exception as error:  # the edge of the thread: whatever it is belongs to who asked
                self._tell(loop, self._settle, answer, None, error)
        self.rest()
        self._tell(self._loop, self._ended.set)

    def _tell(self, loop: asyncio.AbstractEventLoop, call: Callable[..., None], *given: object) -> None:
        try:
            loop.call_soon_threadsafe(call, *given)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    def _settle(self, answer: asyncio.Future[T], result: T, failure: Exception | None) -> None:
        self._open -= 1
        if answer.done():
            return
        if failure is not None:
            answer.set_exception(failure)
        else:
            answer.set_result(result)
