"""Work beside the event loop: one thread that does one thing after the other, so that clicks and health never wait.

The ledger has one (SQLite wants a single writer), the pipeline has one (counting and judging may take a tenth of a
second). What lives in such a thread is touched nowhere else, and so needs no lock.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_IS_FIRST: ContextVar[bool] = ContextVar("is_first", default=False)


@contextmanager
def first() -> Iterator[None]:
    """What is called in here goes before all that waits: a person looks at the clock, the rest does not."""
    before = _IS_FIRST.set(True)
    try:
        yield
    finally:
        _IS_FIRST.reset(before)


class Aside(Protocol):
    """Somewhere to do what takes a while."""

    def call(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:
        """Run `act` after everything that was asked before; raises what it raises."""
        ...


_Call = tuple[Callable[[], Any], Future[Any]]


class Thread:
    """An `Aside` of its own. Calls run in the order in which they were made, those of `first` before the others."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._first: deque[_Call] = deque()
        self._others: deque[_Call] = deque()

    async def call(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `act` in the thread. Cancelling the caller does not undo what is under way."""
        done: Future[R] = Future()
        (self._first if _IS_FIRST.get() else self._others).append((partial(act, *args, **kwargs), done))
        self._executor.submit(self._run_next)  # one turn for each call; whose turn it is shows when it comes
        return await asyncio.wrap_future(done)

    def _run_next(self) -> None:
        act, done = (self._first or self._others).popleft()
        if not done.set_running_or_notify_cancel():
            return
        try:
            done.set_result(act())
        except Exception as error:  # the edge of the thread: whoever called gets it
            done.set_exception(error)
        finally:
            if not done.done():  # the program ends: nobody may wait for ever
                done.set_exception(RuntimeError("the thread ended"))

    def close(self) -> None:
        """Wait for what is under way and end the thread."""
        self._executor.shutdown()


class Here:
    """An `Aside` that is none: everything is done at once, for commands that serve nobody meanwhile."""

    async def call(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `act` now."""
        return act(*args, **kwargs)
