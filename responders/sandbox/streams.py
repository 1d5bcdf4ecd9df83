"""What the sandbox streams share: a log that connections follow, a dial of faults, a server on loopback."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aiohttp import web

from monitor.clock import Clock, SystemClock
from monitor.errors import BadInput

LOOPBACK = ("127.0.0.1", "::1", "localhost")
HUGE_BYTES = 2_000_000

KINDS = {
    "fine": "served, as ever",
    "close": "closed cleanly behind `after` messages",
    "cut": "cut in the middle of the message behind `after` others",
    "silence": "nothing more behind `after` messages, not even a sign of life",
    "status": "answered with `status`, an HTML page, and `headers`",
    "duplicate": "every message twice",
    "disorder": "the first two messages in the wrong order",
    "late": "every message `secs` later",
    "huge": "a message of two million bytes behind the first",
    "not_text": "a message that is not UTF-8 behind the first",
    "bad_json": "a message that is no JSON behind the first",
    "bad_shape": "a message whose fields have the wrong types behind the first",
}
BROKEN = frozenset({"huge", "not_text", "bad_json", "bad_shape"})


@dataclass(frozen=True, slots=True)
class Turn:
    """What one connection meets."""

    kind: str = "fine"
    after: int = 1
    secs: float = 0.0
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Dial:
    """Faults waiting for connections, first in, first out."""

    waiting: deque[Turn] = field(default_factory=deque)

    def turn(
        self,
        kind: str,
        *,
        times: int = 1,
        after: int = 1,
        secs: float = 0.0,
        status: int = 503,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Let the next connections meet a fault. Raises ValueError for an unknown kind."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no fault; there are {', '.join(KINDS)}")
        self.waiting.extend([Turn(kind, after, secs, status, headers or {})] * times)

    def next(self) -> Turn:
        """What this connection meets."""
        return self.waiting.popleft() if self.waiting else Turn()


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody connected: when, and with what they said."""

    at: datetime
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    status: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the log, and its place in it."""

    place: int
    body: bytes


@dataclass(slots=True)
class Log:
    """Messages in order of their places, followed by every connection; ends when the server closes."""

    entries: list[Entry] = field(default_factory=list)
    is_closed: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, place: int, body: bytes) -> None:
        """Say something to whoever listens, and keep it for those who come back."""
        self.entries.append(Entry(place, body))
        self._tell()

    def forget(self, before: int) -> None:
        """Keep nothing from places before this one: who comes back later has a gap."""
        self.entries = [entry for entry in self.entries if entry.place >= before]

    def close(self) -> None:
        """End every connection that follows."""
        self.is_closed = True
        self._tell()

    def _tell(self) -> None:
        news, self.news = self.news, asyncio.Event()
        news.set()

    async def follow(self, since: int | None) -> AsyncIterator[Entry]:
        """The messages from place `since` on (None: those to come), then the new ones."""
        newest = max((entry.place for entry in self.entries), default=-1)
        reached = newest if since is None else since - 1
        while not self.is_closed:
            news = self.news
            due = sorted((entry for entry in self.entries if entry.place > reached), key=lambda entry: entry.place)
            for entry in due:
                reached = entry.place
                yield entry
            if not due:
                await news.wait()


class Out(Protocol):
    """How one kind of connection says things."""

    async def say(self, entry: Entry) -> None:
        """One whole message."""
        ...

    async def say_broken(self, kind: str) -> None:
        """One message that nobody can use."""
        ...

    async def cut(self, entry: Entry) -> None:
        """Half of a message, and the end of the connection."""
        ...


async def play(turn: Turn, entries: AsyncIterator[Entry], out: Out, *, clock: Clock) -> None:
    """Serve one connection with its fault; returns where it is to be closed cleanly."""
    number, held = 0, list[Entry]()
    if turn.kind == "close" and turn.after == 0:
        return
    async for entry in entries:
        if turn.kind == "cut" and number >= turn.after:
            await out.cut(entry)
            return
        if turn.kind == "silence" and number >= turn.after:
            continue
        if turn.kind == "disorder" and number == 0 and not held:
            held = [entry]
            continue
        if turn.kind in BROKEN and number == 1:
            await out.say_broken(turn.kind)
        if turn.kind == "late":
            await clock.sleep(turn.secs)
        for one in (entry, *held, *([entry] if turn.kind == "duplicate" else [])):
            await out.say(one)
            number += 1
        held = []
        if turn.kind == "close" and number >= turn.after:
            return


class Server:
    """A running server. `dial` turns on faults, `arrivals` is everybody who connected."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.dial = Dial()
        self.log = Log()
        self.arrivals: list[Arrival] = []
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self, app: web.Application, host: str, port: int) -> None:
        """Serve on loopback. Raises BadInput for a host others could reach, or a port that is taken."""
        if host not in LOOPBACK:
            raise BadInput(f"the sandbox listens on this machine only ({', '.join(LOOPBACK)}), not on {host}")
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            raise BadInput(f"the sandbox cannot listen on {host}:{port}: {error.strerror}") from error
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{runner.addresses[0][1]}"
        self._runner = runner

    def meet(self, request: web.Request) -> Turn:
        """Note who connects, and what they meet."""
        turn = self.dial.next()
        status = turn.status if turn.kind == "status" else 200
        query = {name: ",".join(request.query.getall(name)) for name in request.query}
        self.arrivals.append(Arrival(self.clock.now(), request.path, query, dict(request.headers), status))
        return turn

    async def close(self) -> None:
        """Stop serving; idempotent."""
        self.log.close()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()


def refusal(turn: Turn) -> web.Response:
    """The HTML page that a proxy in front of a service shows."""
    page = f"<!doctype html><title>{turn.status}</title><h1>{turn.status}</h1><p>Sorry.</p>"
    return web.Response(status=turn.status, headers=turn.headers, text=page, content_type="text/html")


class Sse:
    """A response of server-sent events: says what `frame` makes of an entry."""

    def __init__(
        self, request: web.Request, frame: Callable[[Entry], bytes], broken: Callable[[str], bytes], *, greeting: bytes
    ) -> None:
        self._request = request
        self._frame = frame
        self._broken = broken
        self._greeting = greeting
        self.response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}
        )

    async def open(self) -> None:
        """The head of the answer, and a first sign of life."""
        await self.response.prepare(self._request)
        await self.response.write(self._greeting)

    async def say(self, entry: Entry) -> None:
        """One whole message."""
        await self.response.write(self._frame(entry))

    async def say_broken(self, kind: str) -> None:
        """One message that nobody can use."""
        await self.response.write(self._broken(kind))

    async def cut(self, entry: Entry) -> None:
        """Half of a message, and the end of the connection."""
        frame = self._frame(entry)
        await self.response.write(frame[: len(frame) * 2 // 3])
        if self._request.transport is not None:
            self._request.transport.close()


async def serve_sse(server: Server, turn: Turn, out: Sse, *, since: int | None) -> web.StreamResponse:
    """One connection of server-sent events from its first byte to its last."""
    await out.open()
    with suppress(ConnectionError):  # the listener went away
        await play(turn, server.log.follow(since), out, clock=server.clock)
        await out.response.write_eof()
    return out.response
