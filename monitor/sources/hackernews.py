"""Hacker News through its public API: every new story and comment, read by walking forward through the item numbers.

Protocol: the project HackerNews/API on GitHub. No key, and no limit is announced, so ours is modest. An item that is
not visible yet answers `null` and is asked for again; one that cannot be read does not hold the others up.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeGuard

import aiohttp
import msgspec
import structlog
from pydantic import BaseModel, ConfigDict, Field

from monitor.clock import Clock
from monitor.errors import Unavailable
from monitor.fetch import Answer, Unusable, get, retry_after_secs, session, short
from monitor.model import Post
from monitor.plain import plain
from monitor.probing import Finding, ask, fine, json_of
from monitor.sources import Batch, Tally

log = structlog.get_logger()

AT_ONCE = 10
STEP_SECS = 1.0
"""Ten items a second at the most."""
MOST_BODY_BYTES = 1_000_000
MOST_TEXT_CHARS = 5_000
MOST_LEAP = 1_000_000
"""Two months of items. A largest number that is further ahead is a fault of the answer, and would make us deaf."""
BACKWARDS_TIMES = 3
"""So many times in a row the largest number may be below ours before it is believed."""
MOST_TRIES = 9
QUICK_TRIES = 3
"""An item that is only late shows within a minute; after that the waits double, to three quarters of an hour in all."""
AGAIN_SECS = 20.0
MOST_AGAIN_SECS = 600.0
MOST_WAITING = 500
REFUSED_SECS = 600.0
JITTER = 0.2
EARLIEST = datetime(2006, 10, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
PAGE = "https://news.ycombinator.com/item?id="

_TEXTS = {"story": ("title", "url", "text"), "poll": ("title", "text"), "comment": ("text",)}
"""What people say in each kind of item; a job is an advertisement, a `pollopt` one line of a poll."""


class Settings(BaseModel):
    """What stands under `sources: hackernews:` in bot.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    comments: bool = Field(default=True, description="false: stories alone")
    every_secs: float = Field(default=30.0, ge=10.0, le=3600.0, description="between two looks for new items")
    most_behind: int = Field(default=2000, ge=0, le=20_000, description="items read back after an absence")
    timeout_secs: float = Field(default=15.0, gt=0.0, le=120.0)
    base_url: str = Field(
        default="https://hacker-news.firebaseio.com/v0",
        pattern=r"^https?://",
        description="the address of an API server, with http:// or https://",
    )
    contact: str | None = Field(
        default=None,
        max_length=200,
        pattern=r"^[!-~]{3,}$",
        description="a page or a mail address without blanks, told to the server",
    )


@dataclass(slots=True)
class _Again:
    """An item that is asked for again."""

    tries: int
    due_at: datetime


@dataclass(slots=True)
class _Place:
    """How far we are: the last item taken in hand, and those before it that are still waited for."""

    last: int
    waiting: dict[int, _Again] = field(default_factory=dict)

    def to_cursor(self) -> str:
        waiting = {str(number): again.tries for number, again in self.waiting.items()}
        return json.dumps({"last": self.last, "waiting": waiting}, separators=(",", ":"))


