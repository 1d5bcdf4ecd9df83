"""RSS and Atom feeds, polled: conditional GET, bounded and isolated reading, each feed with a life of its own.

A feed that fails leaves the others standing; the source is away only while every feed is. What servers may answer and
what follows stands in `schedule`; which addresses may be asked, in `guard`.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from yarl import URL

from monitor.clock import Clock
from monitor.errors import Unavailable
from monitor.fetch import Answer, Unusable, get, retry_after_secs, session, short
from monitor.model import Post
from monitor.probing import Finding, Health, fine
from monitor.sources import Batch, Tally
from monitor.sources.feeds.feed import Answered, Feed, by_host, validator
from monitor.sources.feeds.guard import PublicResolver, check, is_inside
from monitor.sources.feeds.reader import READ_SECS, Reader
from monitor.sources.feeds.schedule import Refusal

MOST_BODY_BYTES = 2_000_000
MOST_HOPS = 5
AT_ONCE = 8
"""Hosts asked at the same time; of one host one feed at a time."""
SPREAD_SECS = 0.5
"""Between the first questions to two feeds, so that a start asks the world one by one."""
MOST_SPREAD_SECS = 60.0
ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"
PERMANENT = (301, 308)
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


class FeedSettings(BaseModel):
    """One feed: its address alone, or a group of keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    url: str = Field(min_length=8, max_length=2000, description="where it lies, with http:// or https://")
    every_secs: float | None = Field(default=None, ge=60.0, le=86_400.0)
    internal: bool = Field(default=False, description="true where it lies in your own network")

    @model_validator(mode="before")
    @classmethod
    def _address_alone(cls, value: Any) -> Any:
        return {"url": value} if isinstance(value, str) else value

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        try:
            url = URL(value)
        except ValueError as error:
            raise ValueError("is no address; write https://example.org/news.xml") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError("must begin with http:// or https:// and name a host")
        if url.user is not None or url.password is not None:
            raise ValueError("must not hold a user name or a password: addresses are logged")
        return value


