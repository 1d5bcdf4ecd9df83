"""Each polled source with its sandbox, behind one face, so that one suite holds for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from monitor.clock import FakeClock
from monitor.sources import Source, Tally, feeds, hackernews, reddit, x
from responders.sandbox import feeds as papers
from responders.sandbox import hackernews as news
from responders.sandbox import reddit as subreddits
from responders.sandbox import x as sandbox_x
from responders.sandbox.faults import KINDS, Faulty
from tests.x_house import a_purse

HOUR = 3600.0


@dataclass
class World:
    """A source and its server. `publish` adds a post and gives the id it will have."""

    server: Faulty
    make: Callable[[Tally], Source]
    publish: Callable[[str], str]
    is_busy: Callable[[Any], bool]


@dataclass(frozen=True)
class Face:
    """What the suite knows of a source: what its calls may cost a minute, and how long it may stay away."""

    build: Callable[[FakeClock], Any]
    own_faults: tuple[str, ...]
    calls_a_minute: dict[str, int]
    """While it fails, by the kind of fault; `*` for all others. With a log-in before, two calls make one attempt."""
    recovers: dict[str, float]
    """Seconds after the end of a fault, by its kind; `*` for all others."""


async def _feeds(clock: FakeClock) -> World:
    server = await papers.start(clock=clock)
    paper = server.papers["paper"] = papers.Paper(shown=400)
    paper.entries.append(papers.Entry("g-first", "first", clock.now()))
    url = f"{server.url}/paper.xml"
    key = feeds.Feed(
        url=url,
        host="",
        every_secs=60.0,
        is_internal=True,
        random=None,
        next_at=clock.now(),  # type: ignore[arg-type]
    ).key

    def publish(say: str) -> str:
        paper.entries.append(papers.Entry(f"g-{say}", say, clock.now()))
        return f"{key}:g-{say}"

    settings = feeds.Settings.model_validate({"feeds": [url]})
    return World(server, lambda tally: feeds.build(settings, tally, clock), publish, lambda s: bool(s.reader.is_busy))


async def _hackernews(clock: FakeClock) -> World:
    server = await news.start(clock=clock)
    server.publish("story", say="first")
    settings = hackernews.Settings(base_url=f"{server.url}/v0")
    return World(
        server,
        lambda tally: hackernews.build(settings, tally, clock),
        lambda say: str(server.publish(say=say)),
        lambda _: False,
    )


async def _reddit(clock: FakeClock) -> World:
    server = await subreddits.start(clock=clock)
    server.publish("first")
    settings = reddit.Settings(
        client_id="app", client_secret="app-secret", user_agent="linux:test:1.0 (by u/x)", subreddits=["AskReddit"],
        oauth_url=server.url, reddit_url=server.url, timeout_secs=0.2,
    )  # fmt: skip
    return World(
        server,
        lambda tally: reddit.build(settings, tally, clock),
        lambda say: server.publish(say),
        lambda source: bool(source.is_busy),
    )


async def _x(clock: FakeClock) -> World:
    server = await sandbox_x.start(clock=clock, token="right")
    purse = a_purse(clock, 100.0, 1000.0)
    settings = x.Settings(
        bearer_token="right", rules={"lights": "#lights"}, mode="search",
        search_every_secs=10.0, base_url=server.url,
    )  # fmt: skip
    return World(
        server.rest,
        lambda tally: x.build(settings, tally, clock, purse=purse),
        lambda say: server.post(f"{say} #lights"),
        lambda _: False,
    )


FACES = {
    "feeds": Face(
        _feeds,
        ("duplicate", "out_of_order", "late", "bomb", "undated"),
        calls_a_minute={"*": 2},
        recovers={"unauthorized": 7.5 * HOUR, "forbidden": 7.5 * HOUR, "*": 1.5 * HOUR},
    ),
    "hackernews": Face(
        _hackernews,
        ("late",),
        calls_a_minute={"late": 40, "*": 25},
        recovers={"unauthorized": 700.0, "forbidden": 700.0, "late": 700.0, "*": 150.0},
    ),
    "reddit": Face(
        _reddit,
        ("duplicate", "out_of_order", "late", "expired"),
        calls_a_minute={"*": 15},
        recovers={"unauthorized": 1000.0, "forbidden": 1.2 * HOUR, "missing": 1.2 * HOUR, "*": 150.0},
    ),
    "x": Face(
        _x,
        ("duplicate", "out_of_order", "late", "credits", "reset", "usage_cap"),
        calls_a_minute={"late": 7, "duplicate": 7, "out_of_order": 7, "cut": 16, "*": 9},  # aiohttp asks twice when cut
        recovers={
            "unauthorized": 1000.0,
            "forbidden": 2000.0,
            "missing": 2000.0,
            "credits": 4000.0,
            "usage_cap": 4000.0,
            "limit_blank": 1000.0,
            "limit": 400.0,
            "limit_date": 400.0,
            "reset": 400.0,
            "error": 500.0,
            "unready": 500.0,
            "*": 150.0,
        },
    ),
}
FAULTS = sorted(set(KINDS) - {"fine", "gone"})
PAIRS = [(name, fault) for name, face in FACES.items() for fault in (*FAULTS, *face.own_faults)]
