"""One small evening, told by each network's sandbox, and one life of the whole bot that listens to it.

Bot and sandbox share a fake clock in one process. A sandbox that is started again has what it had: all up to now.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from monitor.aside import Here
from monitor.clock import FakeClock, to_text
from monitor.model import Post
from monitor.pipeline import Judgement
from monitor.prices import TARIFFS
from responders.bot import built
from responders.house import House
from responders.loading import load_settings, starter_dir
from responders.sandbox import feeds, hackernews, jetstream, mastodon_stream, reddit, wikimedia, x
from tests.crowd import START, chatter, happening

PANDA = ("a panda on the motorway", "the panda ate my sandwich", "somebody stop that panda")
GOAT = ("a goat on the stage", "that goat sings better", "somebody feed the goat")
STORY = sorted(
    chatter(8.5, per_minute=12)
    + happening(PANDA, 260, posts=60, over_secs=30)
    + happening(GOAT, 410, posts=60, over_secs=30),
    key=lambda one: one.created_at,
)
END_SECS = 600.0
"""Time enough for the last look of every polled source."""
HOSTS = 60
"""Papers: each is one voice."""
STEP_SECS = 5.0
QUIET_TURNS = 60
"""Turns of the loop within which an answer on loopback has come from one end to the other."""


@dataclass
class World:
    """A running sandbox, what the settings say of it, and how a post gets there."""

    server: Any
    block: dict[str, Any]
    publish: Callable[[Post], object]
    is_polled: bool = False
    source: Any = None
    """The bot's own, to be asked whether its thread or its other process is at work."""

    @property
    def is_busy(self) -> bool:
        reader = getattr(self.source, "reader", self.source)
        return bool(getattr(self.server, "busy", 0) or getattr(reader, "is_busy", False))


async def _bluesky(clock: FakeClock) -> World:
    server = await jetstream.start(clock=clock)

    def publish(one: Post) -> None:
        server.post(one.text, did=f"did:plc:{one.author}", at=one.created_at)

    return World(server, {"endpoints": [server.endpoint]}, publish)


async def _mastodon(clock: FakeClock) -> World:
    server = await mastodon_stream.start(clock=clock)

    def publish(one: Post) -> None:
        account = {"id": "1", "acct": one.author, "bot": False, "noindex": False, "note": "", "followers_count": 7}
        server.post(one.text, at=one.created_at, account=account)

    return World(server, {"url": server.url}, publish)


async def _wikipedia(clock: FakeClock) -> World:
    server = await wikimedia.start(clock=clock)

    def publish(one: Post) -> None:
        change = {"type": "edit", "namespace": 0, "title": one.text, "comment": "", "user": one.author}
        server.say(change, at=one.created_at)

    return World(server, {"url": server.endpoint}, publish)


async def _hackernews(clock: FakeClock) -> World:
    server = await hackernews.start(clock=clock)
    server.publish("story", say="first")
    return World(
        server,
        {"base_url": f"{server.url}/v0"},
        lambda one: server.publish(say=one.text, by=one.author),
        is_polled=True,
    )


async def _reddit(clock: FakeClock) -> World:
    server = await reddit.start(clock=clock)
    block = {
        "client_id": "app", "client_secret": "${SECRET}", "user_agent": "linux:test:1.0 (by u/x)",
        "subreddits": ["AskReddit"], "submissions": False, "oauth_url": server.url, "reddit_url": server.url,
    }  # fmt: skip
    return World(server, block, lambda one: server.publish(one.text, author=one.author), is_polled=True)


async def _feeds(clock: FakeClock) -> World:
    server = await feeds.start(clock=clock)
    port = int(server.url.rpartition(":")[2])
    assert server._runner is not None
    for number in range(2, HOSTS + 1):
        await web.TCPSite(server._runner, f"127.0.0.{number}", port).start()
    for number in range(1, HOSTS + 1):
        server.papers[f"p{number}"] = feeds.Paper(shown=200)
    urls = [f"http://127.0.0.{number}:{port}/p{number}.xml" for number in range(1, HOSTS + 1)]
    told = iter(range(10**6))

    def publish(one: Post) -> None:
        paper = server.papers[f"p{next(told) % HOSTS + 1}"]
        paper.entries.append(feeds.Entry(one.id, one.text, one.created_at))

    return World(server, {"feeds": urls, "every_secs": 60.0}, publish, is_polled=True)


async def _x(clock: FakeClock) -> World:
    server = await x.start(clock=clock, token="app-secret")
    block = {
        "bearer_token": "${SECRET}", "mode": "stream", "base_url": server.url,
        "rules": {"animals": "panda OR goat", "talk": "my"},
    }  # fmt: skip

    told = iter(range(10**6))

    def publish(one: Post) -> None:
        number = x.posts.id_at(one.created_at, next(told))  # the sandbox's own count goes on with rules as well
        server.post(one.text, at=one.created_at, author_id=one.author, id=number)

    return World(server, block, publish)


WORLDS = {
    "bluesky": _bluesky, "mastodon": _mastodon, "wikipedia": _wikipedia, "x": _x,
    "hackernews": _hackernews, "reddit": _reddit, "feeds": _feeds,
}  # fmt: skip


