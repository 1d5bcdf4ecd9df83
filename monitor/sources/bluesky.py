"""Bluesky by Jetstream: every public post over one websocket, resumed by its cursor (bluesky-social/jetstream docs)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
from aiohttp import ClientWSTimeout, WSMsgType
from pydantic import BaseModel, ConfigDict, Field

from monitor.clock import Clock
from monitor.errors import Unavailable
from monitor.model import Post
from monitor.probing import PROBE_SECS, Finding, doubtful, failed, fine
from monitor.sources import Batch, Gap, Tally
from monitor.stream.flow import Flow
from monitor.stream.unpack import Unpacker
from monitor.stream.web import SocketUrl, failure, lost, session
from monitor.visible import visible

POSTS = "app.bsky.feed.post"
HOSTS = ("jetstream2.us-east", "jetstream1.us-east", "jetstream2.us-west", "jetstream1.us-west")
REWIND_US = 5_000_000
"""Delivery is at least once and roughly in order: the last seconds are asked for again, and duplicates collapse."""
GAP = timedelta(seconds=30)
"""The network is never quiet for so long: a first message later than this was not the next one."""
MAX_FRAME_BYTES = 256 * 1024
"""A larger message is dropped unread: a post of 300 letters with its embeds is a few thousand bytes."""
MOST_FRAME_BYTES = 16 << 20
"""A message that is larger still ends the connection."""
FAILURES_A_HOST = 3
HEARTBEAT_SECS = 20.0
AHEAD = timedelta(days=1)
EARLIEST_US = 1_000_000_000_000_000
"""September 2001; smaller cursors are sequence numbers, which belong to one host."""
GONE = frozenset({"takendown", "suspended", "deleted", "deactivated"})
"""What an account may be besides active; `desynchronized` and `throttled` say nothing of its posts."""


class Settings(BaseModel):
    """What a person writes under `sources: bluesky:`. No key is needed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    endpoints: list[SocketUrl] = Field(
        default=[f"wss://{host}.bsky.network/subscribe" for host in HOSTS], min_length=1, max_length=20
    )
    """Tried in turn, the next one after three failures."""
    languages: list[str] = Field(default_factory=list, max_length=100)
    """Two-letter codes. Posts that name none of them are left out; posts that name no language stay. Empty: all."""
    dictionary: str | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        description="the file `zstd_dictionary` of Jetstream's project: with it everything comes at half the bytes",
    )
    silence_secs: float = Field(default=60.0, ge=5.0, le=3600.0)
    """Without a message for so long the connection is taken for dead."""


class _Record(msgspec.Struct):
    text: Any = None
    langs: Any = None
    reply: Any = None
    subject: Any = None


class _Commit(msgspec.Struct):
    operation: str
    collection: str
    rkey: str
    record: _Record | None = None


class _Account(msgspec.Struct):
    active: bool
    did: str
    status: str | None = None


class _Message(msgspec.Struct):
    did: str
    time_us: int
    kind: str
    commit: _Commit | None = None
    account: _Account | None = None


_decode = msgspec.json.Decoder(_Message).decode


@dataclass(slots=True)
class _Heard:
    """What some messages hold; `newest_us` is where the stream is with them."""

    posts: list[Post] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    first_us: int = 0
    newest_us: int = 0


