"""Wikipedia by EventStreams: what is edited as it is edited, and who died (wikitech.wikimedia.org, EventStreams).

A death is told by `categorize` changes: a page of an English wiki is put into `Category:2026 deaths`, with the comment
`[[:Jane Doe]] added to category` (the message recentchanges-page-added-to-category of MediaWiki).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import quote

import aiohttp
import msgspec
from pydantic import BaseModel, ConfigDict, Field

from monitor.clock import Clock
from monitor.errors import Refused, Unavailable
from monitor.model import Death, Post
from monitor.probing import Finding, Question, ask, fine
from monitor.sources import Batch, Gap, Tally
from monitor.stream.flow import Flow
from monitor.stream.listen import KIND, messages
from monitor.stream.sse import Message
from monitor.stream.web import HttpUrl, user_agent
from monitor.visible import visible

STREAM = "https://stream.wikimedia.org/v2/stream/recentchange"
GAP = timedelta(minutes=2)
"""All wikis together are never quiet for so long."""
AHEAD = timedelta(days=1)
EARLIEST = datetime(2001, 1, 15, tzinfo=UTC)
MAX_CURSOR_CHARS = 4000
MAX_TEXT_CHARS = 600
ARTICLES = 0
CATEGORIES = 14
CANARY = "canary"
"""The domain of messages that only show that the stream lives."""
SECRETS_OF = ("user", "user talk", "special")
"""Links to these in a comment name the people who edit."""
OTHER_ROOMS = re.compile(
    r"^(talk|user|user talk|wikipedia|project|file|image|template|help|category|portal|draft|module|book|mos|timedtext)"
    r"( talk)?:",
    re.IGNORECASE,
)
_DEATHS = re.compile(r"^Category:(\d{4}) deaths$")
_MOVED = re.compile(r"^\[\[:([^\[\]|#]{1,255})\]\] (added to|removed from) category")
_SECTION = re.compile(r"/\*.*?\*/")
_LINK = re.compile(r"\[\[:?([^\[\]|]*)(?:\|([^\[\]]*))?\]\]")
_BRACKETED = re.compile(r"\s*\([^()]*\)$")

Wiki = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}$", description="the name of a wiki such as enwiki")]


class Settings(BaseModel):
    """What a person writes under `sources: wikipedia:`. No key is needed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    url: HttpUrl = STREAM
    wikis: list[Wiki] = Field(default=["enwiki"], min_length=1, max_length=300)
    bots: bool = False
    """Whether edits of bots are posts."""
    minor: bool = False
    """Whether edits that are marked as minor are posts."""
    deaths: bool = True
    """Whether somebody who is put among the year's dead is mourned; told by English wikis only."""
    contact: str = Field(default="", max_length=200, pattern=r"^[\x20-\x27\x2a-\x7e]*$")
    """An address of yours, told with every connection: Wikimedia asks for one."""
    silence_secs: float = Field(default=60.0, ge=5.0, le=3600.0)
    """Without a message of any wiki for so long the connection is taken for dead."""


class _Meta(msgspec.Struct):
    id: str
    dt: Annotated[datetime, msgspec.Meta(tz=True)]
    domain: str = ""
    uri: str | None = None


class _Change(msgspec.Struct):
    meta: _Meta
    wiki: str = ""
    type: Any = None
    namespace: int | None = None
    title: str = ""
    comment: str = ""
    user: str = ""
    bot: bool = False
    minor: bool = False
    server_url: str = ""


class _Place(msgspec.Struct):
    timestamp: int | None = None


_decode = msgspec.json.Decoder(_Change).decode
_decode_places = msgspec.json.Decoder(list[_Place]).decode


@dataclass(slots=True)
class _Heard:
    """What some messages hold, and where the stream is with them."""

    posts: list[Post] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    cursor: str | None = None


