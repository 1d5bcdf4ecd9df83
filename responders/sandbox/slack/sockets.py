"""Socket Mode's server side: envelopes that wait for an ack, sockets that carry them, and what goes wrong with both."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import WSMsgType, web

from monitor.clock import Clock, sleep_unless
from responders.sandbox.slack.words import Thing
from responders.sandbox.slack.workspace import APP, digest

ACK_SECS = 3.0
"""An envelope without an ack for so long goes out again."""
MOST_TRIES = 3
WARNING_SECS = 10.0
MOST_SOCKETS = 10

KINDS = {
    "fine": "served, as ever",
    "refuse": "403: the ticket is not taken",
    "close": "closed without a word behind `after` envelopes",
    "cut": "the connection is cut behind `after` envelopes",
    "silence": "nothing more behind `after` envelopes, not even an answer to a ping",
    "deaf": "acks are not heard, as if they came too late",
    "duplicate": "every envelope twice",
    "warning": "disconnect with reason `warning`, and closed ten seconds later",
    "refresh": "disconnect with reason `refresh_requested`, and closed at once",
    "link_disabled": "disconnect with reason `link_disabled`, and closed at once",
    "nonsense": "a frame that is no JSON, one that is no object, and a type nobody knows, before all else",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """What one socket meets."""

    kind: str = "fine"
    after: int = 0


@dataclass(slots=True)
class Envelope:
    """One payload on its way, and what became of it."""

    id: str
    kind: str
    payload: Thing
    takes_answer: bool
    sent: list[datetime] = field(default_factory=list)
    acked_at: datetime | None = None
    answer: Any = None
    """What came with the ack."""
    status: int | None = None
    """What was answered over HTTP."""
    is_given_up: bool = False
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with the ack."""

    @property
    def frame(self) -> str:
        fields: Thing = {"envelope_id": self.id, "type": self.kind, "payload": self.payload}
        fields["accepts_response_payload"] = self.takes_answer
        if self.kind == "events_api":
            fields |= {"retry_attempt": max(0, len(self.sent) - 1), "retry_reason": "timeout" if self.sent[1:] else ""}
        return json.dumps(fields)


@dataclass(eq=False, slots=True)
class Line:
    """One open socket."""

    turn: Turn
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    is_deaf: bool = False
    carried: int = 0
    is_over: asyncio.Event = field(default_factory=asyncio.Event)