def furnish(folder: Path) -> Path:
    """Starter settings for the brand oreo alone, which answers to pandas and goats as well."""
    config = folder / "config"
    shutil.copytree(starter_dir(), config)
    for path in config.glob("*/*.yaml"):
        if path.stem != "oreo" and path.parent.name != "calendars":
            path.unlink()
    oreo = config / "brands" / "oreo.yaml"
    oreo.write_text(yaml.safe_dump(yaml.safe_load(oreo.read_text("utf-8")) | {"min_voices": 5}), "utf-8")
    return folder


def _settings(folder: Path, name: str, block: dict[str, Any]) -> Any:
    path = folder / "config" / "bot.yaml"
    bot = yaml.safe_load(path.read_text("utf-8"))
    bot |= {"sources": {name: block}, "inbox": {"port": 0}, "save_every_secs": 20.0}
    bot |= {"budgets": {"x": {"usd_per_day": 100.0, "usd_per_month": 500.0}}} if name in TARIFFS else {}
    path.write_text(yaml.safe_dump(bot), "utf-8")
    return load_settings(folder / "config", {"SECRET": "app-secret"})


@dataclass
class Life:
    """One life of the bot, from `begin_secs` of the story to its end, or to a death without a word."""

    folder: Path
    name: str
    run_id: str
    begin_secs: float = 0.0
    dies_at_secs: float | None = None
    heard: set[str] = field(default_factory=set)
    """Texts."""
    billed_micros: int = 0
    """Micro-dollars on the bill of a network that costs money, at the end of a life that came to one."""

    async def live(self) -> None:
        clock = FakeClock(START)
        world = await WORLDS[self.name](clock)
        try:
            before = [one for one in STORY if _secs(one) < self.begin_secs]
            for one in before:
                await clock.advance(_secs(one) - (clock.now() - START).total_seconds())
                world.publish(one)
            await clock.advance(self.begin_secs - (clock.now() - START).total_seconds())
            settings = _settings(self.folder, self.name, world.block)
            async with built(settings, clock=clock, run_id=self.run_id, think=Here()) as house:
                await self._listen(house, world, clock)
            if self.name in TARIFFS:
                self.billed_micros = world.server.bill.by_day.total()
        finally:
            await world.server.close()

    async def _listen(self, house: House, world: World, clock: FakeClock) -> None:
        self._spy(house)
        world.source = house.watch.sources[0]
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(house.watch.run(stop), name="watch")
            await _until(lambda: world.server.calls if world.is_polled else world.server.arrivals, clock, world)
            await _reach((clock.now() - START).total_seconds() + 0.5, clock, world)
            for one in [post for post in STORY if _secs(post) >= self.begin_secs]:
                await _reach(_secs(one), clock, world)
                world.publish(one)
                if not world.is_polled:
                    await _until(lambda text=one.text: text in self.heard, clock, world)  # type: ignore[misc]
            await _reach(END_SECS, clock, world)
            stop.set()

    def _spy(self, house: House) -> None:
        """Die at a post, and write down what is announced before anything else can happen."""
        add, receive = house.office.pipeline.add, house.watch.receive

        def add_or_die(one: Post) -> list[Judgement]:
            if self.dies_at_secs is not None and (one.created_at - START).total_seconds() >= self.dies_at_secs:
                os.kill(os.getpid(), signal.SIGKILL)
            self.heard.add(one.text)
            return add(one)

        async def note(judgement: Judgement, is_recording: bool) -> None:
            if judgement.is_first:
                trend = judgement.trend
                told = {"name": trend.name, "terms": sorted(trend.terms), "started": to_text(trend.started_at)}
                with (self.folder / "told.jsonl").open("a") as file:
                    file.write(json.dumps(told) + "\n")
            await receive(judgement, is_recording)

        house.office.pipeline.add = add_or_die  # type: ignore[method-assign]
        house.watch.receive = note


def told(folder: Path) -> list[dict[str, Any]]:
    """What was announced in all lives, each once, in the order of the story."""
    path = folder / "told.jsonl"
    lines = sorted(set(path.read_text().splitlines())) if path.exists() else []
    return sorted(map(json.loads, lines), key=lambda one: str(one["started"]))


def _secs(one: Post) -> float:
    return (one.created_at - START) / timedelta(seconds=1)


async def _reach(secs: float, clock: FakeClock, world: World) -> None:
    """Let time pass up to a second of the story; what is real (sockets, threads) gets its turn."""
    while (left := secs - (clock.now() - START).total_seconds()) > 1e-6:
        await clock.advance(min(left, STEP_SECS))
        await _settle(world)


async def _settle(world: World) -> None:
    quiet = 0
    for _ in range(20_000):
        quiet = 0 if world.is_busy else quiet + 1
        if quiet >= QUIET_TURNS or not world.is_polled:
            return
        await asyncio.sleep(0 if quiet else 0.0005)
    raise AssertionError("it never comes to rest")


async def _until(claim: Callable[[], object], clock: FakeClock, world: World) -> None:
    for turn in range(20_000):
        if claim():
            return
        await asyncio.sleep(0 if turn < 200 else 0.001)
        if turn % 100 == 99:
            await clock.advance(0.1)
    raise AssertionError("it never came")
