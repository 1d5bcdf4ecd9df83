"""Mastodon by its streaming API: one server's public posts, or hashtags; gaps are filled from its timelines.

Sources: docs.joinmastodon.org, methods/streaming and methods/timelines. Since 4.2 most servers want a token to stream.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from monitor.clock import Clock
from monitor.errors import AuthNeeded, Refused, Throttled, Unavailable
from monitor.model import Post
from monitor.sources import Batch, Gap, Tally
from monitor.sources.mastodon.probing import probe as probe
from monitor.sources.mastodon.statuses import Status, is_for_everybody, key, newer, to_post
from monitor.stream.flow import Flow
from monitor.stream.listen import fetch, messages
from monitor.stream.sse import Message
from monitor.stream.web import HttpUrl, wait_secs
from monitor.visible import visible

PAGE = 40
MOST_PAGES = 50
"""Of a gap; what is behind it is missing, and said to be."""
AHEAD = timedelta(days=1)
EARLIEST = datetime(2016, 1, 1, tzinfo=UTC)
MAX_ID_CHARS = 64

Tag = Annotated[str, Field(pattern=r"^[^\s#/?&]{1,100}$", description="a hashtag without #")]


class Settings(BaseModel):
    """What a person writes under `sources: mastodon:`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    url: HttpUrl
    """The server, such as https://mastodon.social."""
    token: str = Field(default="", max_length=500, pattern=r"^[\x21-\x7e]*$", repr=False)
    """A user's access token with read:statuses, as ${MASTODON_TOKEN}; few servers stream without."""
    hashtags: list[Tag] = Field(default_factory=list, max_length=20)
    """Empty: every public post that the server knows."""
    scope: Literal["public", "local", "remote"] = "public"
    bots: bool = False
    """Whether posts of accounts that call themselves bots are heard."""
    contact: str = Field(default="", max_length=200, pattern=r"^[\x20-\x27\x2a-\x7e]*$")
    silence_secs: float = Field(default=90.0, ge=5.0, le=3600.0)
    """Without a sign of life for so long (servers give one every 15 seconds) the connection is taken for dead."""


class _Urls(msgspec.Struct):
    streaming: str | None = None


class _Configuration(msgspec.Struct):
    urls: _Urls = msgspec.field(default_factory=_Urls)
    timelines_access: dict[str, Any] = msgspec.field(default_factory=dict)


class _Instance(msgspec.Struct):
    configuration: _Configuration = msgspec.field(default_factory=_Configuration)


@dataclass(frozen=True, slots=True)
class _Item:
    """Something of one stream: a message, or what was missed (`kind` is then `update`)."""

    stream: str
    kind: str
    data: bytes = b""
    gap: Gap | None = None
    is_too_long: bool = False


@dataclass(slots=True)
class _Heard:
    """What some items hold; `newest` is the newest id of each stream."""

    posts: list[Post] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    newest: dict[str, str] = field(default_factory=dict)


_decode = msgspec.json.Decoder(Status).decode
_decode_page = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_instance = msgspec.json.Decoder(_Instance).decode
_decode_cursor = msgspec.json.Decoder(dict[str, str]).decode