class Exchange:
    """Hands each envelope to any one socket that is open, and again until somebody acks."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.dial: deque[Turn] = deque()
        self.lines: list[Line] = []
        self.envelopes: list[Envelope] = []
        self.tickets: set[str] = set()
        self.opened: list[datetime] = []
        """When somebody connected, let in or not."""
        self._number = 0
        self._news = asyncio.Event()
        self._seen: set[str] = set()

    def turn(self, kind: str, *, after: int = 0, times: int = 1) -> None:
        """Let the next sockets meet a fault. Raises ValueError for an unknown kind."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no fault; there are {', '.join(KINDS)}")
        self.dial.extend([Turn(kind, after)] * times)

    def ticket(self) -> str:
        """Lets one socket in."""
        self._number += 1
        made = digest(f"ticket {self._number}")
        self.tickets.add(made)
        return made

    def put(self, kind: str, payload: Thing, *, takes_answer: bool) -> Envelope:
        """Give an envelope to whoever is connected, or will be."""
        envelope = Envelope(str(uuid.uuid4()), kind, payload, takes_answer)
        self.envelopes.append(envelope)
        self._tell()
        return envelope

    def break_lines(self, kind: str) -> None:
        """Let every open socket meet a fault now: `close`, `cut`, `silence`, `deaf`, `warning`, `refresh`."""
        for line in self.lines:
            line.turn = Turn(kind, line.carried)
        self._tell()

    async def serve(self, question: web.Request) -> web.StreamResponse:
        """One socket from its handshake to its end."""
        self.opened.append(self.clock.now())
        turn = self.dial.popleft() if self.dial else Turn()
        ticket = question.query.get("ticket", "")
        if ticket not in self.tickets or turn.kind == "refuse" or len(self.lines) >= MOST_SOCKETS:
            return web.Response(status=403)
        self.tickets.discard(ticket)  # a ticket lets in once
        socket = web.WebSocketResponse(autoping=False, max_msg_size=1 << 20)
        await socket.prepare(question)
        line = Line(turn, socket, question.transport)
        self.lines.append(line)
        try:
            with suppress(ConnectionError):
                await self._greet(line)
                async with asyncio.TaskGroup() as group:
                    hearing = group.create_task(self._hear(line), name="hear acks")
                    await self._carry(line)
                    hearing.cancel()
        finally:
            self.lines.remove(line)
        return socket

    async def _greet(self, line: Line) -> None:
        hello = {"type": "hello", "num_connections": len(self.lines), "connection_info": {"app_id": APP}}
        about = {"host": "sandbox", "approximate_connection_time": 18060}
        await line.socket.send_str(json.dumps(hello | {"debug_info": about}))
        if line.turn.kind == "nonsense":
            for frame in ("{not json", "[1]", '{"type": "weather"}', '{"type": "interactive", "envelope_id": 7}'):
                await line.socket.send_str(frame)

    async def _hear(self, line: Line) -> None:
        async for message in line.socket:
            if line.is_deaf:
                continue
            if message.type is WSMsgType.PING:
                await line.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT and line.turn.kind != "deaf":
                self._ack(json.loads(message.data))
        line.is_over.set()
        self._tell()

    def _ack(self, said: Thing) -> None:
        for envelope in self.envelopes:
            if envelope.id == said.get("envelope_id") and envelope.acked_at is None:
                envelope.acked_at = self.clock.now()
                envelope.answer = said.get("payload")
                envelope.heard.set()

    async def _carry(self, line: Line) -> None:
        while not line.is_over.is_set():
            if line.carried >= line.turn.after and await self._is_broken(line):
                return
            news = self._news
            envelope = self._due()
            if envelope is None:
                await sleep_unless(news, self.clock, self._until_due())
                continue
            envelope.sent.append(self.clock.now())
            line.carried += 1
            for _ in range(2 if line.turn.kind == "duplicate" else 1):
                await line.socket.send_str(envelope.frame)

    async def _is_broken(self, line: Line) -> bool:
        """Whether this socket carries nothing more; the end it comes to is its turn's."""
        kind = line.turn.kind
        if kind in ("fine", "deaf", "duplicate", "nonsense"):
            return False
        if kind == "silence":
            line.is_deaf = True
            await line.is_over.wait()
        if kind in ("warning", "refresh", "link_disabled"):
            reason = "refresh_requested" if kind == "refresh" else kind
            said = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
            await line.socket.send_str(json.dumps(said))
            if kind == "warning":
                await sleep_unless(line.is_over, self.clock, WARNING_SECS)
        if kind == "cut" and line.transport is not None:
            line.transport.abort()
        await line.socket.close()
        return True

    def _due(self) -> Envelope | None:
        """What goes out next: never sent, or sent and not acked in time."""
        now = self.clock.now()
        for envelope in self.envelopes:
            if envelope.acked_at is not None or envelope.is_given_up:
                continue
            if not envelope.sent or envelope.sent[-1] + timedelta(seconds=ACK_SECS) <= now:
                if len(envelope.sent) < MOST_TRIES:
                    return envelope
                envelope.is_given_up = True
        return None

    def _until_due(self) -> float:
        """Seconds until an envelope that is out goes out again; a minute when none is."""
        now = self.clock.now()
        out = [e.sent[-1] for e in self.envelopes if e.sent and e.acked_at is None and not e.is_given_up]
        return min((ACK_SECS - (now - at).total_seconds() for at in out), default=60.0)

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
