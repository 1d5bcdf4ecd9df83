"""Reddit: new submissions and comments of subreddits and replies to our account, polled through praw in a thread.

It only reads: the newest hundred each time, compared with what is known; where they do not reach back to it, the pages
before them as well, and what is further back is told as a gap.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from monitor.clock import Clock
from monitor.errors import Unavailable
from monitor.fetch import retry_after_secs, short, within
from monitor.model import Post
from monitor.sources import Batch, Tally
from monitor.sources.reddit.answers import Limits, Page, Turned, limits_of, listed
from monitor.sources.reddit.clerk import Clerk
from monitor.sources.reddit.listing import INBOX, Listing
from monitor.sources.reddit.probing import probe as probe

log = structlog.get_logger()

TOGETHER = 50
"""Subreddits in one address, which has a length."""
PAGE_ITEMS = 100
MOST_PAGES = 10
"""Reddit keeps a thousand items of a listing."""
FIRST_LOOK = timedelta(minutes=10)
"""So far back a start without a cursor looks."""
SPARE_CALLS = 2.0
"""With fewer calls left we wait for the next window, so that a person's own use of the account still works."""
CREDENTIAL_SECS = 900.0
BLOCKED_SECS = 3600.0
JITTER = 0.2
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{1,20}")
_USER_AGENT = r"^[^\s:]+:[^\s:]+:[^\s:]+ \(by /?u/[A-Za-z0-9_-]+\)$"


