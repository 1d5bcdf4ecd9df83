"""Faults that any polled server shows: what the next calls meet in place of, or around, their true answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from aiohttp import web

from monitor.clock import Clock
from monitor.errors import BadInput

LOOPBACK = ("127.0.0.1", "::1", "localhost")

KINDS = {
    "fine": "the true answer; for a fault that should meet a later call",
    "cut": "the connection is closed without an answer",
    "half": "the answer is cut in the middle",
    "silence": "no answer, and the connection stays open until the client goes",
    "dead_end": "the head of an answer, then nothing",
    "unauthorized": "401",
    "forbidden": "403",
    "missing": "404",
    "gone": "410",
    "limit": "429 that says when it is over, in `secs`",
    "limit_date": "429 that says when it is over, as a date",
    "limit_blank": "429 that does not say when it is over",
    "error": "500 with a page of HTML",
    "unready": "503 with a page of HTML",
    "page": "200 with a page of HTML",
    "huge": "200 and a body that does not end by itself",
    "bad_utf8": "200 and bytes that are no text",
    "broken": "200 and a beginning that never closes",
    "wrong_types": "200, well formed, and nothing is of the type it should be",
    "empty": "200 and no body",
}
"""The faults by name. A server adds those of its own format."""

PAGE = b"<!DOCTYPE html><html><head><title>Oops</title></head><body><h1>Something broke</h1></body></html>"
HUGE_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """One fault for one call."""

    kind: str
    secs: float = 0.0


@dataclass(slots=True)
class Dial:
    """Faults waiting for calls, first in, first out; `always` meets every call behind them."""

    kinds: frozenset[str]
    waiting: deque[Turn] = field(default_factory=deque)
    always: Turn = Turn("fine")

    def turn(self, kind: str, *, secs: float = 0.0, times: int | None = None) -> None:
        """Let the next `times` calls meet a fault, or all of them. Raises ValueError for an unknown kind."""
        if kind not in self.kinds:
            raise ValueError(f"{kind!r} is no fault; there are {', '.join(sorted(self.kinds))}")
        if times is None:
            self.always = Turn(kind, secs)
        else:
            self.waiting.extend([Turn(kind, secs)] * times)

    def next(self) -> Turn:
        """What this call meets."""
        return self.waiting.popleft() if self.waiting else self.always


@dataclass(frozen=True, slots=True)
class Call:
    """A call that came, for tests that count."""

    at: datetime
    path: str
    kind: str


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Loopback:
    """A server on this machine alone, with a dial at `/_dial`."""

    url = ""
    _runner: web.AppRunner | None = None

    async def start(self, app: web.Application, host: str, port: int) -> None:
        """Serve; port 0 takes a free one. Raises BadInput for a host others could reach, or a port that is taken."""
        if host not in LOOPBACK:
            raise BadInput(f"the sandbox listens on this machine only ({', '.join(LOOPBACK)}), not on {host}")
        app.router.add_post("/_dial", self._turn)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise BadInput(f"the sandbox cannot listen on {host}:{port}: {error.strerror}") from error
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop serving; idempotent."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _turn(self, request: web.Request) -> web.StreamResponse:
        """Turn the dial as the body says."""
        raise NotImplementedError


class Faulty(Loopback):
    """A server on loopback whose answers go through the dial. `calls` holds what was asked, and when."""

    def __init__(
        self, clock: Clock, kinds: set[str], *, content_type: str, odd: Callable[[web.Request], bytes]
    ) -> None:
        self.clock = clock
        self.dial = Dial(frozenset(KINDS) | frozenset(kinds))
        self.calls: list[Call] = []
        self.busy = 0
        """Calls that are being answered; one that is held in silence is not."""
        self._content_type = content_type
        self._odd = odd

    def through(self, handler: Handler) -> Handler:
        """The handler behind the dial."""

        async def met(request: web.Request) -> web.StreamResponse:
            turn = self.dial.next()
            self.calls.append(Call(self.clock.now(), request.path_qs, turn.kind))
            self.busy += 1
            try:
                return await self._meet(turn, request, handler)
            finally:
                self.busy -= 1

        return met

    async def _turn(self, request: web.Request) -> web.Response:
        # A page elsewhere can send a form here, but no JSON without asking first.
        if request.content_type != "application/json":
            return web.json_response({"error": "send JSON"}, status=415)
        try:
            self.dial.turn(**await request.json())
        except (ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({})

    async def _meet(self, turn: Turn, request: web.Request, handler: Handler) -> web.StreamResponse:
        if turn.kind == "cut":
            return cut(request)
        if turn.kind == "silence":
            await self._hold()
        if turn.kind in ("half", "dead_end", "huge"):
            return await self._pour(turn.kind, request, handler)
        refusal = self._refusal(turn)
        if refusal is not None:
            return refusal
        bodies = {
            "page": PAGE,
            "bad_utf8": b"\xff\xfe\xfa{\x80\x81<\xc0\xaf" * 50,
            "broken": b'<rss version="2.0"><channel><item><title>{"kind": [',
            "empty": b"",
        }
        if turn.kind == "wrong_types":
            return web.Response(body=self._odd(request), content_type=self._content_type)
        if turn.kind in bodies:
            kind = "text/html" if turn.kind == "page" else self._content_type
            return web.Response(body=bodies[turn.kind], content_type=kind)
        return await handler(request)

    async def _hold(self) -> None:
        """Say nothing until the client goes."""
        self.busy -= 1
        try:
            await asyncio.Event().wait()
        finally:
            self.busy += 1

    def _refusal(self, turn: Turn) -> web.Response | None:
        status = {
            "unauthorized": 401, "forbidden": 403, "missing": 404, "gone": 410, "limit": 429, "limit_date": 429,
            "limit_blank": 429, "error": 500, "unready": 503,
        }.get(turn.kind)  # fmt: skip
        if status is None:
            return None
        wait = {"limit": f"{turn.secs:.0f}", "limit_date": _date(self.clock, turn.secs)}.get(turn.kind)
        headers = {"Retry-After": wait} if wait else {}
        return web.Response(body=PAGE, status=status, content_type="text/html", headers=headers)

    async def _pour(self, kind: str, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A head, and of the body some of it, none of it, or far too much."""
        whole = await handler(request)
        body = whole.body if isinstance(whole, web.Response) and isinstance(whole.body, bytes) else b"[1, 2, 3, 4]"
        length = HUGE_BYTES if kind == "huge" else max(2, len(body))
        response = web.StreamResponse(headers={"Content-Type": self._content_type, "Content-Length": str(length)})
        await response.prepare(request)
        if kind == "half":
            await response.write(body[: len(body) // 2])
            return cut(request)
        if kind == "dead_end":
            await self._hold()
        with suppress(ConnectionError):  # the client had enough
            for _ in range(HUGE_BYTES // 64_000):
                await response.write(b" " * 64_000)
        return response


def cut(request: web.Request) -> web.StreamResponse:
    """Close the connection without a word."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _date(clock: Clock, secs: float) -> str:
    return format_datetime(datetime.fromtimestamp(clock.now().timestamp() + secs, tz=clock.now().tzinfo), usegmt=True)
