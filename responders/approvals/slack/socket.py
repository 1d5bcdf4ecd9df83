"""Socket Mode: two sockets over which clicks come in, each acked once it is stored; a socket that ends is opened anew.

Facts are those of docs.slack.dev, using-socket-mode: every address lets in once; each payload goes to any one socket;
an ack within three seconds, or the person sees an error; `disconnect` announces the end.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import aiohttp
import structlog
from aiohttp import WSMsgType
from yarl import URL

from monitor import retry
from monitor.clock import Clock, sleep_unless
from monitor.errors import AuthNeeded, BonmotError, Silent, Unavailable
from responders.approvals.slack.kept import Payload, is_submission
from responders.approvals.slack.signed import Receive
from responders.approvals.slack.web import Web
from responders.calling import shown
from responders.crashpoints import crashpoint

log = structlog.get_logger()

SOCKETS = 2
"""One is always there while the other is renewed. Slack allows ten."""
HELLO_SECS = 10.0
CLOSE_SECS = 0.5
"""Nothing is lost with a socket whose other end does not say goodbye."""
PING_SECS = 10.0
SILENT_SECS = 30.0
"""Without any sign of life, our pings' answers included."""
STEADY_SECS = 60.0
"""A socket that lived so long was no failure: the next waits start small again."""
PERSON_SECS = 300.0
"""Between two tries while a person has to act."""
MOST_FRAME_BYTES = 1 << 20
MOST_STORING = 32
"""Payloads of one socket on their way to the disk; the next ones wait in the socket."""
KINDS = frozenset({"interactive", "slash_commands", "events_api"})


