"""A watch over one live source on the fake clock, with real sockets on loopback: no test sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from monitor.clock import FakeClock
from monitor.detect.detector import Detector
from monitor.erase import TakenBack
from monitor.listening import Listening, State
from monitor.model import Post
from monitor.pipeline import Judgement, Pipeline
from monitor.signals.context import Tragedy
from monitor.sources import Source, Tally
from monitor.watch import Watch

STEP_SECS = 0.1
TURNS = 60
"""Turns of the loop within which something said on loopback has come from one end to the other."""
PATIENCE_SECS = 3600.0
"""Of the fake clock."""


@dataclass
class Ear:
    """What came out behind the source, and how it stood."""

    clock: FakeClock
    tally: Tally
    source: Source
    cursors: dict[str, str] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    """As the pipeline was given them, duplicates included."""
    deleted: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    mourned: list[Tragedy] = field(default_factory=list)
    comforted: list[Tragedy] = field(default_factory=list)
    detector: Detector = field(default_factory=Detector)
    watch: Watch = field(init=False)

    @property
    def ids(self) -> list[str]:
        """What was heard, each once, in order."""
        return list(dict.fromkeys(post.id for post in self.posts))

    @property
    def texts(self) -> list[str]:
        return list({post.id: post.text for post in self.posts}.values())

    @property
    def listening(self) -> Listening:
        return self.watch.listening[self.source.name]

    async def until(self, claim: Callable[[], object], *, within_secs: float = PATIENCE_SECS) -> None:
        """Let time pass until something is true; sockets get their turn at every step."""
        end = self.clock.now() + timedelta(seconds=within_secs)
        while (left := (end - self.clock.now()).total_seconds()) > 0:
            await self._settle(claim)
            if claim():
                return
            await self.clock.advance(min(left, self._next_secs()))
        raise AssertionError(f"not within {within_secs} s: {self.listening}, {self.tally}")

    async def pass_time(self, secs: float) -> None:
        """Move the clock from one sleeper to the next, with a turn for the sockets in between."""
        end = self.clock.now() + timedelta(seconds=secs)
        while (left := (end - self.clock.now()).total_seconds()) > 0:
            await self._settle()
            await self.clock.advance(min(left, self._next_secs()))

    async def _settle(self, claim: Callable[[], object] = lambda: False) -> None:
        """Let what is on its way come from one end to the other, or until something is true."""
        for _ in range(TURNS):
            if claim():
                return
            await asyncio.sleep(0)

    def _next_secs(self) -> float:
        """Until the next sleeper wakes. Steps in between would find nothing to do but sockets."""
        waiting = [at for at, _, future in self.clock._sleepers if not future.done()]
        return max(STEP_SECS, (min(waiting) - self.clock.now()).total_seconds()) if waiting else STEP_SECS

    async def connected(self) -> None:
        await self.until(lambda: self.listening.state is State.CONNECTED)


async def _nothing(*_: object) -> None:
    """Nobody wants to be told."""


def _watch_of(ear: Ear) -> Watch:
    """The watch whose every callback ends in the ear."""
    pipeline = Pipeline([], detector=ear.detector)
    add = pipeline.add

    def note(post: Post) -> list[Judgement]:
        ear.posts.append(post)
        return add(post)

    async def save(source: str, cursor: str) -> None:
        ear.cursors[source] = cursor

    async def load(source: str) -> str | None:
        return ear.cursors.get(source)

    async def save_state(cursors: Mapping[str, str]) -> None:
        ear.cursors.update(cursors)

    async def forget(taken: TakenBack) -> None:
        ear.deleted += sorted(taken.posts)
        ear.gone += sorted(taken.authors)

    async def mourn(tragedies: Sequence[Tragedy]) -> None:
        ear.mourned += tragedies

    async def comfort(tragedies: Sequence[Tragedy]) -> None:
        ear.comforted += tragedies

    pipeline.add = note  # type: ignore[method-assign]
    return Watch(
        sources=[ear.source], pipeline=pipeline, clock=ear.clock, receive=_nothing, save_cursor=save, load_cursor=load,
        save_state=save_state, save_every_secs=120.0, tally=ear.tally, random=Random(1), forget=forget, mourn=mourn,
        comfort=comfort,
    )  # fmt: skip


@asynccontextmanager
async def hearing(
    make: Callable[[Tally, FakeClock], Source], clock: FakeClock, *, cursors: dict[str, str] | None = None
) -> AsyncIterator[Ear]:
    """The watch runs until the block ends; `cursors` are those of an earlier life."""
    tally = Tally()
    ear = Ear(clock, tally, make(tally, clock), cursors if cursors is not None else {})
    ear.watch = _watch_of(ear)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(ear.watch.run(stop), name="watch")
        await clock.advance(0)
        try:
            yield ear
        finally:
            stop.set()
            await clock.advance(0)
