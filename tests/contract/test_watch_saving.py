"""When the watch saves what it knows, with which cursors, and where its sources resume."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import cast

import pytest

from monitor.errors import Unavailable
from monitor.model import Post
from monitor.pipeline import Judgement, Pipeline
from monitor.sources import Batch, Tally
from monitor.watch import Watch

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)


@dataclass
class Clock:
    """Moves when somebody moves it, or would wait for it."""

    present: datetime = NOW

    def now(self) -> datetime:
        return self.present

    async def sleep(self, secs: float) -> None:
        self.present += timedelta(seconds=secs)


@dataclass
class Radio:
    """A source of ten posts, one a batch; goes away once, where a test wants that."""

    away_after: int = 99
    ends_with: int = 10
    asked: list[str | None] = field(default_factory=list)
    name: str = "radio"
    is_recording: bool = True

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        self.asked.append(since)
        for number in range(int(since or 0) + 1, self.ends_with + 1):
            if number > self.away_after:
                self.away_after = 99
                raise Unavailable("static")
            yield Batch([Post(str(number), "radio", NOW, "tea")], str(number))
            await asyncio.sleep(0.002)  # the worker keeps up


@dataclass
class Counting:
    """A pipeline that counts; every post takes fifty seconds, or a leap."""

    clock: Clock
    leap_secs: float = 50.0
    known: int = 0

    def add(self, post: Post) -> list[Judgement]:
        self.known += 1
        self.clock.present += timedelta(seconds=self.leap_secs)
        return []

    def slow_rules(self) -> list[str]:
        return []


@dataclass
class Ear:
    """A watch over the radio, and what it saved."""

    radio: Radio
    pipeline: Counting
    saved: list[tuple[str | None, int]] = field(default_factory=list)
    """The cursor, and how many posts the pipeline knew."""

    async def listen(self, stored: str | None = None) -> None:
        async def nothing(*_: object) -> None:
            """Judgements and the ledger's cursors do not matter here."""

        async def load(_source: str) -> str | None:
            return stored

        async def save_state(cursors: Mapping[str, str]) -> None:
            self.saved.append((cursors.get("radio"), self.pipeline.known))

        watch = Watch(
            sources=[self.radio], pipeline=cast(Pipeline, self.pipeline), clock=self.pipeline.clock, receive=nothing,
            save_cursor=nothing, load_cursor=load, save_state=save_state, save_every_secs=120.0, tally=Tally(),
            random=Random(1),
        )  # fmt: skip
        await watch.run(asyncio.Event())


def an_ear(*, leap_secs: float = 50.0, **radio: int) -> Ear:
    return Ear(Radio(**radio), Counting(Clock(), leap_secs))


async def test_it_saves_every_two_minutes_and_at_the_end_exactly_at_its_cursor() -> None:
    ear = an_ear()
    await ear.listen()
    assert ear.saved == [("3", 3), ("6", 6), ("9", 9), ("10", 10)]


async def test_a_clock_that_is_set_back_does_not_put_off_saving() -> None:
    ear = an_ear(leap_secs=-3600.0, ends_with=2)
    await ear.listen()
    assert ear.saved == [("1", 1), ("2", 2), ("2", 2)]


async def test_after_an_outage_it_resumes_behind_what_it_heard_not_where_it_began() -> None:
    ear = an_ear(away_after=4)
    await ear.listen(stored="1")
    assert ear.radio.asked == ["1", "4"]
    assert ear.pipeline.known == 9


@pytest.mark.parametrize("stored", ["10", None])
async def test_a_source_that_says_nothing_keeps_its_cursor(stored: str | None) -> None:
    ear = an_ear(ends_with=0)
    await ear.listen(stored)
    assert ear.saved == [(stored, 0)]
