"""A small HTTP server for clicks, for those who prefer a public address to Socket Mode.

It listens on this machine; a proxy with TLS stands before it. It has three paths and answers each question on a
connection of its own, which lives a few seconds whatever happens: who sends slowly, or too much, holds nothing up.
Nothing is acked that is not stored. What is not taken is counted, and logged as long as it is not a flood.
"""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from typing import Any

import structlog
from aiohttp import web

from monitor.clock import Clock
from monitor.errors import BadInput, BonmotError
from monitor.telemetry import SLACK_TURNED_AWAY
from responders.approvals.slack.signed import (
    PATHS,
    SIGNATURE,
    SKEW_SECS,
    TIMESTAMP,
    Ours,
    Receive,
    Wrong,
    challenge,
    envelope,
    is_signed,
    proof,
    read,
)

log = structlog.get_logger()

MOST_BYTES = 1 << 20
"""A window of 250 kB, the most that Slack takes, grows threefold in a form."""
CONNECTION_SECS = 10.0
"""From the first byte to the last, both ways."""
STORE_SECS = 2.5
"""Slack waits three seconds for an answer."""
LINGER_SECS = 1.0
"""How long what is too much is read and thrown away, so that the sender hears why."""
MOST_CONNECTIONS = 200
MOST_LOGGED = 20
"""Lines a minute; the metric counts all."""
MOST_SEEN = 10_000


class Answer(web.Response):
    """An answer that ends its connection and says nothing of what made it."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall("Server", None)


class Door:
    """`open`, then `run` until it is to be closed. `port` is known once it is open."""

    def __init__(self, secret: str, receive: Receive, clock: Clock, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._secret = secret
        self._receive = receive
        self._clock = clock
        self._host = host
        self.port = port
        self.ours = Ours()
        """The app and the workspace that may speak here, once they are known."""
        self.connection_secs = CONNECTION_SECS
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._logged: tuple[int, int] = 0, 0
        self._runner: web.ServerRunner | None = None

    async def open(self) -> None:
        """Listen; does nothing where it does already. Raises BadInput when the port is taken."""
        if self._runner is not None:
            return
        listener = listen(self._host, self.port)
        self.port = listener.getsockname()[1]
        limits = {"access_log": None, "auto_decompress": False, "lingering_time": LINGER_SECS}
        self._runner = web.ServerRunner(_Server(self, limits), shutdown_timeout=STORE_SECS)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()

    async def run(self, stop: asyncio.Event) -> None:
        """Take clicks until `stop`; what is being stored then is stored and acked."""
        await self.open()
        try:
            await stop.wait()
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop listening; idempotent."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def answer(self, question: web.BaseRequest) -> web.StreamResponse:
        """What is said to whatever comes. Never raises for what is sent."""
        said = await self._answered(question)
        if isinstance(said, Wrong):
            if not (isinstance(question.protocol, _Line) and question.protocol.is_ended):  # else it was counted then
                self.turn_away(said.reason)
            said = refusal(said)
        said.force_close()
        return said

    def turn_away(self, reason: str) -> None:
        """Count it, and say so where it is no flood."""
        SLACK_TURNED_AWAY.labels(reason).inc()
        minute = int(self._clock.now().timestamp() // 60)
        lines = self._logged[1] if self._logged[0] == minute else 0
        self._logged = minute, lines + 1
        if lines < MOST_LOGGED:
            log.warning("slack_turned_away", reason=reason)

    async def _answered(self, question: web.BaseRequest) -> web.Response | Wrong:
        wrong = _wrong_head(question)
        if wrong is not None:
            return wrong
        kind, _ = PATHS[question.path]
        headers, now = question.headers, self._clock.now().timestamp()
        proven = proof(headers.getall(TIMESTAMP, ()), headers.getall(SIGNATURE, ()), now=now)
        if isinstance(proven, Wrong):
            return proven
        try:
            body = await question.read()
        except (ConnectionError, web.RequestPayloadError):
            return Wrong(400, "cut")
        if not is_signed(self._secret, *proven, body=body):
            return Wrong(401, "signature")
        payload = read(kind, body, self.ours)
        if isinstance(payload, Wrong):
            return payload
        echo = challenge(payload) if kind == "events_api" else None
        if echo is not None:
            return Answer(text=echo)
        return await self._stored(kind, body, payload, signature=proven[1], now=now)

    async def _stored(
        self, kind: str, body: bytes, payload: dict[str, Any], *, signature: str, now: float
    ) -> web.Response | Wrong:
        """The payload is a row before it is acked; the store knows what came before, so a retry is one act."""
        if self._is_known(signature, now):
            self.turn_away("again")
        try:
            async with asyncio.timeout(STORE_SECS):
                said = await self._receive(envelope(body, payload), kind, payload)
        except BadInput:
            return Wrong(400, "nonsense")
        except (BonmotError, TimeoutError) as error:
            log.error("slack_not_stored", reason=str(error) or "it took too long")
            return Answer(status=503)
        except Exception:  # the edge of one click: the next ones are taken all the same
            log.exception("task_failed", task="slack door")
            return Answer(status=500)
        self._seen[signature] = now
        return Answer() if said is None else _json(said)

    def _is_known(self, signature: str, now: float) -> bool:
        """Whether this very thing came before. Only to count it: that it acts once is the store's business."""
        while self._seen and (len(self._seen) > MOST_SEEN or next(iter(self._seen.values())) < now - 2 * SKEW_SECS):
            self._seen.popitem(last=False)
        return signature in self._seen


