"""What X is asked besides its stream: search, mentions, counts and trends. Each is paid for when it was answered.

Search gives the newest first, ten to a hundred a page; it folds accents, knows no `sample:`, and finds no reposts any
more (docs.x.com, changelog May 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import msgspec

from monitor.clock import Clock, to_text
from monitor.errors import Unavailable
from monitor.sources.x.api import Api
from monitor.sources.x.chosen import without_sample
from monitor.sources.x.money import COUNT, MENTION, READ, TRENDS, Meter
from monitor.sources.x.wire import Drop, Heard, Page, read_page, time_of
from monitor.visible import visible

T = TypeVar("T")

FIELDS = (
    "created_at", "author_id", "conversation_id", "lang", "public_metrics", "possibly_sensitive", "referenced_tweets",
    "note_tweet",
)  # fmt: skip
PAGE = 100
LEAST_PAGE = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """Behind which post, or from which time on, to ask."""

    number: int = 0
    at: datetime | None = None

    def since(self, earliest: datetime) -> Mark:
        """The same, but not before `earliest`: there X has nothing, and refuses to be asked."""
        at = self.at if not self.number else time_of(self.number)
        return self if at is not None and at > earliest else Mark(at=earliest)

    @property
    def time(self) -> datetime | None:
        """When that is."""
        return time_of(self.number) if self.number else self.at

    def params(self) -> dict[str, str]:
        """As X wants it."""
        if self.number:
            return {"since_id": str(self.number)}
        return {"start_time": to_text(self.at)} if self.at is not None else {}


@dataclass(slots=True)
class Found:
    """Pages in the order of time, oldest first; `missed_until` where they do not reach back to the mark."""

    items: list[Heard | Drop] = field(default_factory=list)
    missed_until: datetime | None = None
    why: str = ""


class _Row(msgspec.Struct):
    start: datetime
    end: datetime
    count: int = msgspec.field(name="tweet_count")


class _Counts(msgspec.Struct):
    data: list[_Row]


class _Name(msgspec.Struct):
    name: str = msgspec.field(name="trend_name")


class _Names(msgspec.Struct):
    data: list[_Name] = []


class Looks:
    """The questions, with what they cost."""

    def __init__(self, api: Api, meter: Meter, clock: Clock, *, authors: bool) -> None:
        self._api = api
        self._meter = meter
        self._clock = clock
        self._authors = authors

    def fields(self) -> dict[str, list[str]]:
        """What of a post is asked for, by X's names with `_`. Users may be billed: only where they are wanted."""
        users = {"expansions": ["author_id"], "user_fields": ["username", "public_metrics"]} if self._authors else {}
        return {"tweet_fields": list(FIELDS), **users}

    async def search(self, rule: str, mark: Mark, *, most_pages: int) -> Found:
        """The posts behind the mark, as far as pages and money reach. Raises OutOfMoney where none is for a page."""
        query = {"query": without_sample(rule), **mark.params()}
        path = "/2/tweets/search/recent"
        return await self._pages(path, query, door="search", token="next_token", most_pages=most_pages)  # noqa: S106

    async def mentions(self, user: str, mark: Mark, *, most_pages: int) -> Found:
        """The same for what mentions an account."""
        path, token = f"/2/users/{user}/mentions", "pagination_token"
        return await self._pages(path, mark.params(), door="mentions", token=token, most_pages=most_pages)

    async def counts(self, rule: str, since: datetime | None) -> list[tuple[datetime, datetime, int]]:
        """Posts a minute of seven days, or since a time: beginning, end and number."""
        self._must_pay(COUNT)
        params = {"query": without_sample(rule), "granularity": "minute"}
        params |= {"start_time": to_text(since)} if since is not None else {}
        answer = await self._api.get("/2/tweets/counts/recent", door="counts", params=params)
        self._meter.purse.pay(COUNT)
        rows = _read(answer.body, _Counts, "counts").data
        return [(row.start, row.end, row.count) for row in rows]

    async def trends(self, woeid: int) -> list[str]:
        """The names of what trends in a place, by X's own reckoning."""
        self._must_pay(TRENDS)
        answer = await self._api.get(f"/2/trends/by/woeid/{woeid}", door="trends", params={"max_trends": "50"})
        self._meter.purse.pay(TRENDS)
        return [one.name for one in _read(answer.body, _Names, "trends").data]

    async def _pages(self, path: str, params: Mapping[str, str], *, door: str, token: str, most_pages: int) -> Found:
        act = MENTION if door == "mentions" else READ
        found, next_token = Found(), None
        asked = dict(params) | {name.replace("_", ".", 1): ",".join(names) for name, names in self.fields().items()}
        for number in range(most_pages):
            unpaid = len(found.items)
            size = min(PAGE, self._meter.may_read(PAGE + unpaid, act=act) - unpaid)
            if size < LEAST_PAGE:
                found.why = "no money for it"
                if number == 0:
                    raise self._meter.out_of_money(act, LEAST_PAGE)
                break
            more = {"max_results": str(size)} | ({token: next_token} if next_token else {})
            try:
                page = await self._page(path, door=door, params=asked | more)
            except Unavailable:
                self._meter.spoilt(act, unpaid)  # all of it is asked for again, and paid for again at the worst
                self._meter.settle()
                raise
            found.items += [*page.found, *page.dropped]
            next_token = page.next_token
            if next_token is None:
                break
        if next_token is not None:
            found.missed_until = min((i.post.created_at for i in found.items if isinstance(i, Heard)), default=None)
            found.why = found.why or f"more than {most_pages} pages"
        found.items.reverse()
        return found

    async def _page(self, path: str, *, door: str, params: Mapping[str, str]) -> Page:
        answer = await self._api.get(path, door=door, params=params)
        page = read_page(answer.body, self._clock.now())
        if isinstance(page, Drop):
            raise Unavailable(f"an odd answer about {door}: {page.seen}")
        return page

    def _must_pay(self, act: str) -> None:
        if not self._meter.purse.can_pay(act):
            raise self._meter.out_of_money(act)


def _read(body: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unavailable(f"an odd answer about {what}: {visible(str(error))[:100]}") from error
