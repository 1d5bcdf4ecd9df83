"""How long a click in Slack takes: to its ack, to its row, and to the network's answer; idle, and at full load.

Everything is the real thing: the whole bot with its ledger on a disk and two sockets in this process; workspace,
network and people in another. At full load the pipeline reads a made-up stream as fast as it can in its thread.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from msgspec import structs

from monitor.bench.speed import write_lean
from monitor.clock import Clock, SystemClock
from monitor.model import Post
from monitor.quality import quantile
from monitor.sources import Batch, Source
from responders.bench_slack.crowd import Click, Crowd, Street, street
from responders.bench_slack.stage import offer, settings_for
from responders.bot import built
from responders.house import House
from responders.ledger import Ledger

PEOPLE, CLICKS = 20, 200
REST_SECS = 2.0
"""On average from click to click; a card is read in ten seconds, so these people are quick."""
POSTS = 100_000
SPAN = timedelta(hours=1)
"""By so much later the stream begins anew when it was read to its end."""
GIVE_UP_SECS = 120.0
LOOK_SECS = 0.01
SHARES = {"p50": 0.5, "p99": 0.99}
Row = dict[str, Any]


@dataclass(slots=True)
class Stopwatch:
    """When the ledger had written a decision, and a network's answer: after the commit that others may share."""

    clock: Clock
    decided: dict[str, float] = field(default_factory=dict)
    posted: dict[str, float] = field(default_factory=dict)
    _written: list[tuple[dict[str, float], str]] = field(default_factory=list)
    """What waits for its commit; the ledger's thread alone looks at it."""

    def watch(self, ledger: Ledger) -> None:
        """Time this ledger's writes from now on."""
        together = ledger.together

        @contextmanager
        def timed() -> Iterator[None]:
            self._written.clear()
            with together():
                yield
            for into, key in self._written:
                into[key] = self.clock.now().timestamp()

        vars(ledger)["together"] = timed
        vars(ledger)["decide"] = self._timed(ledger.decide, self.decided, lambda order: str(order.proposal))
        vars(ledger)["accepted"] = self._timed(ledger.accepted, self.posted, str)

    def _timed(self, act: Callable[..., Any], into: dict[str, float], name: Callable[[Any], str]) -> Callable[..., Any]:
        def timed(first: Any, *args: Any, **kwargs: Any) -> Any:
            done = act(first, *args, **kwargs)
            self._written.append((into, name(first)))
            return done

        return timed


@dataclass(slots=True)
class Held:
    """A recording that begins to play when it is told to, and never ends: each time with other posts, an hour later."""

    source: Source
    name: str
    is_recording: bool = True
    begins: asyncio.Event = field(default_factory=asyncio.Event)

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        """As the source behind it, over and over."""
        await self.begins.wait()
        for turn in count():
            async for batch in self.source.posts(None):
                yield batch if not turn else replace(batch, posts=[_later(post, turn) for post in batch.posts])


def _later(post: Post, turn: int) -> Post:
    original = None if post.repost_of is None else f"{post.repost_of}.{turn}"
    return structs.replace(post, id=f"{post.id}.{turn}", created_at=post.created_at + turn * SPAN, repost_of=original)


def measure(
    *, clicks: int = CLICKS, rest_secs: float = REST_SECS, posts: int = POSTS, tell: Callable[[str], None]
) -> list[Row]:
    """A row for the idle bot and one for the busy one. Raises RuntimeError where a click came to nothing."""
    people = min(PEOPLE, clicks)
    crowd = Crowd(people, max(1, clicks // people), rest_secs)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "load.jsonl"
        tell(f"writing {posts:,} made-up posts")
        write_lean(file, posts)
        rows = []
        for name in ("idle", "full load"):
            tell(f"{people} people click on {people * crowd.cards_each} cards in Slack, {name}")
            folder = Path(place) / name.replace(" ", "_")
            folder.mkdir()
            rows.append(asyncio.run(_measured(name, crowd, folder=folder, file=str(file))))
        return rows


async def _measured(name: str, crowd: Crowd, *, folder: Path, file: str) -> Row:
    clock = SystemClock()
    with street(crowd) as other:
        async with built(settings_for(crowd, other, folder=folder, files=[file]), clock=clock, run_id="bench") as house:
            keys = offer(house.office.books.ledger, crowd, clock.now())
            watch = Stopwatch(clock)
            watch.watch(house.office.books.ledger)
            [source] = house.watch.sources
            held = Held(source, source.name)
            house.watch.sources = [held]
            stop = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                group.create_task(house.run(stop), name="house")
                await other.asked("cards")
                found, read = await _clicked(other, house, held if name != "idle" else None, watch=watch)
                stop.set()
                held.begins.set()
    return {"name": name, "cards": len(keys), "people": crowd.people, **figures(found, watch), **read}


async def _clicked(other: Street, house: House, load: Held | None, *, watch: Stopwatch) -> tuple[list[Click], Row]:
    """What was clicked, and how fast the pipeline read meanwhile."""
    if load is not None:
        load.begins.set()
        async with asyncio.timeout(GIVE_UP_SECS):
            await _until(lambda: _read(house) > 0, watch.clock)
    began, before = watch.clock.now(), _read(house)
    found: list[Click] = await other.asked("click")
    rate = (_read(house) - before) / max(1e-6, (watch.clock.now() - began).total_seconds())
    async with asyncio.timeout(GIVE_UP_SECS):
        await _until(lambda: len(watch.posted) >= len(found), watch.clock)
    return found, {"posts_per_sec": round(rate)}


async def _until(is_true: Callable[[], bool], clock: Clock) -> None:
    while not is_true():
        await clock.sleep(LOOK_SECS)


def _read(house: House) -> int:
    return sum(source.posts for source in house.watch.listening.values())


def figures(found: Sequence[Click], watch: Stopwatch) -> Row:
    """Milliseconds, at the median and at the 99th percentile. Raises RuntimeError for a click without an end."""
    lost = [one.proposal for one in found if one.acked_at is None or one.proposal not in watch.decided]
    if lost:
        raise RuntimeError(f"{len(lost)} of {len(found)} clicks came to nothing, {lost[0]} among them")
    spans = {
        "ack": [(one.acked_at or 0.0) - one.clicked_at for one in found],
        "stored": [watch.decided[one.proposal] - one.clicked_at for one in found],
        "posted": [watch.posted[one.proposal] - watch.decided[one.proposal] for one in found],
        "answered": [watch.posted[one.proposal] - one.clicked_at for one in found],
    }
    return {
        f"{span}_{share}_ms": quantile([1000 * one for one in secs], of)
        for span, secs in spans.items()
        for share, of in SHARES.items()
    }
