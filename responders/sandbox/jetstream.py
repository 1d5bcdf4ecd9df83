"""A server on loopback that speaks Jetstream's wire format (`/subscribe`), cursors and faults included.

Written to the documentation of bluesky-social/jetstream; it knows nothing of our source.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import datetime
from typing import Any

import zstandard
from aiohttp import WSMsgType, web

from monitor.clock import Clock, to_text
from responders.sandbox.streams import HUGE_BYTES, Entry, Server, Turn, play, refusal

POST = "app.bsky.feed.post"
SMALLEST_TIME = 10**15
"""Smaller cursors are sequence numbers, which this server does not give."""


class Jetstream(Server):
    """A running server; say something with `post`, `delete`, `account`."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.dictionary: bytes | None = None
        """What `compress=true` packs with; without one it is ignored."""
        self._newest_us = 0
        self._posts = 0

    @property
    def endpoint(self) -> str:
        """Where to subscribe."""
        return f"{self.url.replace('http', 'ws', 1)}/subscribe"

    def post(self, text: str, *, did: str = "did:plc:ann", at: datetime | None = None, **record: Any) -> str:
        """Somebody posts; the address of the post. Names in `record` replace those of the record."""
        self._posts += 1
        rkey = f"3l{self._posts:011d}"
        body = {"$type": POST, "createdAt": to_text(self.clock.now()), "langs": ["en"], "text": text, **record}
        commit = {"rev": rkey, "operation": "create", "collection": POST, "rkey": rkey, "record": body, "cid": "bafy"}
        self.say({"did": did, "time_us": self.time_us(at), "kind": "commit", "commit": commit})
        return f"at://{did}/{POST}/{rkey}"

    def delete(self, uri: str) -> None:
        """Its author takes a post back."""
        did, _, rkey = uri.removeprefix("at://").partition(f"/{POST}/")
        commit = {"rev": rkey, "operation": "delete", "collection": POST, "rkey": rkey}
        self.say({"did": did, "time_us": self.time_us(), "kind": "commit", "commit": commit})

    def account(self, did: str, status: str) -> None:
        """An account is no longer active."""
        account = {"active": False, "did": did, "seq": 1, "status": status, "time": to_text(self.clock.now())}
        self.say({"did": did, "time_us": self.time_us(), "kind": "account", "account": account})

    def say(self, message: dict[str, Any]) -> None:
        """Any message, at its own time."""
        self.log.add(message["time_us"], json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode())

    def time_us(self, at: datetime | None = None) -> int:
        """The time of a message, later than that of every one before it."""
        wished = int((at or self.clock.now()).timestamp() * 1_000_000)
        self._newest_us = max(wished, self._newest_us + 1)
        return self._newest_us

    async def subscribe(self, request: web.Request) -> web.StreamResponse:
        """One connection."""
        turn = self.meet(request)
        if turn.kind == "status":
            return refusal(turn)
        cursor = request.query.get("cursor", "")
        if cursor and not cursor.isdecimal():
            return web.Response(status=400, text=f"invalid cursor: {cursor}")
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        out = _Socket(request, socket, self.dictionary if request.query.get("compress") == "true" else None)
        since = int(cursor) if cursor and int(cursor) >= SMALLEST_TIME else None
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(self._serve(turn, out, since), name="play")
            leaving = group.create_task(_gone(socket), name="until the listener leaves")
            await asyncio.wait({playing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            playing.cancel()
            leaving.cancel()
        return socket

    async def _serve(self, turn: Turn, out: _Socket, since: int | None) -> None:
        with suppress(ConnectionError):  # the listener went away
            await play(turn, self.log.follow(since), out, clock=self.clock)
            if not out.is_cut:
                await out.socket.close()


async def _gone(socket: web.WebSocketResponse) -> None:
    """Return when the listener has closed; it has nothing else to say, and its pings are answered here."""
    async for _ in socket:
        pass


class _Socket:
    """How a websocket says things."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, dictionary: bytes | None) -> None:
        self.socket = socket
        known = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        self._pack = zstandard.ZstdCompressor(dict_data=known, write_content_size=False) if known else None
        self.is_cut = False
        self._request = request

    async def say(self, entry: Entry) -> None:
        if self._pack is not None:
            await self.socket.send_frame(self._pack.compress(entry.body), WSMsgType.BINARY)
        else:
            await self.socket.send_frame(entry.body, WSMsgType.TEXT)

    async def say_broken(self, kind: str) -> None:
        frames = {
            "huge": b'{"did":"did:plc:huge","kind":"' + b"x" * HUGE_BYTES + b'"}',
            "not_text": b'{"did":"\xff\xfe","kind":"commit"}',
            "bad_json": b'{"did":"did:plc:broken","kind":',
            "bad_shape": b'{"did":7,"time_us":"soon","kind":["commit"]}',
        }
        await self.socket.send_frame(frames[kind], WSMsgType.TEXT)

    async def cut(self, entry: Entry) -> None:
        self.is_cut = True
        transport = self._request.transport
        if transport is not None:
            # A frame that promises 4,096 bytes and keeps a part of them.
            transport.write(b"\x81\x7e\x10\x00" + entry.body[:64])
            transport.close()


async def start(host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None) -> Jetstream:
    """Serve on loopback; port 0 takes a free one. Raises BadInput as `Server.start` does."""
    server = Jetstream(clock)
    app = web.Application()
    app.router.add_get("/subscribe", server.subscribe)
    await server.start(app, host, port)
    return server