class Settings(BaseModel):
    """What stands under `sources: feeds:` in bot.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    feeds: list[FeedSettings] = Field(min_length=1, max_length=500)
    every_secs: float = Field(default=300.0, ge=60.0, le=86_400.0, description="between two looks at one feed")
    timeout_secs: float = Field(default=20.0, gt=0.0, le=120.0)
    contact: str | None = Field(
        default=None,
        max_length=200,
        pattern=r"^[!-~]{3,}$",
        description="a page or a mail address without blanks, told to every server",
    )

    @field_validator("feeds")
    @classmethod
    def _each_once(cls, value: list[FeedSettings]) -> list[FeedSettings]:
        urls = [feed.url for feed in value]
        twice = sorted({url for url in urls if urls.count(url) > 1})
        if twice:
            raise ValueError(f"names {short(twice[0])} twice")
        return value


class Feeds:
    """See `monitor.sources.Source`. The cursor holds each feed's validators and the marks of what was seen."""

    name = "feeds"
    is_recording = False

    def __init__(self, settings: Settings, tally: Tally, clock: Clock, *, read_secs: float = READ_SECS) -> None:
        self._settings = settings
        self._tally = tally
        self._clock = clock
        self._feeds: list[Feed] = []
        self.reader = Reader(read_secs)

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        """Yield a batch after each round of looks, from behind `since`. Raises Unavailable while no feed answers."""
        if not self._feeds:  # after an outage it goes on with what it knows, which is more than the cursor does
            self._feeds = self._from_cursor(since)
        async with AsyncExitStack() as rooms:
            asker = await self._asker(rooms)
            while True:
                await self._clock.sleep(self._secs_until_due())
                posts = await self._round(asker)
                if any(feed.is_answering for feed in self._feeds):
                    yield Batch(posts, self._cursor())
                elif all(feed.failures for feed in self._feeds):
                    raise Unavailable(self._why_nobody(), retry_after_secs=max(1.0, self._secs_until_due()))

    def states(self) -> Mapping[str, str]:
        """What a person reads about each feed, by its address."""
        return {feed.url: feed.said for feed in self._feeds}

    async def try_all(self) -> list[Finding]:
        """Ask each feed once, and say what came of it; addresses without what stands behind `?`."""
        self._feeds = self._from_cursor(None)
        async with AsyncExitStack() as rooms:
            results = await self._asked(await self._asker(rooms), self._feeds)
        return [_finding(feed, results[feed.url]) for feed in self._feeds]

    async def _asker(self, rooms: AsyncExitStack) -> Asker:
        rooms.push_async_callback(self.reader.close)
        return Asker(
            public=await rooms.enter_async_context(self._session(PublicResolver())),
            inside=await rooms.enter_async_context(self._session(None)),
            reader=self.reader,
            clock=self._clock,
            timeout_secs=self._settings.timeout_secs,
        )

    def _session(self, resolver: PublicResolver | None) -> aiohttp.ClientSession:
        # A connection that is kept would not be checked again.
        connector = aiohttp.TCPConnector(resolver=resolver, force_close=True, use_dns_cache=False)
        return session(self._settings.contact, connector=connector)

    async def _round(self, asker: Asker) -> list[Post]:
        now = self._clock.now()
        due = [feed for feed in self._feeds if feed.next_at <= now and not feed.is_dead]
        results = await self._asked(asker, due)
        # Only now, in one step: what is cancelled half-way has changed nothing and is asked for again.
        return [post for feed in due for post in self._taken(feed, results[feed.url])]

    async def _asked(self, asker: Asker, feeds: list[Feed]) -> dict[str, Answered | Refusal]:
        """What each says, by its address."""
        results: dict[str, Answered | Refusal] = {}
        at_once = asyncio.Semaphore(AT_ONCE)

        async def look(of_host: list[Feed]) -> None:
            async with at_once:
                for feed in of_host:
                    results[feed.url] = await asker.ask(feed, self._tally)

        async with asyncio.TaskGroup() as group:
            for of_host in by_host(feeds):
                group.create_task(look(of_host), name=f"feeds of {of_host[0].host}")
        return results

    def _taken(self, feed: Feed, result: Answered | Refusal) -> list[Post]:
        if isinstance(result, Refusal):
            feed.refuse(result, self._clock.now())
            return []
        return feed.take(result, self._clock.now(), self._tally)

    def _secs_until_due(self) -> float:
        first = min((feed.next_at for feed in self._feeds if not feed.is_dead), default=None)
        if first is None:
            raise Unavailable(self._why_nobody(), retry_after_secs=21_600.0)
        return max(0.0, (first - self._clock.now()).total_seconds())

    def _why_nobody(self) -> str:
        feed = self._feeds[0]
        others = f", and so do {len(self._feeds) - 1} others in their way" if len(self._feeds) > 1 else ""
        return f"no feed answers: {feed.url} {feed.said}{others}"

    def _from_cursor(self, since: str | None) -> list[Feed]:
        try:
            kept = json.loads(since or "{}")
        except ValueError:
            kept = {}
        start, feeds = self._clock.now(), []
        for number, one in enumerate(self._settings.feeds):
            host = URL(one.url).host or ""
            feed = Feed(
                url=one.url,
                host=host,
                every_secs=one.every_secs or self._settings.every_secs,
                is_internal=one.internal or is_inside(host),
                random=Random(one.url),  # noqa: S311 - spreads looks, hides nothing
                next_at=start + timedelta(seconds=min(number * SPREAD_SECS, MOST_SPREAD_SECS)),
            )
            feed.resume(kept.get(feed.key) if isinstance(kept, dict) else None)
            feeds.append(feed)
        return feeds

    def _cursor(self) -> str:
        return json.dumps({feed.key: feed.to_cursor() for feed in self._feeds}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks feeds: through one client the world, through the other what a person configured inside."""

    public: aiohttp.ClientSession
    inside: aiohttp.ClientSession
    reader: Reader
    clock: Clock
    timeout_secs: float

    async def ask(self, feed: Feed, tally: Tally) -> Answered | Refusal:
        """What the feed says now; never raises for what a server does."""
        try:
            return await self._ask(feed)
        except Unavailable as error:
            return Refusal(str(error))
        except Unusable as error:
            tally.drop(error.reason, f"{feed.url}: {error}")
            return Refusal(str(error))

    async def _ask(self, feed: Feed) -> Answered | Refusal:
        url, moved_to, is_permanent = URL(feed.url), None, True
        for _ in range(MOST_HOPS + 1):
            answer = await self._get(feed, url)
            target = answer.headers.get("Location") if answer.status in (301, 302, 303, 307, 308) else None
            if target is None:
                return await self._read(feed, answer, url=str(url), moved_to=moved_to)
            is_permanent = is_permanent and answer.status in PERMANENT
            url = _joined(url, target)
            moved_to = str(url) if is_permanent else moved_to
        raise Unusable("bad_redirect", f"redirects more than {MOST_HOPS} times")

    async def _get(self, feed: Feed, url: URL) -> Answer:
        may_go_inside = feed.is_internal and url.host == URL(feed.url).host
        check(url, may_go_inside=may_go_inside)
        headers = {"Accept": ACCEPT}
        if str(url) == feed.validated_url:
            headers |= {"If-None-Match": feed.etag} if feed.etag else {}
            headers |= {"If-Modified-Since": feed.modified} if feed.modified else {}
        return await get(
            self.inside if may_go_inside else self.public,
            str(url),
            clock=self.clock,
            secs=self.timeout_secs,
            most_bytes=MOST_BODY_BYTES,
            headers=headers,
        )

    async def _read(self, feed: Feed, answer: Answer, *, url: str, moved_to: str | None) -> Answered | Refusal:
        etag, modified = validator(answer.headers.get("ETag")), validator(answer.headers.get("Last-Modified"))
        found = _MAX_AGE.search(answer.headers.get("Cache-Control", ""))
        max_age = float(found[1]) if found else None
        if answer.status == 304 and url == feed.validated_url:
            return Answered(None, url, etag or feed.etag, modified or feed.modified, max_age, moved_to)
        if answer.status != 200:
            wish = retry_after_secs(answer.headers, self.clock.now())
            return Refusal(f"answers {answer.status}", answer.status, wish)
        kind = answer.headers.get("Content-Type", "")
        document = await self.reader.read(answer.body, url=url, content_type=kind)
        return Answered(document, url, etag, modified, max_age, moved_to)


def _joined(url: URL, target: str) -> URL:
    try:
        return url.join(URL(target))
    except ValueError as error:
        raise Unusable("bad_redirect", f"redirects to {short(target)}, which is no address") from error


def _finding(feed: Feed, result: Answered | Refusal) -> Finding:
    shown = short(feed.url.partition("?")[0])
    if isinstance(result, Refusal):
        return Finding(shown, Health.FAILED, result.why, "look at the address with a browser; remove it if it is gone")
    if result.moved_to is not None:
        moved = short(result.moved_to.partition("?")[0])
        return Finding(shown, Health.WARNING, f"has moved for good to {moved}", "write the new address into bot.yaml")
    return fine(shown, f"{len(result.document.entries) if result.document else 0} entries")


async def probe(settings: Settings, _http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """Whether each feed can be asked and read; with clients of its own, which check where an address leads."""
    return await Feeds(settings, Tally(), clock).try_all()


def build(settings: Settings, tally: Tally, clock: Clock) -> Feeds:
    """The source over these feeds; nothing is asked yet."""
    return Feeds(settings, tally, clock)