class HackerNews:
    """See `monitor.sources.Source`. The cursor is the last item's number, with the numbers still waited for."""

    name = "hackernews"
    is_recording = False

    def __init__(self, settings: Settings, tally: Tally, clock: Clock) -> None:
        self._settings = settings
        self._tally = tally
        self._clock = clock
        self._random = Random()  # noqa: S311 - spreads looks, hides nothing
        self._place: _Place | None = None
        self._backwards = 0
        self._is_hurt = False

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        """Yield new items in order. Raises Unavailable while the server is away; what it still has is not lost."""
        async with session(self._settings.contact) as http:
            if self._place is None:
                self._place = _from_cursor(since, self._clock.now())
            while True:
                numbers = await self._due(http)
                place = self._place
                assert place is not None
                while numbers:
                    step = numbers[: 1 if self._is_hurt else AT_ONCE]  # after a failure one item tries the way
                    yield Batch(await self._take(http, place, step), place.to_cursor())
                    numbers = numbers[len(step) :]
                    await self._clock.sleep(STEP_SECS if numbers else 0.0)
                else:
                    yield Batch([], place.to_cursor())
                await self._clock.sleep(
                    self._settings.every_secs * (1.0 + JITTER * (2.0 * self._random.random() - 1.0))
                )

    # --- which items ---------------------------------------------------------------------------------------------

    async def _due(self, http: aiohttp.ClientSession) -> list[int]:
        """The numbers to ask for now, oldest first."""
        listed = await (self._new_items(http) if self._settings.comments else self._new_stories(http))
        assert self._place is not None
        now = self._clock.now()
        again = [number for number, again in self._place.waiting.items() if again.due_at <= now]
        return sorted(again) + listed

    async def _new_items(self, http: aiohttp.ClientSession) -> list[int]:
        newest = await self._json(http, "maxitem")
        if not _is_number(newest):
            raise Unavailable(f"maxitem is {_shown(newest)}, and no item's number")
        place = self._place
        if place is None:
            self._place = _Place(newest)
            return []
        if newest > place.last + MOST_LEAP:
            raise Unavailable(f"maxitem is {newest}, which is {newest - place.last} items ahead of the last one")
        self._backwards = self._backwards + 1 if newest < place.last else 0
        if self._backwards >= BACKWARDS_TIMES:
            log.warning("source_gap", source=self.name, missed=None, reason=f"numbers went back to {newest}")
            place.last = newest
        first = max(place.last + 1, newest - self._settings.most_behind + 1)
        self._skip(first - place.last - 1)
        place.last = max(place.last, first - 1)
        return list(range(first, newest + 1))

    async def _new_stories(self, http: aiohttp.ClientSession) -> list[int]:
        listed = await self._json(http, "newstories")
        if not isinstance(listed, list) or not all(_is_number(number) for number in listed) or not listed:
            raise Unavailable(f"newstories is {_shown(listed)}, and no list of items' numbers")
        numbers = sorted(set(listed))
        if self._place is None:
            self._place = _Place(numbers[-1])
            return []
        last = self._place.last
        new = [number for number in numbers if last < number <= last + MOST_LEAP]
        if new and len(new) == len(numbers):  # the list does not reach back to what we know
            log.warning("source_gap", source=self.name, missed=None, reason="newstories does not reach back")
            self._tally.drop("gap", f"{self.name}: stories between {last} and {new[0]}")
        return new[-self._settings.most_behind :] if self._settings.most_behind else []

    def _skip(self, missed: int) -> None:
        """Tell that items are left out, because there are more than may be read back."""
        if missed > 0:
            log.warning("source_gap", source=self.name, missed=missed, reason="away for too long")
            self._tally.dropped["gap"] = self._tally.dropped.get("gap", 0) + missed

    # --- the items -----------------------------------------------------------------------------------------------

    async def _take(self, http: aiohttp.ClientSession, place: _Place, numbers: Sequence[int]) -> list[Post]:
        """The posts of these items. Raises Unavailable, with nothing changed, where not one of them was answered."""
        results: dict[int, Any] = {}

        async def ask(number: int) -> None:
            try:
                results[number] = await self._json(http, f"item/{number}")
            except Unavailable as error:
                results[number] = error

        async with asyncio.TaskGroup() as group:
            for number in numbers:
                group.create_task(ask(number), name=f"item {number}")
        failures = [result for result in results.values() if isinstance(result, Unavailable)]
        is_first_try = any(number not in place.waiting for number in numbers)
        self._is_hurt = bool(failures) and len(failures) == len(results)
        if self._is_hurt and is_first_try:
            raise max(failures, key=lambda failure: failure.retry_after_secs or 0.0)
        posts = [post for number in numbers if (post := self._post(place, number, results[number]))]
        place.last = max(place.last, *numbers)
        return posts

    def _post(self, place: _Place, number: int, result: Any) -> Post | None:
        """The post, or None after noting why there is none, or that it is asked for again."""
        if result is None or isinstance(result, Unavailable):
            self._again(place, number, result)
            return None
        place.waiting.pop(number, None)
        parsed = parse(result, number, self._clock.now())
        if isinstance(parsed, Post):
            return parsed
        self._tally.drop(parsed, f"{self.name}: item {number}: {_shown(result)}")
        return None

    def _again(self, place: _Place, number: int, failure: Unavailable | None) -> None:
        known = place.waiting.pop(number, None)
        tries = known.tries + 1 if known else 1
        if tries >= MOST_TRIES or len(place.waiting) >= MOST_WAITING:
            reason, said = ("unanswered", str(failure)) if failure else ("invisible", "answers null")
            self._tally.drop(reason, f"{self.name}: item {number}: {said}")
            return
        wait = min(MOST_AGAIN_SECS, AGAIN_SECS * 2.0 ** max(0, tries - QUICK_TRIES))
        place.waiting[number] = _Again(tries, self._clock.now() + timedelta(seconds=wait))

    async def _json(self, http: aiohttp.ClientSession, path: str) -> Any:
        """One answer. Raises Unavailable for whatever is no JSON: a proxy's page comes with 200 as well."""
        url = f"{self._settings.base_url.rstrip('/')}/{path}.json"
        secs = self._settings.timeout_secs
        try:
            answer = await get(http, url, clock=self._clock, secs=secs, most_bytes=MOST_BODY_BYTES)
        except (Unavailable, Unusable) as error:
            raise Unavailable(f"{path}: {error}") from error
        if answer.status != 200:
            raise self._refused(path, answer)
        try:
            return msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unavailable(f"{path}: is no JSON: {short(str(error))}") from error

    def _refused(self, path: str, answer: Answer) -> Unavailable:
        wish = retry_after_secs(answer.headers, self._clock.now())
        if answer.status in (401, 403):
            return Unavailable(f"{path}: refused with {answer.status}", retry_after_secs=wish or REFUSED_SECS)
        if answer.status == 429:
            return Unavailable(f"throttled: {path} answers 429", retry_after_secs=wish)
        return Unavailable(f"{path}: answers {answer.status}", retry_after_secs=wish)