@dataclass(slots=True)
class Sockets:
    """Keeps `count` sockets open. `web` carries the app-level token."""

    http: aiohttp.ClientSession
    web: Web
    receive: Receive
    clock: Clock
    random: Random = field(default_factory=Random)  # spreads retries, hides nothing
    count: int = SOCKETS
    tell: Callable[[str], None] = lambda _: None
    """Told why no click can come in, and with an empty text when they can again."""
    open: int = 0
    """Sockets over which clicks come in now."""

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop`. Never raises for what Slack does."""
        async with asyncio.TaskGroup() as group:
            for number in range(self.count):
                group.create_task(self._keep(stop), name=f"slack socket {number + 1}")

    async def _keep(self, stop: asyncio.Event) -> None:
        waits = retry.delays(self.random, first_secs=1.0)
        while not stop.is_set():
            began, wait = self.clock.now(), 0.0
            try:
                await self._once(stop)
            except AuthNeeded as error:
                wait = PERSON_SECS
                self._lost(error)
            except BonmotError as error:
                wait = max(getattr(error, "retry_after_secs", None) or 0.0, next(waits))
                self._lost(error)
            if (self.clock.now() - began).total_seconds() >= STEADY_SECS:
                waits = retry.delays(self.random, first_secs=1.0)
            elif not wait:
                wait = next(waits)  # refreshed at once, time after time: that is a storm as well
            if wait:
                await sleep_unless(stop, self.clock, wait)

    def _lost(self, error: BonmotError) -> None:
        if not self.open:
            self.tell(str(error))

    async def _once(self, stop: asyncio.Event) -> None:
        """One socket from its address to its end; returns where Slack asked for a new one."""
        opened = await self.web.ask("apps.connections.open")
        url = opened.get("url")
        if not isinstance(url, str) or not url.startswith(("wss://", "ws://")):
            raise Unavailable("Slack gave no address for a socket")
        socket = await self._connected(url)
        try:
            await _Line(socket, self).live(stop)
        finally:
            await socket.close()

    async def _connected(self, url: str) -> aiohttp.ClientWebSocketResponse:
        """The address holds a ticket, so no message shows it; it lets in once, so it is never tried again."""
        closing = aiohttp.ClientWSTimeout(ws_close=CLOSE_SECS)
        try:
            async with asyncio.timeout(HELLO_SECS):
                return await self.http.ws_connect(
                    URL(url), autoping=False, max_msg_size=MOST_FRAME_BYTES, timeout=closing
                )
        except TimeoutError as error:
            raise Unavailable("Slack's socket does not open") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"Slack's socket does not open: {type(error).__name__}") from error


class _Line:
    """One open socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, owner: Sockets) -> None:
        self._socket = socket
        self._owner = owner
        self._heard_at: datetime = owner.clock.now()
        self._is_open = False
        self._failure: BonmotError | None = None
        self._storing: asyncio.TaskGroup
        self._places = asyncio.Semaphore(MOST_STORING)

    async def live(self, stop: asyncio.Event) -> None:
        """Read until the end. Raises why, where it was no planned one."""
        over = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group, asyncio.TaskGroup() as self._storing:
                group.create_task(self._watch(over), name="watch slack socket")
                leaving = group.create_task(self._leave(stop), name="leave slack socket")
                try:
                    await self._read()
                finally:
                    over.set()
                    leaving.cancel()
        finally:
            self._owner.open -= self._is_open
        if self._failure is not None:
            raise self._failure

    async def _leave(self, stop: asyncio.Event) -> None:
        await stop.wait()
        await self._socket.close()

    async def _watch(self, over: asyncio.Event) -> None:
        """A connection can stand and carry nothing: only our own pings show it."""
        clock = self._owner.clock
        while not over.is_set():
            await sleep_unless(over, clock, PING_SECS)
            quiet = (clock.now() - self._heard_at).total_seconds()
            if over.is_set():
                return
            if quiet >= SILENT_SECS or (not self._is_open and quiet >= HELLO_SECS):
                self._failure = Silent(f"Slack's socket says nothing for {quiet:.0f} s")
                await self._socket.close()
                return
            with suppress(ConnectionError):  # then the reader ends as well
                await self._socket.ping()

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                self._heard_at = self._owner.clock.now()
                if message.type is WSMsgType.PING:
                    await self._socket.pong(message.data)
                elif message.type is WSMsgType.TEXT and await self._take(message.data):
                    return
        except (ConnectionError, aiohttp.ClientError) as error:
            self._failure = self._failure or Unavailable(f"Slack's socket broke: {type(error).__name__}")

    async def _take(self, text: str) -> bool:
        """Do what a frame says; True where it is the last one."""
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            frame = None
        kind = frame.get("type") if isinstance(frame, dict) else None
        if kind == "hello" and not self._is_open:
            self._is_open = True
            self._owner.open += 1
            self._owner.tell("")
        elif kind == "disconnect":
            return self._disconnected(str(frame.get("reason")))
        elif kind in KINDS and isinstance(frame.get("envelope_id"), str) and isinstance(frame.get("payload"), dict):
            # Side by side: those that wait for the disk at the same time wait for it once. What a window is answered
            # takes a look; the clicks behind it do not wait for that.
            if is_submission(frame["payload"]):
                self._storing.create_task(self._store(frame), name="answer a slack window")
                return False
            await self._places.acquire()
            storing = self._storing.create_task(self._store(frame), name="store slack click")
            storing.add_done_callback(lambda _: self._places.release())
        elif kind != "hello":
            log.warning("slack_frame_dropped", kind=shown(kind))
        return False

    def _disconnected(self, reason: str) -> bool:
        if reason == "warning":
            return False  # ten seconds are left, and the other socket is there
        if reason == "link_disabled":
            self._failure = AuthNeeded("Socket Mode is switched off in the app's settings")
        elif reason != "refresh_requested":
            self._failure = Unavailable(f"Slack ended the socket: {shown(reason)}")
        return True

    async def _store(self, frame: Payload) -> None:
        """The payload is a row before it is acked; what cannot be stored is not acked, and comes again."""
        envelope = frame["envelope_id"]
        try:
            answer = await self._owner.receive(envelope, frame["type"], frame["payload"])
        except BonmotError as error:
            log.error("slack_not_stored", reason=str(error))
            return
        crashpoint("slack_stored")
        may_answer = answer is not None and frame.get("accepts_response_payload") is True
        ack: Payload = {"envelope_id": envelope} | ({"payload": answer} if may_answer else {})
        # On this very socket: whether an ack is taken on another one Slack does not say.
        with suppress(ConnectionError, aiohttp.ClientError):  # it comes again then, and is known
            await self._socket.send_str(json.dumps(ack))
        crashpoint("slack_acked")
