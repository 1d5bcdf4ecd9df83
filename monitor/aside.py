"""Work beside the event loop: one thread that does one thing after the other, so that clicks and health never wait.

The ledger has one (SQLite wants a single writer), the pipeline has one (counting and judging may take a tenth of a
second). What lives in such a thread is touched nowhere else, and so needs no lock.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import partial
from time import monotonic
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
_Ended = tuple[Future[Any], Any, Exception | None]
Gather = Callable[[], AbstractContextManager[None]]

MOST_TOGETHER = 32
TOGETHER_SECS = 0.02
"""Who came first in a group waits for the last; longer than an answer takes anyway it must not."""
MOST_FIRST = 16
"""So many of `first` go before one of the others: what nobody looks at is late, and never left out."""


class Thread:
    """An `Aside` of its own. Calls run in the order in which they were made, those of `first` before the others.

    With `gather`, calls that wait at the same time run in one such block, and are told what they found, or that it was
    all for nothing, when the block has ended.
    """

    def __init__(self, name: str, *, gather: Gather | None = None) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._gather = gather
        self._first: deque[_Call] = deque()
        self._others: deque[_Call] = deque()
        self._streak = 0
        """How many of `first` went before the others that wait."""

    async def call(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `act` in the thread. Cancelling the caller does not undo what is under way."""
        done: Future[R] = Future()
        (self._first if _IS_FIRST.get() else self._others).append((partial(act, *args, **kwargs), done))
        self._executor.submit(self._run_next)  # one turn for each call; whose turn it is shows when it comes
        return await asyncio.wrap_future(done)

    def _run_next(self) -> None:
        if self._gather is None:
            self._run(iter((self._next(),)), nullcontext())
        elif self._first or self._others:  # else an earlier turn took this one's call along
            self._run(self._together(), self._gather())

    def _run(self, calls: Iterator[_Call], block: AbstractContextManager[None]) -> None:
        """Run the calls within the block; what they found is told after it."""
        ended: list[_Ended] = []
        try:
            with block:
                _run_all(calls, ended)
        except Exception as lost:  # the edge of the thread: whoever called gets it
            ended = [(done, None, error or lost) for done, _, error in ended]
        finally:
            _tell_all(ended)

    def _together(self) -> Iterator[_Call]:
        """What waits now, until it is enough; what comes meanwhile and is of `first` ends a group of the others."""
        began, urgent = monotonic(), bool(self._first)
        for _ in range(MOST_TOGETHER):
            if not (self._first or self._others) or monotonic() - began > TOGETHER_SECS:
                return
            if bool(self._first) is not urgent:
                return
            yield self._next()

    def _next(self) -> _Call:
        is_owed = self._others and self._streak >= MOST_FIRST
        if self._first and not is_owed:
            self._streak = self._streak + 1 if self._others else 0
            return self._first.popleft()
        self._streak = 0
        return self._others.popleft()

    def close(self) -> None:
        """Wait for what is under way and end the thread."""
        self._executor.shutdown()


def _run_all(calls: Iterator[_Call], ended: list[_Ended]) -> None:
    for act, done in calls:
        if done.set_running_or_notify_cancel():
            ended.append(
                (done, None, RuntimeError("the thread ended"))
            )  # where the program does: nobody waits for ever
            ended[-1] = (done, *_outcome(act))


def _outcome(act: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return act(), None
    except Exception as error:  # whoever called gets it
        return None, error


def _tell_all(ended: list[_Ended]) -> None:
    for done, found, error in ended:
        if error is None:
            done.set_result(found)
        else:
            done.set_exception(error)


class Here:
    """An `Aside` that is none: everything is done at once, for commands that serve nobody meanwhile."""

    async def call(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `act` now."""
        return act(*args, **kwargs)