class Wikipedia:
    """One connection at a time. The cursor is the id of the last message, given back as it came."""

    name = "wikipedia"
    is_recording = False

    def __init__(self, settings: Settings, tally: Tally, clock: Clock) -> None:
        self._settings = settings
        self._tally = tally
        self._clock = clock
        self._wikis = frozenset(settings.wikis)
        self._marks = tuple(f'"{wiki}"'.encode() for wiki in settings.wikis)
        self._refused: str | None = None
        """A cursor that the server does not take."""

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        """As the promise of sources says. The server keeps at least some days."""
        resumed_at = since if since and since != self._refused else None
        missing_from = since
        flow = Flow(self._messages(resumed_at), clock=self._clock, silence_secs=self._settings.silence_secs)
        async for handful in flow.handfuls():
            heard = self.heard(handful)
            gaps = _gaps(missing_from, heard.cursor)
            if heard.cursor is not None:
                missing_from = None
            yield Batch(heard.posts, heard.cursor, deaths=heard.deaths, gaps=gaps)
        raise Unavailable("the stream ended")

    async def _messages(self, since: str | None) -> AsyncIterator[Message]:
        headers = {"Last-Event-ID": since} if since and len(since) <= MAX_CURSOR_CHARS and since.isprintable() else {}
        try:
            stream = messages(self._settings.url, clock=self._clock, headers=headers, contact=self._settings.contact)
            async for message in stream:
                yield message
        except Refused as error:
            if headers and " 400" in str(error):
                self._refused = since
                raise Unavailable(f"{error} It does not take our cursor; we go on without") from error
            raise

    def heard(self, handful: Sequence[Message]) -> _Heard:
        """What the messages hold; those that cannot be used are counted, those nobody asked for are not."""
        heard = _Heard()
        for message in handful:
            if message.is_too_long:
                self._tally.drop("too_long", "wikipedia: a message of more than a megabyte")
            elif any(mark in message.data for mark in self._marks):  # most are of other wikis, and are not read
                self._take(message.data, heard)
            if (message.data or message.is_too_long) and message.id and len(message.id) <= MAX_CURSOR_CHARS:
                heard.cursor = message.id
        return heard

    def _take(self, data: bytes, heard: _Heard) -> None:
        try:
            change = _decode(data)
        except msgspec.ValidationError as error:
            self._tally.drop("bad_shape", f"wikipedia: {visible(str(error))[:200]}")
            return
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            reason = "not_text" if isinstance(error, UnicodeDecodeError) else "bad_json"
            self._tally.drop(reason, f"wikipedia: {visible(str(error))[:200]}")
            return
        if change.wiki not in self._wikis or change.meta.domain == CANARY:
            return
        if not EARLIEST <= change.meta.dt <= self._clock.now() + AHEAD:
            self._tally.drop("bad_time", f"wikipedia: dt {change.meta.dt.isoformat()} cannot be true")
        elif change.type == "categorize":
            heard.deaths += self._death(change)
        elif self._is_wanted(change):
            heard.posts.append(_post(change))

    def _is_wanted(self, change: _Change) -> bool:
        is_edit = change.type in ("edit", "new") and change.namespace == ARTICLES and bool(change.title)
        return is_edit and (self._settings.bots or not change.bot) and (self._settings.minor or not change.minor)

    def _death(self, change: _Change) -> list[Death]:
        """Who is put among the dead of this year, or is no longer; in January those of last year are news as well."""
        category, moved = _DEATHS.match(change.title), _MOVED.match(change.comment)
        if not self._settings.deaths or category is None or moved is None or change.namespace != CATEGORIES:
            return []
        at = change.meta.dt.astimezone(UTC)
        years = {at.year, (at - timedelta(days=31)).year}
        title = moved[1].strip().replace("_", " ")
        if int(category[1]) not in years or OTHER_ROOMS.match(title):
            return []
        url = f"{change.server_url}/wiki/{quote(title.replace(' ', '_'))}" if change.server_url else None
        name = _BRACKETED.sub("", title)
        return [Death(name, at, "Wikipedia", url, is_taken_back=moved[2] == "removed from")]


def _post(change: _Change) -> Post:
    said = cleaned(change.comment)
    return Post(
        id=f"wikipedia:{change.meta.id}",
        platform="wikipedia",
        created_at=change.meta.dt.astimezone(UTC),
        text=(f"{change.title}: {said}" if said else change.title)[:MAX_TEXT_CHARS],
        author=_author(change.user),
        lang=_language(change.wiki),
        url=change.meta.uri,
    )


def cleaned(comment: str) -> str:
    """A comment as people read it: links by what they show, without sections and without who edited before."""
    return " ".join(_LINK.sub(_shown, _SECTION.sub(" ", comment)).split())


def _shown(link: re.Match[str]) -> str:
    target, shown = link[1].strip(), link[2]
    if target.partition(":")[0].casefold() in SECRETS_OF:
        return ""
    return shown if shown is not None else target


def _author(user: str) -> str | None:
    """The account; None where there is none, for then it is an address of the network or a number for a day."""
    if not user or user.startswith("~"):
        return None
    try:
        ip_address(user)
    except ValueError:
        return user
    return None


def _language(wiki: str) -> str | None:
    code = wiki.removesuffix("wiki")
    if code == "simple":
        return "en"
    return code if code.isascii() and code.isalpha() and 2 <= len(code) <= 3 else None


def _gaps(since: str | None, first: str | None) -> tuple[Gap, ...]:
    """What is missing between two ids, as far as their times tell."""
    before, behind = _newest(since), _newest(first)
    if before is None or behind is None or behind - before <= GAP:
        return ()
    return (Gap(before, behind, "the server no longer had it, or did not take our cursor"),)


def _newest(cursor: str | None) -> datetime | None:
    """The latest time in an id: a JSON list with one place for each data centre."""
    try:
        places = _decode_places(cursor or "[]")
        return datetime.fromtimestamp(max(p.timestamp for p in places if p.timestamp is not None) / 1000, UTC)
    except (msgspec.MsgspecError, ValueError, OverflowError, OSError):
        return None


async def probe(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """Whether the stream begins."""
    place = settings.url.split("/")[2]
    asked = Question({"Accept": KIND, "User-Agent": user_agent(settings.contact)}, is_stream=True)
    reply = await ask(http, settings.url, clock, question=asked)
    kind = reply.headers.get("Content-Type", "")
    if not kind.startswith(KIND):
        raise Unavailable(f"{place} answers {visible(kind)[:100]}, which is no stream")
    return [fine(place, "streams", ahead=reply.ahead_secs)]


def build(settings: Settings, tally: Tally, clock: Clock) -> Wikipedia:
    """The source; nothing is opened yet."""
    return Wikipedia(settings, tally, clock)