def refusal(wrong: Wrong) -> web.Response:
    """A no in two words. It will be a no every time, so Slack need not try again (docs.slack.dev, events-api)."""
    return Answer(status=wrong.status, text=f"refused: {wrong.reason}\n", headers={"X-Slack-No-Retry": "1"})


def listen(host: str, port: int) -> socket.socket:
    """The listening socket. Raises BadInput with a sentence for whoever wrote the settings."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        text = f"slack.listen: cannot listen on {host}:{port}: {error.strerror}; choose another host or port"
        raise BadInput(text) from None


def _json(said: Any) -> web.Response:
    plain = web.json_response(said)
    return Answer(text=plain.text, content_type="application/json")


def _wrong_head(question: web.BaseRequest) -> Wrong | None:
    """What can be told before a byte of the body is read."""
    if question.path not in PATHS or question.query_string:
        return Wrong(404, "path")
    if question.method != "POST":
        return Wrong(405, "method")
    if question.content_length is None:  # chunked, or nothing at all: Slack always says how much it sends
        return Wrong(411, "length")
    if question.content_length > MOST_BYTES:
        return Wrong(413, "huge")
    is_packed = "Content-Encoding" in question.headers
    return Wrong(415, "type") if is_packed or question.content_type != PATHS[question.path][1] else None


class _Server(web.Server):
    """Makes a line of each connection."""

    def __init__(self, door: Door, limits: dict[str, Any]) -> None:
        super().__init__(door.answer, **limits)
        self.door = door
        self._limits = limits

    def __call__(self) -> web.RequestHandler:
        return _Line(self, self.door, loop=asyncio.get_running_loop(), **self._limits)


class _Line(web.RequestHandler):
    """One connection, from its first byte to its deadline."""

    __slots__ = ("_deadline", "_door", "_line_server", "is_ended")

    def __init__(self, server: _Server, door: Door, **limits: Any) -> None:
        super().__init__(server, **limits)
        self._line_server = server
        self._door = door
        self._deadline: asyncio.TimerHandle | None = None
        self.is_ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if len(self._line_server.connections) > MOST_CONNECTIONS:
            self._end("crowd")
            return
        self._deadline = asyncio.get_running_loop().call_later(self._door.connection_secs, self._end, "slow")

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def handle_error(self, *_: Any, **__: Any) -> web.StreamResponse:
        """What is no HTTP at all."""
        self._door.turn_away("http")
        said = refusal(Wrong(400, "http"))
        said.force_close()
        return said

    def _end(self, reason: str) -> None:
        self._door.turn_away(reason)
        self.is_ended = True
        transport = self.transport
        if isinstance(transport, asyncio.Transport):
            transport.abort()