class Settings(BaseModel):
    """What stands under `sources: reddit:` in bot.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    client_id: str = Field(min_length=1, max_length=100, description="the number of the app that Reddit approved")
    client_secret: str = Field(min_length=1, max_length=200, repr=False, description="its secret, from the environment")
    username: str | None = Field(
        default=None, max_length=50, description="with `password`; without, it reads as the app"
    )
    password: str | None = Field(default=None, max_length=200, repr=False)
    user_agent: str = Field(
        max_length=200,
        pattern=_USER_AGENT,
        description="of the form `linux:our-app:1.0 (by u/name)`, as Reddit demands",
    )
    subreddits: list[str] = Field(min_length=1, max_length=500)
    submissions: bool = True
    comments: bool = True
    inbox: bool = Field(default=False, description="replies to our account and its mentions; needs `username`")
    every_secs: float = Field(default=10.0, ge=2.0, le=3600.0, description="between two looks")
    timeout_secs: float = Field(default=16.0, gt=0.0, le=60.0)
    oauth_url: str = Field(default="https://oauth.reddit.com", pattern=r"^https?://")
    reddit_url: str = Field(default="https://www.reddit.com", pattern=r"^https?://")

    @field_validator("subreddits")
    @classmethod
    def _are_names(cls, value: list[str]) -> list[str]:
        for name in value:
            if not _NAME.fullmatch(name):
                raise ValueError(f"holds {short(name)!r}; write a subreddit's bare name, `AskReddit`")
        folded = [name.lower() for name in value]
        twice = sorted({name for name in folded if folded.count(name) > 1})
        if twice:
            raise ValueError(f"names {twice[0]} twice")
        return value

    @model_validator(mode="after")
    def _are_whole(self) -> Settings:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together: give both or neither")
        if self.inbox and self.username is None:
            raise ValueError("inbox is an account's: give username and password as well")
        if not (self.submissions or self.comments):
            raise ValueError("submissions and comments are both false: nothing is left to read")
        return self


@dataclass(slots=True)
class _Part:
    """One listing, and until when it is left alone because it was refused."""

    listing: Listing
    off_until: datetime | None = None


class Reddit:
    """See `monitor.sources.Source`. The cursor holds the latest fullnames of each listing."""

    name = "reddit"
    is_recording = False

    def __init__(self, settings: Settings, tally: Tally, clock: Clock) -> None:
        self._settings = settings
        self._tally = tally
        self._clock = clock
        self._random = Random()  # noqa: S311 - spreads looks, hides nothing
        self._parts: list[_Part] = []
        self._wire: Any = None
        self._clerk: Clerk[Page] | None = None
        self._looks = 0
        self._limits = Limits()

    @property
    def is_busy(self) -> bool:
        """Whether the thread waits for Reddit."""
        return self._clerk is not None and self._clerk.is_busy

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        """Yield a batch after each look at a listing. Raises Unavailable with what a person can do about it."""
        if not self._parts:
            self._parts = self._from_cursor(since)
        self._clerk = Clerk("reddit", self._rest)
        try:
            to_come = self._due()
            while True:
                found = await self._look(to_come.pop(0))
                if found is not None:
                    yield Batch(found, self._cursor())
                self._check_limits()
                if not to_come:
                    await self._clock.sleep(self._wait_secs())
                    to_come = self._due()
        finally:
            await self._clerk.close()

    def states(self) -> Mapping[str, str]:
        """What a person reads about each listing."""
        return {part.listing.key: "refused; asked again later" if part.off_until else "answers" for part in self._parts}

    # --- when ----------------------------------------------------------------------------------------------------

    def _due(self) -> list[_Part]:
        now = self._clock.now()
        due = [part for part in self._parts if part.off_until is None or part.off_until <= now]
        if not due:
            first = min(part.off_until for part in self._parts if part.off_until is not None)
            wait = max(1.0, (first - now).total_seconds())
            raise Unavailable("every subreddit refuses: private, banned or gone", retry_after_secs=wait)
        return due

    def _check_limits(self) -> None:
        """Raises Unavailable where this window's calls are used up."""
        left, reset = self._limits.remaining, self._limits.reset_secs
        if left is not None and reset is not None and left < SPARE_CALLS:
            self._limits = Limits()
            raise Unavailable(f"throttled: no calls left for {reset:.0f} s", retry_after_secs=max(1.0, reset))

    def _wait_secs(self) -> float:
        """The interval, longer where what is left of the window's calls would not last."""
        wait, calls = self._settings.every_secs, len(self._parts)
        left, reset = self._limits.remaining, self._limits.reset_secs
        if left is not None and reset is not None:
            wait = max(wait, reset * calls / max(1.0, left))
        return wait * (1.0 + JITTER * self._random.random())

    # --- one listing ---------------------------------------------------------------------------------------------

    async def _look(self, part: _Part) -> list[Post] | None:
        """The new posts of one listing, or None where it was refused and the others go on without it."""
        try:
            items, is_whole = await self._pages(part.listing)
        except Turned as error:
            if error.is_log_in or error.status not in (301, 302, 403, 404):
                raise self._failure(error) from None
            self._refuse(part, error)
            return None
        if part.off_until is not None:
            part.off_until = None
            log.info("part_back", source=self.name, part=part.listing.key)
        if not is_whole:
            log.warning("source_gap", source=self.name, missed=None, reason=f"{part.listing.key} does not reach back")
            self._tally.drop(
                "gap", f"{self.name}: {part.listing.key}: more than {len(items)} items since the last look"
            )
        posts, dropped = part.listing.take(items, self._clock.now())
        for reason, seen in dropped:
            self._tally.drop(reason, f"{self.name}: {seen}")
        return posts

    async def _pages(self, listing: Listing) -> tuple[list[Any], bool]:
        """The newest items, as many pages as it takes to reach what is known, and whether that was reached."""
        items: list[Any] = []
        after: str | None = None
        for _ in range(MOST_PAGES):
            page = await self._ask(listing, after)
            found = listed(page.data)
            if found is None:
                raise Unavailable(f"{listing.key}: the answer is no listing: {short(repr(page.data)[:80])}")
            children, after = found
            items += children
            if after is None or not children or listing.reaches_back(children):
                return items, True
        return items, False

    async def _ask(self, listing: Listing, after: str | None) -> Page:
        self._looks += 1
        # Never twice the same question in a row: caches on the way would answer it.
        params: dict[str, str | int] = {"limit": PAGE_ITEMS - self._looks % 5}
        params |= {"after": after} if after else {}
        assert self._clerk is not None
        secs = 4 * self._settings.timeout_secs
        try:
            page = await within(self._clock, secs, self._clerk.do(partial(self._get, listing.path, params)))
        except TimeoutError as error:
            if self._wire is not None:  # the thread that hangs keeps the old one for itself
                self._clerk.rest, self._wire = self._wire.rest, None
            raise Unavailable(f"no answer within {secs:g} s") from error
        except Turned:
            raise
        except OSError as error:  # every failure of requests is one
            raise Unavailable(f"no answer: {short(str(error))}") from None
        except Exception as error:  # the edge of a library over a stranger's answer, such as a token of a wrong type
            raise Unavailable(f"an odd answer: {short(repr(error))}") from None
        self._limits = page.limits
        return page

    def _get(self, path: str, params: Mapping[str, str | int]) -> Page:
        """In the thread."""
        from monitor.sources.reddit.wire import Credentials, Wire  # praw takes a quarter of a second to import

        if self._wire is None:
            ours = self._settings
            self._wire = Wire(
                Credentials(ours.client_id, ours.client_secret, ours.username, ours.password),
                user_agent=ours.user_agent,
                oauth_url=ours.oauth_url,
                reddit_url=ours.reddit_url,
                timeout_secs=ours.timeout_secs,
            )
        page: Page = self._wire.get(path, params)
        return page

    def _rest(self) -> None:
        """In the thread, at its end."""
        if self._wire is not None:
            self._wire.rest()

    def _refuse(self, part: _Part, error: Turned) -> None:
        """Leave one subreddit alone for a while; several are asked one by one from now on, to find which it is."""
        if len(part.listing.subreddits) > 1:
            place = self._parts.index(part)
            self._parts[place : place + 1] = [_Part(listing) for listing in part.listing.parts()]
            return
        if part.off_until is None:
            why = {403: "private or banned (403)", 404: "does not exist (404)"}.get(error.status, "does not exist")
            log.warning("part_lost", source=self.name, part=part.listing.key, reason=why)
        part.off_until = self._clock.now() + timedelta(seconds=BLOCKED_SECS)

    def _failure(self, error: Turned) -> Unavailable:
        """What an answer means for us (platforms' table: reddit.com/dev/api, and praw's documentation)."""
        wish = retry_after_secs({"Retry-After": error.headers.get("retry-after", "")}, self._clock.now())
        if error.status == 401 or (error.is_log_in and error.status in (400, 403)):
            said = f" ({short(error.said)})" if error.said else ""
            text = f"needs other credentials: Reddit refuses the log-in with {error.status}{said}"
            return Unavailable(text, retry_after_secs=CREDENTIAL_SECS)
        if error.status == 429:
            return Unavailable("throttled: answers 429", retry_after_secs=wish or limits_of(error.headers).reset_secs)
        said = f"the answer {short(error.said)}" if error.status == 200 else f"answers {error.status}"
        return Unavailable(said, retry_after_secs=wish)

    # --- the cursor ----------------------------------------------------------------------------------------------

    def _from_cursor(self, since: str | None) -> list[_Part]:
        try:
            kept = json.loads(since or "{}")
        except ValueError:
            kept = {}
        names = self._settings.subreddits
        groups = [tuple(names[start : start + TOGETHER]) for start in range(0, len(names), TOGETHER)]
        wanted = {"t3": self._settings.submissions, "t1": self._settings.comments}
        begins = self._clock.now() - FIRST_LOOK
        parts = [
            _Part(Listing(group, kind, begins)) for group in groups for kind, is_wanted in wanted.items() if is_wanted
        ]
        if self._settings.inbox:
            parts.append(_Part(Listing((INBOX,), "t1", begins)))
        for part in parts:
            part.listing.resume(kept if isinstance(kept, dict) else {})
        return parts

    def _cursor(self) -> str:
        return json.dumps({p.listing.key: p.listing.to_cursor() for p in self._parts}, separators=(",", ":"))


def build(settings: Settings, tally: Tally, clock: Clock) -> Reddit:
    """The source; nothing is asked yet, and praw is not loaded."""
    return Reddit(settings, tally, clock)
