"""How many posts a second come from a socket through X's source, tweepy's stream included, as batches of posts.

The other side is a process of its own that sends lines made before, as fast as they are taken.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

from monitor.bench.stream import Talk
from monitor.budget import Caps
from monitor.clock import SystemClock, to_text
from monitor.model import Post
from monitor.prices import MICROS, TARIFFS
from monitor.purse import KeptPurse
from monitor.sources import Tally, x
from monitor.sources.x.ruleset import tag_of

POSTS = 100_000
RULE = "tea"
CHUNK_LINES = 200
SEED = 5
A_SECOND = 10_000
"""Posts, by their own times."""
EPOCH_MS = 1_288_834_974_657


@dataclass(frozen=True, slots=True)
class Firehose:
    """What was measured."""

    posts: int
    line_bytes: float
    posts_per_sec: float
    """Of wall time, the first handful to the last."""
    posts_per_core_sec: float
    """Of this process's time on a core."""


def _nowhere(_: Post) -> None:
    """For a stream that is only read."""


def measure(posts: int = POSTS, into: Callable[[Post], object] = _nowhere) -> Firehose:
    """Read so many posts from another process, each `into` something. Raises RuntimeError where not all of them come.

    Nothing can pile up on the way: the source reads a thousand lines ahead at most, and then the socket waits.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    sender = spawn.Process(target=_send, args=(theirs, posts), name="firehose", daemon=True)
    sender.start()
    try:
        port, size = ours.recv()
        return asyncio.run(_read(f"http://127.0.0.1:{port}", posts, size / posts, into=into))
    finally:
        sender.terminate()
        sender.join()


async def _read(url: str, posts: int, line_bytes: float, *, into: Callable[[Post], object]) -> Firehose:
    settings = x.Settings(
        bearer_token="none",  # noqa: S106 - of nobody
        rules={RULE: RULE}, mode="stream", base_url=url,
    )  # fmt: skip
    tally, clock = Tally(), SystemClock()
    purse = KeptPurse(TARIFFS["x"], Caps(MICROS * 10**6, MICROS * 10**7), clock)
    batches, found, first = x.build(settings, tally, clock, purse=purse).posts(None), 0, 0
    began, core = time.perf_counter(), time.process_time()
    async for batch in batches:
        if not found:
            began, core = time.perf_counter(), time.process_time()
            first = len(batch.posts)
        for post in batch.posts:
            into(post)
        found += len(batch.posts)
        if found >= posts or tally.dropped:
            break
    wall, used = time.perf_counter() - began, time.process_time() - core
    await batches.aclose()  # type: ignore[attr-defined]  # a generator
    if found != posts:
        raise RuntimeError(f"{found} of {posts} posts came: {tally.dropped}")
    return Firehose(posts, line_bytes, (found - first) / wall, (found - first) / used)


def _send(pipe: Connection, posts: int) -> None:
    """In the other process."""
    begin = SystemClock().now() - timedelta(seconds=posts / A_SECOND)
    talk = Talk(SEED).posts(begin, 0.0, posts)
    lines = [_line(number, post.text, begin + timedelta(seconds=number / A_SECOND)) for number, post in enumerate(talk)]
    chunks = [b"".join(lines[place : place + CHUNK_LINES]) for place in range(0, posts, CHUNK_LINES)]
    asyncio.run(_serve(pipe, chunks))


async def _serve(pipe: Connection, chunks: list[bytes]) -> None:
    async def rules(_: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "1", "value": RULE, "tag": tag_of(RULE, RULE)}]})

    async def stream(asked: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(asked)
        for chunk in chunks:
            await response.write(chunk)
        await asyncio.Event().wait()
        return response

    app = web.Application()
    app.router.add_get("/2/tweets/search/stream/rules", rules)
    app.router.add_get("/2/tweets/search/stream", stream)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send((runner.addresses[0][1], sum(map(len, chunks))))
    await asyncio.Event().wait()


def _line(number: int, text: str, at: datetime) -> bytes:
    """A post with every field that is asked for, as X sends it."""
    ours = str((round(at.timestamp() * 1000) - EPOCH_MS << 22) + number)
    metrics = dict.fromkeys(("retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count"), 0)
    data: dict[str, Any] = {
        "id": ours,
        "edit_history_tweet_ids": [ours],
        "conversation_id": ours,
        "author_id": str(number % 9000 + 1_000_000),
        "created_at": to_text(at),
        "lang": "en",
        "possibly_sensitive": False,
        "public_metrics": metrics,
        "text": f"{text} https://t.co/abcdefghij &amp; more",
    }
    if number % 3 == 0:
        data["referenced_tweets"] = [{"type": "retweeted", "id": "1500000000000000000"}]
    rules = [{"id": "1", "tag": tag_of(RULE, RULE)}]
    return json.dumps({"data": data, "matching_rules": rules}, separators=(",", ":")).encode() + b"\r\n"
