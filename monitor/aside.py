"""Work beside the event loop: one thread that does one thing after the other, so that clicks and health never wait.

The ledger has one (SQLite wants a single writer), the pipeline has one (counting and judging may take a tenth of a
second). What lives in such a thread is touched nowhere else, and so needs no lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Aside(Protocol):
    """Somewhere to do what takes a while."""

    def call(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:
        """Run `act` after everything that was asked before; raises what it raises."""
        ...


class Thread:
    """An `Aside` of its own. Calls run in the order in which they were made."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def call(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `act` in the thread. Cancelling the caller does not undo what is under way."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(act, *args, **kwargs))

    def close(self) -> None:
        """Wait for what is under way and end the thread."""
        self._executor.shutdown()


class Here:
    """An `Aside` that is none: everything is done at once, for commands that serve nobody meanwhile."""

    async def call(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `act` now."""
        return act(*args, **kwargs)