class Mastodon:
    """A connection for each stream. The cursor is the newest id of each, as JSON."""

    name = "mastodon"
    is_recording = False

    def __init__(self, settings: Settings, tally: Tally, clock: Clock) -> None:
        self._settings = settings
        self._tally = tally
        self._clock = clock
        self._host = settings.url.split("/")[2]
        self._base = settings.url.rstrip("/")
        self._streaming = ""
        """Where the streams are, once the server said so."""
        self._streams = {f"tag:{tag}": tag for tag in settings.hashtags} or {settings.scope: ""}

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        """As the promise of sources says. After an outage what was missed comes first, as far as timelines go back."""
        reached = _reached(since)
        if not self._streaming:
            self._streaming = await self._find_streams()
        items = [self._items(stream, reached.get(stream, "")) for stream in self._streams]
        flow = Flow(*items, clock=self._clock, silence_secs=self._settings.silence_secs)
        async for handful in self._explained(flow):
            heard = self.heard(handful)
            reached |= {stream: newer(number, reached.get(stream, "")) for stream, number in heard.newest.items()}
            cursor = msgspec.json.encode(reached).decode() if reached else None
            yield Batch(heard.posts, cursor, heard.deleted, gaps=heard.gaps)
        raise Unavailable(f"{self._host} ended the stream")

    async def _explained(self, flow: Flow[_Item]) -> AsyncIterator[list[_Item]]:
        """The handfuls; whoever has to mend the token is told which one is wanted."""
        try:
            async for handful in flow.handfuls():
                yield handful
        except AuthNeeded as error:
            raise AuthNeeded(f"{error}: set `token` to one of a user, with read:statuses") from error

    def heard(self, items: Sequence[_Item]) -> _Heard:
        """What the items hold; those that cannot be used are counted, those nobody asked for are not."""
        heard = _Heard()
        for item in items:
            if item.gap is not None:
                heard.gaps.append(item.gap)
            if item.is_too_long:
                self._tally.drop("too_long", "mastodon: a message of more than a megabyte")
            elif item.kind == "delete":
                self._take_back(item.data, heard)
            elif item.kind in ("update", "status.update") and item.data:
                self._take(item, heard)
        return heard

    def _take_back(self, data: bytes, heard: _Heard) -> None:
        number = data.decode("ascii", "replace").strip().strip('"')
        if number.isalnum() and len(number) <= MAX_ID_CHARS:
            heard.deleted.append(key(self._host, number))
        else:
            self._tally.drop("bad_shape", "mastodon: a deletion without an id")

    def _take(self, item: _Item, heard: _Heard) -> None:
        status = self._status(item.data)
        if status is None:
            return
        if not EARLIEST <= status.created_at <= self._clock.now() + AHEAD:
            self._tally.drop("bad_time", f"mastodon: created_at {status.created_at.isoformat()} cannot be true")
            return
        if item.kind == "status.update":  # the old words are taken back; the post was counted when it came
            heard.deleted.append(key(self._host, status.id))
            return
        heard.newest[item.stream] = newer(status.id, heard.newest.get(item.stream, ""))
        if is_for_everybody(status, bots=self._settings.bots):
            heard.posts.append(to_post(status, self._host))

    def _status(self, data: bytes) -> Status | None:
        try:
            status = _decode(data)
        except msgspec.ValidationError as error:
            self._tally.drop("bad_shape", f"mastodon: {visible(str(error))[:200]}")
        except UnicodeDecodeError as error:
            self._tally.drop("not_text", f"mastodon: {error}")
        except (msgspec.DecodeError, RecursionError) as error:
            self._tally.drop("bad_json", f"mastodon: {visible(str(error))[:200]}")
        else:
            if status.id.isalnum() and len(status.id) <= MAX_ID_CHARS:
                return status
            self._tally.drop("bad_shape", "mastodon: an id that is none")
        return None

    # --- the connections -----------------------------------------------------------------------------------------

    async def _find_streams(self) -> str:
        """Where the server streams, by its own word. Raises Refused and AuthNeeded where its streams are closed."""
        url = f"{self._base}/api/v2/instance"
        try:
            body, _ = await fetch(url, clock=self._clock, contact=self._settings.contact)
            said = _decode_instance(body).configuration
        except (Refused, msgspec.MsgspecError, UnicodeDecodeError):  # other servers of the network have no such page
            return self._base
        self._check_access(said.timelines_access)
        streaming = (said.urls.streaming or self._base).replace("ws", "http", 1).rstrip("/")
        if self._base.startswith("https:") and not streaming.startswith("https://"):
            raise Refused(f"{self._host} streams without encryption, where the token could be read")
        return streaming if streaming.startswith(("http://", "https://")) else self._base

    def _check_access(self, access: Mapping[str, Any]) -> None:
        feeds = access.get("hashtag_feeds" if self._settings.hashtags else "live_feeds")
        asked = ("local", "remote") if self._settings.scope == "public" else (self._settings.scope,)
        found = {feeds.get(feed) for feed in asked} if isinstance(feeds, dict) else set()
        if found == {"disabled"}:
            raise Refused(f"{self._host} has closed its public timelines")
        if found == {"authenticated"} and not self._settings.token:
            raise AuthNeeded(f"{self._host} shows its public timelines to its users only: set `token`")

    async def _items(self, stream: str, since: str) -> AsyncIterator[_Item]:
        """One stream, with what was missed behind `since` first: it stands before the timeline is read."""
        path, params = self._path(stream)
        is_missing = bool(since)
        async for message in self._messages(f"/api/v1/streaming/{path}", params):
            yield _Item(stream, message.kind, message.data, is_too_long=message.is_too_long)
            if is_missing:
                is_missing = False
                async for item in self._missed(stream, since):
                    yield item

    def _messages(self, path: str, params: Mapping[str, str]) -> AsyncIterator[Message]:
        settings = self._settings
        return messages(
            self._streaming + path, clock=self._clock, params=params, contact=settings.contact, token=settings.token
        )

    def _path(self, stream: str) -> tuple[str, dict[str, str]]:
        tag, scope = self._streams[stream], self._settings.scope
        if tag:
            return ("hashtag/local" if scope == "local" else "hashtag"), {"tag": tag}
        return ("public" if scope == "public" else f"public/{scope}"), {}

    async def _missed(self, stream: str, since: str) -> AsyncIterator[_Item]:
        """The statuses behind an id, oldest first, page by page (`min_id`), as fast as the server allows."""
        tag, scope = self._streams[stream], self._settings.scope
        path = f"tag/{quote(tag, safe='')}" if tag else "public"
        params = {"limit": str(PAGE)} | ({} if scope == "public" else {scope: "true"})
        newest_at = self._clock.now()
        for _ in range(MOST_PAGES):
            body, headers = await fetch(
                f"{self._base}/api/v1/timelines/{path}",
                clock=self._clock,
                params=params | {"min_id": since},
                contact=self._settings.contact,
                token=self._settings.token,
            )
            page = self._page(body)
            for status in page:
                yield _Item(stream, "update", bytes(status))
            newest, newest_at = self._newest(page, since)
            if newest == since:
                return
            since = newest
            if headers.get("X-RateLimit-Remaining", "").strip() == "0":
                wait = wait_secs(headers, self._clock.now())
                raise Throttled(f"{self._host}: no more calls for now", retry_after_secs=wait)
        gap = Gap(newest_at, self._clock.now(), f"{stream}: more than {MOST_PAGES * PAGE} posts were missed")
        yield _Item(stream, "gap", gap=gap)

    def _page(self, body: bytes) -> list[msgspec.Raw]:
        """The statuses of an answer, oldest first."""
        try:
            return _decode_page(body)[::-1]
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Unavailable(f"{self._host} answers no list of statuses") from error

    def _newest(self, page: Sequence[msgspec.Raw], since: str) -> tuple[str, datetime]:
        """The newest id of a page, and when that was; broken ones are counted where they are taken."""
        at = self._clock.now()
        for raw in page:
            try:
                status = _decode(raw)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue
            since, at = newer(status.id, since), status.created_at
        return since, at


def _reached(cursor: str | None) -> dict[str, str]:
    """The newest ids by stream; nothing for what is no cursor of ours."""
    try:
        return {stream: number for stream, number in _decode_cursor(cursor or "{}").items() if number.isalnum()}
    except msgspec.MsgspecError:
        return {}


def build(settings: Settings, tally: Tally, clock: Clock) -> Mastodon:
    """The source; nothing is opened yet."""
    return Mastodon(settings, tally, clock)