class Bluesky:
    """One connection at a time. The cursor is the newest `time_us`, in microseconds, and never goes back."""

    name = "bluesky"
    is_recording = False

    def __init__(self, settings: Settings, tally: Tally, clock: Clock) -> None:
        self._settings = settings
        self._tally = tally
        self._clock = clock
        self._languages = frozenset(settings.languages)
        self._unpacker = Unpacker(settings.dictionary, MOST_FRAME_BYTES) if settings.dictionary else None
        self._failures = 0
        """In a row, without a single message."""
        self._is_stuck = False
        """The last connection ended at a message that none survives."""
        self._beyond_us = 0
        """Nothing before this is asked for: there such a message stands."""

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        """As the promise of sources says. What the server still has behind `since` is delivered, 36 hours of it."""
        reached = int(since) if since and since.isascii() and since.isdecimal() else 0
        resumed_at = reached
        if self._is_stuck:  # stepped over by a second, or no reconnect would ever get past it
            self._is_stuck, self._beyond_us = False, reached + 1_000_000
        flow = Flow(self._frames(reached), clock=self._clock, silence_secs=self._settings.silence_secs)
        async for frames in flow.handfuls():
            heard = self.heard(frames)
            self._failures = 0
            reached = max(reached, heard.newest_us)
            gaps = _gaps(resumed_at, heard.first_us)
            resumed_at = 0 if heard.first_us else resumed_at
            cursor = str(reached) if reached else None
            yield Batch(heard.posts, cursor, heard.deleted, heard.gone, gaps=gaps)
        raise Unavailable(f"{self._host} ended the stream")

    def heard(self, frames: Sequence[bytes]) -> _Heard:
        """What the messages hold; those that cannot be used are counted. Messages of no interest are none of both."""
        heard = _Heard()
        latest_us = int((self._clock.now() + AHEAD).timestamp() * 1_000_000)
        for frame in frames:
            message = self._message(frame)
            if message is None:
                continue
            if not EARLIEST_US <= message.time_us <= latest_us:
                self._tally.drop("bad_time", f"bluesky: time_us {message.time_us} cannot be true")
                continue
            heard.first_us = heard.first_us or message.time_us
            heard.newest_us = max(heard.newest_us, message.time_us)
            self._take(message, heard)
        return heard

    def _message(self, frame: bytes) -> _Message | None:
        if len(frame) > MAX_FRAME_BYTES:
            self._tally.drop("too_long", f"bluesky: a message of {len(frame)} bytes")
            return None
        try:
            return _decode(frame)
        except msgspec.ValidationError as error:
            self._tally.drop("bad_shape", f"bluesky: {visible(str(error))[:200]}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            reason = "bad_json" if _is_text(frame) else "not_text"
            self._tally.drop(reason, f"bluesky: {visible(str(error))[:200]}")
        return None

    def _take(self, message: _Message, heard: _Heard) -> None:
        commit, account = message.commit, message.account
        if message.kind == "account" and account is not None:
            if not account.active and account.status in GONE:
                heard.gone.append(account.did)
            return
        if message.kind != "commit" or commit is None or commit.collection != POSTS:
            return
        key = f"at://{message.did}/{POSTS}/{commit.rkey}"
        if commit.operation == "delete":
            heard.deleted.append(key)
        elif commit.record is None or not isinstance(commit.record.text, str):
            self._tally.drop("bad_shape", f"bluesky: {visible(key)[:200]}: a post without a text")
        elif (post := self._post(message, commit.record, key)) is not None:
            heard.posts.append(post)

    def _post(self, message: _Message, record: _Record, key: str) -> Post | None:
        langs = _languages(record.langs)
        if self._languages and langs and self._languages.isdisjoint(langs):
            return None
        did, _, rkey = key.removeprefix("at://").partition(f"/{POSTS}/")
        return Post(
            id=key,
            platform="bluesky",
            created_at=_at(message.time_us),  # `createdAt` is the author's word, and can lie
            text=record.text,
            author=did,
            lang=langs[0] if langs else None,
            reply_to=_uri(record.reply, "parent"),
            url=f"https://bsky.app/profile/{did}/post/{rkey}",
        )

    # --- the connection ------------------------------------------------------------------------------------------

    @property
    def _endpoint(self) -> str:
        endpoints = self._settings.endpoints
        return endpoints[self._failures // FAILURES_A_HOST % len(endpoints)]

    @property
    def _host(self) -> str:
        return self._endpoint.split("/")[2]

    async def _frames(self, reached: int) -> AsyncIterator[bytes]:
        """Connect and yield messages as they come. Raises what an answer that is no stream means."""
        endpoint, host = self._endpoint, self._host
        self._failures += 1  # until the first message
        params = {"wantedCollections": POSTS, "maxMessageSizeBytes": str(MAX_FRAME_BYTES)}
        if self._unpacker is not None:
            params["compress"] = "true"
        if reached:
            params["cursor"] = str(max(reached - REWIND_US, self._beyond_us))
        try:
            async with (
                session() as http,
                http.ws_connect(
                    endpoint,
                    params=params,
                    heartbeat=HEARTBEAT_SECS,
                    max_msg_size=MOST_FRAME_BYTES,
                    decode_text=False,  # a broken letter costs one message, not the connection
                ) as socket,
            ):
                async for data in self._messages(socket, host):
                    yield data
                raise Unavailable(f"{host} closed the stream, code {socket.close_code}")
        except aiohttp.WSServerHandshakeError as error:
            raise failure(error.status, error.headers or {}, host, now=self._clock.now()) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise lost(error, host) from error

    async def _messages(self, socket: Any, host: str) -> AsyncIterator[bytes]:
        """The messages of text; what is none is counted. Raises Unavailable for the end by a fault."""
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                yield message.data
            elif message.type is WSMsgType.BINARY and self._unpacker is not None:
                if (text := self._unpacker.unpack(message.data)) is not None:
                    yield text
                else:
                    self._tally.drop("bad_packing", f"bluesky: a packed message of {len(message.data)} bytes")
            elif message.type is WSMsgType.ERROR:
                self._note_end(message.data)
                raise Unavailable(f"{host}: {visible(str(message.data))[:200]}")
            else:
                self._tally.drop("not_text", f"bluesky: a message of {len(message.data)} bytes that is no text")

    def _note_end(self, error: object) -> None:
        if getattr(error, "code", None) == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
            self._tally.drop("too_long", f"bluesky: a message of more than {MOST_FRAME_BYTES} bytes")
            self._is_stuck = True


def _gaps(resumed_at: int, first_us: int) -> tuple[Gap, ...]:
    """What is missing between the cursor and the first message behind it."""
    if not resumed_at or not first_us or first_us - resumed_at <= GAP / timedelta(microseconds=1):
        return ()
    return (Gap(_at(resumed_at), _at(first_us), "the server no longer had it"),)


def _at(time_us: int) -> datetime:
    return datetime.fromtimestamp(time_us / 1_000_000, UTC)


def _languages(langs: Any) -> list[str]:
    """`["pt-BR", "en"]` as `["pt", "en"]`; what is no such list is none."""
    if not isinstance(langs, list):
        return []
    found = [lang.partition("-")[0].lower() for lang in langs if isinstance(lang, str)]
    return [lang for lang in found if lang.isascii() and lang.isalpha() and len(lang) <= 3]


def _uri(value: Any, key: str) -> str | None:
    """The address in `{key: {"uri": ...}}`, None where it is anything else."""
    inner = value.get(key) if isinstance(value, dict) else None
    uri = inner.get("uri") if isinstance(inner, dict) else None
    return uri if isinstance(uri, str) and uri else None


def _is_text(frame: bytes) -> bool:
    try:
        frame.decode()
    except UnicodeDecodeError:
        return False
    return True


async def probe(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """Whether a host lets us listen; they are tried in turn, as listening does. One that works is enough."""
    found = list[Finding]()
    for endpoint in settings.endpoints:
        host = endpoint.split("/")[2]
        try:
            async with (
                asyncio.timeout(PROBE_SECS),
                http.ws_connect(endpoint, params={"wantedCollections": POSTS}, timeout=ClientWSTimeout(ws_close=0.2)),
            ):
                away = [doubtful(one.part, one.said, "nothing: the next host is heard") for one in found]
                return [*away, fine(host, "lets us listen")]
        except aiohttp.WSServerHandshakeError as error:
            found.append(failed(host, failure(error.status, error.headers or {}, host, now=clock.now())))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            found.append(failed(host, lost(error, host)))
    return found


def build(settings: Settings, tally: Tally, clock: Clock) -> Bluesky:
    """The source; nothing is opened yet but its dictionary. Raises BadInput for a file that is none."""
    return Bluesky(settings, tally, clock)