def parse(item: Any, number: int, now: datetime) -> Post | str:
    """The post of one item, or why it is none: one of a small fixed set of reasons."""
    if not isinstance(item, dict) or item.get("id") != number:
        return "bad_shape"
    if item.get("deleted") is True or item.get("dead") is True:
        return "deleted"
    kind = item.get("type")
    if not isinstance(kind, str):
        return "bad_shape"
    if kind not in _TEXTS:
        return "other_kind"
    at = _time(item.get("time"))
    if at is None or not EARLIEST <= at <= now + AHEAD:
        return "bad_time"
    parts = [plain(text, MOST_TEXT_CHARS) for key in _TEXTS[kind] if isinstance(text := item.get(key), str)]
    text = "\n".join(part for part in parts if part)
    if not text:
        return "no_text"
    parent, score, author = item.get("parent"), item.get("score"), item.get("by")
    return Post(
        id=str(number),
        platform="hackernews",
        created_at=at,
        text=text[:MOST_TEXT_CHARS],
        author=author[:100] if isinstance(author, str) and author else None,
        reply_to=str(parent) if _is_number(parent) else None,
        likes=score if _is_number(score) else None,
        url=f"{PAGE}{number}",
    )


def _from_cursor(since: str | None, now: datetime) -> _Place | None:
    """Where the cursor says; None, which is from now on, where it says nothing that we wrote."""
    try:
        kept = json.loads(since or "{}")
    except ValueError:
        return None
    last = kept.get("last") if isinstance(kept, dict) else None
    if not _is_number(last):
        return None
    waiting = kept.get("waiting")
    known = waiting.items() if isinstance(waiting, dict) else ()
    return _Place(last, {int(n): _Again(tries, now) for n, tries in known if n.isdecimal() and _is_number(tries)})


def _time(value: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(value, UTC) if _is_number(value) else None
    except (ValueError, OverflowError, OSError):
        return None


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53


def _shown(value: Any) -> str:
    return short(repr(value)[:80])


async def probe(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """Whether it tells its newest item."""
    place = settings.base_url.split("/")[2]
    reply = await ask(http, f"{settings.base_url.rstrip('/')}/maxitem.json", clock)
    newest = json_of(reply, place)
    if not _is_number(newest):
        raise Unavailable(f"maxitem of {place} is {_shown(newest)}, and no item's number")
    return [fine(place, f"its newest item is {newest}", ahead=reply.ahead_secs)]


def build(settings: Settings, tally: Tally, clock: Clock) -> HackerNews:
    """The source; nothing is asked yet."""
    return HackerNews(settings, tally, clock)
