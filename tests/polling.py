"""A watch over one polled source and its sandbox on the fake clock, which moves on when everything real has settled."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import cast

from monitor.clock import FakeClock
from monitor.model import Post
from monitor.pipeline import Judgement, Pipeline
from monitor.sources import Source, Tally
from monitor.watch import Watch
from responders.sandbox.faults import Call, Faulty

START = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
TURNS = 60
"""Turns of the loop within which an answer on loopback has come from one end to the other."""


@dataclass
class Heard:
    """A pipeline that keeps what it is given."""

    posts: list[Post] = field(default_factory=list)

    def add(self, post: Post) -> list[Judgement]:
        self.posts.append(post)
        return []

    def advance(self, _now: datetime) -> list[Judgement]:
        return []

    def slow_rules(self) -> list[str]:
        return []


@dataclass
class Ear:
    """What a watch heard, where it would resume, and how it stands."""

    clock: FakeClock
    source: Source
    server: Faulty
    is_busy: Callable[[], bool]
    tally: Tally
    cursors: dict[str, str] = field(default_factory=dict)
    heard: Heard = field(default_factory=Heard)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    watch: Watch | None = None

    @property
    def ids(self) -> list[str]:
        return [post.id for post in self.heard.posts]

    @property
    def twice(self) -> list[str]:
        return [one for one, times in Counter(self.ids).items() if times > 1]

    @property
    def state(self) -> str:
        assert self.watch is not None
        listening = self.watch.listening[self.source.name]
        return f"{listening.state}: {listening.why}" if listening.why else listening.state.value

    def calls_since(self, moment: datetime) -> list[Call]:
        return [call for call in self.server.calls if call.at >= moment]

    def most_calls_a_minute(self, since: datetime) -> int:
        """The most calls in any minute after `since`."""
        times = [call.at for call in self.calls_since(since)]
        minute = timedelta(minutes=1)
        return max((sum(1 for at in times if begin <= at < begin + minute) for begin in times), default=0)

    async def settle(self) -> None:
        """Let everything real come to rest: sockets, the other process, the other thread."""
        quiet = 0
        while quiet < TURNS:
            is_busy = self.server.busy > 0 or self.is_busy()
            await asyncio.sleep(0.001 if is_busy else 0)
            quiet = 0 if is_busy else quiet + 1

    async def pass_time(self, secs: float) -> None:
        """Move the clock from one sleeper to the next, with time for what is real in between."""
        end = self.clock.now() + timedelta(seconds=secs)
        await self.settle()
        while (left := (end - self.clock.now()).total_seconds()) > 0:
            await self.clock.advance(min(left, self._next_secs()))
            await self.settle()

    async def until(self, is_true: Callable[[], bool], *, most_secs: float) -> float:
        """Pass time until something is true; how long that took. Fails after `most_secs`."""
        began = self.clock.now()
        await self.settle()
        while not is_true():
            took = (self.clock.now() - began).total_seconds()
            assert took < most_secs, f"still not so after {took:.0f} s; {self.state}; {self.tally.dropped}"
            await self.clock.advance(self._next_secs())
            await self.settle()
        return (self.clock.now() - began).total_seconds()

    def _next_secs(self) -> float:
        waiting = [at for at, _, future in self.clock._sleepers if not future.done()]
        return max(0.0, (min(waiting) - self.clock.now()).total_seconds()) if waiting else 1.0


@asynccontextmanager
async def listening(
    source: Source,
    server: Faulty,
    *,
    clock: FakeClock,
    tally: Tally,
    is_busy: Callable[[], bool] = lambda: False,
    cursor: str | None = None,
) -> AsyncIterator[Ear]:
    """A running watch over the source, from behind `cursor`; stopped at the end, and nothing left behind."""
    ear = Ear(clock, source, server, is_busy, tally)
    if cursor is not None:
        ear.cursors[source.name] = cursor

    async def nothing(*_: object) -> None:
        """Nothing here is a trend, and the state is not saved."""

    async def save_cursor(name: str, at: str) -> None:
        ear.cursors[name] = at

    async def load_cursor(name: str) -> str | None:
        return ear.cursors.get(name)

    async def save_state(cursors: Mapping[str, str]) -> None:
        ear.cursors |= cursors

    ear.watch = Watch(
        sources=[source], pipeline=cast(Pipeline, ear.heard), clock=clock, receive=nothing, save_cursor=save_cursor,
        load_cursor=load_cursor, save_state=save_state, save_every_secs=120.0, tally=tally, random=Random(1),
    )  # fmt: skip
    async with asyncio.TaskGroup() as group:
        running = group.create_task(ear.watch.run(ear.stop), name="watch")
        try:
            yield ear
            assert ear.stop.is_set() or not running.done(), "the watch is still listening"
        finally:
            ear.stop.set()
